/* Mixed batches: how often, with whom and by how much, and that nothing but training is mixed. What
 * is made of them whole runs say, in test_protocol.c. */
#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "settings.h"
#include "train/batch.h"
#include "train/evaluate.h"

enum { IMAGES = 40, MOST = 10, CHANNELS = 3, N_BATCHES = 4000 };

struct made {
    struct bm_config config;
    struct bm_data data;
    struct bm_batch batch;
    struct bm_arena arena;
    int side;
};

/* Small images, so that many batches are soon made. */
static struct made *make(const char *settings, int threads)
{
    struct made *made = calloc(1, sizeof *made);
    struct bm_launch launch;
    struct bm_arena count = {0};
    made->config = settings_of(
        "dataset=synthetic train_size=40 test_size=10 batch_size=10 image_size=4 label_noise=0 "
        "diversity=1 augment=flip");
    settings_set(&made->config, settings);
    bm_table_init(&bm_launch_table, &launch);
    assert_int_equal(bm_data_open(&made->data, &made->config, &launch, NULL, NULL), 0);
    made->side = (int)made->config.image_size;
    int before = omp_get_max_threads();
    omp_set_num_threads(threads);
    const struct bm_shape input = {made->side, made->side, CHANNELS};
    assert_int_equal(
        bm_batch_init(&made->batch, &made->config, made->data.facts.shape, input, 10, NULL), 0);
    omp_set_num_threads(before);
    bm_batch_carve(&made->batch, &count);
    assert_int_equal(bm_arena_init(&made->arena, count.used, "a batch", NULL), 0);
    bm_batch_carve(&made->batch, &made->arena);
    return made;
}

static void unmake(struct made *made)
{
    bm_batch_fini(&made->batch);
    bm_arena_fini(&made->arena);
    bm_data_close(&made->data);
    free(made);
}

/* Batch `number` of all that are made of four in an epoch. */
static void fill(struct made *made, enum bm_sight sight, int number)
{
    const struct bm_batch_source source = bm_batch_all(&made->data.train, sight, 1 + number / 4);
    bm_batch_fill(&made->batch, &source, (size_t)(number % 4) * MOST);
    assert_int_equal(made->batch.n, MOST);
}

static void shares_of_mixup(void **state)
{
    (void)state;
    static const struct {
        const char *settings;
        double p, alpha;
    } cases[] = {{"mixup_p=0.8", 0.8, 1},
                 {"mixup_p=1 mixup_alpha=0.3", 1, 0.3},
                 {"mixup_p=0.25 mixup_alpha=4", 0.25, 4}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct made *made = make(cases[c].settings, 1);
        double n = 0, sum = 0, squares = 0, before = 2;
        for (int number = 0; number < N_BATCHES; number++) {
            fill(made, BM_SIGHT_TRAIN, number);
            double share = made->batch.share;
            assert_true(share >= 0 && share <= 1 && (share != before || share == 1));
            before = share;
            if (share == 1)
                continue;
            n++;
            sum += share - 0.5;
            squares += (share - 0.5) * (share - 0.5);
        }
        double p = cases[c].p, variance = 1 / (4 * (2 * cases[c].alpha + 1));
        assert_true(fabs(n - N_BATCHES * p) <= 5 * sqrt(N_BATCHES * p * (1 - p)));
        assert_true(fabs(sum / n) < 5 * sqrt(variance / n));
        assert_true(fabs(squares / n - variance) < 5 * variance / sqrt(n));
        unmake(made);
    }
}

/* Everybody is as often the partner of each, itself included. */
static void partners_are_a_permutation(void **state)
{
    (void)state;
    struct made *made = make("mixup_p=1", 1);
    int counts[MOST][MOST] = {{0}};
    for (int number = 0; number < N_BATCHES; number++) {
        bool is_there[MOST] = {false};
        fill(made, BM_SIGHT_TRAIN, number);
        for (int i = 0; i < MOST; i++) {
            assert_in_range(made->batch.partner[i], 0, MOST - 1);
            assert_false(is_there[made->batch.partner[i]]);
            is_there[made->batch.partner[i]] = true;
            counts[i][made->batch.partner[i]]++;
        }
    }
    for (int i = 0; i < MOST; i++)
        for (int j = 0; j < MOST; j++)
            assert_true(fabs(counts[i][j] - 0.1 * N_BATCHES) < 5 * sqrt(0.09 * N_BATCHES));
    unmake(made);
}

/* Pixels of image i that are its partner's; all others are its own. */
static int count_pasted(const struct made *made, const float *before, int i)
{
    const size_t pixels = (size_t)(made->side * made->side), image = pixels * CHANNELS;
    const float *own = before + (size_t)i * image, *now = made->batch.x + (size_t)i * image;
    const float *other = before + made->batch.partner[i] * image;
    int pasted = 0;
    for (size_t p = 0; p < pixels; p++) {
        bool is_own = memcmp(now + p * CHANNELS, own + p * CHANNELS, CHANNELS * sizeof *own) == 0;
        if (!is_own)
            assert_memory_equal(now + p * CHANNELS, other + p * CHANNELS, CHANNELS * sizeof *own);
        pasted += !is_own;
    }
    return pasted;
}

/* Labels weigh exactly what is there: also of boxes that are cut off by edges and corners, are
 * empty or all of the image, and of odd sides. */
