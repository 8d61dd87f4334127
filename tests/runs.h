/* Runs from text: a line a run, of blank-separated KEY=VALUE by the names of bm-results csv, and
 * KEY@EPOCH=VALUE for what evaluations have; "#" begins a comment. What is not said is a small run
 * of a cnn that is done. `algorithm=N` makes the id as that version would; `status=running` leaves
 * the run without a result. */
#ifndef TESTS_RUNS_H
#define TESTS_RUNS_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/frame.h"
#include "bm/store.h"

enum { RUN_MOST_EVALUATIONS = 40, RUN_MOST_TAPS = 12 };

struct run_text {
    struct bm_config config;
    struct bm_result result;
    int algorithm;
    size_t n_evaluations, n_taps;
    struct bm_evaluation evaluations[RUN_MOST_EVALUATIONS];
    struct bm_tap_probe taps[RUN_MOST_EVALUATIONS][RUN_MOST_TAPS];
};

static inline int run_refuse(const char *key)
{
    fprintf(stderr, "no column %s\n", key);
    return -1;
}

static inline size_t run_evaluation(struct run_text *run, int64_t epoch)
{
    for (size_t e = 0; e < run->n_evaluations; e++)
        if (run->evaluations[e].epoch == epoch)
            return e;
    size_t e = run->n_evaluations++;
    assert(e < RUN_MOST_EVALUATIONS);
    bm_table_init(&bm_evaluation_table, &run->evaluations[e]);
    run->evaluations[e].epoch = epoch;
    for (size_t t = 0; t < RUN_MOST_TAPS; t++) {
        bm_table_init(&bm_tap_probe_table, &run->taps[e][t]);
        memmove(run->taps[e][t].tap, run->taps[0][t].tap, BM_TAP_NAME);
    }
    return e;
}

/* Any number: results have no bounds. */
static inline void run_store(const struct bm_field *field, void *record, const char *text)
{
    double real = strtod(text, NULL);
    int64_t integer = (int64_t)real;
    if (field->type == BM_REAL)
        memcpy((char *)record + field->offset, &real, sizeof real);
    else if (field->type == BM_INT)
        memcpy((char *)record + field->offset, &integer, sizeof integer);
    else
        bm_field_set(field, record, text, NULL);
}

static inline int run_store_probe(struct run_text *run, const char *key, int64_t epoch,
                                  const char *value)
{
    const struct bm_field *probe = NULL, *column;
    for (size_t c = 0; (column = bm_probe_column(c)) != NULL; c++) {
        size_t length = strlen(column->key);
        if (strncmp(key, column->key, length) == 0 && key[length] == '_' &&
            (probe == NULL || length > strlen(probe->key)))
            probe = column;
    }
    if (probe == NULL)
        return run_refuse(key);
    const char *tap = key + strlen(probe->key) + 1;
    size_t e = run_evaluation(run, epoch), t = 0;
    while (t < run->n_taps && strcmp(run->taps[0][t].tap, tap) != 0)
        t++;
    assert(t < RUN_MOST_TAPS);
    if (t == run->n_taps)
        run->n_taps++;
    for (size_t i = 0; i < run->n_evaluations; i++)
        strcpy(run->taps[i][t].tap, tap);
    run_store(probe, &run->taps[e][t], value);
    return 0;
}

/* `epoch`: -1 where none is named. */
static inline int run_set(struct run_text *run, const char *key, int64_t epoch, const char *value)
{
    struct bm_err err = {0};
    const struct bm_field *field = bm_table_find(&bm_config_table, key);
    int64_t last = epoch >= 0 ? epoch : run->config.epochs;
    if (strcmp(key, "algorithm") == 0) {
        run->algorithm = atoi(value);
        return 0;
    }
    if (field != NULL) {
        if (bm_field_set(field, &run->config, value, &err) != 0)
            fprintf(stderr, "%s\n", err.text);
        return err.code == BM_EXIT_DONE ? 0 : -1;
    }
    const struct bm_field *of_evaluation = bm_table_find(&bm_evaluation_table, key);
    field = bm_table_find(&bm_result_table, key);
    if (of_evaluation != NULL)
        run_store(of_evaluation, &run->evaluations[run_evaluation(run, last)], value);
    if (field != NULL && epoch < 0)
        run_store(field, &run->result, value);
    if (field != NULL || of_evaluation != NULL)
        return 0;
    if (strncmp(key, "init_", 5) == 0)
        return run_store_probe(run, key + 5, 0, value);
    return run_store_probe(run, key, last, value);
}

