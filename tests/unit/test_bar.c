/* The progress bar: what is told, what is drawn from it, and which terminals get one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <cmocka.h>

#include "bm/frame.h"
#include "run/bar.h"
#include "run/display.h"
#include "run/line.h"
#include "run/print.h"
#include "run/say.h"

static const struct bm_bar_totals totals = {
    .runs = 90, .done = 12, .failed = 1, .share = 0.257, .elapsed = 41, .remaining = 12240};

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
    bm_bar_progress(&bar, 0, &(struct bm_progress){12, 300, 0.5, 0.03125, 1240, 0});
    bm_bar_progress(&bar, 2, &(struct bm_progress){300, 300, 1, 12.5, 48.2, 0});
    bm_bar_end(&bar, 1);
    assert_layout(
        &bar, 80, 23,
        "run                                                      epoch      loss   img/s\n"
        "11111111 diversity=inf seed=1                           12/300    0.0312    1240\n"
        "33333333 ...y_long_name=0.125 diversity=inf seed=3     300/300      12.5      48\n"
        "[==>        ]  25%  12/90 done, 1 failed, 2 running  41 s, ETA 3.4 h  1288 img/s\n");
    assert_layout(&bar, 50, 23,
                  "run                                          epoch\n"
                  "11111111 diversity=inf seed=1               12/300\n"
                  "33333333 ...0.125 diversity=inf seed=3     300/300\n"
                  "[======>                  ]  25%  13/90  ETA 3.4 h\n");
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
                  "run                                            epoch      loss   img/s\n"
                  "11111111 seed=1                               begins                  \n"
                  "... and 4 more\n"
                  "[=>  ]  25%  12/90 done, 1 failed, 5 running  41 s, ETA 3.4 h  0 img/s\n");
    bm_bar_fini(&bar);
}

/* The less room, the less is said; a percentage always. */
static void test_totals(void **state)
{
    (void)state;
    struct bm_bar bar;
    struct bm_bar_totals guessed = totals;
    bm_bar_init(&bar, 1);
    const char *const at_least[] = {" 25%", "ETA 3.4 h", "13/90", "41 s", "img/s"};
    for (int width = 12; width < 200; width++) {
        struct bm_bytes out = {0};
        bm_bar_layout(&bar, &totals, width, 1, &out);
        bm_bytes_add_u8(&out, 0);
        const char *line = (const char *)out.data;
        assert_true(line[0] == '[' && strchr(line, '>') != NULL && strchr(line, ']') != NULL);
        assert_non_null(strstr(line, at_least[0]));
        assert_int_equal(strstr(line, at_least[1]) != NULL, width >= 22);
        assert_true(width < 40 || strstr(line, "/90") != NULL);
        assert_true(width < 80 || (strstr(line, at_least[3]) && strstr(line, at_least[4])));
        bm_bytes_fini(&out);
    }
    guessed.is_guess = true;
    guessed.share = 1;
    struct bm_bytes out = {0};
    bm_bar_layout(&bar, &guessed, 28, 1, &out);
    bm_bytes_add_u8(&out, 0);
    assert_string_equal((const char *)out.data, "[=========] 100%  ETA ~3.4 h\n");
    bm_bytes_fini(&out);
    bm_bar_fini(&bar);
}

/* Columns are counted, not bytes, and no character is cut in two. */
static void test_characters(void **state)
{
    (void)state;
    char text[40];
    assert_int_equal(bm_columns("M\xc3\xa4rz"), 4);
    assert_string_equal(bm_shorten("M\xc3\xa4rz", 4, text, sizeof text), "M\xc3\xa4rz");
    assert_string_equal(bm_shorten("im_M\xc3\xa4rz", 6, text, sizeof text), "...\xc3\xa4rz");
    assert_string_equal(bm_shorten("im_M\xc3\xa4rz", 3, text, sizeof text), "");
    assert_string_equal(bm_shorten("im_M\xc3\xa4rz", -5, text, sizeof text), "");
    assert_string_equal(bm_shorten("", 0, text, sizeof text), "");
}

/* ---- lines of finished runs ---- */

static void assert_lines(const struct bm_line_form *form, const struct bm_line *line,
                         const char *expected)
{
    struct bm_bytes out = {0};
    bm_line_header(form, &out);
    bm_line_add(form, line, 12240, &out);
    bm_bytes_add_u8(&out, 0);
    assert_string_equal((const char *)out.data, expected);
    bm_bytes_fini(&out);
}

static void test_lines(void **state)
{
    (void)state;
    const struct bm_result result = {.memorization = 1, .fit = 0.9734, .test_accuracy = NAN};
    struct bm_line_form form = {
        .width = 80, .of = 90, .probe = bm_probe_column(0), .has_eta = true};
    struct bm_line line = {.at = 2,
                           .of = 90,
                           .id = {{0x3f}},
                           .settings = "diversity=inf label_noise=0.25 seed=1",
                           .result = &result,
                           .probe = form.probe,
                           .value = 0.1565,
                           .cause = "",
                           .wall_s = 12};
    assert_lines(
        &form, &line,
        "                                      mem%  fit% test%    knn%     time      ETA\n"
        "[ 2/90] 3f000000 ...oise=0.25 seed=1 100.0  97.3     -    15.7     12 s    3.4 h\n");
    form.has_eta = false;
    line.outcome = "diverged";
    line.cause = "diverged: the loss";
    assert_lines(
        &form, &line,
        "                                               mem%  fit% test%    knn%     time\n"
        "[ 2/90] 3f000000 diversity=inf label_noise=0.25 seed=1         diverged     12 s\n"
        "        diverged: the loss\n");
}

