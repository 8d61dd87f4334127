/* The data sets that the points to run need: looked at before anything is made or trains. */
#ifndef BM_RUN_SUPPLY_H
#define BM_RUN_SUPPLY_H

#include "bm/data.h"
#include "session.h"

/* What was found of one data set. */
struct bm_supply {
    bool is_used, is_checked;
    struct bm_dataset_request request; /* of the first point that uses it */
    struct bm_seal seal;
    const struct bm_catalog *catalog;
    char others[400]; /* its files that are not the published ones, ", " between them; "none" */
};

/* Checks each data set of the points that are to run, once a session, and that the runs in
 * `results` saw the same. Data that are missing, damaged or others: BM_EXIT_DATA. What `results`
 * say of files that are not the published ones is believed. */
int bm_supply_check(struct bm_session *session, const struct bm_results *results,
                    struct bm_err *err);

/* What was found of a data set that is used, else NULL. */
const struct bm_supply *bm_supply_of(const struct bm_session *session, const char *dataset);
/* Names of the META records that keep it: its digest, and the files that are not the published
 * ones. */
enum { BM_SUPPLY_NAME = 64 };
void bm_supply_names(const struct bm_dataset *dataset, char digest[BM_SUPPLY_NAME],
                     char others[BM_SUPPLY_NAME]);
/* Data need not be the published ones, but who uses others should know: a sentence, or "". Returns
 * `text`. */
char *bm_supply_warning(const struct bm_supply *supply, const struct bm_dataset *dataset,
                        char *text, size_t size);

#endif
