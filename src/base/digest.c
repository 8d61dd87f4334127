#include "bm/digest.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

struct bm_id bm_digest(const void *data, size_t size)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(data, size));
    struct bm_id id;
    _Static_assert(sizeof id.bytes == sizeof canonical.digest, "128 bits");
    memcpy(id.bytes, canonical.digest, sizeof id.bytes);
    return id;
}

uint64_t bm_checksum(const void *data, size_t size)
{
    return XXH3_64bits(data, size);
}

struct bm_id bm_digest_join(const struct bm_id *parts, size_t n)
{
    return bm_digest(parts, n * sizeof *parts);
}

int bm_id_compare(const struct bm_id *a, const struct bm_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

char *bm_id_text(const struct bm_id *id, char *text)
{
    for (size_t i = 0; i < sizeof id->bytes; i++)
        snprintf(text + 2 * i, 3, "%02x", id->bytes[i]);
    return text;
}

bool bm_id_parse(const char *text, struct bm_id *id)
{
    if (strlen(text) != BM_ID_TEXT - 1 || strspn(text, "0123456789abcdef") != BM_ID_TEXT - 1)
        return false;
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        unsigned byte;
        if (sscanf(text + 2 * i, "%2x", &byte) != 1)
            return false;
        id->bytes[i] = (unsigned char)byte;
    }
    return true;
}
