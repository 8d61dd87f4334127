#include "options.h"

#include <assert.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../run/deadline.h"
#include "bm/clock.h"

/* `make man` makes the manual page from this: a line "Word: …" at the margin begins a section. */
static const char usage[] =
    "bm-sweep - train networks over a grid of settings and probe what their layers know\n"
    "\n"
    "Examples:\n"
    "  mpirun -n 64 bm-sweep SWEEP.yaml    run a sweep on 64 ranks, or go on with it\n"
    "  bm-sweep -j 4 SWEEP.yaml            the same on this machine, 4 runs at a time\n"
    "  bm-sweep --plan SWEEP.yaml          show what would run, and how long it takes\n"
    "  bm-sweep --only 3f2a SWEEP.yaml     run one point here: its index or (short) id\n"
    "  bm-sweep --cka 3f2a 8c SWEEP.yaml   how alike two runs' taps are (linear CKA)\n"
    "  bm-sweep --describe                 all settings, as Markdown\n"
    "\n"
    "Usage: bm-sweep [OPTION]... SWEEP.yaml, bm-sweep --cka ID ID SWEEP.yaml\n"
    "  -j, --jobs=N         runs at a time (default: as many as fit the cores)\n"
    "  -s, --set=KEY=VALUE  replace a setting or an axis of the sweep file (repeatable)\n"
    "      --retry[=WHICH]  run failed runs again: failed, timeout, or all (default)\n"
    "      --fail-fast      end with the first run that fails; the others save their state\n"
    "      --reprobe        take probes that finished runs lack, from their weights\n"
    "      --deadline=WHEN  stop in time for it, as SIGUSR1 does, and begin nothing in vain:\n"
    "                       +HH:MM from now, HH:MM or YYYY-MM-DDTHH:MM (under Slurm: the\n"
    "                       end of the job)\n"
    "      --progress=HOW   bar (redrawn in place), plain (a line a run), none, or auto\n"
    "      --plan, --only=ID|INDEX, --describe, --help, --version\n"
    "      --all            with --plan: list all points\n"
    "  Finished runs are kept whatever happens: the same command runs what is missing.\n"
    "  Several jobs can work on one sweep at a time: each takes what no other one has.\n"
    "\n"
    "Exit codes:\n";

enum {
    OPTION_PLAN = 256,
    OPTION_ONLY,
    OPTION_RETRY,
    OPTION_ALL,
    OPTION_DESCRIBE,
    OPTION_PROGRESS,
    OPTION_REPROBE,
    OPTION_CKA,
    OPTION_DEADLINE,
    OPTION_FAIL_FAST
};

static int parse_jobs(const char *text, size_t *jobs, struct bm_err *err)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 1 || value > 4096)
        return bm_fail(err, BM_EXIT_USAGE, "-j %s: expected a number of runs, 1 … 4096", text);
    *jobs = (size_t)value;
    return 0;
}

static int parse_display(const char *text, enum bm_display *display, struct bm_err *err)
{
    for (size_t i = 0; bm_display_names[i] != NULL; i++) {
        if (strcmp(text, bm_display_names[i]) == 0) {
            *display = (enum bm_display)i;
            return 0;
        }
    }
    return bm_fail(err, BM_EXIT_USAGE, "--progress %s: expected auto, bar, plain or none", text);
}

/* `word`: what stands behind an option without a value, which may be meant as one. True: it was. */
static bool parse_retry(const char *text, const char *word, enum bm_again *retry,
                        struct bm_err *err)
{
    static const char *const words[] = {"failed", "timeout", "all"};
    *retry = BM_AGAIN_ALL;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (text != NULL ? strcmp(text, words[i]) == 0
                         : word != NULL && strcmp(word, words[i]) == 0) {
            *retry = (enum bm_again)(BM_AGAIN_FAILED + i);
            return text == NULL;
        }
    }
    if (text != NULL)
        bm_fail(err, BM_EXIT_USAGE, "--retry %s: expected failed, timeout or all", text);
    return false;
}

/* Of two that contradict each other, neither is right. */
static int add_set(const char *assignment, struct bm_options *options, struct bm_err *err)
{
    struct bm_request *request = &options->request;
    size_t length = strcspn(assignment, "=");
    if (request->n_sets == BM_MOST_SETS)
        return bm_fail(err, BM_EXIT_USAGE, "more than %d times --set", BM_MOST_SETS);
    for (size_t i = 0; i < request->n_sets; i++)
        if (strcspn(options->sets[i], "=") == length &&
            strncmp(options->sets[i], assignment, length) == 0)
            return bm_fail(
                err, BM_EXIT_USAGE,
                "--set %s and --set %s: one for each key; for several values write --set "
                "'%.*s=[…, …]'",
                options->sets[i], assignment, (int)length, assignment);
    options->sets[request->n_sets++] = assignment;
    return 0;
}

static int take_deadline(const char *text, double *deadline, struct bm_err *err)
{
    double left;
    if (bm_deadline_parse(text, time(NULL), &left, err) != 0)
        return -1;
    *deadline = bm_seconds() + left;
    return 0;
}

