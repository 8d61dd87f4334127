/* Closed lists: settings and results whose value is one of a few words. Each list has its constants
 * and their words side by side and makes an enumeration and a table of words from them, so the two
 * cannot disagree. Files, messages and journals carry the words: constants may be reordered, words
 * never change. Members of open sets (data sets, architectures, …) are words in memory as well
 * (bm/names.h). */
#ifndef BM_WORDS_H
#define BM_WORDS_H

#include <stdbool.h>

#define BM_ENUM(name, word) name,

/* How a ResNet begins. */
#define BM_STEMS(X)                                \
    X(BM_STEM_SMALL, "small")   /* 3x3 stride 1 */ \
    X(BM_STEM_MEDIUM, "medium") /* 3x3 stride 2 */ \
    X(BM_STEM_LARGE, "large")   /* ImageNet's: 7x7 stride 2, max pooling */
enum bm_stem { BM_STEMS(BM_ENUM) };

/* Where a bottleneck block has its stride. */
#define BM_BOTTLENECK_STRIDES(X)                               \
    X(BM_BOTTLENECK_V1_5, "v1.5") /* in the 3x3 convolution */ \
    X(BM_BOTTLENECK_V1, "v1")     /* in the first one, as in the paper */
enum bm_bottleneck_stride { BM_BOTTLENECK_STRIDES(BM_ENUM) };

/* Of projector and output; encoders have one more. */
#define BM_HEAD_NORMALIZATIONS(X) \
    X(BM_NORM_NONE, "none")       \
    X(BM_NORM_BN, "bn") /* batch normalization */
#define BM_NORMALIZATIONS(X)  \
    BM_HEAD_NORMALIZATIONS(X) \
    X(BM_NORM_GN, "gn") /* group normalization */
enum bm_normalization { BM_NORMALIZATIONS(BM_ENUM) };

/* A switch. Files may also say true and on, false and off. */
#define BM_SWITCHES(X) \
    X(BM_NO, "no")     \
    X(BM_YES, "yes")
enum bm_switch { BM_SWITCHES(BM_ENUM) };

/* Whose label a copy of an image has. */
#define BM_AUGMENT_LABELS(X)                                  \
    X(BM_LABELS_SHARED, "shared")           /* the image's */ \
    X(BM_LABELS_INDEPENDENT, "independent") /* one of its own */
enum bm_augment_labels { BM_AUGMENT_LABELS(BM_ENUM) };

/* What the copies of an image are. */
#define BM_VIEW_SOURCES(X)                                  \
    X(BM_VIEWS_AUGMENT, "augment")       /* made from it */ \
    X(BM_VIEWS_SAME_CLASS, "same_class") /* other images of its class */
enum bm_view_source { BM_VIEW_SOURCES(BM_ENUM) };

/* The labels of images that are mixed. */
#define BM_MIXUP_LABELS(X)                              \
    X(BM_MIX_LABELS, "mixed")   /* mixed as they are */ \
    X(BM_FIRST_LABELS, "first") /* that of the first of the two */
enum bm_mixup_labels { BM_MIXUP_LABELS(BM_ENUM) };

/* How 3x3 convolutions are computed. */
#define BM_CONV_PATHS(X)                                                        \
    X(BM_CONV_AUTO, "auto")         /* by Winograd's algorithm where it pays */ \
    X(BM_CONV_WINOGRAD, "winograd") /* everywhere */                            \
    X(BM_CONV_DIRECT, "direct")     /* the plain reference */
enum bm_conv_path { BM_CONV_PATHS(BM_ENUM) };

/* What training stores activations as. */
#define BM_STORED_TYPES(X)                                                                        \
    X(BM_STORED_FP32, "fp32")         /* as they are computed */                                  \
    X(BM_STORED_BF16, "bf16")         /* those that a backward pass reads: bfloat16 until then */ \
    X(BM_STORED_BF16_ALL, "bf16_all") /* all that layers pass on, and its gradients: bfloat16 */
enum bm_stored { BM_STORED_TYPES(BM_ENUM) };

/* What products of training steps are computed in. */
#define BM_PRECISIONS(X)         \
    X(BM_PRECISION_FP32, "fp32") \
    X(BM_PRECISION_BF16, "bf16") /* of values rounded to bfloat16, summed in float */
enum bm_precision { BM_PRECISIONS(BM_ENUM) };

/* The images that probes are fitted on. */
#define BM_PROBE_TRAINS(X)                                    \
    X(BM_PROBE_TRAIN_SUBSET, "subset") /* those trained on */ \
    X(BM_PROBE_TRAIN_ALL, "all")       /* all that the set has */
enum bm_probe_train { BM_PROBE_TRAINS(BM_ENUM) };

/* What `knn_k` may name behind its first number: each is a column of the probes. */
#define BM_KNN_ALSO(X) X(1) X(2) X(3) X(5) X(10) X(20) X(50) X(100) X(200) X(500)

/* Whether something is kept of a run beside its rows. */
#define BM_SAVES(X)         \
    X(BM_SAVE_NONE, "none") \
    X(BM_SAVE_FINAL, "final") /* as it is at the end */
enum bm_save { BM_SAVES(BM_ENUM) };

/* How a run ended. Only `done` counts as success. */
#define BM_STATUSES(X)                                                                           \
    X(BM_STATUS_RUNNING, "running")         /* has begun and has no result yet */                \
    X(BM_STATUS_INTERRUPTED, "interrupted") /* the same, but the sweep has ended */              \
    X(BM_STATUS_DONE, "done")               /* trained to its end */                             \
    X(BM_STATUS_DIVERGED, "diverged")       /* a loss that is not finite */                      \
    X(BM_STATUS_ERROR, "error")             /* the trainer said what is wrong and exited */      \
    X(BM_STATUS_CRASHED, "crashed") /* killed by a signal of its own making, or out of memory */ \
    X(BM_STATUS_TIMEOUT, "timeout") /* longer than run_timeout */
enum bm_status { BM_STATUSES(BM_ENUM) };

/* Whether a list has the item: `between` stands between two of them, and may also be within one. */
bool bm_list_has(const char *list, const char *between, const char *item);
/* Whether comma-separated words, as a member of type BM_WORDS has them, have the word. */
bool bm_words_have(const char *words, const char *word);

extern const char *const bm_knn_also_words[]; /* NULL-terminated */
/* By their enumerations; NULL-terminated. */
extern const char *const bm_switch_words[];
extern const char *const bm_stem_words[];
extern const char *const bm_bottleneck_stride_words[];
extern const char *const bm_normalization_words[];
extern const char *const bm_head_normalization_words[];
extern const char *const bm_augment_labels_words[];
extern const char *const bm_view_source_words[];
extern const char *const bm_mixup_labels_words[];
extern const char *const bm_conv_words[];
extern const char *const bm_stored_words[];
extern const char *const bm_precision_words[];
extern const char *const bm_probe_train_words[];
extern const char *const bm_save_words[];
extern const char *const bm_status_words[];

#endif
