/* A trainer's checkpoints: when they are written, and what a run that goes on needs beside the
 * state of training: the evaluations so far, which are told again, and what earlier sessions took.
 */
#ifndef BM_RUN_SAVER_H
#define BM_RUN_SAVER_H

#include "bm/frame.h"
#include "bm/train.h"
#include "writer.h"

/* What earlier processes took, and how they computed. */
struct bm_sessions {
    int64_t n;                      /* including this one */
    double wall_s, cpu_s, worked_s; /* worked: not while it was suspended */
    char how[64]; /* "avx2 1", and " + avx512 1" where that changed: instruction set, threads, and
                     the path of convolutions where that was chosen */
};

struct bm_saver {
    const struct bm_job *job;  /* borrowed */
    struct bm_bytes told;      /* the EVALUATION frames so far, each behind its length (u32) */
    struct bm_sessions before; /* before this session */
    double began, next;        /* monotonic seconds: of this session; of the next checkpoint */
    int64_t saved;             /* steps at the last one that is on the disk */
    struct bm_writer writer;
    double stopped_s; /* that training stopped for the one that is being written */
    bool has_warned;  /* that none can be written */
    int (*tell)(const struct bm_bytes *frame); /* hands a frame on */
};

/* The digest of those settings that a checkpoint is bound to and the run's id does not cover. */
struct bm_id bm_saver_settings(const struct bm_config *config, const struct bm_launch *launch);

void bm_saver_init(struct bm_saver *saver, const struct bm_job *job,
                   int (*tell)(const struct bm_bytes *frame));
/* Waits for the checkpoint that is being written. */
void bm_saver_fini(struct bm_saver *saver);
/* An evaluation that was told. */
void bm_saver_note(struct bm_saver *saver, const struct bm_bytes *frame);

/* For bm_train_sink, whose context has to be the saver. What is saved is written beside training; a
 * run that is asked to stop waits until it is on the disk. */
enum bm_wish bm_saver_wish(struct bm_saver *saver);
void bm_saver_save(struct bm_saver *saver, const struct bm_state *state);
bool bm_saver_restore(struct bm_saver *saver, const struct bm_state *state,
                      struct bm_result *result);

/* Adds what earlier sessions took, and how they computed where that differs. */
void bm_saver_sign(const struct bm_saver *saver, struct bm_result *result);

#endif
