/* The policy `full` on random CIFAR-sized images.
 * bench_augment VIEWS: prints views/s on this core. */
#include <stdio.h>
#include <stdlib.h>

#include "bm/random.h"
#include "bm/view.h"
#include "bm/clock.h"

enum { IMAGES = 1000, VALUES = 3 * 32 * 32 };

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    static unsigned char pixels[IMAGES][VALUES];
    static float view[VALUES];
    struct bm_random random = bm_random_of(1, BM_RANDOM_ORDER, 0, 0);
    for (size_t i = 0; i < IMAGES; i++)
        for (size_t j = 0; j < VALUES; j++)
            pixels[i][j] = (unsigned char)bm_random_below(&random, 256);
    struct bm_config config;
    struct bm_viewer viewer;
    struct bm_err err = {0};
    bm_table_init(&bm_config_table, &config);
    if (bm_viewer_init(&viewer, &config, (struct bm_image_shape){3, 32, 32}, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    int views = atoi(argv[1]);
    double began = bm_seconds();
    for (int i = 0; i < views; i++)
        bm_view_copy(&viewer, pixels[i % IMAGES], (uint32_t)(i % IMAGES), (uint64_t)i / IMAGES,
                     view);
    printf("%.6g\n", views / (bm_seconds() - began));
    bm_viewer_fini(&viewer);
    return 0;
}
