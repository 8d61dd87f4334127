#include "bm/words.h"

#include <stddef.h>
#include <string.h>

#define WORD(name, word) [name] = word,
#define WORDS_OF(list)  \
    {                   \
        list(WORD) NULL \
    }

const char *const bm_switch_words[] = WORDS_OF(BM_SWITCHES);
const char *const bm_stem_words[] = WORDS_OF(BM_STEMS);
const char *const bm_bottleneck_stride_words[] = WORDS_OF(BM_BOTTLENECK_STRIDES);
const char *const bm_normalization_words[] = WORDS_OF(BM_NORMALIZATIONS);
const char *const bm_head_normalization_words[] = WORDS_OF(BM_HEAD_NORMALIZATIONS);
const char *const bm_augment_labels_words[] = WORDS_OF(BM_AUGMENT_LABELS);
const char *const bm_view_source_words[] = WORDS_OF(BM_VIEW_SOURCES);
const char *const bm_mixup_labels_words[] = WORDS_OF(BM_MIXUP_LABELS);
const char *const bm_conv_words[] = WORDS_OF(BM_CONV_PATHS);
const char *const bm_stored_words[] = WORDS_OF(BM_STORED_TYPES);
const char *const bm_precision_words[] = WORDS_OF(BM_PRECISIONS);
const char *const bm_probe_train_words[] = WORDS_OF(BM_PROBE_TRAINS);
const char *const bm_save_words[] = WORDS_OF(BM_SAVES);
const char *const bm_status_words[] = WORDS_OF(BM_STATUSES);

#define NUMBER(k) #k,
const char *const bm_knn_also_words[] = {BM_KNN_ALSO(NUMBER) NULL};

bool bm_list_has(const char *list, const char *between, const char *item)
{
    size_t length = strlen(item), gap = strlen(between);
    for (const char *at = list; at != NULL && *at != '\0';) {
        if (strncmp(at, item, length) == 0 &&
            (at[length] == '\0' || strncmp(at + length, between, gap) == 0))
            return true;
        at = strstr(at, between);
        if (at != NULL)
            at += gap;
    }
    return false;
}

bool bm_words_have(const char *words, const char *word)
{
    return bm_list_has(words, ",", word);
}
