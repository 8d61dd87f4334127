/* bm-data: looks at data sets. Reads options and chooses the command; the commands are in src/look.
 * Needs no MPI, HDF5 or BLAS. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../look/look.h"
#include "bm/names.h"
#include "bm/path.h"
#include "bm/provenance.h"
#include "bm/shown.h"
#include "bm/start.h"

static const char help[] =
    "bm-data - look at data sets before anything trains on them\n"
    "\n"
    "Examples:\n"
    "  bm-data list                          what there is, and how to get it\n"
    "  bm-data check cifar10                 is it whole, and is it the published one?\n"
    "  bm-data check /scratch/data           all data sets in a folder\n"
    "  bm-data fetch cifar100                download it, compare its digest, unpack it\n"
    "  bm-data sheet cifar10 -o sheet.png    images with augmented copies of each\n"
    "  bm-data sheet cifar10 -o sheet.png -s label_noise=0.5 -s diversity=4 -s crop_scale_min=0.5\n"
    "\n"
    "Usage: bm-data list | check NAME|FOLDER | fetch NAME | sheet NAME -o FILE.png\n"
    "      --from=ADDRESS   a folder on the web that has the files, too (fetch)\n"
    "  -o, --output=FILE    the contact sheet; labels that are not the true ones are red\n"
    "  -n, --images=N       images on the sheet (default 20)\n"
    "  -k, --copies=N       augmented copies of each (default 6; diversity may give fewer)\n"
    "      --scale=N        N x N pixels for each of an image (default: so that one sees them)\n"
    "  -s, --set=KEY=VALUE  a setting of sweep files (repeatable; bm-sweep --describe lists "
    "them).\n"
    "                       Defaults are those of sweeps, but label_noise=0 and train_size=1000\n"
    "  --help, --version\n"
    "\n"
    "Data sets are looked for in data_dir (-s data_dir=FOLDER), else $BM_DATA, else data/; what "
    "has\n"
    "to be decoded goes to cache_dir, else $BM_CACHE, else cache/.\n"
    "Exit codes: 0 done, 1 not the published data, 2 wrong usage, 65 wrong data,\n"
    "74 input or output failed.\n";

enum { MOST_IMAGES = 1000, MOST_COPIES = 100, MOST_SCALE = 32 };

struct options {
    struct bm_config config;
    struct bm_launch launch;
    struct bm_contact_options contact;
    const char *from;  /* where to fetch from; NULL: from where it was published */
    char special[100]; /* options that were given, of those that only some commands have */
};

static int set(struct options *options, const char *assignment, struct bm_err *err)
{
    const char *equals = strchr(assignment, '=');
    if (equals == NULL)
        return bm_fail(err, BM_EXIT_USAGE, "--set %s: expected key=value", assignment);
    char key[64];
    snprintf(key, sizeof key, "%.*s", (int)(equals - assignment), assignment);
    const struct bm_field *field = bm_table_find(&bm_config_table, key);
    void *record = &options->config;
    options->contact.is_sized |= strcmp(key, "train_size") == 0;
    if (field == NULL) {
        field = bm_table_find(&bm_launch_table, key);
        record = &options->launch;
    }
    if (field == NULL) {
        const char *nearest = bm_table_nearest(&bm_config_table, ~0u, key);
        if (nearest == NULL)
            nearest = bm_table_nearest(&bm_launch_table, ~0u, key);
        return bm_fail(err, BM_EXIT_USAGE, "--set %s: '%s' is not a setting%s%s%s", assignment, key,
                       nearest ? "; did you mean '" : " (bm-sweep --describe lists them)",
                       nearest ? nearest : "", nearest ? "'?" : "");
    }
    char path[4096];
    if (field->type == BM_TEXT && bm_path_expand(equals + 1, path, sizeof path, err) != 0)
        return -1;
    return bm_field_set(field, record, field->type == BM_TEXT ? path : equals + 1, err);
}

static int parse_count(const char *option, const char *text, int least, int most, int *count,
                       struct bm_err *err)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < least || value > most)
        return bm_fail(err, BM_EXIT_USAGE, "%s %s: expected a number, %d … %d", option, text, least,
                       most);
    *count = (int)value;
    return 0;
}

static int parse_option(int option, struct options *options, struct bm_err *err)
{
    size_t n = strlen(options->special);
    if (option != 's' && n + 1 < sizeof options->special)
        options->special[n] = (char)option;
    switch (option) {
    case 'f':
        options->from = optarg;
        return 0;
    case 'o':
        options->contact.path = optarg;
        return 0;
    case 'n':
        return parse_count("--images", optarg, 1, MOST_IMAGES, &options->contact.images, err);
    case 'k':
        return parse_count("--copies", optarg, 0, MOST_COPIES, &options->contact.copies, err);
    case 'z':
        return parse_count("--scale", optarg, 1, MOST_SCALE, &options->contact.scale, err);
    case 's':
        return set(options, optarg, err);
    }
    return bm_fail(err, BM_EXIT_USAGE, "an option is unknown or lacks its value; see --help");
}

