/* Generated images, for tests and demonstrations without files: an object of one of ten kinds, at a
 * random place, size and angle, in random colours, over a mottled background with clutter and
 * noise. The kind is the class; it survives cropping, flipping and changes of colour, and pixels
 * one by one say little about it. An image is a pure function of (data_seed, half, position) and,
 * since only exactly rounded arithmetic is used, the same bytes on every machine. */
#include "bm/data.h"
#include "bm/random.h"
#include "common/shapes.h"
#include "common/subset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 32, PLANE = SIZE * SIZE, N_PIXELS = 3 * PLANE };

static float (*const kinds[])(float x, float y) = {
#define KIND(name) bm_shape_##name,
    BM_SHAPES(KIND)
#undef KIND
};
static const char *const kind_names[] = {
#define KIND_NAME(name) #name,
    BM_SHAPES(KIND_NAME)
#undef KIND_NAME
        NULL,
};
enum { N_CLASSES = sizeof kinds / sizeof *kinds };

/* Bump the number when any pixel changes. */
static const char generator[] = "synthetic 2";

struct colour {
    float c[3];
};

struct canvas {
    float pixels[3][PLANE]; /* 0 … 1 */
};

static float uniform(struct bm_random *random, double low, double high)
{
    return (float)bm_random_range(random, low, high);
}

static struct colour random_colour(struct bm_random *random, double low, double high)
{
    struct colour colour;
    for (int i = 0; i < 3; i++)
        colour.c[i] = uniform(random, low, high);
    return colour;
}

/* A random unit vector, without the mathematics library's sine. */
static void direction(struct bm_random *random, float *x, float *y)
{
    float length;
    do {
        *x = uniform(random, -1, 1);
        *y = uniform(random, -1, 1);
        length = sqrtf(*x * *x + *y * *y);
    } while (length > 1 || length < 0.1f);
    *x /= length;
    *y /= length;
}

/* ---- painting ---- */

/* Two colours mixed by smooth noise: values on a lattice, interpolated. */
static void paint_background(struct canvas *canvas, struct bm_random *random, struct colour a,
                             struct colour b)
{
    enum { CELL = 5, LATTICE = SIZE / CELL + 2 };
    float rows[LATTICE][SIZE]; /* of the lattice, interpolated along x */
    for (int y = 0; y < LATTICE; y++) {
        float lattice[LATTICE];
        for (int x = 0; x < LATTICE; x++)
            lattice[x] = uniform(random, 0, 1);
        for (int x = 0; x < SIZE; x++) {
            float fx = (float)(x % CELL) / CELL;
            const float *left = &lattice[x / CELL];
            rows[y][x] = left[0] + fx * (left[1] - left[0]);
        }
    }
    for (int y = 0; y < SIZE; y++) {
        float fy = (float)(y % CELL) / CELL;
        const float *above = rows[y / CELL], *below = rows[y / CELL + 1];
        for (int c = 0; c < 3; c++)
            for (int x = 0; x < SIZE; x++) {
                float mix = above[x] + fy * (below[x] - above[x]);
                canvas->pixels[c][y * SIZE + x] = a.c[c] + mix * (b.c[c] - a.c[c]);
            }
    }
}

static float clamp(float value, float low, float high)
{
    return value < low ? low : value > high ? high : value;
}

/* Paints a shape; its edge is a pixel wide. */
static void paint(struct canvas *canvas, float (*shape)(float, float), struct colour colour,
                  float center_x, float center_y, float radius, float cosine, float sine)
{
    float reach = 1.5f * radius + 1; /* shapes.h: none reaches that far */
    int left = (int)clamp(center_x - reach, 0, SIZE), right = (int)clamp(center_x + reach, 0, SIZE);
    int top = (int)clamp(center_y - reach, 0, SIZE), bottom = (int)clamp(center_y + reach, 0, SIZE);
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++) {
            float dx = ((float)x + 0.5f - center_x) / radius;
            float dy = ((float)y + 0.5f - center_y) / radius;
            if (dx * dx + dy * dy > 2)
                continue;
            float distance = shape(cosine * dx + sine * dy, cosine * dy - sine * dx);
            float cover = clamp(0.5f - distance * radius, 0, 1);
            for (int c = 0; c < 3; c++) {
                float *pixel = &canvas->pixels[c][y * SIZE + x];
                *pixel += cover * (colour.c[c] - *pixel);
            }
        }
}

/* Small discs and bars that say nothing about the class. */
static void paint_clutter(struct canvas *canvas, struct bm_random *random)
{
    int n = (int)bm_random_below(random, 3);
    for (int i = 0; i < n; i++) {
        float cosine, sine;
        direction(random, &cosine, &sine);
        float x = uniform(random, 0, SIZE), y = uniform(random, 0, SIZE);
        float radius = uniform(random, 1.5, 4);
        struct colour colour = random_colour(random, 0.05, 0.95);
        paint(canvas, bm_random_below(random, 2) ? bm_shape_disc : bm_shape_bar, colour, x, y,
              radius, cosine, sine);
    }
}

