/* Batches of training views by a policy, of random CIFAR-sized images.
 * bench_augment VIEWS [AUGMENT]: prints views/s on as many threads as OpenMP has. */
#include <stdio.h>
#include <stdlib.h>

#include "bm/clock.h"
#include "bm/random.h"
#include "train/batch.h"

enum { IMAGES = 1000, VALUES = 3 * 32 * 32 };

static unsigned char bytes[IMAGES][VALUES];
static const unsigned char *pixels[IMAGES];
static uint32_t number[IMAGES];
static uint16_t label[IMAGES];

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3)
        return 2;
    struct bm_random random = bm_random_of(1, BM_RANDOM_ORDER, 0, 0);
    for (size_t i = 0; i < IMAGES; i++) {
        for (size_t j = 0; j < VALUES; j++)
            bytes[i][j] = (unsigned char)bm_random_below(&random, 256);
        pixels[i] = bytes[i];
        number[i] = (uint32_t)i;
    }
    const struct bm_split split = {
        .n = IMAGES, .pixels = pixels, .index = number, .truth = label, .label = label};
    struct bm_batch_source source = bm_batch_all(&split, BM_SIGHT_TRAIN, 0);
    struct bm_config config;
    struct bm_batch batch;
    struct bm_arena count = {0}, arena;
    struct bm_err err = {0};
    bm_table_init(&bm_config_table, &config);
    if (argc == 3 &&
        bm_field_set(bm_table_find(&bm_config_table, "augment"), &config, argv[2], &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 2;
    }
    if (bm_batch_init(&batch, &config, (struct bm_image_shape){3, 32, 32},
                      (struct bm_shape){32, 32, 3}, 10, &err) == 0)
        bm_batch_carve(&batch, &count);
    if (count.used == 0 || bm_arena_init(&arena, count.used, "batches", &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    bm_batch_carve(&batch, &arena);
    int views = 0, wanted = atoi(argv[1]);
    double began = bm_seconds();
    for (; views < wanted; source.epoch++)
        for (size_t first = 0; first < split.n; first += (size_t)batch.n) {
            bm_batch_fill(&batch, &source, first);
            views += batch.n;
        }
    printf("%.6g\n", views / (bm_seconds() - began));
    bm_batch_fini(&batch);
    bm_arena_fini(&arena);
    return 0;
}
