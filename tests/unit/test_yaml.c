/* The YAML reader: the tree and its marks. What it refuses is in tests/bad (test_sweep_file.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bm/bytes.h"
#include "io/yaml.h"

static struct bm_yaml *parse(const char *text)
{
    struct bm_err err = {0};
    struct bm_yaml *root = bm_yaml_parse("f", true, text, strlen(text), &err);
    if (root == NULL)
        fail_msg("%s", err.text);
    return root;
}

/* Prints a tree: line:column, then the text, [items] or {key@line:column: value}. */
static void print(struct bm_bytes *out, const struct bm_yaml *node)
{
    bm_bytes_printf(out, "%zu:%zu", node->mark.line, node->mark.column);
    if (node->kind == BM_YAML_SCALAR) {
        bm_bytes_printf(out, node->quoted ? "\"%s\"" : "'%s'", node->text);
        return;
    }
    bool is_mapping = node->kind == BM_YAML_MAPPING;
    bm_bytes_printf(out, is_mapping ? "{" : "[");
    for (const struct bm_yaml *child = node->first; child != NULL; child = child->next) {
        if (is_mapping)
            bm_bytes_printf(out, "%s@%zu:%zu=", child->key, child->key_mark.line,
                            child->key_mark.column);
        print(out, child);
        bm_bytes_printf(out, child->next ? " " : "");
    }
    bm_bytes_printf(out, is_mapping ? "}" : "]");
}

static void assert_tree(const struct bm_yaml *root, const char *expected)
{
    struct bm_bytes out = {0};
    print(&out, root);
    bm_bytes_add_u8(&out, 0);
    assert_string_equal((const char *)out.data, expected);
    bm_bytes_fini(&out);
}

static void trees_know_where_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *text, *tree;
    } cases[] = {
        {"x", "1:1'x'"},
        {"\xef\xbb\xbf# with a byte order mark\nx", "2:1'x'"},
        {"--- x\n...\n", "1:5'x'"},
        {"'x y'  # z", "1:1\"x y\""},
        {"{}", "1:1{}"},
        {"[]", "1:1[]"},
        {"a: 1\nb:\n  c: [2, 'd']\n", "1:1{a@1:1=1:4'1' b@2:1=3:3{c@3:3=3:6[3:7'2' 3:10\"d\"]}}"},
        {"- a\n-\n  - b\n- {c: }\n", "1:1[1:3'a' 3:3[3:5'b'] 4:3{c@4:4=4:7''}]"},
        {"\xc3\xa9\xc3\xa9: 1..5", "1:1{\xc3\xa9\xc3\xa9@1:1=1:5'1..5'}"},
        {"a: b\r\nc: d\r\n", "1:1{a@1:1=1:4'b' c@2:1=2:4'd'}"},
        {"[[[[[[1]]]]]]", "1:1[1:2[1:3[1:4[1:5[1:6[1:7'1']]]]]]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bm_yaml *root = parse(cases[i].text);
        assert_tree(root, cases[i].tree);
        bm_yaml_free(root);
    }
}

static void entries_are_found_put_and_removed(void **state)
{
    (void)state;
    struct bm_yaml *root = parse("{a: 1, b: 2, c: [3]}");
    const struct bm_mark mark = {"--set", 0, 0};
    assert_string_equal(bm_yaml_find(root, "b")->text, "2");
    assert_null(bm_yaml_find(root, "d"));
    assert_null(bm_yaml_find(bm_yaml_find(root, "c"), "d"));
    assert_null(bm_yaml_find(bm_yaml_find(root, "a"), "d"));
    bm_yaml_put(root, "b", bm_yaml_new(BM_YAML_MAPPING, mark));
    bm_yaml_put(root, "d", bm_yaml_new(BM_YAML_SEQUENCE, mark));
    assert_tree(root, "1:1{a@1:2=1:5'1' b@0:0=0:0{} c@1:14=1:17[1:18'3'] d@0:0=0:0[]}");
    bm_yaml_remove(root, "a");
    bm_yaml_remove(root, "a");
    bm_yaml_remove(root, "d");
    assert_tree(root, "1:1{b@0:0=0:0{} c@1:14=1:17[1:18'3']}");
    bm_yaml_put(root, "e", bm_yaml_new(BM_YAML_SEQUENCE, mark));
    assert_string_equal(root->last->key, "e");
    bm_yaml_free(root);
}

static void errors_carry_their_marks(void **state)
{
    (void)state;
    struct bm_err err = {0}, bare = {0};
    const struct bm_mark in_file = {"a.yaml", 3, 5}, in_set = {"--set a=b", 0, 0};
    assert_int_equal(bm_yaml_fail(&in_file, &err, "%s is wrong", "x"), -1);
    assert_string_equal(err.text, "a.yaml:3:5: x is wrong");
    assert_int_equal(err.code, BM_EXIT_DATA);
    assert_int_equal(bm_yaml_fail(&in_set, &bare, "%s is wrong", "x"), -1);
    assert_string_equal(bare.text, "--set a=b: x is wrong");
}

/* Long and deep texts end in an error or a tree, soon. */
static void large_texts(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    char *text = malloc(SIZE);
    static const char *const fillers[] = {"[",  "{",     "- ", "a: ", "?",  "a,",
                                          "\n", "- a\n", "'",  "#",   "&a "};
    for (size_t f = 0; f < sizeof fillers / sizeof *fillers; f++) {
        size_t length = strlen(fillers[f]);
        for (size_t i = 0; i < SIZE; i++)
            text[i] = fillers[f][i % length];
        struct bm_err err = {0};
        struct bm_yaml *root = bm_yaml_parse("f", true, text, SIZE, &err);
        assert_int_equal(root == NULL, err.code == BM_EXIT_DATA);
        bm_yaml_free(root);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_know_where_they_stand),
        cmocka_unit_test(entries_are_found_put_and_removed),
        cmocka_unit_test(errors_carry_their_marks),
        cmocka_unit_test(large_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
