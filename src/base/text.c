#include "bm/text.h"

#include <stdio.h>
#include <string.h>

/* By the first byte: how long the character is, and the smallest that is not written shorter. */
static size_t length_of(unsigned char first, uint32_t *smallest)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = first < 0x80   ? 1
                    : first < 0xc0 ? 0
                    : first < 0xe0 ? 2
                    : first < 0xf0 ? 3
                    : first < 0xf8 ? 4
                                   : 0;
    *smallest = least[length];
    return length;
}

size_t bm_text_next(const char *text, size_t size, uint32_t *character)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t smallest, found;
    size_t length = length_of(bytes[0], &smallest);
    if (length == 0 || length > size)
        return 0;
    found = bytes[0] & masks[length];
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        found = found << 6 | (bytes[i] & 0x3f);
    }
    if (found < smallest || found > 0x10ffff || (found >= 0xd800 && found < 0xe000))
        return 0;
    *character = found;
    return length;
}

size_t bm_text_plain(const char *text, size_t size)
{
    size_t n = 0;
    while (n < size && text[n] >= ' ' && text[n] < 0x7f)
        n++;
    return n;
}

size_t bm_text_lacks(const char *text, size_t size)
{
    uint32_t smallest;
    size_t length = length_of((unsigned char)text[0], &smallest);
    for (size_t i = 1; i < size; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80)
            return 0;
    return length > size ? length - size : 0;
}

void bm_text_repair(char *text)
{
    uint32_t character;
    for (size_t size = strlen(text); size > 0;) {
        size_t length = bm_text_next(text, size, &character);
        if (length == 0)
            *text = '?';
        text += length > 0 ? length : 1;
        size -= length > 0 ? length : 1;
    }
}

bool bm_text_is_control(uint32_t character)
{
    bool is_direction = (character >= 0x202a && character <= 0x202e) ||
                        (character >= 0x2066 && character <= 0x2069) || character == 0x200e ||
                        character == 0x200f || character == 0x061c;
    return (character < 0x20 && character != '\n' && character != '\t') ||
           (character >= 0x7f && character < 0xa0) || is_direction;
}

char *bm_text_show(uint32_t character, char text[BM_SHOWN_SIZE])
{
    snprintf(text, BM_SHOWN_SIZE, character < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)character);
    return text;
}

size_t bm_text_next_shown(const char *text, size_t size, char words[BM_SHOWN_SIZE],
                          const char **shown, size_t *n)
{
    uint32_t character = (unsigned char)*text;
    size_t length = bm_text_plain(text, size);
    *shown = text;
    *n = length;
    if (length > 0)
        return length;
    length = bm_text_next(text, size, &character);
    bool is_plain = length > 0 && !bm_text_is_control(character);
    *shown = is_plain ? text : bm_text_show(character, words);
    *n = is_plain ? length : strlen(words);
    return length > 0 ? length : 1;
}

void bm_text_add_shown(struct bm_bytes *out, const char *text, size_t size, bool is_line)
{
    char words[BM_SHOWN_SIZE];
    const char *shown;
    for (size_t n, length; size > 0; text += length, size -= length) {
        length = bm_text_next_shown(text, size, words, &shown, &n);
        if (is_line && (*text == '\n' || *text == '\t')) {
            shown = bm_text_show((unsigned char)*text, words);
            n = strlen(words);
        }
        bm_bytes_add(out, shown, n);
    }
}
