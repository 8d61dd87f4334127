/* A configuration: everything that says what a run computes and measures (sections `fixed:`,
 * `grid:` and `zip:` of a sweep file), and how it is run (section `run:`). Members are described
 * once, in the tables of model/config.c and model/launch.c. */
#ifndef BM_CONFIG_H
#define BM_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "bm/digest.h"
#include "bm/field.h"
#include "bm/words.h"

struct bm_config {
    /* data */
    char dataset[BM_WORD_SIZE];
    char classes[1024];            /* "all", a number, or names, comma-separated */
    enum bm_switch coarse;         /* of cifar100: the twenty classes in place of the hundred */
    int64_t train_size, test_size; /* images; 0 = all */
    int64_t image_size;            /* pixels a side; 0 = as stored */
    int64_t data_seed;
    double label_noise; /* fraction of images with a random label */
    enum bm_augment_labels augment_labels;
    /* views */
    double diversity; /* copies an image: 0 = none, INFINITY = inf */
    enum bm_view_source view_source;
    char augment[128]; /* a policy, or its members, comma-separated */
    double crop_scale_min, crop_scale_max, crop_ratio_max;
    double flip_p, jitter_p;
    double jitter_brightness, jitter_contrast, jitter_saturation, jitter_hue;
    double grayscale_p;
    double vertical_flip_p;
    double affine_rotation, affine_translation; /* degrees; of the side */
    double blur_p, blur_sigma_min, blur_sigma_max;
    double erasing_p, erasing_scale_min, erasing_scale_max, erasing_ratio_min, erasing_ratio_max;
    double randaugment_strength;
    /* batches */
    double mixup_p, mixup_alpha;
    enum bm_mixup_labels mixup_labels;
    enum bm_switch cutmix;
    /* network */
    char arch[BM_WORD_SIZE];
    int64_t width, depth;
    enum bm_stem stem;
    enum bm_bottleneck_stride bottleneck_stride;
    enum bm_normalization norm;
    int64_t norm_group_channels;
    int64_t projector_width; /* 0 = one linear layer */
    enum bm_normalization projector_norm, output_norm;
    /* training */
    char loss[BM_WORD_SIZE];
    double label_smoothing;
    char optimizer[BM_WORD_SIZE];
    double lr;
    int64_t warmup_epochs;
    double momentum, weight_decay;
    enum bm_switch lars_exclude_1d;
    enum bm_stored saved_activations;
    enum bm_precision precision;
    int64_t batch_size, epochs;
    double stop_memorized; /* 0 = off */
    int64_t seed;
    /* observation */
    int64_t probe_every; /* epochs */
    char probes[96];     /* some of the probes, comma-separated; "" = none */
    int64_t knn_k;       /* the first of them */
    char knn_also[48];   /* the others, comma-separated */
    int64_t probe_pool;  /* pixels a side of a map's pooled features; 0 = as it is */
    enum bm_probe_train probe_train;
    int64_t noisy_queries; /* training images */
};

struct bm_launch {
    char data_dir[1024], cache_dir[1024]; /* "" until bm_launch_resolve */
    enum bm_conv_path conv;
    int64_t threads; /* of a trainer; 0 = auto: what the binding gives */
    int64_t retries;
    double run_timeout; /* seconds; 0 = none */
    double heartbeat_timeout;
    double checkpoint_every; /* minutes; 0: auto, below 0: none */
    int64_t probe_memory;    /* MiB for features */
    enum bm_save save_weights;
    int64_t save_every; /* epochs; 0 = never */
    enum bm_save save_examples;
};

extern const struct bm_table bm_config_table, bm_launch_table;

/* Bump only when the meaning of results changes: not for a faster path. Part of every id.
 * 2: the evaluation before training has calibrated running statistics. */
enum { BM_ALGORITHM_VERSION = 2 };

/* The run's id: digest of "algorithm=…" and of the sorted "key=value" lines of the settings of
 * identity, without those at their row's `absent` value or without effect. `arch_settings`
 * (NULL-terminated) are the keys that the configuration's architecture reads among the rows
 * `of_architecture`. */
struct bm_id bm_config_id(const struct bm_config *config, const char *const *arch_settings);

/* What the id of a stored run tells, without a list of architectures: by which version of the
 * algorithm it was made (0: by none that this program knows), and in `arch_settings` the keys that
 * its architecture reads (all of them where the version is 0). */
enum { BM_MOST_SETTINGS = 128 };
int bm_config_algorithm(const struct bm_config *config, const struct bm_id *id,
                        const char *arch_settings[BM_MOST_SETTINGS + 1]);
/* Whether `id` is the id of these settings, for some architecture and by this or an earlier
 * algorithm. */
bool bm_config_has_id(const struct bm_config *config, const struct bm_id *id);

/* The text that bm_config_id digests, appended to `out`. */
void bm_config_identity(const struct bm_config *config, const char *const *arch_settings,
                        struct bm_bytes *out);

/* Whether the setting changes anything in this configuration: of what is computed, or of what is
 * observed, by its own row. */
bool bm_config_has_effect(const struct bm_config *config, const struct bm_field *field,
                          const char *const *arch_settings);
/* The same, or the setting changes what a probe is shown: views for `invariance` are augmented in
 * all runs. */
bool bm_config_is_seen(const struct bm_config *config, const struct bm_field *field,
                       const char *const *arch_settings);

/* Whether each image has a label that it is trained on; else its copies have labels of their own,
 * and what is asked about the labels of images is undefined. */
bool bm_config_labels_images(const struct bm_config *config);
/* Whether copies are other images of the same class. */
bool bm_config_takes_others(const struct bm_config *config);

/* Whether the setting `probes` has `name`. */
bool bm_config_uses_probe(const struct bm_config *config, const char *name);

/* Checks what one row cannot: pairs of settings that contradict each other (BM_EXIT_DATA). */
int bm_config_check(const struct bm_config *config, struct bm_err *err);

/* data_dir: "" becomes $BM_DATA, else "data". */
int bm_launch_resolve(struct bm_launch *launch, struct bm_err *err);

#endif
