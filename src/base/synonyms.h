/* Words that mean one of ours. */
#ifndef BM_BASE_SYNONYMS_H
#define BM_BASE_SYNONYMS_H

struct bm_synonyms {
    const char *word; /* a section, a key or a value of sweep files */
    /* Between blanks, as letters and digits in lower case: batch-size, batchSize and BATCH_SIZE are
     * all "batchsize". One may stand in several rows: which is meant depends on where it is. */
    const char *others;
};

extern const struct bm_synonyms bm_synonyms[]; /* the last row is {NULL, NULL} */

#endif
