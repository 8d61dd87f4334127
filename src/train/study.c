#include "study.h"

#include <string.h>

int bm_study_open(struct bm_study *study, const struct bm_config *config,
                  const struct bm_launch *launch, const struct bm_seal *seal, struct bm_err *err)
{
    struct bm_net_spec spec;
    *study = (struct bm_study){.config = config};
    /* The data first: with their seal nobody has to look at their files. */
    if (bm_config_check(config, err) != 0 ||
        bm_data_open(&study->data, config, launch, seal, err) != 0 ||
        bm_train_net_spec(config, launch, &spec, err) != 0 ||
        bm_train_sizes(config, launch, &study->sizes, err) != 0 || bm_blas_begin(err) != 0)
        return -1;
    spec.conv = launch->conv;
    study->net = bm_net_new(&spec, (int)config->batch_size, err);
    if (study->net == NULL || bm_net_plan(study->net, bm_train_gradients(config), err) != 0)
        return -1;
    study->subject = (struct bm_subject){
        .config = config, .launch = launch, .data = &study->data, .net = study->net};
    return bm_batch_init(&study->subject.batch, config, study->data.facts.shape, spec.input,
                         spec.classes, err);
}

void bm_study_init(struct bm_study *study)
{
    bm_net_init(study->net, (uint64_t)study->config->seed);
}

int bm_study_check_data(const struct bm_study *study, const struct bm_trained *trained,
                        struct bm_err *err)
{
    char digest[BM_ID_TEXT];
    bm_id_text(&study->data.seal.digest, digest);
    return strcmp(digest, trained->data_digest) == 0
               ? 0
               : bm_fail(err, BM_EXIT_DATA,
                         "the data (digest %s) are not those that it was trained on (digest %s)",
                         digest, trained->data_digest);
}

void bm_study_carve(struct bm_study *study, struct bm_arena *arena)
{
    struct bm_subject *subject = &study->subject;
    int taps = bm_net_taps(study->net);
    size_t longest = bm_train_longest_tap(study->net, (int)study->config->probe_pool);
    bm_batch_carve(&subject->batch, arena);
    subject->features =
        bm_arena_take(arena, (size_t)subject->batch.most * longest * sizeof *subject->features);
    study->taps = bm_arena_take(arena, (size_t)taps * sizeof *study->taps);
    study->pairs = bm_arena_take(arena, bm_train_pairs(study->config, taps) * sizeof *study->pairs);
}

void bm_study_close(struct bm_study *study)
{
    bm_net_free(study->net);
    bm_batch_fini(&study->subject.batch);
    bm_data_close(&study->data);
}

struct bm_findings bm_study_findings(const struct bm_study *study)
{
    int taps = bm_net_taps(study->net);
    return (struct bm_findings){study->taps, (size_t)taps, study->pairs,
                                bm_train_pairs(study->config, taps)};
}
