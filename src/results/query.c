/* The options of commands that show runs. */
#include "query.h"

#include <getopt.h>
#include <string.h>

static const struct {
    const char *name;
    enum bm_option option;
    int argument;
} known[] = {
    {"where", BM_OPTION_WHERE, required_argument},
    {"group-by", BM_OPTION_GROUP_BY, required_argument},
    {"against", BM_OPTION_AGAINST, required_argument},
    {"columns", BM_OPTION_COLUMNS, required_argument},
    {"sort", BM_OPTION_SORT, required_argument},
    {"curves", BM_OPTION_CURVES, no_argument},
    {"tap", BM_OPTION_TAP, required_argument},
};
enum { N_KNOWN = sizeof known / sizeof *known };

/* As getopt_long takes them: those that the command has. */
static void list_options(unsigned options, struct option list[N_KNOWN + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < N_KNOWN; i++)
        if (options & known[i].option)
            list[n++] =
                (struct option){known[i].name, known[i].argument, NULL, (int)known[i].option};
    list[n] = (struct option){0};
}

static int fail_option(const char *command, int option, const char *word, unsigned options,
                       struct bm_err *err)
{
    const char *names[N_KNOWN + 1] = {NULL};
    size_t n = 0;
    for (size_t i = 0; i < N_KNOWN; i++)
        if (options & known[i].option)
            names[n++] = known[i].name;
    if (option == ':')
        return bm_fail(err, BM_EXIT_USAGE, "option %s lacks its value; see bm-results --help",
                       word);
    const char *nearest = bm_nearest(word, names);
    return bm_fail(err, BM_EXIT_USAGE, "'%s' is no option of %s%s%s%s; see bm-results --help", word,
                   command, nearest ? "; did you mean '--" : "", nearest ? nearest : "",
                   nearest ? "'?" : "");
}

static int take_option(int option, struct bm_query *query, struct bm_err *err)
{
    const char **values[] = {&query->group_by, &query->against, &query->columns, &query->sort, NULL,
                             &query->taps};
    if (option == BM_OPTION_WHERE) {
        if (query->n_wheres == BM_MOST_CONDITIONS)
            return bm_fail(err, BM_EXIT_USAGE, "more than %d times --where", BM_MOST_CONDITIONS);
        query->wheres[query->n_wheres++] = optarg;
        return 0;
    }
    query->curves |= option == BM_OPTION_CURVES;
    for (size_t i = 1; i < N_KNOWN; i++) {
        if (known[i].argument == no_argument || known[i].option != (enum bm_option)option)
            continue;
        if (*values[i - 1] != NULL)
            return bm_fail(err, BM_EXIT_USAGE, "--%s %s and --%s %s: once", known[i].name,
                           *values[i - 1], known[i].name, optarg);
        *values[i - 1] = optarg;
    }
    return 0;
}

int bm_query_parse(char **args, const char *command, const char *arguments, unsigned options,
                   size_t least, size_t most, struct bm_query *query, struct bm_err *err)
{
    struct option list[N_KNOWN + 1];
    char **argv = args - 1; /* getopt_long begins behind the program's name */
    int argc = 1, option;
    *query = (struct bm_query){0};
    while (argv[argc] != NULL)
        argc++;
    list_options(options, list);
    opterr = 0; /* errors go to bm_fail */
    optind = 0; /* from the beginning: tests parse more than once */
    while ((option = getopt_long(argc, argv, ":", list, NULL)) != -1) {
        if (option == '?' || option == ':')
            return fail_option(command, option, argv[optind - 1], options, err);
        if (take_option(option, query, err) != 0)
            return -1;
    }
    query->args = argv + optind;
    query->n_args = (size_t)(argc - optind);
    if (query->n_args < least || query->n_args > most)
        return bm_fail(err, BM_EXIT_USAGE, "usage: bm-results %s %s%s; see bm-results --help",
                       command, options ? "[OPTION]... " : "", arguments);
    if (query->against != NULL && query->group_by == NULL)
        return bm_fail(
            err, BM_EXIT_USAGE,
            "--against %s: differences are means over seeds: name the settings that make "
            "a group by --group-by",
            query->against);
    return 0;
}
