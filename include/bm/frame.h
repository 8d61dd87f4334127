/* Frames: the one encoding of everything that travels, through a trainer's pipe, through MPI and
 * into the journal. A frame is a kind, a run's id and packed records (field.h). */
#ifndef BM_FRAME_H
#define BM_FRAME_H

#include "bm/bytes.h"
#include "bm/config.h"
#include "bm/digest.h"
#include "bm/err.h"
#include "bm/result.h"
#include "bm/seal.h"
#include "bm/tap.h"

/* Stored in journals: never renumber. */
enum bm_frame_kind {
    BM_FRAME_SCHEMA = 1, /* how the records of one table are packed from here on */
    BM_FRAME_META = 2,   /* a named text about the whole file: the sweep file, versions */
    BM_FRAME_BEGIN = 3,  /* a run begins (again): config; its earlier evaluations are void */
    BM_FRAME_EVALUATION =
        4,                 /* one evaluation with its taps, and pairs of them where there are any */
    BM_FRAME_LOG = 5,      /* the tail of what the trainer printed */
    BM_FRAME_RESULT = 6,   /* the run is finished */
    BM_FRAME_JOB = 7,      /* to a trainer; never in a journal */
    BM_FRAME_PROGRESS = 8, /* how far a run is; never in a journal */
    BM_FRAME_DROP = 9,     /* the run's row is taken away, as if it had never begun */
    BM_FRAME_PROBES = 10,  /* further probes of a finished run: config, and what was found */
    BM_FRAME_WARNING = 11, /* a sentence for the user; never in a journal */
};

/* What a trainer is told. */
struct bm_job {
    struct bm_id id;
    struct bm_config config;
    struct bm_launch launch;
    char results[1024]; /* path of the results file, beside which weights and examples are saved */
    char claimant[17];  /* the job whose claim of the run this is (claim.h); "": none needs one */
    bool sealed;
    struct bm_seal seal; /* of the data set, where `sealed`: else the trainer checks it */
    /* Not to train, but to take the probes of `config` of the run as it is: finished, with these
     * epochs and this data. */
    bool reprobes;
    int64_t epochs_done;
    char data_digest[BM_ID_TEXT];
};

/* An evaluation as it travels. */
struct bm_measured {
    struct bm_evaluation evaluation;
    size_t n_taps;
    struct bm_tap_probe taps[BM_MOST_TAPS];
    size_t n_pairs; /* all of these taps, or none */
    struct bm_tap_pair pairs[BM_MOST_PAIRS];
};
enum { BM_MOST_MEASURED = 2 }; /* of a frame */

struct bm_frame {
    enum bm_frame_kind kind;
    struct bm_id id;
    struct bm_config config; /* BEGIN; PROBES: as the run is measured, `probes` the further ones */
    struct bm_job job;       /* JOB */
    size_t n_measured;       /* EVALUATION: 1; PROBES: one or two, before training and at the end */
    struct bm_measured measured[BM_MOST_MEASURED];
    struct bm_result result;     /* RESULT */
    struct bm_progress progress; /* PROGRESS */
    char name[64];               /* META */
    const char *text;            /* META, LOG, WARNING: borrowed from the bytes, no closing NUL */
    size_t text_size;
};

/* The tables whose records frames carry, by their number in SCHEMA frames. */
enum { BM_FRAME_TABLES = 6 };
struct bm_schemas {
    struct bm_schema tables[BM_FRAME_TABLES];
};
/* The schemas of this program: for pipes and MPI, where both sides are the same program. */
void bm_schemas_init(struct bm_schemas *schemas);
/* Appends what describes them, a SCHEMA frame each, and the digest of that: programs that
 * understand each other have the same. */
void bm_schemas_add(struct bm_bytes *out);
struct bm_id bm_schemas_digest(void);

/* Each appends one frame to `out`. */
void bm_frame_add_schema(struct bm_bytes *out, size_t table);
void bm_frame_add_meta(struct bm_bytes *out, const char *name, const char *text);
void bm_frame_add_begin(struct bm_bytes *out, const struct bm_id *id,
                        const struct bm_config *config);
void bm_frame_add_evaluation(struct bm_bytes *out, const struct bm_id *id,
                             const struct bm_evaluation *evaluation,
                             const struct bm_findings *findings);
/* A PROBES frame, and what it has found: to be called once or twice on its end. */
void bm_frame_add_probes(struct bm_bytes *out, const struct bm_id *id,
                         const struct bm_config *config);
void bm_frame_extend_probes(struct bm_bytes *out, const struct bm_evaluation *evaluation,
                            const struct bm_findings *findings);
void bm_frame_add_log(struct bm_bytes *out, const struct bm_id *id, const char *text, size_t size);
void bm_frame_add_warning(struct bm_bytes *out, const struct bm_id *id, const char *sentence);
void bm_frame_add_result(struct bm_bytes *out, const struct bm_id *id,
                         const struct bm_result *result);
void bm_frame_add_drop(struct bm_bytes *out, const struct bm_id *id);
void bm_frame_add_job(struct bm_bytes *out, const struct bm_job *job);
void bm_frame_add_progress(struct bm_bytes *out, const struct bm_id *id,
                           const struct bm_progress *progress);

/* Decodes exactly one frame. A SCHEMA frame changes `schemas`. */
int bm_frame_decode(const void *data, size_t size, struct bm_schemas *schemas,
                    struct bm_frame *frame, struct bm_err *err);

#endif
