/* Decoding the images of a folder into a packed file, and opening that.
 * bench_decode FOLDER: prints images a second of CPU time, from the list of files to the packed
 * file on disk, and the milliseconds that a trainer, who knows the seal, takes to open it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bm/clock.h"
#include "bm/data.h"

static double open_ms(const struct bm_dataset *dataset, struct bm_dataset_request request,
                      const struct bm_seal *seal)
{
    struct bm_images train, test;
    struct bm_dataset_handle *handle;
    double began = bm_seconds();
    request.seal = seal;
    if (dataset->open(&request, &train, &test, &handle, NULL) != 0)
        exit(1);
    double ms = 1e3 * (bm_seconds() - began);
    dataset->close(handle);
    return ms;
}

int main(int argc, char **argv)
{
    char cache[1000];
    struct bm_seal seal;
    struct bm_err err = {0};
    const struct bm_catalog *catalog;
    const struct bm_dataset *dataset = bm_dataset_find("folder");
    if (argc != 2)
        return 2;
    snprintf(cache, sizeof cache, "%s/cache", argv[1]);
    const struct bm_dataset_request request = {.data_dir = argv[1], .cache_dir = cache};
    clock_t began = clock();
    int status = bm_dataset_seal(dataset, &request, &seal, &err);
    double decoded = (double)(clock() - began) / CLOCKS_PER_SEC;
    if (status != 0 || bm_dataset_catalog(dataset, &request, &catalog, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("%.6g\n%.6g\n", (double)(catalog->n_train + catalog->n_test) / decoded,
           open_ms(dataset, request, &seal));
    return 0;
}
