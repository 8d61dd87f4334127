/* YAML text to a tree of nodes, through libyaml's events. What the nodes mean is not known here.
 * ("yaml.h" is ours, <yaml.h> is libyaml's.) */
#include "yaml.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
    MOST_DEPTH = 6,  /* lists and mappings within each other; bounds the recursion */
    MOST_KEYS = 256, /* in one mapping; bounds the search for duplicates */
};

struct reader {
    yaml_parser_t parser;
    const char *source, *text;
    size_t size;
    bool has_lines;
    struct bm_err *err;
};

static struct bm_mark mark_of(const struct reader *reader, yaml_mark_t at)
{
    if (!reader->has_lines)
        return (struct bm_mark){.source = reader->source};
    return (struct bm_mark){reader->source, at.line + 1, at.column + 1};
}

/* Bytes that are no text have an offset instead of a mark. */
static yaml_mark_t mark_of_offset(const struct reader *reader, size_t offset)
{
    yaml_mark_t mark = {0};
    for (size_t i = 0; i < offset && i < reader->size; i++) {
        mark.column++;
        if (reader->text[i] == '\n') {
            mark.line++;
            mark.column = 0;
        }
    }
    return mark;
}

/* libyaml counts characters, of one byte or more. */
static bool is_tab(const struct reader *reader, yaml_mark_t mark)
{
    size_t at = 0;
    for (size_t i = 0; at < reader->size && i < mark.index; i++)
        do
            at++;
        while (at < reader->size && (reader->text[at] & 0xc0) == 0x80);
    return at < reader->size && reader->text[at] == '\t';
}

static int fail_syntax(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        abort();
    bool in_bytes = parser->error == YAML_READER_ERROR;
    struct bm_mark mark = mark_of(reader, in_bytes ? mark_of_offset(reader, parser->problem_offset)
                                                   : parser->problem_mark);
    if (in_bytes && strstr(parser->problem, "UTF-8") != NULL)
        return bm_yaml_fail(&mark, reader->err, "not UTF-8 (%s): save the file in that encoding",
                            parser->problem);
    if (parser->error == YAML_SCANNER_ERROR && is_tab(reader, parser->problem_mark))
        return bm_yaml_fail(&mark, reader->err,
                            "a tab where only spaces may be: indent with spaces");
    return bm_yaml_fail(&mark, reader->err, "not YAML: %s%s%s", parser->problem,
                        parser->context ? " " : "", parser->context ? parser->context : "");
}

static int next_event(struct reader *reader, yaml_event_t *event)
{
    return yaml_parser_parse(&reader->parser, event) ? 0 : fail_syntax(reader);
}

static int check_properties(struct reader *reader, const struct bm_mark *mark, const void *anchor,
                            const void *tag)
{
    if (anchor != NULL)
        return bm_yaml_fail(mark, reader->err, "anchors (&name) are not supported");
    if (tag != NULL)
        return bm_yaml_fail(mark, reader->err, "tags (!name) are not supported");
    return 0;
}

static int read_scalar(struct reader *reader, const yaml_event_t *event, struct bm_yaml *node)
{
    const unsigned char *text = event->data.scalar.value;
    for (size_t i = 0; i < event->data.scalar.length; i++)
        if (text[i] < ' ' || text[i] == 0x7f)
            return bm_yaml_fail(&node->mark, reader->err,
                                "a value has to be one line without control characters");
    node->text = strdup((const char *)text);
    if (node->text == NULL)
        abort();
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return check_properties(reader, &node->mark, event->data.scalar.anchor, event->data.scalar.tag);
}

/* What the event itself says of a node: everything but its children. */
static int read_start(struct reader *reader, const yaml_event_t *event, struct bm_yaml *node)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        node->kind = BM_YAML_SCALAR;
        return read_scalar(reader, event, node);
    case YAML_SEQUENCE_START_EVENT:
        node->kind = BM_YAML_SEQUENCE;
        return check_properties(reader, &node->mark, event->data.sequence_start.anchor,
                                event->data.sequence_start.tag);
    case YAML_MAPPING_START_EVENT:
        node->kind = BM_YAML_MAPPING;
        return check_properties(reader, &node->mark, event->data.mapping_start.anchor,
                                event->data.mapping_start.tag);
    default: /* the grammar of events leaves one */
        return bm_yaml_fail(&node->mark, reader->err, "aliases (*name) are not supported");
    }
}

static struct bm_yaml *read_node(struct reader *reader, yaml_event_t *event, int depth);

/* Turns `key` (taken over) and the node that follows it into an entry. */
static int read_entry(struct reader *reader, struct bm_yaml *mapping, struct bm_yaml *key,
                      int depth)
{
    int status = -1;
    yaml_event_t event;
    struct bm_yaml *value;
    const struct bm_yaml *twin;
    if (key->kind != BM_YAML_SCALAR) {
        bm_yaml_fail(&key->mark, reader->err, "a key has to be a word, not %s",
                     bm_yaml_kind_name(key));
    } else if ((twin = bm_yaml_find(mapping, key->text)) != NULL) {
        bm_yaml_fail(&key->mark, reader->err, "'%s' is there twice (first in line %zu)", key->text,
                     twin->key_mark.line);
    } else if (next_event(reader, &event) == 0 &&
               (value = read_node(reader, &event, depth)) != NULL) {
        value->key = key->text;
        value->key_mark = key->mark;
        key->text = NULL;
        bm_yaml_append(mapping, value);
        status = 0;
    }
    bm_yaml_free(key);
    return status;
}

