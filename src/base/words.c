#include "bm/words.h"

#include <stddef.h>

#define WORD(name, word) [name] = word,
#define WORDS_OF(list)  \
    {                   \
        list(WORD) NULL \
    }

const char *const bm_stem_words[] = WORDS_OF(BM_STEMS);
const char *const bm_bottleneck_stride_words[] = WORDS_OF(BM_BOTTLENECK_STRIDES);
const char *const bm_normalization_words[] = WORDS_OF(BM_NORMALIZATIONS);
const char *const bm_head_normalization_words[] = WORDS_OF(BM_HEAD_NORMALIZATIONS);
const char *const bm_conv_words[] = WORDS_OF(BM_CONV_PATHS);
const char *const bm_probe_train_words[] = WORDS_OF(BM_PROBE_TRAINS);
const char *const bm_save_words[] = WORDS_OF(BM_SAVES);
const char *const bm_status_words[] = WORDS_OF(BM_STATUSES);
