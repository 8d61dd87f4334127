/* A network with its data and the memory to examine it in, as a configuration means it: what
 * training, and looking at what was trained, begin with. */
#ifndef BM_TRAIN_STUDY_H
#define BM_TRAIN_STUDY_H

#include "evaluate.h"

struct bm_study {
    const struct bm_config *config; /* borrowed */
    struct bm_train_sizes sizes;
    struct bm_data data;
    struct bm_net *net;
    struct bm_subject subject; /* of all this; its memory is carved by the owner */
    /* For the records of an evaluation. */
    struct bm_tap_probe *taps;
    struct bm_tap_pair *pairs;
};

/* Opens the data and plans the network. `study` stays where it is. Also after a failure it is to be
 * closed. Errors are those of bm_train. */
int bm_study_open(struct bm_study *study, const struct bm_config *config,
                  const struct bm_launch *launch, const struct bm_seal *seal, struct bm_err *err);
/* Puts the parameters of the seed into the network, which has none before. */
void bm_study_init(struct bm_study *study);
/* That the run was trained on these data (BM_EXIT_DATA). */
int bm_study_check_data(const struct bm_study *study, const struct bm_trained *trained,
                        struct bm_err *err);
/* Takes (or counts) the memory of batches, features and records. */
void bm_study_carve(struct bm_study *study, struct bm_arena *arena);
void bm_study_close(struct bm_study *study);

/* What was put into the records. */
struct bm_findings bm_study_findings(const struct bm_study *study);

#endif