static inline void run_init(struct run_text *run)
{
    bm_table_init(&bm_config_table, &run->config);
    bm_table_init(&bm_result_table, &run->result);
    run->algorithm = BM_ALGORITHM_VERSION;
    run->n_evaluations = run->n_taps = 0;
    memset(run->taps, 0, sizeof run->taps);
    strcpy(run->config.arch, "cnn");
    run->config.epochs = 20;
    run->result.status = BM_STATUS_DONE;
    run->result.train_images = run->result.noisy_images = 1000;
    run->result.test_images = 2000;
    run->result.classes = 10;
    run_evaluation(run, 0);
}

/* Settings come first, whatever their place: `epochs` says when the last evaluation is. */
static inline int run_parse(struct run_text *run, const char *line)
{
    run_init(run);
    for (int pass = 0; pass < 2; pass++) {
        char *copy = strdup(line), *rest = copy;
        for (char *word; (word = strsep(&rest, " \n")) != NULL;) {
            char *value = strchr(word, '='), *at = strchr(word, '@');
            if (word[0] == '\0')
                continue;
            assert(value != NULL);
            *value++ = '\0';
            if (at != NULL && at < value)
                *at = '\0';
            else
                at = NULL;
            bool is_setting = bm_table_find(&bm_config_table, word) != NULL;
            if (is_setting != (pass == 0))
                continue;
            if (run_set(run, word, at ? atol(at + 1) : -1, value) != 0) {
                free(copy);
                return -1;
            }
        }
        free(copy);
    }
    run_evaluation(run, run->config.epochs);
    if (run->result.epochs_done == 0)
        run->result.epochs_done = run->config.epochs;
    return 0;
}

static inline struct bm_id run_id(const struct run_text *run)
{
    static const char *const none[] = {NULL}, *const mlp[] = {"depth", NULL},
                             *const resnet[] = {"stem", NULL};
    const char *arch = run->config.arch;
    struct bm_bytes text = {0}, own = {0};
    bm_config_identity(&run->config,
                       strcmp(arch, "mlp") == 0          ? mlp
                       : strncmp(arch, "resnet", 6) == 0 ? resnet
                                                         : none,
                       &text);
    const char *rest = memchr(text.data, '\n', text.size);
    bm_bytes_printf(&own, "algorithm=%d", run->algorithm);
    bm_bytes_add(&own, rest, text.size - (size_t)(rest - (const char *)text.data));
    struct bm_id id = bm_digest(own.data, own.size);
    bm_bytes_fini(&text);
    bm_bytes_fini(&own);
    return id;
}

static inline int run_compare_evaluations(const void *a, const void *b, void *run)
{
    const struct bm_evaluation *e = ((struct run_text *)run)->evaluations;
    int64_t x = e[*(const size_t *)a].epoch, y = e[*(const size_t *)b].epoch;
    return (x > y) - (x < y);
}

/* Hands the frames of the run to `take`, one at a time. */
static inline int run_replay(struct run_text *run,
                             int (*take)(void *context, const struct bm_bytes *frame),
                             void *context)
{
    struct bm_id id = run_id(run);
    struct bm_bytes frame = {0};
    size_t order[RUN_MOST_EVALUATIONS];
    bm_frame_add_begin(&frame, &id, &run->config);
    int status = take(context, &frame);
    for (size_t e = 0; e < run->n_evaluations; e++)
        order[e] = e;
    qsort_r(order, run->n_evaluations, sizeof *order, run_compare_evaluations, run);
    for (size_t e = 0; e < run->n_evaluations; e++) {
        frame.size = 0;
        const struct bm_findings findings = {.taps = run->taps[order[e]], .n_taps = run->n_taps};
        bm_frame_add_evaluation(&frame, &id, &run->evaluations[order[e]], &findings);
        status |= take(context, &frame);
    }
    if (run->result.status != BM_STATUS_RUNNING) {
        frame.size = 0;
        bm_frame_add_result(&frame, &id, &run->result);
        status |= take(context, &frame);
    }
    bm_bytes_fini(&frame);
    return status;
}

static inline int run_append(void *context, const struct bm_bytes *frame)
{
    return bm_store_append(context, frame->data, frame->size, NULL);
}

/* Writes a results file of the runs that `in` has. */
static inline int runs_write(const char *path, FILE *in)
{
    struct bm_err err = {0};
    struct bm_store *store;
    struct run_text *run = calloc(1, sizeof *run);
    char *line = NULL;
    size_t size = 0;
    int status = 0;
    if (run == NULL || bm_store_open(path, 0, NULL, &store, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        free(run);
        return 1;
    }
    while (status == 0 && getline(&line, &size, in) > 0) {
        line[strcspn(line, "#\n")] = '\0';
        if (line[strspn(line, " ")] == '\0')
            continue;
        status = run_parse(run, line);
        if (status == 0)
            status = run_replay(run, run_append, store);
    }
    if (status == 0)
        status = bm_store_snapshot(store, &err);
    bm_store_close(store);
    free(line);
    free(run);
    return status != 0;
}

#endif
