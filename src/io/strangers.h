/* Keys of a sweep file that are not known where they stand. */
#ifndef BM_IO_STRANGERS_H
#define BM_IO_STRANGERS_H

#include "sweep_file.h"

/* That the tree's sections and settings all are known, and each setting is in a section that takes
 * it. All keys that are not are in one sentence, with what is meant by them. */
int bm_strangers_refuse(const struct bm_yaml *root, struct bm_err *err);

/* Whether it is a section or a setting. */
bool bm_key_is_known(const char *key);

/* Fails unless the section is of the kind, as bm_yaml_expect, with the form that its settings would
 * have. */
int bm_section_expect(const struct bm_yaml *section, enum bm_yaml_kind kind, const char *expected,
                      struct bm_err *err);

/* Fails for the key of one entry, of a section that takes settings of those roles. */
int bm_stranger_fail(const struct bm_yaml *entry, unsigned roles, struct bm_err *err);

#endif