static int read_children(struct reader *reader, struct bm_yaml *parent, int depth)
{
    if (depth > MOST_DEPTH)
        return bm_yaml_fail(&parent->mark, reader->err, "nested more than %d deep", MOST_DEPTH);
    for (size_t n = 0;; n++) {
        yaml_event_t event;
        if (next_event(reader, &event) != 0)
            return -1;
        if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return 0;
        }
        struct bm_yaml *child = read_node(reader, &event, depth);
        if (child == NULL)
            return -1;
        if (parent->kind == BM_YAML_SEQUENCE) {
            bm_yaml_append(parent, child);
        } else if (n < MOST_KEYS) {
            if (read_entry(reader, parent, child, depth) != 0)
                return -1;
        } else {
            bm_yaml_fail(&child->mark, reader->err, "more than %d keys", MOST_KEYS);
            bm_yaml_free(child);
            return -1;
        }
    }
}

/* The node that begins with `event`, which is deleted; NULL on failure. */
static struct bm_yaml *read_node(struct reader *reader, yaml_event_t *event, int depth)
{
    struct bm_yaml *node = bm_yaml_new(BM_YAML_SCALAR, mark_of(reader, event->start_mark));
    int status = read_start(reader, event, node);
    yaml_event_delete(event);
    if (status == 0 && node->kind != BM_YAML_SCALAR)
        status = read_children(reader, node, depth + 1);
    if (status == 0)
        return node;
    bm_yaml_free(node);
    return NULL;
}

/* Skips an event of no interest (the start of the stream, the end of the document). */
static int skip_event(struct reader *reader)
{
    yaml_event_t event;
    if (next_event(reader, &event) != 0)
        return -1;
    yaml_event_delete(&event);
    return 0;
}

/* Reads an event that begins a document, or ends the stream, as `starts` wants it. */
static int expect_document(struct reader *reader, bool starts)
{
    yaml_event_t event;
    if (next_event(reader, &event) != 0)
        return -1;
    bool is_end = event.type == YAML_STREAM_END_EVENT;
    struct bm_mark mark = mark_of(reader, event.start_mark);
    yaml_event_delete(&event);
    if (is_end && starts)
        return bm_yaml_fail(&mark, reader->err, "there is nothing in it");
    if (!is_end && !starts)
        return bm_yaml_fail(&mark, reader->err, "a second document: only one is allowed");
    return 0;
}

static struct bm_yaml *read_document(struct reader *reader)
{
    yaml_event_t event;
    if (skip_event(reader) != 0 || expect_document(reader, true) != 0 ||
        next_event(reader, &event) != 0)
        return NULL;
    struct bm_yaml *root = read_node(reader, &event, 0);
    if (root != NULL && (skip_event(reader) != 0 || expect_document(reader, false) != 0)) {
        bm_yaml_free(root);
        root = NULL;
    }
    return root;
}

/* Other encodings show in their first bytes: by their byte order mark, or by every second or more
 * of the bytes being 0, as an ASCII character is that a sweep file begins with. */
static const char *other_encoding(const char *text, size_t size)
{
    static const struct {
        const char *bytes, *mask, *name; /* mask: x where the byte counts */
    } rows[] = {{"\xff\xfe\0\0", "xxxx", "UTF-32"}, {"\0\0\xfe\xff", "xxxx", "UTF-32"},
                {"\xff\xfe", "xx", "UTF-16"},       {"\xfe\xff", "xx", "UTF-16"},
                {"a\0\0\0", " xxx", "UTF-32"},      {"\0\0\0a", "xxx ", "UTF-32"},
                {"a\0a\0", " x x", "UTF-16"},       {"\0a\0a", "x x ", "UTF-16"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = strlen(rows[i].mask), same = 0;
        while (same < length && same < size &&
               (rows[i].mask[same] == ' ' ? text[same] != '\0' : text[same] == rows[i].bytes[same]))
            same++;
        if (same == length)
            return rows[i].name;
    }
    return NULL;
}

size_t bm_yaml_byte_order_mark(const char *text, size_t size)
{
    return size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

struct bm_yaml *bm_yaml_parse(const char *source, bool has_lines, const char *text, size_t size,
                              struct bm_err *err)
{
    size_t skipped = bm_yaml_byte_order_mark(text, size);
    struct reader reader = {.source = source,
                            .text = text + skipped,
                            .size = size - skipped,
                            .has_lines = has_lines,
                            .err = err};
    const char *other = other_encoding(text, size);
    if (other != NULL) {
        const struct bm_mark start = mark_of(&reader, (yaml_mark_t){0});
        bm_yaml_fail(&start, err, "this is %s: save the file as UTF-8", other);
        return NULL;
    }
    if (!yaml_parser_initialize(&reader.parser))
        abort();
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)reader.text, reader.size);
    struct bm_yaml *root = read_document(&reader);
    yaml_parser_delete(&reader.parser);
    return root;
}
