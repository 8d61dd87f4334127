/* One run: bm_train(config) -> result. Prints nothing, knows neither MPI nor files of results. */
#ifndef BM_TRAIN_H
#define BM_TRAIN_H

#include "bm/bytes.h"
#include "bm/config.h"
#include "bm/err.h"
#include "bm/result.h"

struct bm_examples;
struct bm_net;
struct bm_seal;

/* The state of training between two steps, in place: what is saved, and put back. */
struct bm_state {
    struct bm_id data; /* digest of the data set */
    int64_t steps;     /* that are done */
    size_t n;
    struct bm_span spans[BM_MOST_SPANS];
};
/* What becomes of training after a step. */
enum bm_wish { BM_GO_ON, BM_SAVE_AND_GO_ON, BM_SAVE_AND_STOP };

/* Where a run's records go while it trains. A non-zero return ends the run. */
struct bm_train_sink {
    void *context;
    int (*evaluation)(void *context, const struct bm_evaluation *evaluation,
                      const struct bm_findings *findings);
    /* After each epoch of training with the network as it is then; valid during the call. NULL: not
     * wanted. */
    int (*epoch)(void *context, int64_t epoch, const struct bm_net *net, struct bm_err *err);
    /* Called once with the trained network, after the last evaluation of a run that is done; valid
     * during the call. NULL: not wanted. */
    int (*network)(void *context, const struct bm_net *net, struct bm_err *err);
    /* Then, with what is to be kept of each training image. NULL: not wanted, and not collected. */
    int (*examples)(void *context, const struct bm_examples *examples, struct bm_err *err);
    /* After each step of training; may be NULL. */
    void (*progress)(void *context, const struct bm_progress *progress);
    /* Asked after each step. NULL: goes on. */
    enum bm_wish (*wish)(void *context);
    /* Called where it was wished. It need not work. */
    void (*save)(void *context, const struct bm_state *state);
    /* Called once before the first step: fills the spans with what was saved, and `result` with
     * the evaluations up to then (bm_result_take_evaluation), which are not taken again. False:
     * there is nothing, and nothing was changed. NULL: the run begins at its beginning. */
    bool (*restore)(void *context, const struct bm_state *state, struct bm_result *result);
};

/* Trains to the end and fills `result` (status done or diverged; the members of circumstance that
 * only a process knows, host, rank and times, stay empty). `seal`: of the data (bm_data_open).
 *
 * -1: it could not be done at all. BM_EXIT_IO: because of this machine (data that were there and
 * are not to be seen from here, a network that cannot be saved), another one may do it.
 * BM_EXIT_AGAIN: it was wished that it stops. Any other code: because of the run. */
int bm_train(const struct bm_config *config, const struct bm_launch *launch,
             const struct bm_seal *seal, const struct bm_train_sink *sink, struct bm_result *result,
             struct bm_err *err);

/* A run that was trained. */
struct bm_trained {
    int64_t epochs;
    const char *data_digest; /* what its result says */
    void *context;
    /* Puts its network at the end into `net`. Not called where it was trained for no epoch. */
    int (*load)(void *context, struct bm_net *net, struct bm_err *err);
};
/* Takes the probes of `config` of such a run, without training: before training, with the
 * parameters of the seed, and at the end, where `rewind` is taken as well. Of `sink` `evaluation`
 * is used, whose accuracies are not defined here. -1 as bm_train, and BM_EXIT_DATA where the data
 * are others. */
int bm_reprobe(const struct bm_config *config, const struct bm_launch *launch,
               const struct bm_seal *seal, const struct bm_trained *trained,
               const struct bm_train_sink *sink, struct bm_err *err);

/* What the memory of a trainer is for: all that follows from the network and its batches, the
 * images of the data set, or what probes keep of them. */
enum bm_memory_part { BM_MEMORY_NETWORK, BM_MEMORY_IMAGES, BM_MEMORY_PROBES, BM_MEMORY_PARTS };

/* What a run will take, from the configuration alone. */
struct bm_cost {
    double flops;                     /* training and evaluation, counted as direct convolution */
    double memory;                    /* bytes of the trainer at its peak */
    enum bm_memory_part largest_part; /* of the memory */
    double disk;                      /* bytes of results, and of saved weights */
    double state;                     /* bytes of a checkpoint */
    int evaluations, taps;
};

/* Also the check that a configuration is possible (BM_EXIT_DATA): sizes of subsets, batch, network.
 * Fast enough for 100,000 points (networks are sized once). */
int bm_cost_of(const struct bm_config *config, const struct bm_launch *launch, struct bm_cost *cost,
               struct bm_err *err);

/* Whether it multiplies in bfloat16, which is meant for CPUs with instructions for it
 * (bm_isa_has_bf16): bm_train does without, but slowly. */
bool bm_train_needs_bf16(const struct bm_config *config);

/* A setting that cannot have an effect at the size of a run, or none but its limit's. */
enum { BM_IDLE_KINDS = 18 };
/* When that is worth a word. */
enum bm_idle_when { BM_IDLE_ALWAYS, BM_IDLE_IF_GIVEN, BM_IDLE_IF_GIVEN_AND_IN_ALL_RUNS };
struct bm_idle {
    enum bm_idle_when when;
    size_t kind;         /* of the sentence, below BM_IDLE_KINDS */
    const char *key;     /* static, as is the next */
    const char *because; /* the setting that it is too small for */
    char sentence[160];  /* begins with the key */
};
/* Those of a configuration that is possible; returns how many. Which settings have no effect at any
 * size is known to bm_config_has_effect. */
size_t bm_train_idle(const struct bm_config *config, const struct bm_launch *launch,
                     struct bm_idle idle[BM_IDLE_KINDS]);

/* The network that a configuration means. */
struct bm_net_spec;
int bm_train_net_spec(const struct bm_config *config, const struct bm_launch *launch,
                      struct bm_net_spec *spec, struct bm_err *err);

#endif