static void paint_object(struct canvas *canvas, struct bm_random *random, int class,
                         struct colour colour)
{
    float cosine, sine;
    direction(random, &cosine, &sine);
    float radius = uniform(random, 10, 13);
    float x = uniform(random, SIZE / 2 - 6, SIZE / 2 + 6);
    float y = uniform(random, SIZE / 2 - 6, SIZE / 2 + 6);
    paint(canvas, kinds[class], colour, x, y, radius, cosine, sine);
}

/* Bytes of the canvas with noise; eight pixels take one random word. */
static void add_noise(const struct canvas *canvas, struct bm_random *random, unsigned char *out)
{
    const float *pixels = canvas->pixels[0];
    float amplitude = uniform(random, 2, 8);
    for (int i = 0; i < N_PIXELS; i += 8) {
        uint64_t word = bm_random_u64(random);
        for (int byte = 0; byte < 8; byte++) {
            float noise = amplitude * ((float)(word >> 8 * byte & 255) / 127.5f - 1);
            out[i + byte] = (unsigned char)clamp(255 * pixels[i + byte] + noise + 0.5f, 0, 255);
        }
    }
}

static void generate(uint64_t data_seed, enum bm_half half, uint64_t image, unsigned char *out)
{
    struct bm_random random = bm_random_of(data_seed, BM_RANDOM_SYNTHETIC, half, image);
    struct canvas canvas;
    /* Objects are brighter than their background, so that they show in gray, too, and so that a
     * random network's features say something about them: probes have a level to fall from. */
    struct colour background = random_colour(&random, 0.1, 0.25);
    struct colour object = random_colour(&random, 0.6, 0.95);
    struct colour mottle = random_colour(&random, 0.05, 0.95);
    for (int c = 0; c < 3; c++) /* a shade of the background */
        mottle.c[c] = background.c[c] + 0.25f * (mottle.c[c] - background.c[c]);
    paint_background(&canvas, &random, background, mottle);
    paint_clutter(&canvas, &random);
    paint_object(&canvas, &random, (int)(image % N_CLASSES), object);
    add_noise(&canvas, &random, out);
}

/* ---- the data set ---- */

struct bm_dataset_handle {
    struct bm_arena memory;
};

/* Training images, test images. */
struct halves {
    struct bm_images images[2];
    unsigned char *pixels[2];
};

static struct halves carve(const struct bm_dataset_request *request, struct bm_arena *memory)
{
    struct halves halves;
    const size_t sizes[2] = {request->train_size, request->test_size};
    for (int half = 0; half < 2; half++) {
        size_t n = sizes[half];
        struct bm_images *images = &halves.images[half];
        *images = (struct bm_images){.n = n};
        images->pixels = bm_arena_take(memory, n * sizeof *images->pixels);
        images->labels = bm_arena_take(memory, n * sizeof *images->labels);
        images->index = bm_arena_take(memory, n * sizeof *images->index);
        halves.pixels[half] = bm_arena_take(memory, n * N_PIXELS);
    }
    return halves;
}

/* Image i is of class i mod 10, whatever the classes in use: those of the others are left out. */
static void make_half(struct bm_images *images, unsigned char *pixels,
                      const struct bm_dataset_request *request, enum bm_half half)
{
    size_t classes = (size_t)request->n_classes;
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < images->n; i++) {
        unsigned char *image = pixels + i * N_PIXELS;
        uint16_t class = request->class_numbers[i % classes];
        images->index[i] = (uint32_t)(i / classes * N_CLASSES + class);
        images->pixels[i] = image;
        images->labels[i] = class;
        generate(request->data_seed, half, images->index[i], image);
    }
}

/* What the images are follows from the generator and data_seed: there is nothing to look at. */
static int synthetic_check(const struct bm_dataset_request *request, struct bm_id *digest,
                           struct bm_err *err)
{
    (void)request, (void)err;
    *digest = bm_digest(generator, strlen(generator));
    return 0;
}

static int synthetic_open(const struct bm_dataset_request *request, struct bm_images *train,
                          struct bm_images *test, struct bm_dataset_handle **handle,
                          struct bm_err *err)
{
    struct bm_dataset_handle *opened = calloc(1, sizeof *opened);
    if (opened == NULL)
        return bm_fail_errno(err, "no memory for synthetic images");
    struct bm_arena count = {0};
    carve(request, &count);
    if (bm_arena_init(&opened->memory, count.used, "synthetic images", err) != 0) {
        free(opened);
        return -1;
    }
    struct halves halves = carve(request, &opened->memory);
    *train = halves.images[0];
    *test = halves.images[1];
    make_half(train, halves.pixels[0], request, BM_HALF_TRAIN);
    make_half(test, halves.pixels[1], request, BM_HALF_TEST);
    *handle = opened;
    return 0;
}

static void synthetic_close(struct bm_dataset_handle *handle)
{
    bm_arena_fini(&handle->memory);
    free(handle);
}

const struct bm_dataset bm_dataset_synthetic = {
    .name = "synthetic",
    .help = "generated images of ten kinds of object; any number of them, no files",
    .catalog = {.shape = {3, SIZE, SIZE},
                .classes = N_CLASSES,
                .class_names = kind_names,
                .n_train = 50000,
                .n_test = 10000},
    .generated = true,
    .check = synthetic_check,
    .open = synthetic_open,
    .close = synthetic_close,
};
