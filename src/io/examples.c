/* What is kept of training images, on disk. */
#include "bm/examples_file.h"

#include <math.h>

#include "kept.h"

static const char kind[] = "examples";

int bm_examples_path(const char *results, const struct bm_id *id, char path[BM_PATH_SIZE],
                     struct bm_err *err)
{
    return bm_kept_path(results, kind, id, path, err);
}

int bm_examples_check(const char *results, struct bm_err *err)
{
    return bm_kept_check(results, kind, err);
}

int bm_examples_remove(const char *results, const struct bm_id *id, struct bm_err *err)
{
    return bm_kept_remove(results, kind, id, err);
}

int bm_examples_copy(const char *results, const struct bm_id *id, const char *to,
                     struct bm_err *err)
{
    return bm_kept_copy(results, kind, id, BM_KEPT_AT_END, to, err);
}

/* ---- the tensors of a file, from the struct ---- */

enum { TENSORS = 7 };

static void list(const struct bm_examples *examples, struct bm_h5_tensor tensors[TENSORS])
{
    int n = (int)examples->n, e = (int)examples->n_evaluations;
    const struct bm_h5_tensor all[TENSORS] = {
        {"index", BM_H5_UINT32, 1, {n}, examples->index, "place in the data set's own order"},
        {"truth", BM_H5_UINT16, 1, {n}, examples->truth, "true class"},
        {"label", BM_H5_UINT16, 1, {n}, examples->label, "class trained on"},
        {"depth",
         BM_H5_UINT16,
         1,
         {n},
         examples->depth,
         "first tap, counted from 0, from which on k nearest other images say what the output says "
         "at the end; the number of taps: the last one does not"},
        {"epoch", BM_H5_UINT32, 1, {e}, examples->epoch, "epochs trained at each evaluation"},
        {"predicted",
         BM_H5_UINT16,
         2,
         {e, n},
         examples->predicted,
         "of each evaluation and image: class of the largest output"},
        {"margin",
         BM_H5_FLOAT,
         2,
         {e, n},
         examples->margin,
         "of each evaluation and image: output of the label less the largest other output"},
    };
    for (int t = 0; t < TENSORS; t++)
        tensors[t] = all[t];
}

/* For readers that do not count themselves. */
static int write_since(struct bm_h5 *file, const struct bm_examples *examples, struct bm_err *err)
{
    struct bm_arena memory;
    if (bm_arena_init(&memory, bm_arena_need(examples->n * sizeof(float)), "examples", err) != 0)
        return -1;
    float *since = bm_arena_take(&memory, examples->n * sizeof *since);
    for (size_t i = 0; i < examples->n; i++)
        since[i] = (float)bm_examples_since(examples, i);
    const struct bm_h5_tensor tensor = {"memorized_since",
                                        BM_H5_FLOAT,
                                        1,
                                        {(int)examples->n},
                                        since,
                                        "first epoch from which on the label was predicted in all "
                                        "evaluations; NaN: not at the end"};
    int status = bm_h5_write_tensor(file, &tensor, err);
    bm_arena_fini(&memory);
    return status;
}

int bm_examples_save(const char *results, const struct bm_id *id, const struct bm_config *config,
                     const struct bm_examples *examples, struct bm_err *err)
{
    struct bm_h5_tensor tensors[TENSORS];
    struct bm_h5 *file;
    if (bm_kept_new(kind, id, config, &file, err) != 0)
        return -1;
    list(examples, tensors);
    int status = write_since(file, examples, err);
    for (int t = 0; t < TENSORS && status == 0; t++)
        status = bm_h5_write_tensor(file, &tensors[t], err);
    if (status == 0)
        status = bm_kept_put(results, kind, id, BM_KEPT_AT_END, file, err);
    bm_h5_close(file);
    return status;
}

static int read_all(const struct bm_h5 *file, const char *results, struct bm_examples *examples,
                    struct bm_arena *memory, struct bm_err *err)
{
    struct bm_h5_tensor tensors[TENSORS];
    struct bm_arena count = {0};
    int dims[BM_H5_DIMENSIONS];
    if (bm_h5_shape(file, "predicted", dims) != 2)
        return bm_fail(err, BM_EXIT_IO, "%s: the examples' 'predicted' is not a matrix", results);
    size_t evaluations = (size_t)dims[0], n = (size_t)dims[1];
    bm_examples_carve(examples, n, evaluations, &count);
    if (bm_arena_init(memory, count.used, kind, err) != 0)
        return -1;
    bm_examples_carve(examples, n, evaluations, memory);
    examples->n_evaluations = evaluations;
    list(examples, tensors);
    for (int t = 0; t < TENSORS; t++)
        if (bm_h5_read_tensor(file, &tensors[t], err) != 0)
            return -1;
    return 0;
}

int bm_examples_read(const char *results, const struct bm_id *id, struct bm_examples *examples,
                     struct bm_arena *memory, struct bm_err *err)
{
    struct bm_h5 *file;
    *memory = (struct bm_arena){0};
    if (bm_kept_open(results, kind, id, &file, err) != 0)
        return -1;
    int status = read_all(file, results, examples, memory, err);
    bm_h5_close(file);
    return status;
}
