#include "bm/digest.h"

#include <string.h>
#include <xxhash.h>

static struct bm_id id_of(XXH128_hash_t hash)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, hash);
    struct bm_id id;
    _Static_assert(sizeof id.bytes == sizeof canonical.digest, "128 bits");
    memcpy(id.bytes, canonical.digest, sizeof id.bytes);
    return id;
}

struct bm_id bm_digest(const void *data, size_t size)
{
    return id_of(XXH3_128bits(data, size));
}

struct bm_digesting *bm_digest_begin(void)
{
    XXH3_state_t *state = XXH3_createState();
    if (state != NULL)
        XXH3_128bits_reset(state);
    return (struct bm_digesting *)state;
}

void bm_digest_add(struct bm_digesting *digesting, const void *data, size_t size)
{
    XXH3_128bits_update((XXH3_state_t *)digesting, data, size);
}

struct bm_id bm_digest_end(struct bm_digesting *digesting)
{
    struct bm_id id = id_of(XXH3_128bits_digest((XXH3_state_t *)digesting));
    XXH3_freeState((XXH3_state_t *)digesting);
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

static const char hex[] = "0123456789abcdef";

char *bm_id_text(const struct bm_id *id, char *text)
{
    for (size_t i = 0; i < 2 * sizeof id->bytes; i++)
        text[i] = hex[id->bytes[i / 2] >> (i % 2 ? 0 : 4) & 15];
    text[2 * sizeof id->bytes] = '\0';
    return text;
}

bool bm_id_parse(const char *text, struct bm_id *id)
{
    if (strlen(text) != BM_ID_TEXT - 1 || strspn(text, hex) != BM_ID_TEXT - 1)
        return false;
    for (size_t i = 0; i < 2 * sizeof id->bytes; i++) {
        unsigned digit = (unsigned)(strchr(hex, text[i]) - hex);
        id->bytes[i / 2] = (unsigned char)(i % 2 ? id->bytes[i / 2] | digit : digit << 4);
    }
    return true;
}