static void test_widths_of_lines(void **state)
{
    (void)state;
    const struct bm_result result = {.memorization = 1};
    for (int width = 28; width <= BM_LINE_LONGEST; width++)
        for (int kind = 0; kind < 8; kind++) {
            struct bm_line_form form = {.width = width,
                                        .of = 90,
                                        .probe = kind & 1 ? bm_probe_column(3) : NULL,
                                        .has_eta = (kind & 2) && width > 36};
            struct bm_line line = {.of = 90,
                                   .settings =
                                       "arch=resnet18 diversity=inf label_noise=0.25 seed=1",
                                   .result = &result,
                                   .probe = form.probe,
                                   .outcome = kind & 4 && width > 50 ? "interrupted" : NULL,
                                   .cause = "",
                                   .wall_s = 1e6};
            struct bm_bytes out = {0};
            bm_line_header(&form, &out);
            bm_line_add(&form, &line, 1e7, &out);
            int length = 0;
            for (size_t i = 0; i < out.size; i++) {
                length = out.data[i] == '\n' ? 0 : length + 1;
                assert_true(length <= width);
            }
            bm_bytes_fini(&out);
        }
}

/* ---- writing ---- */

/* What the calls in between write to standard error. */
static int old_stderr, written;

static void begin_writing(void)
{
    char path[] = "/tmp/bm-bar-XXXXXX";
    written = mkstemp(path);
    unlink(path);
    old_stderr = dup(STDERR_FILENO);
    dup2(written, STDERR_FILENO);
}

static void assert_written(const char *expected)
{
    char text[2000] = "";
    dup2(old_stderr, STDERR_FILENO);
    close(old_stderr);
    assert_true(pread(written, text, sizeof text - 1, 0) >= 0);
    close(written);
    assert_string_equal(text, expected);
}

static void resize(int fd, unsigned short columns)
{
    const struct winsize size = {.ws_row = 24, .ws_col = columns};
    assert_int_equal(ioctl(fd, TIOCSWINSZ, &size), 0);
}

/* A bar on a terminal that becomes narrower takes more lines of it than it was drawn with. */
static void test_terminal(void **state)
{
    (void)state;
    int fd = posix_openpt(O_RDWR | O_NOCTTY);
    if (fd < 0)
        skip(); /* no pseudo-terminals here */
    const char sentence[] = "one two  three\n", row[] = "  four fives\n",
               bar[] = "0123456789\n01\n";
    struct bm_terminal terminal = {.fd = fd, .columns = 80, .lines = 24};
    resize(fd, 10);
    bm_print_begin(&terminal);
    assert_int_equal(bm_print_columns(), 10);
    begin_writing();
    bm_print_lines(sentence, strlen(sentence));
    bm_print_lines(row, strlen(row));
    bm_print_bar("\x9b\n", 2);
    bm_print_bar(bar, strlen(bar));
    resize(fd, 5);
    bm_print_lines("x\n", 2);
    bm_print_bar("", 0);
    bm_print_bar("", 0);
    assert_written("one two\n  three\n  four\n    fives\n"
                   "\033[?7l\\x9b\n\033[?7h\r\033[A\033[2K"
                   "\033[?7l0123456789\n01\n\033[?7h"
                   "\r\033[A\033[2K\033[A\033[2K\033[A\033[2Kx\n"
                   "\033[?7l0123456789\n01\n\033[?7h"
                   "\r\033[A\033[2K\033[A\033[2K\033[A\033[2K");
    close(fd);
}

/* Elsewhere lines stay whole, and begin with the time of day. */
static void test_no_terminal(void **state)
{
    (void)state;
    char text[200] = "", date[20], again[20];
    const char lines[] = "one two three four five six seven eight nine ten eleven twelve thirteen "
                         "fourteen\n";
    const struct bm_terminal none = {.fd = -1, .columns = 10};
    bm_print_begin(&none);
    assert_int_equal(bm_print_columns(), 80 - 20);
    begin_writing();
    bm_print_lines(lines, strlen(lines));
    bm_print_lines("x\ny\n", 4);
    bm_print_lines("\033[2J\n", 5);
    assert_true(pread(written, text, sizeof text - 1, 0) > 0);
    int n = 0, length = (int)strlen(lines);
    assert_int_equal(sscanf(text, "%10[0-9-] %8[0-9:] %n", date, again, &n), 2);
    assert_int_equal(n, 20);
    assert_memory_equal(text + n, lines, strlen(lines));
    assert_int_equal(sscanf(text + n + length, "%8[0-9:] x\n%8[0-9:] y", date, again), 2);
    assert_non_null(strstr(text, " \\x1b[2J\n"));
    assert_int_equal(bm_print_columns(), 80 - 9);
    assert_written(text);
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
    terminals[5].columns = 15;
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
    const struct bm_progress progress = {12, 300, 0.5, 0.03125, 1240, 0};
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
        cmocka_unit_test(test_totals),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_widths_of_lines),
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_no_terminal),
        cmocka_unit_test(test_display),
        cmocka_unit_test(test_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
