/* CIFAR-100 in its binary version (Krizhevsky 2009): records of a coarse label byte, a fine one,
 * and the red, green and blue planes. */
#include "common/records.h"

enum { N_TRAIN = 50000, N_TEST = 10000, RECORD = 2 + 3 * 32 * 32, N_FINE = 100, N_COARSE = 20 };
enum { COARSE, FINE }; /* places of the label bytes */

extern const struct bm_dataset bm_dataset_cifar100;

static const char *const fine_names[] = {
    "apple",    "aquarium_fish", "baby",       "bear",         "beaver",
    "bed",      "bee",           "beetle",     "bicycle",      "bottle",
    "bowl",     "boy",           "bridge",     "bus",          "butterfly",
    "camel",    "can",           "castle",     "caterpillar",  "cattle",
    "chair",    "chimpanzee",    "clock",      "cloud",        "cockroach",
    "couch",    "crab",          "crocodile",  "cup",          "dinosaur",
    "dolphin",  "elephant",      "flatfish",   "forest",       "fox",
    "girl",     "hamster",       "house",      "kangaroo",     "keyboard",
    "lamp",     "lawn_mower",    "leopard",    "lion",         "lizard",
    "lobster",  "man",           "maple_tree", "motorcycle",   "mountain",
    "mouse",    "mushroom",      "oak_tree",   "orange",       "orchid",
    "otter",    "palm_tree",     "pear",       "pickup_truck", "pine_tree",
    "plain",    "plate",         "poppy",      "porcupine",    "possum",
    "rabbit",   "raccoon",       "ray",        "road",         "rocket",
    "rose",     "sea",           "seal",       "shark",        "shrew",
    "skunk",    "skyscraper",    "snail",      "snake",        "spider",
    "squirrel", "streetcar",     "sunflower",  "sweet_pepper", "table",
    "tank",     "telephone",     "television", "tiger",        "tractor",
    "train",    "trout",         "tulip",      "turtle",       "wardrobe",
    "whale",    "willow_tree",   "wolf",       "woman",        "worm",
    NULL};
static const char *const coarse_names[] = {"aquatic_mammals",
                                           "fish",
                                           "flowers",
                                           "food_containers",
                                           "fruit_and_vegetables",
                                           "household_electrical_devices",
                                           "household_furniture",
                                           "insects",
                                           "large_carnivores",
                                           "large_man-made_outdoor_things",
                                           "large_natural_outdoor_scenes",
                                           "large_omnivores_and_herbivores",
                                           "medium_mammals",
                                           "non-insect_invertebrates",
                                           "people",
                                           "reptiles",
                                           "small_mammals",
                                           "trees",
                                           "vehicles_1",
                                           "vehicles_2",
                                           NULL};

static const struct bm_catalog coarse_catalog = {.shape = {3, 32, 32},
                                                 .classes = N_COARSE,
                                                 .class_names = coarse_names,
                                                 .n_train = N_TRAIN,
                                                 .n_test = N_TEST};

static const struct bm_data_file files[] = {
    {"train.bin", N_TRAIN *RECORD, "6172c7755cfe09b2fe270c85cebc1b15"},
    {"test.bin", N_TEST *RECORD, "4499cfba6c016c1be1438163640a0898"},
    {0}};

static const struct bm_data_form other_forms[] = {
    {"cifar-100-python", "the Python version"},
    {"cifar-100-python.tar.gz", "the Python version, packed"},
    {"cifar-100-matlab", "the Matlab version"},
    {"cifar-100-matlab.tar.gz", "the Matlab version, packed"},
    {0}};

static struct bm_records records_of(const struct bm_dataset_request *request)
{
    static const int classes[] = {[COARSE] = N_COARSE, [FINE] = N_FINE};
    return (struct bm_records){.dataset = &bm_dataset_cifar100,
                               .label_bytes = 2,
                               .label_at = request->coarse ? COARSE : FINE,
                               .label_classes = classes};
}

static int cifar100_find(const struct bm_dataset_request *request,
                         const struct bm_catalog **catalog, struct bm_err *err)
{
    (void)err;
    *catalog = request->coarse ? &coarse_catalog : &bm_dataset_cifar100.catalog;
    return 0;
}

static int cifar100_check(const struct bm_dataset_request *request, struct bm_id *digest,
                          struct bm_err *err)
{
    struct bm_records records = records_of(request);
    return bm_records_check(&records, request, digest, err);
}

static int cifar100_open(const struct bm_dataset_request *request, struct bm_images *train,
                         struct bm_images *test, struct bm_dataset_handle **handle,
                         struct bm_err *err)
{
    struct bm_records records = records_of(request);
    return bm_records_open(&records, request, train, test, handle, err);
}

const struct bm_dataset bm_dataset_cifar100 = {
    .name = "cifar100",
    .help = "60,000 photographs of a hundred kinds of object, or of its twenty superclasses with "
            "coarse: yes; unpack cifar-100-binary.tar.gz from "
            "https://www.cs.toronto.edu/~kriz/cifar.html into data_dir",
    .catalog = {.shape = {3, 32, 32},
                .classes = N_FINE,
                .class_names = fine_names,
                .n_train = N_TRAIN,
                .n_test = N_TEST},
    .folder = "cifar-100-binary",
    .files = files,
    .source = "https://www.cs.toronto.edu/~kriz/cifar.html",
    .archive = "cifar-100-binary.tar.gz",
    .downloads = (const struct bm_data_download[]){{"cifar-100-binary.tar.gz",
                                                    "https://www.cs.toronto.edu/~kriz/",
                                                    "03b5dce01913d631647c71ecec9e9cb8"},
                                                   {0}},
    .other_forms = other_forms,
    .known = (const struct bm_channel_statistics[]){{0.5071, 0.2673},
                                                    {0.4865, 0.2564},
                                                    {0.4409, 0.2762}},
    .find = cifar100_find,
    .check = cifar100_check,
    .open = cifar100_open,
    .close = bm_records_close,
};
