/* Values as other tools write them, and how a sweep file does: {values: [1, 2]}, grid_search([1,
 * 2]), "1,2", 1-3, 1_000, 50%, 2h. Only for messages: none of them is read. */
#ifndef BM_IO_FORMS_H
#define BM_IO_FORMS_H

#include "sweep_file.h"

/* Writes the value in the form of sweep files: "0.1", "[0.1, 0.01]", "1..3". False, and nothing is
 * written, where it is not plain what is meant, or the setting would not take it. */
bool bm_form_write(const struct bm_field *field, const struct bm_yaml *node, struct bm_bytes *out);

/* True for what bm_form_write wrote for an axis: a list or a range. */
bool bm_form_is_axis(const struct bm_field *field, const char *form);

/* Puts "write key: value" behind the error that is there, if bm_form_write knows how; `as_axis`
 * makes a list of a single value. Returns -1. */
int bm_form_hint(const struct bm_field *field, const struct bm_yaml *node, bool as_axis,
                 struct bm_err *err);

#endif
