/* Data sets whose files are nothing but records: bytes of labels, then the channel planes of an
 * image. The files are mapped, so that all trainers of a machine share one copy of them in the page
 * cache. The last file of the data set's list holds the test images, the others the training
 * images. */
#ifndef BM_DATASET_RECORDS_H
#define BM_DATASET_RECORDS_H

#include "bm/data.h"

struct bm_records {
    const struct bm_dataset *dataset;
    size_t label_bytes;       /* before each image */
    size_t label_at;          /* the one of these that is used */
    const int *label_classes; /* of each of these: its values are below that */
};

/* The functions of bm_dataset, for such a set. */
int bm_records_check(const struct bm_records *records, const struct bm_dataset_request *request,
                     struct bm_id *digest, struct bm_err *err);
int bm_records_open(const struct bm_records *records, const struct bm_dataset_request *request,
                    struct bm_images *train, struct bm_images *test,
                    struct bm_dataset_handle **handle, struct bm_err *err);
void bm_records_close(struct bm_dataset_handle *handle);

#endif
