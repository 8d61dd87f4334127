/* 128-bit digests (XXH3): names of runs, checks of data and of journal records. Not cryptographic.
 */
#ifndef BM_DIGEST_H
#define BM_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bm_id {
    unsigned char bytes[16]; /* big-endian, so that memcmp sorts as the text does */
};

enum { BM_ID_TEXT = 33 }; /* 32 hexadecimal digits and NUL */

struct bm_id bm_digest(const void *data, size_t size);
/* The same of data that come in parts. NULL: no memory; bm_digest_end frees. */
struct bm_digesting;
struct bm_digesting *bm_digest_begin(void);
void bm_digest_add(struct bm_digesting *digesting, const void *data, size_t size);
struct bm_id bm_digest_end(struct bm_digesting *digesting);
uint64_t bm_checksum(const void *data, size_t size);
/* Digest of a sequence of digests, for data that comes in several files. */
struct bm_id bm_digest_join(const struct bm_id *parts, size_t n);

int bm_id_compare(const struct bm_id *a, const struct bm_id *b);
/* Writes BM_ID_TEXT characters to `text` and returns it. */
char *bm_id_text(const struct bm_id *id, char *text);
/* True when `text` is the whole of an id. */
bool bm_id_parse(const char *text, struct bm_id *id);

#endif
