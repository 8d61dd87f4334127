/* The progress bar: what is told, what is drawn from it, and which terminals get one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "bm/frame.h"
#include "run/bar.h"
#include "run/display.h"

static const struct bm_bar_totals totals = {
    .runs = 90, .done = 12, .failed = 1, .elapsed = 41, .remaining = 12240};

static void begin(struct bm_bar *bar, size_t slot, const char *settings)
{
    struct bm_id id = {0};
    memset(&id, 0x11 * (int)(slot + 1), sizeof id);
    bm_bar_begin(bar, slot, &id, settings);
}

static void assert_layout(const struct bm_bar *bar, int width, int height, const char *expected)
{
    struct bm_bytes out = {0};
    bm_bar_layout(bar, &totals, width, height, &out);
    bm_bytes_add_u8(&out, 0);
    assert_string_equal((const char *)out.data, expected);
    bm_bytes_fini(&out);
}

static void test_rows(void **state)
{
    (void)state;
    struct bm_bar bar;
    bm_bar_init(&bar, 3);
    begin(&bar, 0, "diversity=inf seed=1");
    begin(&bar, 1, "diversity=2 seed=1");
    begin(&bar, 2, "an_axis_with_a_very_long_name=0.125 diversity=inf seed=3");
    bm_bar_progress(&bar, 0, &(struct bm_progress){12, 300, 0.5, 0.03125, 1240});
    bm_bar_progress(&bar, 2, &(struct bm_progress){300, 300, 1, 12.5, 48.2});
    bm_bar_end(&bar, 1);
    assert_layout(
        &bar, 80, 23,
        "run                                                   epoch         loss   img/s\n"
        "11111111 diversity=inf seed=1                         12/300      0.0312    1240\n"
        "33333333 ...y_long_name=0.125 diversity=inf seed=3   300/300        12.5      48\n"
        "12/90 done, 1 failed, 2 running  41 s, ETA 3.4 h  1288 img/s\n");
    bm_bar_fini(&bar);
}

static void test_sizes(void **state)
{
    (void)state;
    enum { SLOTS = 64 };
    struct bm_bar bar;
    bm_bar_init(&bar, SLOTS);
    for (size_t busy = 0; busy <= SLOTS; busy += 16) {
        for (size_t slot = 0; slot < busy; slot++)
            begin(&bar, slot, "diversity=inf label_noise=0.25 arch=resnet18 seed=1");
        for (int height = 1; height < 80; height++) {
            for (int width = 1; width < 700; width += 23) {
                struct bm_bytes out = {0};
                bm_bar_layout(&bar, &totals, width, height, &out);
                int lines = 0, length = 0;
                for (size_t i = 0; i < out.size; i++) {
                    if (out.data[i] == '\n') {
                        assert_true(length <= width);
                        lines++;
                        length = 0;
                    } else {
                        length++;
                    }
                }
                assert_int_equal(length, 0);
                int all = busy > 0 ? (int)busy + 2 : 1; /* header, rows, totals */
                assert_int_equal(lines, all < height ? all : height);
                bm_bytes_fini(&out);
            }
        }
    }
    bm_bar_fini(&bar);
}

static void test_more_trainers_than_lines(void **state)
{
    (void)state;
    struct bm_bar bar;
    bm_bar_init(&bar, 5);
    for (size_t slot = 0; slot < 5; slot++)
        begin(&bar, slot, "seed=1");
    assert_layout(&bar, 70, 4,
                  "run                                         epoch         loss   img/s\n"
                  "11111111 seed=1                            begins                     \n"
                  "... and 4 more\n"
                  "12/90 done, 1 failed, 5 running  41 s, ETA 3.4 h  0 img/s\n");
    bm_bar_fini(&bar);
}

static void test_display(void **state)
{
    (void)state;
    const struct bm_terminal good = {.fd = 2, .columns = 80, .lines = 24, .type = "xterm"};
    struct bm_terminal terminals[] = {good, good, good, good, good, good, good};
    terminals[1].fd = -1;
    terminals[2].type = "dumb";
    terminals[3].type = NULL;
    terminals[4].no_color = true;
    terminals[5].columns = 50;
    terminals[6].has_line_labels = true;
    for (size_t i = 0; i < sizeof terminals / sizeof *terminals; i++) {
        const struct bm_terminal *terminal = &terminals[i];
        assert_int_equal(bm_display_choose(BM_DISPLAY_AUTO, terminal),
                         i == 0 ? BM_DISPLAY_BAR : BM_DISPLAY_PLAIN);
        for (enum bm_display wanted = BM_DISPLAY_BAR; wanted <= BM_DISPLAY_NONE; wanted++)
            assert_int_equal(bm_display_choose(wanted, terminal), wanted);
    }
}

static void test_frame(void **state)
{
    (void)state;
    const struct bm_progress progress = {12, 300, 0.5, 0.03125, 1240};
    const struct bm_id id = {{1, 2, 3}};
    struct bm_bytes bytes = {0};
    struct bm_schemas schemas;
    struct bm_frame frame;
    bm_schemas_init(&schemas);
    bm_frame_add_progress(&bytes, &id, &progress);
    assert_int_equal(bm_frame_decode(bytes.data, bytes.size, &schemas, &frame, NULL), 0);
    assert_int_equal(frame.kind, BM_FRAME_PROGRESS);
    assert_int_equal(bm_id_compare(&frame.id, &id), 0);
    assert_memory_equal(&frame.progress, &progress, sizeof progress);
    assert_int_equal(bm_frame_decode(bytes.data, bytes.size - 1, &schemas, &frame, NULL), -1);
    bm_bytes_fini(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_more_trainers_than_lines),
        cmocka_unit_test(test_display),
        cmocka_unit_test(test_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
