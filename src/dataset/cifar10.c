/* CIFAR-10 in its binary version (Krizhevsky 2009): files of 10,000 records, each a label byte and
 * the red, green and blue planes. */
#include "common/records.h"

enum { N_RECORDS = 10000, FILE_BYTES = N_RECORDS * (1 + 3 * 32 * 32) };

extern const struct bm_dataset bm_dataset_cifar10;

static const struct bm_records records = {
    .dataset = &bm_dataset_cifar10, .label_bytes = 1, .label_classes = (const int[]){10}};

static const struct bm_data_file files[] = {
    {"data_batch_1.bin", FILE_BYTES, "5dd7e06a14cb22eb9f671a540d1b7c25"},
    {"data_batch_2.bin", FILE_BYTES, "5ea93a67294ea407fff1d09f752e9692"},
    {"data_batch_3.bin", FILE_BYTES, "942cd6a4bcdd0dd3c604fbe906cb4421"},
    {"data_batch_4.bin", FILE_BYTES, "ae636b3ba5c66a11e91e8cb52e771fcb"},
    {"data_batch_5.bin", FILE_BYTES, "53f37980c15c3d472c316c40844f3f0d"},
    {"test_batch.bin", FILE_BYTES, "803d5f7f4d78ea53de84dbe85f74fb6d"},
    {0}};

static const struct bm_data_form other_forms[] = {
    {"cifar-10-batches-py", "the Python version"},
    {"cifar-10-python.tar.gz", "the Python version, packed"},
    {"batches.meta", "the inside of the Python version"},
    {"cifar-10-batches-mat", "the Matlab version"},
    {"cifar-10-matlab.tar.gz", "the Matlab version, packed"},
    {"batches.meta.mat", "the inside of the Matlab version"},
    {0}};

static int cifar10_check(const struct bm_dataset_request *request, struct bm_id *digest,
                         struct bm_err *err)
{
    return bm_records_check(&records, request, digest, err);
}

static int cifar10_open(const struct bm_dataset_request *request, struct bm_images *train,
                        struct bm_images *test, struct bm_dataset_handle **handle,
                        struct bm_err *err)
{
    return bm_records_open(&records, request, train, test, handle, err);
}

const struct bm_dataset bm_dataset_cifar10 = {
    .name = "cifar10",
    .help = "60,000 photographs of ten kinds of object; unpack cifar-10-binary.tar.gz from "
            "https://www.cs.toronto.edu/~kriz/cifar.html into data_dir",
    .catalog = {.shape = {3, 32, 32},
                .classes = 10,
                .class_names =
                    (const char *const[]){"airplane", "automobile", "bird", "cat", "deer", "dog",
                                          "frog", "horse", "ship", "truck", NULL},
                .n_train = 5 * N_RECORDS,
                .n_test = N_RECORDS},
    .folder = "cifar-10-batches-bin",
    .files = files,
    .source = "https://www.cs.toronto.edu/~kriz/cifar.html",
    .archive = "cifar-10-binary.tar.gz",
    .downloads = (const struct bm_data_download[]){{"cifar-10-binary.tar.gz",
                                                    "https://www.cs.toronto.edu/~kriz/",
                                                    "c32a1d4ab5d03f1284b67883e8d87530"},
                                                   {0}},
    .other_forms = other_forms,
    .known = (const struct bm_channel_statistics[]){{0.4914, 0.2470},
                                                    {0.4822, 0.2435},
                                                    {0.4465, 0.2616}},
    .check = cifar10_check,
    .open = cifar10_open,
    .close = bm_records_close,
};
