/* Lines on standard error, and what they are made of. */
#ifndef BM_RUN_SAY_H
#define BM_RUN_SAY_H

#include <stddef.h>

#include "bm/brief.h"

/* One line "bm-sweep: …". */
void bm_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for a sentence of the store's (bm_store_tell). */
void bm_say_sentence(const char *sentence);
/* Absolute path of `path`. Returns `text`. */
char *bm_path_text(const char *path, char *text, size_t size);

#endif