static void areas_of_cutmix(void **state)
{
    (void)state;
    static const char *const sides[] = {"4", "5", "7", "16"};
    for (size_t s = 0; s < sizeof sides / sizeof *sides; s++) {
        char settings[100];
        snprintf(settings, sizeof settings, "cutmix=yes image_size=%s", sides[s]);
        struct made *made = make(settings, 1);
        snprintf(settings, sizeof settings, "image_size=%s", sides[s]);
        struct made *plain = make(settings, 1);
        double pixels = made->side * made->side, sum = 0;
        int none = 0, most = 0;
        for (int number = 0; number < N_BATCHES; number++) {
            fill(made, BM_SIGHT_TRAIN, number);
            fill(plain, BM_SIGHT_TRAIN, number);
            double share = made->batch.share;
            sum += share;
            none += share == 1;
            most += share < 0.3;
            for (int i = 0; i < MOST; i++) {
                if (made->batch.partner[i] == (uint32_t)i)
                    continue;
                int pasted = count_pasted(made, plain->batch.x, i);
                if (share != 1 - pasted / pixels)
                    fail_msg("a share of %g, and %d of %g pixels are the partner's", share, pasted,
                             pixels);
            }
        }
        assert_true(none > 0 && none < N_BATCHES / 2);
        assert_true(most > 0 || made->side < 16);
        /* Were nothing cut off, or rounded, it would be 1/2. */
        assert_true(sum / N_BATCHES > 0.5 && sum / N_BATCHES < 0.95);
        unmake(made);
        unmake(plain);
    }
}

static void targets_go_with_the_share(void **state)
{
    (void)state;
    static const char *const settings[] = {"mixup_p=1", "mixup_p=1 mixup_labels=first",
                                           "cutmix=yes label_smoothing=0.1",
                                           "cutmix=yes mixup_labels=first"};
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        struct made *made = make(settings[s], 1);
        double smoothing = made->config.label_smoothing;
        for (int number = 0; number < 100; number++) {
            fill(made, BM_SIGHT_TRAIN, number);
            const struct bm_batch *batch = &made->batch;
            if (s == 1)
                assert_true(batch->share == 1);
            for (int i = 0; i < MOST; i++) {
                double expected[10] = {0};
                float said[MOST * 10] = {0};
                expected[batch->label[i]] += batch->share;
                expected[batch->label[batch->partner[i]]] += 1 - batch->share;
                for (int c = 0; c < 10; c++)
                    assert_true(fabs((double)batch->targets[i * 10 + c] -
                                     ((1 - smoothing) * expected[c] + smoothing / 10)) < 1e-6);
                /* Who says the label of the partner is right by its share. */
                for (int j = 0; j < MOST; j++)
                    said[j * 10 + (batch->label[j] + 1) % 10] = 1;
                memset(said + (size_t)i * 10, 0, 10 * sizeof *said);
                said[(size_t)i * 10 + batch->label[batch->partner[i]]] = 1;
                double right = 0;
                for (int j = 0; j < MOST; j++)
                    for (int c = 0; c < 10; c++)
                        if (said[j * 10 + c] == 1) {
                            right += c == batch->label[j] ? batch->share : 0;
                            right += c == batch->label[batch->partner[j]] ? 1 - batch->share : 0;
                        }
                assert_true(fabs(bm_count_correct(batch, said) - right) < 1e-12);
            }
        }
        unmake(made);
    }
}

/* What is evaluated is never mixed, and without diversity nothing is. */
static void nothing_else_is_mixed(void **state)
{
    (void)state;
    static const enum bm_sight sights[] = {BM_SIGHT_PLAIN, BM_SIGHT_FIT, BM_SIGHT_FRESH,
                                           BM_SIGHT_TRAIN};
    static const char *const mixed[] = {"mixup_p=1", "cutmix=yes"};
    for (size_t m = 0; m < 2; m++)
        for (size_t s = 0; s < 4; s++) {
            bool is_training = sights[s] == BM_SIGHT_TRAIN;
            struct made *made = make(mixed[m], 1), *plain = make("", 1);
            if (is_training)
                made->config.diversity = plain->config.diversity = 0;
            for (int number = 0; number < 4; number++) {
                fill(made, sights[s], number);
                fill(plain, sights[s], number);
                size_t values = (size_t)(MOST * CHANNELS * made->side * made->side);
                assert_true(made->batch.share == 1);
                assert_memory_equal(made->batch.x, plain->batch.x, values * sizeof(float));
                assert_memory_equal(made->batch.targets, plain->batch.targets,
                                    MOST * 10 * sizeof(float));
            }
            unmake(made);
            unmake(plain);
        }
}

static void threads_do_not_show(void **state)
{
    (void)state;
    static const char *const mixed[] = {"mixup_p=1 diversity=inf", "cutmix=yes"};
    for (size_t m = 0; m < 2; m++) {
        struct made *one = make(mixed[m], 1), *three = make(mixed[m], 3);
        for (int number = 0; number < 20; number++) {
            fill(one, BM_SIGHT_TRAIN, number);
            fill(three, BM_SIGHT_TRAIN, number);
            assert_memory_equal(one->batch.x, three->batch.x, MOST * CHANNELS * 16 * sizeof(float));
        }
        unmake(one);
        unmake(three);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_of_mixup),       cmocka_unit_test(partners_are_a_permutation),
        cmocka_unit_test(areas_of_cutmix),       cmocka_unit_test(targets_go_with_the_share),
        cmocka_unit_test(nothing_else_is_mixed), cmocka_unit_test(threads_do_not_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
