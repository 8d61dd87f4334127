/* Further probes of a run that was trained before: of its network before training, which comes from
 * the seed, and at the end, which was saved. Values are those of a run that took these probes
 * itself, bit for bit. */
#include "bm/train.h"
#include "rewind.h"
#include "study.h"

struct reprobe {
    struct bm_study study;
    struct bm_arena arena;
    void *aside; /* of bm_rewind */
    const struct bm_trained *trained;
    const struct bm_train_sink *sink;
};

static void carve(struct reprobe *reprobe, struct bm_arena *arena)
{
    struct bm_study *study = &reprobe->study;
    bm_study_carve(study, arena);
    reprobe->aside =
        bm_train_rewinds(study->config) ? bm_arena_take(arena, bm_rewind_bytes(study->net)) : NULL;
}

static int open(struct reprobe *reprobe, const struct bm_config *config,
                const struct bm_launch *launch, const struct bm_seal *seal, struct bm_err *err)
{
    struct bm_arena count = {0};
    if (bm_study_open(&reprobe->study, config, launch, seal, err) != 0)
        return -1;
    carve(reprobe, &count);
    if (bm_arena_init(&reprobe->arena, count.used, "batches", err) != 0)
        return -1;
    carve(reprobe, &reprobe->arena);
    return 0;
}

static int probe(struct reprobe *reprobe, int64_t epoch, struct bm_err *err)
{
    struct bm_study *study = &reprobe->study;
    struct bm_evaluation evaluation;
    bm_table_init(&bm_evaluation_table, &evaluation);
    evaluation.epoch = epoch;
    if (bm_evaluate_probes(&study->subject, study->taps, study->pairs, err) != 0)
        return -1;
    if (bm_train_rewinds(study->config) && epoch == reprobe->trained->epochs &&
        bm_rewind(&study->subject, reprobe->aside, study->taps, err) != 0)
        return -1;
    const struct bm_findings findings = bm_study_findings(study);
    return reprobe->sink->evaluation(reprobe->sink->context, &evaluation, &findings) == 0
               ? 0
               : bm_fail(err, BM_EXIT_IO, "what was found could not be handed on");
}

static int probe_both(struct reprobe *reprobe, struct bm_err *err)
{
    const struct bm_trained *trained = reprobe->trained;
    bm_study_init(&reprobe->study);
    bm_calibrate(&reprobe->study.subject);
    if (probe(reprobe, 0, err) != 0)
        return -1;
    if (trained->epochs == 0)
        return 0;
    if (trained->load(trained->context, reprobe->study.net, err) != 0)
        return -1;
    return probe(reprobe, trained->epochs, err);
}

int bm_reprobe(const struct bm_config *config, const struct bm_launch *launch,
               const struct bm_seal *seal, const struct bm_trained *trained,
               const struct bm_train_sink *sink, struct bm_err *err)
{
    struct reprobe reprobe = {.trained = trained, .sink = sink};
    int status = open(&reprobe, config, launch, seal, err);
    if (status == 0)
        status = bm_study_check_data(&reprobe.study, trained, err);
    if (status == 0)
        status = probe_both(&reprobe, err);
    bm_arena_fini(&reprobe.arena);
    bm_study_close(&reprobe.study);
    return status;
}
