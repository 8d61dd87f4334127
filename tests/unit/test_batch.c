/* Batches: who is in them, what is seen of each, its target; the number of threads does not show.
 */
#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "settings.h"
#include "train/batch.h"

enum { IMAGES = 23, MOST = 10, SIDE = 32, CHANNELS = 3, VALUES = SIDE * SIDE * CHANNELS };

static const struct bm_shape input = {SIDE, SIDE, CHANNELS};
static const enum bm_sight sights[] = {BM_SIGHT_PLAIN, BM_SIGHT_TRAIN, BM_SIGHT_FIT};
enum { SIGHTS = sizeof sights / sizeof *sights };

static struct bm_data data;
static struct bm_config config;

static int open_data(void **state)
{
    (void)state;
    config = settings_of(
        "dataset=synthetic train_size=23 test_size=10 batch_size=10 diversity=3 label_noise=0.5");
    struct bm_launch launch;
    bm_table_init(&bm_launch_table, &launch);
    return bm_data_open(&data, &config, &launch, NULL, NULL);
}

static int close_data(void **state)
{
    (void)state;
    bm_data_close(&data);
    return 0;
}

struct made {
    struct bm_batch batch;
    struct bm_arena arena;
};

static void make(struct made *made, int threads)
{
    struct bm_arena count = {0};
    int before = omp_get_max_threads();
    omp_set_num_threads(threads);
    assert_int_equal(bm_batch_init(&made->batch, &config, data.facts.shape, input, 10, NULL), 0);
    omp_set_num_threads(before);
    bm_batch_carve(&made->batch, &count);
    assert_int_equal(bm_arena_init(&made->arena, count.used, "a batch", NULL), 0);
    bm_batch_carve(&made->batch, &made->arena);
}

static void unmake(struct made *made)
{
    bm_batch_fini(&made->batch);
    bm_arena_fini(&made->arena);
}

/* What a member should be, made apart, in planes. */
static void expected_planes(const struct bm_batch_source *source, uint32_t member, float *planes)
{
    struct bm_viewer viewer;
    const unsigned char *pixels = source->split->pixels[member];
    uint32_t index = source->split->index[member];
    assert_int_equal(bm_viewer_init(&viewer, &config, data.facts.shape, NULL), 0);
    if (source->sight == BM_SIGHT_PLAIN)
        bm_view_plain(&viewer, pixels, planes);
    else if (source->sight == BM_SIGHT_TRAIN)
        bm_view_train(&viewer, pixels, index, source->epoch, planes);
    else
        bm_view_fit(&viewer, pixels, index, source->epoch, planes);
    bm_viewer_fini(&viewer);
}

static void check_member(const struct bm_batch *batch, int i, const struct bm_batch_source *source,
                         uint32_t member)
{
    float planes[VALUES];
    expected_planes(source, member, planes);
    assert_int_equal(batch->member[i], member);
    for (size_t pixel = 0; pixel < SIDE * SIDE; pixel++)
        for (size_t c = 0; c < CHANNELS; c++)
            assert_true(batch->x[((size_t)i * SIDE * SIDE + pixel) * CHANNELS + c] ==
                        planes[c * SIDE * SIDE + pixel]);
    for (int c = 0; c < 10; c++)
        assert_true(batch->targets[i * 10 + c] == (c == source->split->label[member]));
}

static void members_are_what_their_source_says(void **state)
{
    (void)state;
    uint32_t order[IMAGES];
    for (uint32_t i = 0; i < IMAGES; i++)
        order[i] = (i * 7 + 3) % IMAGES;
    struct made made;
    make(&made, 1);
    for (size_t s = 0; s < 2 * SIGHTS; s++) {
        bool is_ordered = s >= SIGHTS;
        const struct bm_batch_source source = {&data.train, IMAGES, is_ordered ? order : NULL,
                                               sights[s % SIGHTS], 5};
        bm_batch_fill(&made.batch, &source, 15); /* the last, partial batch */
        assert_int_equal(made.batch.n, 8);
        for (int i = 0; i < 8; i++)
            check_member(&made.batch, i, &source, is_ordered ? order[15 + i] : 15 + (uint32_t)i);
        bm_batch_fill(&made.batch, &source, 4);
        assert_int_equal(made.batch.n, MOST);
        check_member(&made.batch, 9, &source, is_ordered ? order[13] : 13);
    }
    unmake(&made);
}

