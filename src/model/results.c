/* Results in memory: applies frames, finds runs. What a run has of its evaluations is left to
 * results_run.c, reading and writing files to io/.
 *
 * Invariant: slots[] holds position + 1 of every run (0: free) and is never more than half full. */
#include "results_run.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bm/text.h"

/* ---- runs by id ---- */

/* Where the search for `id` begins. Ids are digests: their bytes are as good as a hash. */
static size_t home_of(const struct bm_results *results, const struct bm_id *id)
{
    uint64_t hash;
    memcpy(&hash, id->bytes, sizeof hash);
    return hash % results->n_slots;
}

/* The slot of `id`: its own, or the free one where it belongs. */
static size_t *slot_of(const struct bm_results *results, const struct bm_id *id)
{
    for (size_t i = home_of(results, id);; i = (i + 1) % results->n_slots) {
        size_t *slot = &results->slots[i];
        if (*slot == 0 || bm_id_compare(&results->runs[*slot - 1].id, id) == 0)
            return slot;
    }
}

struct bm_run *bm_results_find(const struct bm_results *results, const struct bm_id *id)
{
    if (results->n_slots == 0)
        return NULL;
    size_t slot = *slot_of(results, id);
    return slot ? &results->runs[slot - 1] : NULL;
}

static void fill_slots(struct bm_results *results)
{
    memset(results->slots, 0, results->n_slots * sizeof *results->slots);
    for (size_t i = 0; i < results->n_runs; i++)
        *slot_of(results, &results->runs[i].id) = i + 1;
}

static int grow(struct bm_results *results, struct bm_err *err)
{
    size_t capacity = results->capacity ? 2 * results->capacity : 16;
    struct bm_arena memory;
    if (bm_results_resize(&results->slots, 2 * capacity, sizeof *results->slots, err) != 0 ||
        bm_arena_init(&memory, capacity * sizeof *results->runs, "runs", err) != 0)
        return -1;
    if (results->n_runs > 0)
        memcpy(memory.base, results->runs, results->n_runs * sizeof *results->runs);
    bm_arena_fini(&results->memory);
    results->memory = memory;
    results->runs = (struct bm_run *)(void *)memory.base;
    results->capacity = capacity;
    results->n_slots = 2 * capacity;
    fill_slots(results);
    return 0;
}

static int by_settings(const void *a, const void *b)
{
    return bm_run_compare(a, b);
}

void bm_results_sort(struct bm_results *results)
{
    if (results->n_runs == 0)
        return;
    qsort(results->runs, results->n_runs, sizeof *results->runs, by_settings);
    fill_slots(results);
}

static int begin(struct bm_results *results, const struct bm_frame *frame, struct bm_err *err)
{
    struct bm_run *run = bm_results_find(results, &frame->id);
    if (run != NULL) {
        bm_run_fini(run);
    } else {
        if (results->n_runs == results->capacity && grow(results, err) != 0)
            return -1;
        *slot_of(results, &frame->id) = results->n_runs + 1;
        run = &results->runs[results->n_runs++];
    }
    *run = (struct bm_run){.id = frame->id, .config = frame->config};
    bm_table_init(&bm_result_table, &run->result);
    run->result.status = BM_STATUS_RUNNING;
    return 0;
}

/* Frees a slot. Those behind it that are there only because it was taken move up. */
static void vacate(struct bm_results *results, size_t hole)
{
    size_t n = results->n_slots, *slots = results->slots;
    for (size_t i = (hole + 1) % n; slots[i] != 0; i = (i + 1) % n) {
        size_t home = home_of(results, &results->runs[slots[i] - 1].id);
        if ((i + n - home) % n >= (i + n - hole) % n) {
            slots[hole] = slots[i];
            hole = i;
        }
    }
    slots[hole] = 0;
}

static void drop(struct bm_results *results, const struct bm_id *id)
{
    struct bm_run *run = bm_results_find(results, id);
    if (run == NULL)
        return;
    vacate(results, (size_t)(slot_of(results, id) - results->slots));
    bm_run_fini(run);
    struct bm_run *last = &results->runs[--results->n_runs];
    if (run == last)
        return;
    *slot_of(results, &last->id) = (size_t)(run - results->runs) + 1;
    *run = *last;
}

