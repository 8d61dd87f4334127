/* Field tables: a record is a plain struct, and beside it stands a table with a row a member.
 * Reading, validation, hashing, messages, HDF5 columns, comparison and documentation are loops over
 * the table. A new setting or metric is a member and a row. */
#ifndef BM_FIELD_H
#define BM_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bm/bytes.h"
#include "bm/err.h"

/* Journals have the numbers of those up to BM_TEXT: never renumber. */
enum bm_type {
    BM_INT,    /* int64_t */
    BM_REAL,   /* double; NaN is "undefined" in results and refused in settings */
    BM_WORD,   /* char[BM_WORD_SIZE]: one of `words`, an open set */
    BM_WORDS,  /* char[]: some of `words`, comma-separated, in the order of `words`, each once */
    BM_TEXT,   /* char[]: anything that fits */
    BM_NAMES,  /* char[]: names, comma-separated, in byte order, each once; a lone one may also be a
                  number or a word. Elsewhere it is a BM_TEXT */
    BM_CHOICE, /* an enumeration: an index into `words` (bm/words.h); everywhere but in memory it is
                  the word, as for BM_WORD */
    BM_MEMBERS, /* char[]: one of `words`, each of which means a list, or some of `members`,
                   comma-separated, in the order given, each once. A list that a word means is kept
                   as the word. Elsewhere it is a BM_WORD */
};

static inline bool bm_is_number(enum bm_type type)
{
    return type == BM_INT || type == BM_REAL;
}

enum bm_role {
    BM_IDENTITY,     /* setting: what is computed; part of a run's id; can be an axis */
    BM_OBSERVED,     /* setting: what is measured while it is computed */
    BM_LAUNCH,       /* setting: how it is run (section `run:`) */
    BM_REPRODUCIBLE, /* result: bit-equal whenever the run is repeated */
    BM_CIRCUMSTANCE, /* result: depends on machine, time and company */
};

enum { BM_WORD_SIZE = 24 };

/* A word that stands for a number: `all`, `none`, `inf`. */
struct bm_named {
    const char *name; /* NULL ends the list */
    double value;
};

struct bm_field {
    const char *key;    /* the YAML word and the name of the column */
    const char *column; /* the name of the column, where another one has the key's; else NULL */
    const char *former; /* the name that the column had in older results files; NULL: none */
    enum bm_type type;
    enum bm_role role;
    size_t offset, size; /* of the member */
    const char *initial; /* settings: default, as text */
    const char *absent;  /* settings of identity: the value that ids leave out, frozen when the
                            setting is added later; NULL: always in the id */
    double min, max;     /* numbers: both inclusive; within 2^53, where all integers are exact */
    bool whole;          /* BM_REAL: named words aside, integers only */
    const struct bm_named *named; /* numbers: NULL or a list */
    const char *const *words;     /* BM_WORD(S), BM_CHOICE, BM_MEMBERS: NULL-terminated */
    const char *const *members;   /* BM_MEMBERS: NULL-terminated */
    const char *const *meanings;  /* BM_MEMBERS: of each of `words` its members, comma-separated */
    /* Settings: in the place of one value a list may be given; its first value is this one's, and
     * the others are those of the BM_WORDS with this key. NULL: one value only. */
    const char *others;
    bool of_architecture;                   /* has an effect only where the architecture lists it */
    bool (*has_effect)(const void *record); /* NULL: always */
    const char *unit;                       /* NULL: a plain number or text */
    const char *help;                       /* one line: HDF5 description and documentation */
};

struct bm_table {
    const char *name;
    const struct bm_field *fields;
    size_t n_fields, record_size;
};

/* The parts of a row that follow from the member itself. */
#define BM_MEMBER(record, member)                              \
    .key = #member, .offset = offsetof(struct record, member), \
    .size = sizeof(((struct record *)0)->member)

/* Its name in results files and in what is made of them. A number that some values of are words has
 * a column of these words beside it. */
#define BM_WORD_COLUMN "_word"

static inline const char *bm_field_column(const struct bm_field *field)
{
    return field->column != NULL ? field->column : field->key;
}

const struct bm_field *bm_table_find(const struct bm_table *table, const char *key);