static int sheet(struct options *options, const char *name, struct bm_err *err)
{
    const struct bm_field *field = bm_table_find(&bm_config_table, "dataset");
    if (bm_field_set(field, &options->config, name, err) != 0 ||
        bm_config_check(&options->config, err) != 0)
        return -1;
    return bm_look_contact(&options->config, &options->launch, &options->contact, err);
}

static int list(struct options *options, const char *name, struct bm_err *err)
{
    (void)name;
    return bm_look_list(options->launch.data_dir, err);
}

static int check(struct options *options, const char *name, struct bm_err *err)
{
    return bm_look_check(name, &options->config, &options->launch, err);
}

static int fetch(struct options *options, const char *name, struct bm_err *err)
{
    return bm_look_fetch_named(name, options->launch.data_dir, options->from, err);
}

static const struct command {
    const char *name, *usage; /* what follows the name */
    const char *options;      /* those that only some commands have */
    int (*run)(struct options *options, const char *name, struct bm_err *err);
} commands[] = {{"list", "", "", list},
                {"check", " NAME|FOLDER", "", check},
                {"fetch", " NAME", "f", fetch},
                {"sheet", " NAME -o FILE.png", "onkz", sheet}};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static int fail_command(const char *name, struct bm_err *err)
{
    const char *names[N_COMMANDS + 1] = {NULL};
    for (size_t i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i].name;
    const char *nearest = bm_nearest(name, names);
    return bm_fail(err, BM_EXIT_USAGE, "'%s' is not a command (%s%s); see --help", name,
                   nearest ? "did you mean " : "list, check, fetch, sheet", nearest ? nearest : "");
}

static int run(struct options *options, int n, char **words, struct bm_err *err)
{
    const struct command *command = commands;
    if (n == 0)
        return bm_fail(err, BM_EXIT_USAGE,
                       "which command? list, check, fetch or sheet; see --help");
    while (command < commands + N_COMMANDS && strcmp(words[0], command->name) != 0)
        command++;
    if (command == commands + N_COMMANDS)
        return fail_command(words[0], err);
    if (n != (command->usage[0] != '\0' ? 2 : 1))
        return bm_fail(err, BM_EXIT_USAGE, "usage: bm-data %s%s", command->name, command->usage);
    if (command->run == sheet && options->contact.path == NULL)
        return bm_fail(err, BM_EXIT_USAGE, "where to? bm-data sheet %s -o FILE.png", words[1]);
    if (options->special[strspn(options->special, command->options)] != '\0')
        return bm_fail(
            err, BM_EXIT_USAGE,
            "-o, -n, -k and --scale are options of bm-data sheet, --from is one of bm-data fetch");
    return command->run(options, words[1], err);
}

static int fail(const struct bm_err *err)
{
    fflush(stdout);
    fprintf(stderr, "bm-data: %s\n", err->text);
    return (int)err->code;
}

int main(int argc, char **argv)
{
    bm_start();
    bm_show_safely(false);
    static const struct option known[] = {{"output", required_argument, NULL, 'o'},
                                          {"images", required_argument, NULL, 'n'},
                                          {"copies", required_argument, NULL, 'k'},
                                          {"from", required_argument, NULL, 'f'},
                                          {"scale", required_argument, NULL, 'z'},
                                          {"set", required_argument, NULL, 's'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'V'},
                                          {0}};
    struct options options = {.contact = {.images = 20, .copies = 6}};
    struct bm_err err = {0};
    bm_table_init(&bm_config_table, &options.config);
    bm_table_init(&bm_launch_table, &options.launch);
    options.config.label_noise = 0;
    options.config.train_size = 1000;
    opterr = 0; /* one sentence of our own */
    for (int option; (option = getopt_long(argc, argv, "o:n:k:s:h", known, NULL)) != -1;) {
        if (option == 'h') {
            fputs(help, stdout);
            return BM_EXIT_DONE;
        }
        if (option == 'V') {
            printf("bm-data %s (%s)\n", bm_version(), bm_revision());
            return BM_EXIT_DONE;
        }
        if (parse_option(option, &options, &err) != 0)
            return fail(&err);
    }
    int status = bm_launch_resolve(&options.launch, &err);
    if (status == 0)
        status = run(&options, argc - optind, argv + optind, &err);
    if (status >= 0 && fflush(stdout) != 0)
        status = bm_fail_errno(&err, "cannot write the output");
    return status == 0 ? BM_EXIT_DONE : status > 0 ? BM_EXIT_FAILED : fail(&err);
}
