/* A text: a heading, a line an entry, a checksum of them. */
#include "sum.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bm/bytes.h"

static const char heading[] = "bm-sweep snapshot 1\n";

static void add_entry(struct bm_bytes *text, const struct bm_sum_entry *entry)
{
    char digest[BM_ID_TEXT];
    bm_bytes_printf(text, "%s %" PRIu64 " journal.0 %" PRIu64 " %016" PRIx64 " %016" PRIx64 "\n",
                    bm_id_text(&entry->digest, digest), entry->size, entry->journal.size,
                    entry->journal.chain, entry->schemas);
}

int bm_sum_write(const char *path, const struct bm_sum *sum, struct bm_err *err)
{
    struct bm_bytes text = {0};
    bm_bytes_printf(&text, "%s", heading);
    for (size_t i = 0; i < sum->n; i++)
        add_entry(&text, &sum->entries[i]);
    bm_bytes_printf(&text, "sum %016" PRIx64 "\n", bm_checksum(text.data, text.size));
    int status = bm_file_put(path, text.data, text.size, err);
    bm_bytes_fini(&text);
    return status;
}

static bool parse_entry(const char *line, struct bm_sum_entry *entry)
{
    char digest[BM_ID_TEXT];
    return sscanf(line, "%32s %" SCNu64 " journal.0 %" SCNu64 " %" SCNx64 " %" SCNx64, digest,
                  &entry->size, &entry->journal.size, &entry->journal.chain,
                  &entry->schemas) == 5 &&
           bm_id_parse(digest, &entry->digest);
}

static void parse(const char *text, struct bm_sum *sum)
{
    uint64_t checksum;
    const char *end = strstr(text, "\nsum ");
    if (strncmp(text, heading, strlen(heading)) != 0 || end == NULL ||
        sscanf(end, " sum %" SCNx64, &checksum) != 1 ||
        checksum != bm_checksum(text, (size_t)(end + 1 - text)))
        return;
    for (const char *line = text + strlen(heading); line < end && sum->n < 2;
         line = strchr(line, '\n') + 1)
        if (!parse_entry(line, &sum->entries[sum->n++])) {
            sum->n = 0;
            return;
        }
}

int bm_sum_read(const char *path, struct bm_sum *sum, struct bm_err *err)
{
    unsigned char *data;
    size_t size;
    *sum = (struct bm_sum){0};
    int there = bm_file_find(path, NULL, err);
    if (there <= 0)
        return there;
    if (bm_file_read(path, &data, &size, err) != 0)
        return -1;
    data[size] = '\0'; /* there is room for it */
    parse((const char *)data, sum);
    free(data);
    return 0;
}

const struct bm_sum_entry *bm_sum_find(const struct bm_sum *sum, const struct bm_id *digest,
                                       uint64_t size)
{
    for (size_t i = 0; i < sum->n; i++)
        if (sum->entries[i].size == size && bm_id_compare(&sum->entries[i].digest, digest) == 0)
            return &sum->entries[i];
    return NULL;
}