/* ---- texts ---- */

/* Whatever libraries and machines have printed, files promise their readers UTF-8. */
static int set_text(char **text, const struct bm_frame *frame, struct bm_err *err)
{
    char *copy = strndup(frame->text, frame->text_size);
    if (copy == NULL)
        return bm_fail(err, BM_EXIT_MEMORY, "no memory for a text of %zu bytes", frame->text_size);
    bm_text_repair(copy);
    free(*text);
    *text = copy;
    return 0;
}

static void repair_texts(const struct bm_table *table, void *record)
{
    for (size_t i = 0; i < table->n_fields; i++)
        if (table->fields[i].type == BM_TEXT)
            bm_text_repair((char *)record + table->fields[i].offset);
}

static struct bm_meta *find_meta(const struct bm_results *results, const char *name)
{
    for (size_t i = 0; i < results->n_meta; i++)
        if (strcmp(results->meta[i].name, name) == 0)
            return &results->meta[i];
    return NULL;
}

const char *bm_results_meta(const struct bm_results *results, const char *name)
{
    const struct bm_meta *meta = find_meta(results, name);
    return meta ? meta->text : NULL;
}

static int apply_meta(struct bm_results *results, const struct bm_frame *frame, struct bm_err *err)
{
    struct bm_meta *meta = find_meta(results, frame->name);
    if (meta != NULL)
        return set_text(&meta->text, frame, err);
    struct bm_meta added = {0};
    memcpy(added.name, frame->name, sizeof added.name);
    if (bm_results_resize(&results->meta, results->n_meta + 1, sizeof *results->meta, err) != 0 ||
        set_text(&added.text, frame, err) != 0)
        return -1;
    results->meta[results->n_meta++] = added;
    return 0;
}

/* ---- frames ---- */

static int apply_to_run(struct bm_run *run, const struct bm_frame *frame, struct bm_err *err)
{
    if (run == NULL) {
        char id[BM_ID_TEXT];
        return bm_fail(err, BM_EXIT_IO, "run %s has results, but never began",
                       bm_id_text(&frame->id, id));
    }
    switch (frame->kind) {
    case BM_FRAME_EVALUATION:
        return bm_run_evaluate(run, &frame->measured[0], err);
    case BM_FRAME_PROBES:
        return bm_run_extend(run, frame, err);
    case BM_FRAME_LOG:
        return set_text(&run->log, frame, err);
    default:
        run->result = frame->result;
        repair_texts(&bm_result_table, &run->result);
        run->finished = true;
        return 0;
    }
}

int bm_results_apply(struct bm_results *results, const struct bm_frame *frame, struct bm_err *err)
{
    switch (frame->kind) {
    case BM_FRAME_BEGIN:
        return begin(results, frame, err);
    case BM_FRAME_META:
        return apply_meta(results, frame, err);
    case BM_FRAME_EVALUATION:
    case BM_FRAME_LOG:
    case BM_FRAME_RESULT:
    case BM_FRAME_PROBES:
        return apply_to_run(bm_results_find(results, &frame->id), frame, err);
    case BM_FRAME_DROP:
        drop(results, &frame->id);
        break;
    case BM_FRAME_SCHEMA:
    case BM_FRAME_JOB:
    case BM_FRAME_PROGRESS:
    case BM_FRAME_WARNING:
        break;
    }
    return 0;
}

void bm_results_interrupt(struct bm_results *results)
{
    for (size_t i = 0; i < results->n_runs; i++)
        if (!results->runs[i].finished)
            results->runs[i].result.status = BM_STATUS_INTERRUPTED;
}

void bm_results_fini(struct bm_results *results)
{
    for (size_t i = 0; i < results->n_runs; i++)
        bm_run_fini(&results->runs[i]);
    for (size_t i = 0; i < results->n_meta; i++)
        free(results->meta[i].text);
    bm_arena_fini(&results->rows);
    bm_arena_fini(&results->memory);
    free(results->slots);
    free(results->meta);
    *results = (struct bm_results){0};
}
