/* How runs are run: the rows of section `run:`. */
#include "bm/config.h"

#include <stdlib.h>

#include "bm/path.h"

#define SET(member) BM_MEMBER(bm_launch, member), .role = BM_LAUNCH

static const struct bm_field fields[] = {
    {SET(data_dir), .type = BM_TEXT, .initial = "",
     .help = "folder of the data sets; empty: $BM_DATA, else data"},
    {SET(cache_dir), .type = BM_TEXT, .initial = "",
     .help = "folder for decoded images (fashion_mnist, folder, tiny_imagenet), once a machine or "
             "shared; empty: $BM_CACHE, else cache"},
    {SET(conv), .type = BM_CHOICE, .initial = "auto", .words = bm_conv_words,
     .help =
         "how 3x3 convolutions are computed: by Winograd's algorithm where it pays, everywhere, or "
         "directly (the plain reference)"},
    {SET(threads), .type = BM_INT, .initial = "1", .min = 1, .max = 1024,
     .named = (const struct bm_named[]){{"auto", 0}, {0}}, .unit = "threads",
     .help = "threads of a trainer; auto: the cores that its rank is bound to"},
    {SET(retries), .type = BM_INT, .initial = "1", .min = 0, .max = 1000,
     .help = "how often a run whose trainer crashes is tried again, from its last checkpoint; one "
             "that crashes twice in the same way is not, and a rank that is lost does not count"},
    {SET(run_timeout), .type = BM_REAL, .initial = "none", .min = 0.1, .max = 1e8,
     .named = (const struct bm_named[]){{"none", 0}, {0}}, .unit = "s",
     .help = "a run that takes longer, all its sessions together, is stopped and recorded as timed "
             "out"},
    {SET(heartbeat_timeout), .type = BM_REAL, .initial = "1800", .min = 0.1, .max = 1e8,
     .named = (const struct bm_named[]){{"none", 0}, {0}}, .unit = "s",
     .help = "a run that makes no progress for so long is stopped and recorded as crashed; a rank "
             "from which nothing comes is given up"},
    {SET(checkpoint_every), .type = BM_REAL, .initial = "auto", .min = 1e-3, .max = 1e6,
     .named = (const struct bm_named[]){{"auto", 0}, {"none", -1}, {0}}, .unit = "min",
     .help =
         "how often the state of a run is saved, so that an interrupted one goes on from there; "
         "auto: so often that training loses 1 % of its time, or less"},
    {SET(probe_memory), .type = BM_INT, .initial = "512", .min = 1, .max = 1 << 20, .unit = "MiB",
     .help = "memory for the features of probes; more means fewer passes"},
    {SET(save_weights), .type = BM_CHOICE, .initial = "none", .words = bm_save_words,
     .help = "weights kept of each run, for `bm-results weights` and `bm-sweep --reprobe`; final: "
             "those after its last epoch"},
    {SET(save_every), .type = BM_INT, .initial = "0", .min = 0, .max = 1e7, .unit = "epochs",
     .help =
         "weights are kept after each so many epochs as well, for `bm-results weights --epoch`; "
         "0: never"},
    {SET(save_examples), .type = BM_CHOICE, .initial = "none", .words = bm_save_words,
     .help = "what is kept of each training image, for `bm-results examples`: its predictions and "
             "margins, since when it is memorized, and how deep in the network"},
};

const struct bm_table bm_launch_table = {"launch", fields, sizeof fields / sizeof *fields,
                                         sizeof(struct bm_launch)};

/* A folder that the sweep file does not name. */
static int resolve(char *folder, size_t size, const char *variable, const char *otherwise,
                   struct bm_err *err)
{
    if (folder[0] != '\0')
        return 0;
    const char *environment = getenv(variable);
    if (environment == NULL || environment[0] == '\0')
        environment = otherwise;
    return bm_path_expand(environment, folder, size, err) == 0 ? 0
                                                               : bm_fail_at(err, "%s", variable);
}

int bm_launch_resolve(struct bm_launch *launch, struct bm_err *err)
{
    if (resolve(launch->data_dir, sizeof launch->data_dir, "BM_DATA", "data", err) != 0)
        return -1;
    return resolve(launch->cache_dir, sizeof launch->cache_dir, "BM_CACHE", "cache", err);
}
