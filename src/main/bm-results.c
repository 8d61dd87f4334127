/* bm-results: looks at results files. Reads arguments and chooses the command; the commands are in
 * src/results/. Needs HDF5 only; all but rebuild, merge and drop take no lock and change nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../results/report.h"
#include "bm/provenance.h"
#include "bm/shown.h"
#include "bm/start.h"

struct command {
    const char *name, *arguments;
    int n_arguments; /* 0: it reads its own */
    int (*run)(char **args, FILE *out, struct bm_err *err);
    const char *help;
};

static const struct command commands[] = {
    {"table", "FILE", 0, bm_command_table, "a row a run: settings that vary, accuracies, probes"},
    {"taps", "FILE", 0, bm_command_taps, "probes at taps (all, or --columns), before and after"},
    {"curve", "FILE ID", 0, bm_command_curve, "a run over its epochs; or --where, --group-by"},
    {"csv", "FILE", 0, bm_command_csv, "a row a run, without logs; --curves: an evaluation"},
    {"json", "FILE", 0, bm_command_json, "runs with their evaluations; null: not a number"},
    {"pairs", "FILE ID", 2, bm_command_pairs, "how alike one run's taps are, before and after"},
    {"plot", "depth FILE [ID]", 0, bm_command_plot,
     "bars over depth, or --where; tradeoff FILE [--tap T]"},
    {"claims", "FILE...", 0, bm_command_claims, "what is claimed, and what the runs say of it"},
    {"log", "FILE ID", 2, bm_command_log, "what one run printed, and why it failed"},
    {"weights", "FILE ID -o OUT", 0, bm_command_weights,
     "a run's weights for PyTorch, as HDF5; --epoch N"},
    {"examples", "FILE ID [-o OUT]", 0, bm_command_examples,
     "its images: margins, depth, …; csv or HDF5"},
    {"diff", "A B", 2, bm_command_diff, "exits 1 when more than times and hosts differs"},
    {"verify", "FILE", 1, bm_command_verify, "checks the file and its journal: which has more"},
    {"rebuild", "PART FILE", 2, bm_command_rebuild,
     "makes PART, journal or snapshot, from the other one"},
    {"watch", "FILE", 1, bm_command_watch, "what its jobs are doing: redrawn, or once in a pipe"},
    {"merge", "A B... -o OUT", 0, bm_command_merge, "joins results files by run, into a new file"},
    {"drop", "FILE ID...", 0, bm_command_drop,
     "takes runs away; --state failed: all in that state"},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

static void print_help(void)
{
    puts("bm-results - look at the results of bm-sweep, also while it runs\n"
         "Usage: bm-results [COMMAND] [OPTION]... FILE ...   (without a command: table)");
    for (size_t i = 0; i < N_COMMANDS; i++)
        printf("  %-9s%-17s%s\n", commands[i].name, commands[i].arguments, commands[i].help);
    puts("  --help, --version; an ID may be shortened. Options of the first five:\n"
         "  --where label_noise=1,seed>3  runs with these values (= != < <= > >=)\n"
         "  --group-by arch,diversity     mean and 95 % interval (t) over a group's seeds\n"
         "  --against diversity=none      differences to those runs, paired by seed\n"
         "  --columns fit,knn --sort -fit by csv's names (knn: all taps), largest first");
}

static int usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int usage(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "bm-results: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "; see bm-results --help\n");
    va_end(args);
    return BM_EXIT_USAGE;
}

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int unknown_command(const char *word)
{
    const char *names[N_COMMANDS + 1] = {NULL};
    for (size_t i = 0; i < N_COMMANDS; i++)
        names[i] = commands[i].name;
    const char *nearest = bm_nearest(word, names);
    if (nearest != NULL)
        return usage("'%s' is neither a command nor a file; did you mean '%s'?", word, nearest);
    return usage("'%s' is neither a command nor a file", word);
}

/* What programs read. */
static bool prints_data(const struct command *command)
{
    return command != NULL && (command->run == bm_command_csv || command->run == bm_command_json ||
                               command->run == bm_command_examples);
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int run(const struct command *command, char **args)
{
    struct bm_err err = {0};
    int status = command->run(args, stdout, &err);
    if (status < 0) {
        fflush(stdout);
        fprintf(stderr, "bm-results: %s\n", err.text);
        return (int)err.code;
    }
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "bm-results: cannot write the output: %s\n", strerror(errno));
        return BM_EXIT_IO;
    }
    return status;
}

int main(int argc, char **argv)
{
    bm_start();
    signal(SIGPIPE, SIG_DFL); /* `| head` ends it quietly, whatever the parent ignores */
    const struct command *command = argc > 1 ? find(argv[1]) : NULL;
    bm_show_safely(prints_data(command));
    char **args = argv + (command ? 2 : 1);
    int n = argc - (command ? 2 : 1);
    if (argc < 2)
        return usage("a results file is missing");
    if (n > 0 && asks_for_help(args[0])) {
        print_help();
        return BM_EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("bm-results %s (%s)\n", bm_version(), bm_revision());
        return BM_EXIT_DONE;
    }
    if (command == NULL) {
        bool is_tables = n == 1 || args[0][0] == '-' || access(args[0], F_OK) == 0;
        if (!is_tables)
            return unknown_command(args[0]);
        command = find("table");
    }
    if (command->n_arguments > 0 && n != command->n_arguments)
        return usage("usage: bm-results %s %s", command->name, command->arguments);
    return run(command, args);
}
