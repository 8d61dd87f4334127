/* The settings of a run: one row each. See field.h for what the columns mean. */
#include "bm/config.h"
#include "bm/names.h"
#include "bm/policy.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A number of copies. */
static bool has_copies(const void *record)
{
    double diversity = ((const struct bm_config *)record)->diversity;
    return diversity != 0 && isfinite(diversity);
}

bool bm_config_labels_images(const struct bm_config *config)
{
    return !has_copies(config) || config->augment_labels == BM_LABELS_SHARED;
}

bool bm_config_takes_others(const struct bm_config *config)
{
    return has_copies(config) && config->view_source == BM_VIEWS_SAME_CLASS;
}

static bool is_diverse(const void *record)
{
    return ((const struct bm_config *)record)->diversity != 0;
}

static bool is_augmented(const void *record)
{
    return is_diverse(record) && !bm_config_takes_others(record);
}

static bool mixes_up(const void *record)
{
    return is_diverse(record) && ((const struct bm_config *)record)->mixup_p > 0;
}

static bool has_member(const void *record, const char *member)
{
    return is_augmented(record) &&
           bm_policy_has(((const struct bm_config *)record)->augment, member);
}

/* has_NAME: whether views are made by this member. */
#define MEMBER(name)                           \
    static bool has_##name(const void *record) \
    {                                          \
        return has_member(record, #name);      \
    }
MEMBER(crop)
MEMBER(flip)
MEMBER(jitter)
MEMBER(grayscale)
MEMBER(vertical_flip)
MEMBER(affine)
MEMBER(blur)
MEMBER(erasing)
MEMBER(randaugment)

/* NAMEs: whether it ever does something. */
static bool jitters(const void *record)
{
    return has_jitter(record) && ((const struct bm_config *)record)->jitter_p > 0;
}

static bool blurs(const void *record)
{
    return has_blur(record) && ((const struct bm_config *)record)->blur_p > 0;
}

static bool erases(const void *record)
{
    return has_erasing(record) && ((const struct bm_config *)record)->erasing_p > 0;
}

static bool has_projector(const void *record)
{
    return ((const struct bm_config *)record)->projector_width != 0;
}

static bool is_optimizer(const void *record, const char *name)
{
    return strcmp(((const struct bm_config *)record)->optimizer, name) == 0;
}

static bool is_lars(const void *record)
{
    return is_optimizer(record, "lars");
}

/* Tensors of one dimension are those of normalizations. */
static bool has_1d_for_lars(const void *record)
{
    const struct bm_config *config = record;
    return is_lars(record) && (config->norm != BM_NORM_NONE ||
                               (has_projector(record) && config->projector_norm != BM_NORM_NONE));
}

static bool has_momentum(const void *record)
{
    return is_optimizer(record, "sgd") || is_lars(record);
}

static bool has_groups(const void *record)
{
    return ((const struct bm_config *)record)->norm == BM_NORM_GN;
}

/* Probes of features: all but `rewind`. */
static bool has_probes(const void *record)
{
    const char *probes = ((const struct bm_config *)record)->probes;
    return probes[0] != '\0' && strcmp(probes, "rewind") != 0;
}

bool bm_config_uses_probe(const struct bm_config *config, const char *name)
{
    return bm_words_have(config->probes, name);
}

static bool has_noisy(const void *record)
{
    return bm_config_uses_probe(record, "noisy");
}

static bool has_knn(const void *record)
{
    return bm_config_uses_probe(record, "knn");
}

/* Of its data sets only this one has two kinds of label. */
static bool has_superclasses(const void *record)
{
    return strcmp(((const struct bm_config *)record)->dataset, "cifar100") == 0;
}

static bool has_neighbours(const void *record)
{
    return has_knn(record) || has_noisy(record);
}

#define ALL                            \
    .named = (const struct bm_named[]) \
    {                                  \
        {"all", 0},                    \
        {                              \
            0                          \
        }                              \
    }
#define SET(member) BM_MEMBER(bm_config, member)

static const struct bm_field fields[] = {
    /* data */
    {SET(dataset), .type = BM_WORD, .initial = "cifar10", .words = bm_dataset_names,
     .help = "data set"},
    /* `classes` is the column of their number. */
    {SET(classes), .column = "class_list", .type = BM_NAMES, .initial = "all", .absent = "all",
     .help = "classes in use: all, the first so many, or a list of names"},
    {SET(coarse), .type = BM_CHOICE, .initial = "no", .absent = "no", .words = bm_switch_words,
     .has_effect = has_superclasses,
     .help = "the twenty superclasses of cifar100 in place of its classes"},
    {SET(train_size), .type = BM_INT, .initial = "all", .min = 1, .max = 1e9, ALL, .unit = "images",
     .help = "training images: a class-balanced subset, nested in size (0 in files: all)"},
    {SET(test_size), .type = BM_INT, .initial = "all", .min = 1, .max = 1e9, ALL, .unit = "images",
     .help = "test images: a class-balanced subset, nested in size (0 in files: all)"},
    {SET(image_size), .type = BM_INT, .initial = "stored", .min = 4, .max = 1024,
     .named = (const struct bm_named[]){{"stored", 0}, {0}}, .unit = "pixels",
     .help = "side that images are resized to (0 in files: as stored)"},
    {SET(data_seed), .type = BM_INT, .initial = "17", .min = 0, .max = 0x1p53,
     .help = "seed of the subset and of the random labels"},
    {SET(label_noise), .type = BM_REAL, .initial = "1", .min = 0, .max = 1,
     .help = "fraction of training images whose label is drawn at random"},
    {SET(augment_labels), .type = BM_CHOICE, .initial = "shared", .absent = "shared",
     .words = bm_augment_labels_words, .has_effect = has_copies,
     .help = "whether copies of an image share its label, or have random ones of their own"},
    /* views */
    {SET(diversity), .type = BM_REAL, .initial = "inf", .min = 1, .max = 1e9, .whole = true,
     .named = (const struct bm_named[]){{"none", 0}, {"inf", INFINITY}, {0}}, .unit = "copies",
     .help = "augmented copies of an image: 0 is none, inf a new one at each visit"},
    {SET(view_source), .type = BM_CHOICE, .initial = "augment", .absent = "augment",
     .words = bm_view_source_words, .has_effect = has_copies,
     .help = "what copies of an image are: augmented, or other images of its class"},
    {SET(augment), .type = BM_MEMBERS, .initial = "full", .words = bm_policy_names,
     .meanings = bm_policy_lists, .members = bm_augment_names, .has_effect = is_augmented,
     .help = "augmentation policy, or a list of its members in their order"},
    {SET(crop_scale_min), .type = BM_REAL, .initial = "0.08", .min = 1e-3, .max = 1,
     .has_effect = has_crop, .help = "smallest area of a random crop, as a fraction"},
    {SET(crop_scale_max), .type = BM_REAL, .initial = "1", .min = 1e-3, .max = 1,
     .has_effect = has_crop, .help = "largest area of a random crop, as a fraction"},
    {SET(crop_ratio_max), .type = BM_REAL, .initial = "4/3", .min = 1, .max = 10,
     .has_effect = has_crop, .help = "largest aspect ratio of a random crop; 1/it is the smallest"},
    {SET(flip_p), .type = BM_REAL, .initial = "0.5", .min = 0, .max = 1, .has_effect = has_flip,
     .help = "probability of a horizontal flip"},
    {SET(jitter_p), .type = BM_REAL, .initial = "0.8", .min = 0, .max = 1, .has_effect = has_jitter,
     .help = "probability of colour jitter"},
    {SET(jitter_brightness), .type = BM_REAL, .initial = "0.8", .min = 0, .max = 1,
     .has_effect = jitters, .help = "brightness factor is uniform in 1 -+ this"},
    {SET(jitter_contrast), .type = BM_REAL, .initial = "0.8", .min = 0, .max = 1,
     .has_effect = jitters, .help = "contrast factor is uniform in 1 -+ this"},
    {SET(jitter_saturation), .type = BM_REAL, .initial = "0.8", .min = 0, .max = 1,
     .has_effect = jitters, .help = "saturation factor is uniform in 1 -+ this"},
    {SET(jitter_hue), .type = BM_REAL, .initial = "0.2", .min = 0, .max = 0.5,
     .has_effect = jitters, .unit = "turns", .help = "hue shift is uniform in -+ this"},
    {SET(grayscale_p), .type = BM_REAL, .initial = "0.2", .min = 0, .max = 1,
     .has_effect = has_grayscale, .help = "probability of dropping the colours"},
    {SET(vertical_flip_p), .type = BM_REAL, .initial = "0.5", .min = 0, .max = 1,
     .has_effect = has_vertical_flip, .help = "probability of a vertical flip"},
    {SET(affine_rotation), .type = BM_REAL, .initial = "180", .min = 0, .max = 360,
     .has_effect = has_affine, .unit = "degrees", .help = "rotation is uniform in 0 … this"},
    {SET(affine_translation), .type = BM_REAL, .initial = "0.2", .min = 0, .max = 1,
     .has_effect = has_affine,
     .help = "shift, across and down, is uniform in -+ this, as a fraction of the side"},
    {SET(blur_p), .type = BM_REAL, .initial = "0.3", .min = 0, .max = 1, .has_effect = has_blur,
     .help = "probability of a Gaussian blur of 3x3 pixels"},
    {SET(blur_sigma_min), .type = BM_REAL, .initial = "0.1", .min = 1e-2, .max = 100,
     .has_effect = blurs, .unit = "pixels", .help = "smallest deviation of the blur"},
    {SET(blur_sigma_max), .type = BM_REAL, .initial = "2", .min = 1e-2, .max = 100,
     .has_effect = blurs, .unit = "pixels", .help = "largest deviation of the blur"},
    {SET(erasing_p), .type = BM_REAL, .initial = "0.5", .min = 0, .max = 1,
     .has_effect = has_erasing, .help = "probability of erasing a box"},
    {SET(erasing_scale_min), .type = BM_REAL, .initial = "0.02", .min = 1e-3, .max = 1,
     .has_effect = erases, .help = "smallest area of the box, as a fraction"},
    {SET(erasing_scale_max), .type = BM_REAL, .initial = "0.33", .min = 1e-3, .max = 1,
     .has_effect = erases, .help = "largest area of the box, as a fraction"},
    {SET(erasing_ratio_min), .type = BM_REAL, .initial = "0.3", .min = 0.1, .max = 10,
     .has_effect = erases, .help = "smallest ratio of the box's height to its width"},
    {SET(erasing_ratio_max), .type = BM_REAL, .initial = "3.3", .min = 0.1, .max = 10,
     .has_effect = erases, .help = "largest ratio of the box's height to its width"},
    {SET(randaugment_strength), .type = BM_REAL, .initial = "0.3", .min = 0, .max = 1,
     .has_effect = has_randaugment,
     .help =
         "strength a of RandAugment: 10 a / 3 + 1 operations, in whole numbers, of magnitude a"},
    /* batches */
    {SET(mixup_p), .type = BM_REAL, .initial = "0", .absent = "0", .min = 0, .max = 1,
     .has_effect = is_diverse,
     .help = "probability of mixing the images of a batch with each other"},
    {SET(mixup_alpha), .type = BM_REAL, .initial = "1", .absent = "1", .min = 1e-6, .max = 1e6,
     .has_effect = mixes_up, .help = "the share of the first of two images is Beta(this, this)"},
    {SET(mixup_labels), .type = BM_CHOICE, .initial = "mixed", .absent = "mixed",
     .words = bm_mixup_labels_words, .has_effect = mixes_up,
     .help = "labels of mixed images: mixed as they are, or that of the first"},
    {SET(cutmix), .type = BM_CHOICE, .initial = "no", .absent = "no", .words = bm_switch_words,
     .has_effect = is_diverse,
     .help = "whether a box of each image is that of another, in every batch"},
    /* network */
    {SET(arch), .type = BM_WORD, .initial = "resnet18", .words = bm_arch_names,
     .help = "architecture of the encoder"},
    {SET(width), .type = BM_INT, .initial = "64", .min = 1, .max = 4096, .unit = "channels",
     .help = "channels of the first stage (mlp: units of a hidden layer)"},
    {SET(depth), .type = BM_INT, .initial = "3", .min = 1, .max = 64, .of_architecture = true,
     .unit = "layers", .help = "hidden layers (mlp)"},
    {SET(stem), .type = BM_CHOICE, .initial = "small", .words = bm_stem_words,
     .of_architecture = true,
     .help = "beginning of a ResNet: 3x3 stride 1; 3x3 stride 2; 7x7 stride 2 and max pooling"},
    {SET(bottleneck_stride), .type = BM_CHOICE, .initial = "v1.5", .absent = "v1.5",
     .words = bm_bottleneck_stride_words, .of_architecture = true,
     .help =
         "where a bottleneck block of a ResNet has its stride: in its 3x3 convolution (v1.5) or "
         "in the first (v1)"},
    {SET(norm), .type = BM_CHOICE, .initial = "bn", .words = bm_normalization_words,
     .help = "normalization in the encoder: of a batch (bn) or of groups of channels (gn)"},
    {SET(norm_group_channels), .type = BM_INT, .initial = "16", .absent = "16", .min = 1,
     .max = 4096, .has_effect = has_groups, .unit = "channels",
     .help = "channels of a group (gn); has to divide the channels of every layer"},
    {SET(projector_width), .type = BM_INT, .initial = "65536", .min = 0, .max = 1 << 20,
     .unit = "units", .help = "hidden units of the projector; 0: one linear layer"},
    {SET(projector_norm), .type = BM_CHOICE, .initial = "none",
     .words = bm_head_normalization_words, .has_effect = has_projector,
     .help = "normalization of the projector's hidden layer"},
    {SET(output_norm), .type = BM_CHOICE, .initial = "none", .words = bm_head_normalization_words,
     .help = "normalization of the outputs (without scale and shift)"},
    /* training */
    {SET(loss), .type = BM_WORD, .initial = "mse", .words = bm_loss_names,
     .help = "loss between outputs and targets"},
    {SET(label_smoothing), .type = BM_REAL, .initial = "0", .absent = "0", .min = 0, .max = 1,
     .help = "fraction of each target that goes to all classes alike"},
    {SET(optimizer), .type = BM_WORD, .initial = "adam", .words = bm_optimizer_names,
     .help = "optimizer"},
    {SET(lr), .type = BM_REAL, .initial = "4e-3", .min = 1e-12, .max = 1e3,
     .help = "learning rate; of lars: that of a batch of 256 images"},
    {SET(warmup_epochs), .type = BM_INT, .initial = "0", .absent = "0", .min = 0, .max = 1e7,
     .unit = "epochs",
     .help = "epochs in which the learning rate rises, in equal steps from above 0"},
    {SET(momentum), .type = BM_REAL, .initial = "0.9", .absent = "0.9", .min = 0, .max = 1,
     .has_effect = has_momentum, .help = "share of the velocity that a step keeps (sgd, lars)"},
    {SET(weight_decay), .type = BM_REAL, .initial = "0", .min = 0, .max = 10,
     .help = "L2 term added to the gradient"},
    {SET(lars_exclude_1d), .type = BM_CHOICE, .initial = "no", .absent = "no",
     .words = bm_switch_words, .has_effect = has_1d_for_lars,
     .help = "whether tensors of one dimension (of normalizations) have neither the ratio of norms "
             "nor weight decay (lars)"},
    {SET(saved_activations), .type = BM_CHOICE, .initial = "fp32", .absent = "fp32",
     .words = bm_stored_words,
     .help =
         "what training stores activations as; bf16: between the forward and the backward pass; "
         "bf16_all: between layers, and their gradients"},
    {SET(precision), .type = BM_CHOICE, .initial = "fp32", .absent = "fp32",
     .words = bm_precision_words,
     .help = "what 3x3 convolutions of at least 8 channels and linear layers of multiples of 32 "
             "features multiply in while training; bf16 needs a CPU with AVX512-BF16"},
    {SET(batch_size), .type = BM_INT, .initial = "256", .min = 1, .max = 65536, .unit = "images",
     .help = "images a step; a last partial batch is dropped"},
    {SET(epochs), .type = BM_INT, .initial = "5000", .min = 0, .max = 1e7, .unit = "epochs",
     .help = "passes over the training images"},
    {SET(stop_memorized), .type = BM_REAL, .initial = "0", .min = 0, .max = 1,
     .help =
         "stop once memorization (finite diversity: fit) was at least this in three evaluations "
         "in a row; 0: never"},
    {SET(seed), .type = BM_INT, .initial = "42", .min = 0, .max = 0x1p53,
     .help = "seed of the initialization, of the order and of the views"},
    /* observation */
    {SET(probe_every), .type = BM_INT, .role = BM_OBSERVED, .initial = "50", .min = 1, .max = 1e7,
     .unit = "epochs",
     .help = "epochs between evaluations; there is always one before and one after"},
    {SET(probes), .type = BM_WORDS, .role = BM_OBSERVED, .initial = "knn", .words = bm_probe_names,
     .help = "probes at every tap; [] for none"},
    {SET(knn_k), .type = BM_INT, .role = BM_OBSERVED, .initial = "20", .min = 1, .max = 1000,
     .others = "knn_also", .has_effect = has_neighbours, .unit = "neighbours",
     .help =
         "neighbours that vote in the kNN probe; of a list, the first is that of knn and noisy"},
    {SET(knn_also), .type = BM_WORDS, .role = BM_OBSERVED, .initial = "",
     .words = bm_knn_also_words, .has_effect = has_knn, .unit = "neighbours",
     .help = "further numbers of them, each a column of the probes (knn_5): the others of a list"},
    {SET(probe_pool), .type = BM_INT, .role = BM_OBSERVED, .initial = "4", .min = 0, .max = 64,
     .has_effect = has_probes, .unit = "pixels",
     .help = "side that maps are average-pooled to for probes; 0: as they are"},
    {SET(probe_train), .type = BM_CHOICE, .role = BM_OBSERVED, .initial = "subset",
     .has_effect = has_probes, .words = bm_probe_train_words,
     .help = "images that probes are fitted on: the subset, or all"},
    {SET(noisy_queries), .type = BM_INT, .role = BM_OBSERVED, .initial = "5000", .min = 1,
     .max = 1e9, .has_effect = has_noisy, .unit = "images",
     .help = "training images that the noisy probe asks about"},
};

const struct bm_table bm_config_table = {"config", fields, sizeof fields / sizeof *fields,
                                         sizeof(struct bm_config)};

/* Settings that bound what is drawn, the lower and the upper one. */
static int check_bounds(const struct bm_config *config, struct bm_err *err)
{
    static const char *const pairs[][2] = {{"crop_scale_min", "crop_scale_max"},
                                           {"blur_sigma_min", "blur_sigma_max"},
                                           {"erasing_scale_min", "erasing_scale_max"},
                                           {"erasing_ratio_min", "erasing_ratio_max"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const struct bm_field *low = bm_table_find(&bm_config_table, pairs[i][0]);
        const struct bm_field *high = bm_table_find(&bm_config_table, pairs[i][1]);
        double least = bm_field_number(low, config), most = bm_field_number(high, config);
        if (least > most)
            return bm_fail(err, BM_EXIT_DATA, "%s: %g is larger than %s: %g", low->key, least,
                           high->key, most);
    }
    return 0;
}

/* A crop is cut from the stored image, before anything else. */
static int check_policy(const struct bm_config *config, struct bm_err *err)
{
    static const char crop[] = "crop";
    const char *members = bm_policy_members(config->augment);
    size_t length = strcspn(members, ",");
    if (!bm_words_have(members, crop) ||
        (length == strlen(crop) && strncmp(members, crop, length) == 0))
        return 0;
    return bm_fail(err, BM_EXIT_DATA,
                   "augment: crop is cut from the image as it is stored, and has to be the first "
                   "member of [%s]",
                   members);
}

static int check_copies(const struct bm_config *config, struct bm_err *err)
{
    bool is_independent = config->augment_labels == BM_LABELS_INDEPENDENT;
    bool takes_others = config->view_source == BM_VIEWS_SAME_CLASS;
    if (isinf(config->diversity) && (is_independent || takes_others))
        return bm_fail(err, BM_EXIT_DATA, "%s takes a number of copies, and diversity is inf",
                       is_independent ? "augment_labels: independent" : "view_source: same_class");
    if (is_independent && has_copies(config) && config->label_noise != 1)
        return bm_fail(err, BM_EXIT_DATA,
                       "augment_labels: independent takes label_noise: 1, and it is %g: labels of "
                       "copies are all drawn at random",
                       config->label_noise);
    return 0;
}

int bm_config_check(const struct bm_config *config, struct bm_err *err)
{
    if (check_bounds(config, err) != 0 || check_policy(config, err) != 0 ||
        check_copies(config, err) != 0)
        return -1;
    if (config->mixup_p > 0 && config->cutmix == BM_YES)
        return bm_fail(
            err, BM_EXIT_DATA,
            "mixup_p: %g and cutmix: yes exclude each other: a batch is mixed in one way",
            config->mixup_p);
    if (config->warmup_epochs > 0 && config->warmup_epochs >= config->epochs)
        return bm_fail(err, BM_EXIT_DATA, "warmup_epochs: %lld is not less than epochs: %lld",
                       (long long)config->warmup_epochs, (long long)config->epochs);
    char first[24];
    snprintf(first, sizeof first, "%lld", (long long)config->knn_k);
    if (bm_words_have(config->knn_also, first))
        return bm_fail(err, BM_EXIT_DATA, "knn_also: %s is knn_k already", first);
    return 0;
}