/* The word that `text` most likely means, or NULL: the same in another spelling (batchSize), a
 * synonym (base/synonyms.c), else the nearest by edit distance (at most 3, and less than half its
 * length); of "optimizer.lr" the last part, if it has one. `words` is NULL-terminated. */
const char *bm_nearest(const char *text, const char *const *words);
/* The same among a table's keys of the given roles (bit mask of 1 << role). */
const char *bm_table_nearest(const struct bm_table *table, unsigned roles, const char *text);

/* Reads `text` into the record's member. On failure the sentence names the key, the text and the
 * valid choice (BM_EXIT_DATA), and the record is unchanged. A real number may be written as a/b, a
 * whole one as 1e3 or 5.0. */
int bm_field_set(const struct bm_field *field, void *record, const char *text, struct bm_err *err);

/* The member's value as canonical text: reading it back gives the same bits. Needs `size` of at
 * least 32 bytes, and for texts their size. Returns `text`. NaN becomes "". */
char *bm_field_text(const struct bm_field *field, const void *record, char *text, size_t size);

/* The word that stands for the number's value; NULL: none does. */
const char *bm_field_word(const struct bm_field *field, const void *record);
/* What the column of these words is: "the word of diversity: none, inf; empty: a number". */
char *bm_field_word_help(const struct bm_field *field, char *text, size_t size);

/* The valid choice, for messages and documentation: "1 … 1000, or all"; "bn, none" (the default of
 * a BM_CHOICE comes first). */
char *bm_field_choice(const struct bm_field *field, char *text, size_t size);

/* A BM_INT's value. */
int64_t bm_field_integer(const struct bm_field *field, const void *record);
/* A number's value (BM_INT, BM_REAL). */
double bm_field_number(const struct bm_field *field, const void *record);
/* Whether the number is a part of a whole, to be shown in percent. */
bool bm_field_is_fraction(const struct bm_field *field);
/* A text's (all other types); of a BM_CHOICE, its word. */
const char *bm_field_string(const struct bm_field *field, const void *record);

/* Takes a text that bm_field_string gave, perhaps in another version, of `length` bytes without a
 * closing NUL. A word that is unknown here stays what it is, but a BM_CHOICE has no room for it:
 * then, and where a text is too long, it is an error (BM_EXIT_IO) and the record is unchanged. */
int bm_field_restore(const struct bm_field *field, void *record, const char *text, size_t length,
                     struct bm_err *err);

/* Bit-equal, NaN equal to NaN. */
bool bm_field_equal(const struct bm_field *field, const void *a, const void *b);
/* The same value for who wrote it: real numbers to 12 significant digits (0.3 is
 * 0.30000000000000004), all else exactly. */
bool bm_field_matches(const struct bm_field *field, const void *a, const void *b);
/* Rounds a real number to those digits, so that what matches is equal. */
void bm_field_round(const struct bm_field *field, void *record);

/* Sets every member from its row's `initial` (settings), or to 0, NaN, "" and the first choice
 * (results). */
void bm_table_init(const struct bm_table *table, void *record);

/* Packed records: the values in the order of the table, numbers as 8 bytes, texts with their
 * length. A schema says how the packer's table looked, so that a later version reads it by key. */
void bm_table_pack(const struct bm_table *table, const void *record, struct bm_bytes *out);

struct bm_schema {
    const struct bm_table *table; /* the reader's */
    size_t n_columns;
    struct bm_column {
        const struct bm_field *field; /* NULL: a column that this version does not know */
        enum bm_type type;
    } columns[128];
    bool is_whole; /* every row of the table has a column */
};

/* The schema of a table as this program has it. */
struct bm_schema bm_schema_of(const struct bm_table *table);
void bm_schema_write(const struct bm_table *table, struct bm_bytes *out);
/* Reads what bm_schema_write wrote, for `table` of this program. A key that has changed its type is
 * an error. */
int bm_schema_read(const struct bm_table *table, struct bm_cursor *in, struct bm_schema *schema,
                   struct bm_err *err);
/* Fills `record`: what the packed columns do not have keeps bm_table_init's value. Fails when the
 * bytes do not fit the schema, or say what this version does not know (BM_EXIT_IO). */
int bm_table_unpack(const struct bm_schema *schema, struct bm_cursor *in, void *record,
                    struct bm_err *err);

#endif
