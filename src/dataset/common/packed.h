/* Packed images: what was decoded from a data set's files, in one file that trainers map, so that a
 * machine has one copy of it. A file begins with a prefix, written last, then come the pixels of
 * all images in channel planes, training images first, and then the header: what they were made
 * of and by. Who finds a file that is not whole makes it anew; one that is whole is never changed,
 * only replaced, so that whoever has it mapped keeps it. */
#ifndef BM_DATASET_PACKED_H
#define BM_DATASET_PACKED_H

#include "bm/bytes.h"
#include "bm/data.h"
#include "bm/map.h"

/* What the header says. In a packed file that is open all pointers lead into `memory`. */
struct bm_packed_header {
    struct bm_id digest; /* of the files that it was made of */
    uint64_t stamp;      /* of their names, sizes and times of change */
    struct bm_id pixels; /* digest of the pixels, by blocks */
    struct bm_image_shape shape;
    size_t n_train, n_test;
    int n_classes;
    const char *const *class_names; /* NULL-terminated */
    const uint16_t *labels;         /* n_train + n_test */
    const char *remarks;            /* sentences, a line each; "" for none */
};

struct bm_packed {
    struct bm_packed_header header;
    const unsigned char *pixels; /* of all images */
    struct bm_map map;
    struct bm_arena memory;
};

size_t bm_packed_image_bytes(struct bm_image_shape shape);

/* Opens a packed file. 1: it is there and whole; 0: it is not there, or damaged, or of another
 * version or other decoders; -1: no memory. `packed` needs bm_packed_close after 1. */
int bm_packed_open(struct bm_packed *packed, const char *path, struct bm_err *err);
/* Whether the pixels are those that were written: reads them all. */
bool bm_packed_is_whole(const struct bm_packed *packed);
void bm_packed_close(struct bm_packed *packed);

/* ---- writing ---- */

enum { BM_PACKED_BLOCK = 256 }; /* images that are written, and digested, at once */

struct bm_packing {
    char path[4096], temporary[4096];
    int file;
    uint64_t at;          /* where the next block goes */
    struct bm_id *blocks; /* digests; owned */
    size_t n_blocks;
    struct bm_image_shape shape;
};

/* Begins a file for so many images. Fails (BM_EXIT_IO) where they cannot be written or there is not
 * room for them. */
int bm_packing_begin(struct bm_packing *packing, const char *path, struct bm_image_shape shape,
                     size_t n_images, struct bm_err *err);
/* The next images: BM_PACKED_BLOCK of them, or fewer at the end. */
int bm_packing_add(struct bm_packing *packing, const unsigned char *pixels, size_t n,
                   struct bm_err *err);
/* Writes the header, of which `pixels` and `shape` are set here, and puts the file in its place. */
int bm_packing_end(struct bm_packing *packing, struct bm_packed_header *header, struct bm_err *err);
/* After begin, whatever came of it: what is not in its place is removed. */
void bm_packing_fini(struct bm_packing *packing);

#endif