static void targets_are_smoothed_once(void **state)
{
    (void)state;
    struct made made;
    const struct bm_batch_source source = bm_batch_all(&data.train, BM_SIGHT_PLAIN, 0);
    config.label_smoothing = 0.25;
    make(&made, 1);
    config.label_smoothing = 0;
    for (int again = 0; again < 2; again++) {
        bm_batch_fill(&made.batch, &source, 2);
        for (int i = 0; i < MOST; i++)
            for (int c = 0; c < 10; c++)
                assert_true(made.batch.targets[i * 10 + c] ==
                            (c == data.train.label[i + 2] ? 0.75F + 0.025F : 0.025F));
    }
    unmake(&made);
}

static void epochs_have_views_of_their_own(void **state)
{
    (void)state;
    struct made made;
    struct bm_batch_source source = bm_batch_all(&data.train, BM_SIGHT_TRAIN, 1);
    float first[MOST * VALUES];
    make(&made, 1);
    bm_batch_fill(&made.batch, &source, 0);
    memcpy(first, made.batch.x, sizeof first);
    source.epoch = 2;
    bm_batch_fill(&made.batch, &source, 0);
    assert_true(memcmp(first, made.batch.x, sizeof first) != 0);
    source.sight = BM_SIGHT_PLAIN;
    bm_batch_fill(&made.batch, &source, 0);
    memcpy(first, made.batch.x, sizeof first);
    source.epoch = 3;
    bm_batch_fill(&made.batch, &source, 0);
    assert_memory_equal(first, made.batch.x, sizeof first);
    unmake(&made);
}

/* Two of each image, one behind the other, and the same in every epoch. */
static void fresh_views_come_in_pairs(void **state)
{
    (void)state;
    struct made made;
    struct bm_batch_source source = {&data.test, 2 * data.test.n, NULL, BM_SIGHT_FRESH, 1};
    struct bm_viewer viewer;
    float planes[VALUES];
    make(&made, 1);
    assert_int_equal(bm_viewer_init(&viewer, &config, data.facts.shape, NULL), 0);
    for (source.epoch = 1; source.epoch < 3; source.epoch++) {
        bm_batch_fill(&made.batch, &source, 10);
        for (size_t i = 0; i < MOST; i++) {
            uint32_t member = (uint32_t)(10 + i) / 2;
            assert_int_equal(made.batch.member[i], member);
            bm_view_fresh(&viewer, data.test.pixels[member], data.test.index[member], i % 2,
                          planes);
            for (size_t p = 0; p < SIDE * SIDE; p++)
                assert_true(made.batch.x[(i * SIDE * SIDE + p) * CHANNELS] == planes[p]);
        }
        assert_true(memcmp(made.batch.x, made.batch.x + VALUES, VALUES * sizeof(bm_real)) != 0);
    }
    bm_viewer_fini(&viewer);
    unmake(&made);
}

static void threads_do_not_show(void **state)
{
    (void)state;
    struct made one, several;
    make(&one, 1);
    for (int threads = 2; threads < 7; threads += 2) {
        make(&several, threads);
        assert_int_equal(several.batch.threads, threads);
        for (size_t s = 0; s < SIGHTS; s++) {
            const struct bm_batch_source source = bm_batch_all(&data.train, sights[s], 2);
            bm_batch_fill(&one.batch, &source, 3);
            bm_batch_fill(&several.batch, &source, 3);
            assert_memory_equal(one.batch.x, several.batch.x, MOST * VALUES * sizeof(bm_real));
        }
        unmake(&several);
    }
    unmake(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_what_their_source_says),
        cmocka_unit_test(targets_are_smoothed_once),
        cmocka_unit_test(epochs_have_views_of_their_own),
        cmocka_unit_test(fresh_views_come_in_pairs),
        cmocka_unit_test(threads_do_not_show),
    };
    return cmocka_run_group_tests(tests, open_data, close_data);
}
