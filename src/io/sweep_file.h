/* What the files that read sweep files share. */
#ifndef BM_IO_SWEEP_FILE_H
#define BM_IO_SWEEP_FILE_H

#include "bm/sweep.h"
#include "yaml.h"

/* Bit masks of the roles that a section takes. */
enum {
    BM_TAKES_RUN = 1u << BM_LAUNCH,
    BM_TAKES_GRID = 1u << BM_IDENTITY,
    BM_TAKES_FIXED = 1u << BM_IDENTITY | 1u << BM_OBSERVED,
};

/* The setting that the entry's key names. Fails when there is none, or its role is not one of
 * `roles`: the sentence says where it belongs. */
const struct bm_field *bm_setting_find(const struct bm_yaml *entry, unsigned roles,
                                       struct bm_err *err);

/* Reads one value of the setting into the record: a scalar, for sets of words a list. Texts are
 * paths, in which ~ and variables are expanded. */
int bm_setting_read(const struct bm_field *field, const struct bm_yaml *node, void *record,
                    struct bm_err *err);

/* Expands a path (bm/path.h) of the file: the value of `key`. */
int bm_path_read(const char *key, const struct bm_yaml *node, char *path, size_t size,
                 struct bm_err *err);
/* That a new results file can be at the path, or one of ours is there (BM_EXIT_DATA). */
int bm_results_path_check(const char *path, const char *sweep_file, struct bm_err *err);

/* True for the scalar "first..last", two whole numbers; false for all else. Numbers of any length:
 * what is too large for 64 bits becomes the largest of them. */
bool bm_range_read(const struct bm_yaml *node, int64_t *first, int64_t *last);

/* True for what makes an axis: a list or range for a setting that takes one value of it. */
bool bm_axis_like(const struct bm_field *field, const struct bm_yaml *node);

/* The mapping of zip: that has the key, or NULL. */
struct bm_yaml *bm_zip_find(const struct bm_yaml *root, const char *key);

/* The grid of a sweep file's tree over base settings: sections grid:, zip:, exclude:, include:.
 * NULL on failure. */
struct bm_grid *bm_sweep_grid_read(const struct bm_yaml *root, const struct bm_config *base,
                                   struct bm_err *err);

/* Works "key=value" into the tree of a sweep file: a list or range into grid: (or in the place of a
 * zip's list), a single value into fixed:, a setting of the launch into run:. `source` is what
 * stands before messages, "--set key=value", and must outlive the tree. */
int bm_override(struct bm_yaml *root, const char *source, const char *assignment,
                struct bm_err *err);

#endif
