#include "lookalike.h"

#include <stdint.h>
#include <string.h>

#include "bm/bytes.h"
#include "bm/text.h"
#include "line.h"

/* ---- the table ---- */

/* `means`: what stands for `first` and, in steps of one, for those up to `last`; NULL: always the
 * text in `same`. */
struct look_alike {
    uint32_t first, last;
    const char *name, *same;
    char means;
};

static const struct look_alike rows[] = {
    {0x00a0, 0x00a0, "a no-break space", " ", 0},
    {0x00ab, 0x00ab, "a quotation mark", "\"", 0},
    {0x00ad, 0x00ad, "an invisible character", "", 0},
    {0x00b4, 0x00b4, "an accent", "'", 0},
    {0x00bb, 0x00bb, "a quotation mark", "\"", 0},
    {0x2000, 0x200a, "another space", " ", 0},
    {0x200b, 0x200f, "an invisible character", "", 0},
    {0x2010, 0x2015, "a dash", "-", 0},
    {0x2018, 0x201b, "a quotation mark", "'", 0},
    {0x201c, 0x201f, "a quotation mark", "\"", 0},
    {0x2024, 0x2024, "another dot", ".", 0},
    {0x2025, 0x2026, "an ellipsis", "..", 0},
    {0x202a, 0x202e, "an invisible character", "", 0},
    {0x202f, 0x202f, "a no-break space", " ", 0},
    {0x2032, 0x2032, "a prime", "'", 0},
    {0x2033, 0x2033, "a prime", "\"", 0},
    {0x2039, 0x203a, "a quotation mark", "'", 0},
    {0x205f, 0x205f, "another space", " ", 0},
    {0x2060, 0x2064, "an invisible character", "", 0},
    {0x2212, 0x2212, "a minus sign", "-", 0},
    {0x221e, 0x221e, "the sign of infinity", "inf", 0},
    {0x2236, 0x2236, "another colon", ":", 0},
    {0x3000, 0x3000, "a wide space", " ", 0},
    {0x3001, 0x3001, "another comma", ",", 0},
    {0x3010, 0x3010, "another bracket", "[", 0},
    {0x3011, 0x3011, "another bracket", "]", 0},
    {0xa789, 0xa789, "another colon", ":", 0},
    {0xfe55, 0xfe55, "another colon", ":", 0},
    {0xfeff, 0xfeff, "a byte order mark", "", 0},
    {0xff01, 0xff5e, "a full-width character", NULL, '!'},
};

/* Letters of other scripts, each before the one that it looks like. */
struct letters {
    const char *name, *pairs;
};
static const struct letters scripts[] = {
    {"a Cyrillic letter",
     "аaвbсcԁdеeһhіiјjкkӏlмmнhоoпnрpԛqгrѕsтtцuуyѵvԝwхxАAВBСCЕEНHІIЈJКKМMОOРPЅSТTХXУYЗ3"},
    {"a Greek letter", "αaεeιiκkηnοoρpτtυuνvωwχxγyΑAΒBΕEΗHΙIΚKΜMΝNΟOΡPΤTΧXΥYΖZ"},
};

/* ---- UTF-8 ---- */

/* The character that begins at text[at], and its length; bytes that are no UTF-8 are themselves. */
static uint32_t decode(const char *text, size_t size, size_t at, size_t *length)
{
    uint32_t code = (unsigned char)text[at];
    size_t n = bm_text_next(text + at, size - at, &code);
    *length = n > 0 ? n : 1;
    return code;
}

/* What the character looks like, in `same` (room for 4 bytes), and its name; NULL: nothing. */
static const char *find(uint32_t code, char same[4])
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (code < rows[i].first || code > rows[i].last)
            continue;
        const char one[] = {(char)((uint32_t)rows[i].means + code - rows[i].first), '\0'};
        strcpy(same, rows[i].same != NULL ? rows[i].same : one);
        return rows[i].name;
    }
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        const char *pairs = scripts[i].pairs;
        for (size_t at = 0, length; pairs[at] != '\0'; at += length + 1)
            if (decode(pairs, strlen(pairs), at, &length) == code) {
                same[0] = pairs[at + length];
                same[1] = '\0';
                return scripts[i].name;
            }
    }
    return NULL;
}

/* ---- a text ---- */

/* Adds the line with all look-alikes replaced, without the blanks around it. A colon behind which
 * nothing follows at once is a key's: it gets its blank. */
static void add_corrected(struct bm_bytes *out, const char *line, size_t size)
{
    struct bm_bytes corrected = {0};
    for (size_t at = 0, length; at < size; at += length) {
        char same[4] = "";
        bool is_other = find(decode(line, size, at, &length), same) != NULL;
        bm_bytes_printf(&corrected, "%.*s", is_other ? 3 : (int)length,
                        is_other ? same : line + at);
        bool ends = at + length == size || line[at + length] == ' ';
        if (is_other && strcmp(same, ":") == 0 && !ends)
            bm_bytes_printf(&corrected, " ");
    }
    size_t begin = 0, end = corrected.size;
    while (begin < end && strchr(" \t", corrected.data[begin]) != NULL)
        begin++;
    while (end > begin && strchr(" \t\r", corrected.data[end - 1]) != NULL)
        end--;
    bm_bytes_printf(out, "%.*s", (int)(end - begin),
                    corrected.data ? (char *)corrected.data + begin : "");
    bm_bytes_fini(&corrected);
}

void bm_lookalike_explain(const char *source, bool has_lines, const char *text, size_t size,
                          struct bm_err *err)
{
    struct bm_mark mark = {source, 0, 0};
    for (size_t at = bm_yaml_byte_order_mark(text, size), length; at < size; at += length + 1) {
        const char *line = text + at, *end = memchr(line, '\n', size - at);
        length = end != NULL ? (size_t)(end - line) : size - at;
        size_t used =
            bm_line_before_path(line, has_lines ? bm_line_before_comment(line, length) : length);
        mark.line += has_lines;
        mark.column = 1;
        for (size_t i = 0, n; i < used; i += n, mark.column++) {
            char same[4];
            uint32_t code = decode(line, length, i, &n);
            const char *name = code < 0x80 ? NULL : find(code, same);
            if (name == NULL)
                continue;
            struct bm_bytes corrected = {0};
            add_corrected(&corrected, line, used);
            *err = (struct bm_err){0};
            bm_yaml_fail(&mark, err, "%s (U+%04X) in the place of %s%s%s: write %.300s", name, code,
                         same[0] ? "'" : "nothing", same, same[0] ? "'" : "",
                         (const char *)corrected.data);
            bm_bytes_fini(&corrected);
            return;
        }
    }
}

int bm_lookalike_check_path(const struct bm_mark *mark, const char *key, const char *text,
                            struct bm_err *err)
{
    size_t size = strlen(text);
    for (size_t at = 0, length; at < size; at += length) {
        char same[4];
        uint32_t code = decode(text, size, at, &length);
        const char *name = code < 0x80 ? NULL : find(code, same);
        bool at_end = at == 0 || at + length == size;
        if (name != NULL && (same[0] == '\0' || (at_end && strchr(" '\"", same[0]) != NULL)))
            return bm_yaml_fail(mark, err, "%s: %s (U+%04X) in '%s'", key, name, code, text);
    }
    return 0;
}
