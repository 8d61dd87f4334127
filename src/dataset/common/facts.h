/* What a configuration takes of what its data set has. */
#ifndef BM_DATASET_FACTS_H
#define BM_DATASET_FACTS_H

#include "bm/data.h"

/* As bm_data_facts, where the catalog is known. */
int bm_data_facts_of(const struct bm_config *config, const struct bm_catalog *catalog,
                     struct bm_data_facts *facts, struct bm_err *err);

#endif