static int parse_option(int option, const char *word, struct bm_options *options,
                        struct bm_err *err)
{
    struct bm_request *request = &options->request;
    switch (option) {
    case 'j':
        return parse_jobs(optarg, &request->jobs, err);
    case 's':
        return add_set(optarg, options, err);
    case OPTION_PLAN:
        options->action = BM_ACTION_PLAN;
        return 0;
    case OPTION_ONLY:
        if (request->only != NULL)
            return bm_fail(err, BM_EXIT_USAGE, "--only %s and --only %s: one run at a time",
                           request->only, optarg);
        request->only = optarg;
        return 0;
    case OPTION_RETRY:
        if (parse_retry(optarg, word, &request->retry, err))
            optind++;
        return err->code == BM_EXIT_DONE ? 0 : -1;
    case OPTION_FAIL_FAST:
        request->fail_fast = true;
        return 0;
    case OPTION_REPROBE:
        request->reprobe = true;
        return 0;
    case OPTION_CKA:
        options->action = BM_ACTION_CKA;
        return 0;
    case OPTION_ALL:
        request->all = true;
        return 0;
    case OPTION_DESCRIBE:
        options->action = BM_ACTION_DESCRIBE;
        return 0;
    case OPTION_DEADLINE:
        return take_deadline(optarg, &request->deadline, err);
    case OPTION_PROGRESS:
        return parse_display(optarg, &request->display, err);
    case 'h':
        options->action = BM_ACTION_HELP;
        return 0;
    case 'V':
        options->action = BM_ACTION_VERSION;
        return 0;
    }
    assert(0 && "an option without a case");
    return -1;
}

/* `word`: the argument that getopt_long was at. */
static int fail_option(int option, const char *word, struct bm_err *err)
{
    char letter[] = {'-', (char)optopt, '\0'};
    if (option == ':')
        return bm_fail(err, BM_EXIT_USAGE, "option %s lacks its value; see --help", word);
    /* Of several letters in one word, getopt_long tells which. */
    return bm_fail(err, BM_EXIT_USAGE, "option %s is unknown, or takes no value; see --help",
                   0 < optopt && optopt < OPTION_PLAN ? letter : word);
}

/* What is left of the command line: the sweep file, with --cka behind two runs. */
static int take_words(int n, char **words, struct bm_options *options, struct bm_err *err)
{
    bool compares = options->action == BM_ACTION_CKA;
    bool needs_file =
        compares || options->action == BM_ACTION_RUN || options->action == BM_ACTION_PLAN;
    int wanted = compares ? 3 : needs_file ? 1 : 0;
    if (compares && n < wanted)
        return bm_fail(err, BM_EXIT_USAGE, "which runs? bm-sweep --cka ID ID SWEEP.yaml");
    if (n < wanted)
        return bm_fail(err, BM_EXIT_USAGE, "which sweep? bm-sweep [OPTIONS] SWEEP.yaml");
    if (n > wanted)
        return bm_fail(err, BM_EXIT_USAGE, "'%s' is one argument too many", words[n - 1]);
    for (int i = 0; compares && i < 2; i++)
        options->compared[i] = words[i];
    options->request.file = needs_file ? words[n - 1] : NULL;
    return 0;
}

int bm_options_parse(int argc, char **argv, struct bm_options *options, struct bm_err *err)
{
    static const struct option known[] = {{"jobs", required_argument, NULL, 'j'},
                                          {"set", required_argument, NULL, 's'},
                                          {"plan", no_argument, NULL, OPTION_PLAN},
                                          {"only", required_argument, NULL, OPTION_ONLY},
                                          {"retry", optional_argument, NULL, OPTION_RETRY},
                                          {"fail-fast", no_argument, NULL, OPTION_FAIL_FAST},
                                          {"reprobe", no_argument, NULL, OPTION_REPROBE},
                                          {"cka", no_argument, NULL, OPTION_CKA},
                                          {"all", no_argument, NULL, OPTION_ALL},
                                          {"describe", no_argument, NULL, OPTION_DESCRIBE},
                                          {"deadline", required_argument, NULL, OPTION_DEADLINE},
                                          {"progress", required_argument, NULL, OPTION_PROGRESS},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {0}};
    options->request.sets = options->sets;
    opterr = 0; /* errors go to bm_fail */
    for (;;) {
        int option = getopt_long(argc, argv, ":j:s:h", known, NULL);
        if (option == -1)
            break;
        if (option == '?' || option == ':')
            return fail_option(option, argv[optind - 1], err);
        if (parse_option(option, optind < argc ? argv[optind] : NULL, options, err) != 0)
            return -1;
    }
    if (take_words(argc - optind, argv + optind, options, err) != 0)
        return -1;
    if (options->action == BM_ACTION_CKA &&
        (options->request.only != NULL || options->request.retry || options->request.reprobe))
        return bm_fail(err, BM_EXIT_USAGE,
                       "--cka compares two runs that are done: it goes with no other option but "
                       "--set");
    if (options->request.deadline > 0 && options->action != BM_ACTION_RUN)
        return bm_fail(err, BM_EXIT_USAGE, "--deadline is for what runs: it goes with no --plan");
    if (options->request.all && options->action != BM_ACTION_PLAN)
        return bm_fail(err, BM_EXIT_USAGE, "--all is for --plan");
    if (options->request.reprobe && options->request.retry)
        return bm_fail(err, BM_EXIT_USAGE,
                       "--reprobe is for runs that are done, --retry for those that failed: one "
                       "after the other");
    return 0;
}

void bm_options_help(FILE *out)
{
    fputs(usage, out);
#define PRINT_EXIT(name, code, text) fprintf(out, "  %3d  %s\n", code, text);
    BM_EXITS(PRINT_EXIT)
#undef PRINT_EXIT
    fputs("  SIGINT, SIGTERM or SIGHUP to mpirun make 1 of 130 and 143; the last line tells.\n",
          out);
}
