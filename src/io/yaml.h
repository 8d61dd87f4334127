/* The part of YAML that sweep files use, as a tree of nodes that know where they stand. Anchors,
 * aliases, tags, several documents, duplicate keys, keys that are not single words, values with
 * control characters and deep nesting are refused. */
#ifndef BM_IO_YAML_H
#define BM_IO_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "bm/err.h"

struct bm_mark {
    const char *source;  /* the file's path, or "--set key=value"; borrowed */
    size_t line, column; /* from 1, in characters; line 0: the source has no lines */
};

enum { BM_PLACE_SIZE = 1000 };

enum bm_yaml_kind { BM_YAML_SCALAR, BM_YAML_SEQUENCE, BM_YAML_MAPPING };

struct bm_yaml {
    enum bm_yaml_kind kind;
    struct bm_mark mark;
    char *text;  /* of a scalar: UTF-8, one line; owned */
    bool quoted; /* of a scalar: a quoted "" is a value, a plain one is none */
    /* of an entry of a mapping */
    char *key; /* owned */
    struct bm_mark key_mark;
    /* of a sequence or mapping: its items or entries (owned), in order */
    struct bm_yaml *first, *last;
    struct bm_yaml *next; /* in the parent's list */
};

/* Parses one document in UTF-8, with a byte order mark or without. `source` names it in messages
 * and must outlive the tree; `has_lines` is false for text that is not a file. NULL on failure
 * (BM_EXIT_DATA). */
size_t bm_yaml_byte_order_mark(const char *text, size_t size); /* its length, 0: there is none */
struct bm_yaml *bm_yaml_parse(const char *source, bool has_lines, const char *text, size_t size,
                              struct bm_err *err);
void bm_yaml_free(struct bm_yaml *node); /* NULL is legal */

struct bm_yaml *bm_yaml_new(enum bm_yaml_kind kind, struct bm_mark mark);
/* "a value", "an empty value", "a list" or "a mapping", for messages. */
const char *bm_yaml_kind_name(const struct bm_yaml *node);

/* True for nothing, ~ and null. */
bool bm_yaml_is_null(const struct bm_yaml *node);
/* Makes a scalar an empty list or mapping. */
void bm_yaml_clear(struct bm_yaml *scalar, enum bm_yaml_kind kind);

/* Fails unless the node is of the kind: "what: expected this, not a list". */
int bm_yaml_expect(const struct bm_yaml *node, enum bm_yaml_kind kind, const char *what,
                   const char *expected, struct bm_err *err);

/* Makes `child` (taken over) the last one. */
void bm_yaml_append(struct bm_yaml *parent, struct bm_yaml *child);
/* NULL where there is no such entry, or the node is no mapping. */
struct bm_yaml *bm_yaml_find(const struct bm_yaml *mapping, const char *key);
/* Makes `value` (taken over) the entry of the key: in the place of the one that is there, which is
 * freed, else behind the last. */
void bm_yaml_put(struct bm_yaml *mapping, const char *key, struct bm_yaml *value);
/* Removes and frees the entry, if there is one. */
void bm_yaml_remove(struct bm_yaml *mapping, const char *key);

/* "source:line:column", or the source alone. Returns `text`. */
char *bm_yaml_place(const struct bm_mark *mark, char *text, size_t size);
/* Fails with "source:line:column: sentence" (BM_EXIT_DATA); returns -1. */
int bm_yaml_fail(const struct bm_mark *mark, struct bm_err *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts the mark before the text of an error that is there; returns -1. */
int bm_yaml_fail_at(const struct bm_mark *mark, struct bm_err *err);

#endif
