/* Characters: what is UTF-8, what terminals obey, and what stands in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/shown.h"
#include "bm/text.h"
#include "bm/words.h"

static void characters_are_those_of_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        uint32_t character;
    } cases[] = {{"a", 1, 'a'},
                 {"\xc3\xa9", 2, 0xe9},
                 {"\xe5\xaf\xb8", 3, 0x5bf8},
                 {"\xf0\x9f\x99\x82", 4, 0x1f642},
                 {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
                 {"\x80", 0, 0},
                 {"\xff", 0, 0},
                 {"\xc3", 0, 0},
                 {"\xc3(", 0, 0},
                 {"\xc0\x80", 0, 0},         /* overlong */
                 {"\xe0\x80\xaf", 0, 0},     /* overlong */
                 {"\xf0\x80\x80\xaf", 0, 0}, /* overlong */
                 {"\xed\xa0\x80", 0, 0},     /* a surrogate */
                 {"\xf4\x90\x80\x80", 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t character = 0;
        assert_int_equal(bm_text_next(cases[i].text, strlen(cases[i].text), &character),
                         cases[i].length);
        assert_int_equal(character, cases[i].character);
    }
    assert_int_equal(bm_text_lacks("\xf0", 1), 3);
    assert_int_equal(bm_text_lacks("\xe5\xaf", 2), 1);
    assert_int_equal(bm_text_lacks("\xe5(", 2), 0);
    assert_int_equal(bm_text_lacks("a", 1), 0);
    assert_int_equal(bm_text_lacks("\x80", 1), 0);
}

static void bytes_of_no_character_are_replaced(void **state)
{
    (void)state;
    char text[] = "Gr\xc3\xb6\xc3\x9f\x65 \xff\xc3)\xe5\xaf";
    bm_text_repair(text);
    assert_string_equal(text, "Gr\xc3\xb6\xc3\x9f\x65 ?"
                              "?)?"
                              "?");
    bm_text_repair(text);
    assert_string_equal(text, "Gr\xc3\xb6\xc3\x9f\x65 ?"
                              "?)?"
                              "?");
}

static void controls_are_what_terminals_obey(void **state)
{
    (void)state;
    static const uint32_t controls[] = {0, 7, 0x1b, '\r', 0x7f, 0x80, 0x9b, 0x9f, 0x202e, 0x2066};
    static const uint32_t others[] = {' ', '\n', '\t', '~', 0xa0, 0xe9, 0x2027, 0x5bf8};
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        assert_true(bm_text_is_control(controls[i]));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(bm_text_is_control(others[i]));
    char words[BM_SHOWN_SIZE];
    assert_string_equal(bm_text_show(0x1b, words), "\\x1b");
    assert_string_equal(bm_text_show(0x202e, words), "\\u202e");
}

/* What a process that shows safely prints of `text`, `n` bytes at a time. */
static void check_shown(const char *text, size_t n, const char *expected)
{
    int ends[2];
    char got[10000] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        bm_show_safely(false);
        for (size_t i = 0; i < strlen(text); i += n) {
            printf("%.*s", (int)n, text + i);
            fflush(stdout);
        }
        _exit(0);
    }
    close(ends[1]);
    for (size_t used = 0;;) {
        ssize_t more = read(ends[0], got + used, sizeof got - 1 - used);
        if (more <= 0)
            break;
        used += (size_t)more;
    }
    close(ends[0]);
    waitpid(pid, NULL, 0);
    assert_string_equal(got, expected);
}

static void streams_show_them_in_words(void **state)
{
    (void)state;
    static const char text[] =
        "a\x1b[31m\x7f \xc3\xa9\xe5\xaf\xb8\xf0\x9f\x99\x82 \xc2\x9b\xff\xe5(\t\r\n";
    static const char shown[] =
        "a\\x1b[31m\\x7f \xc3\xa9\xe5\xaf\xb8\xf0\x9f\x99\x82 \\x9b\\xff\\xe5(\t\\x0d\n";
    for (size_t n = 1; n <= sizeof text; n++)
        check_shown(text, n, shown);
    /* More than is written at once. */
    enum { LENGTH = 9990 };
    static char words[LENGTH + 1], expected[LENGTH + 4];
    memset(words, 'w', LENGTH);
    memcpy(words + LENGTH - 1, "\x1b", 2);
    memset(expected, 'w', LENGTH);
    memcpy(expected + LENGTH - 1, "\\x1b", 5);
    check_shown(words, LENGTH, expected);
}

static void lists_have_whole_items(void **state)
{
    (void)state;
    static const struct {
        const char *list, *between, *item;
        bool has;
    } cases[] = {{"knn,noisy,rank", ",", "knn", true},
                 {"knn,noisy,rank", ",", "noisy", true},
                 {"knn,noisy,rank", ",", "rank", true},
                 {"knn,noisy,rank", ",", "nois", false},
                 {"knn,noisy,rank", ",", "oisy", false},
                 {"", ",", "knn", false},
                 /* items that have commas themselves */
                 {"crop,flip, none", ", ", "crop,flip", true},
                 {"crop,flip, none", ", ", "none", true},
                 {"crop,flip, none", ", ", "crop", false},
                 {"crop,flip, none", ", ", "flip", false},
                 {"a cause, of two, another", ", ", "a cause, of two", true},
                 {"avx2 12 + avx2 2", " + ", "avx2 1", false},
                 {"avx2 12 + avx2 2", " + ", "avx2 2", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(bm_list_has(cases[i].list, cases[i].between, cases[i].item), cases[i].has);
    assert_true(bm_words_have("crop,flip", "flip") && !bm_words_have("crop,flip", "crop,"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_those_of_utf8),
        cmocka_unit_test(bytes_of_no_character_are_replaced),
        cmocka_unit_test(controls_are_what_terminals_obey),
        cmocka_unit_test(lists_have_whole_items),
        cmocka_unit_test(streams_show_them_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
