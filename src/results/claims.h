/* Claims that a sweep can confirm or refute: what each is measured by, and when it holds. */
#ifndef BM_RESULTS_CLAIMS_H
#define BM_RESULTS_CLAIMS_H

#include "group.h"

enum { BM_LEAST_SEEDS = 3, BM_LEAST_DIVERSITIES = 5 };

/* The runs that a claim is about: groups that are equal in all settings that it does not vary. */
struct bm_case {
    const struct bm_grouping *grouping;
    const struct bm_group **groups; /* sorted by diversity, then by label noise; owned */
    size_t n;
    const struct bm_group *base;  /* of C2: the runs of C1; NULL: none, or it is not clear which */
    size_t n_bases;               /* that it could be */
    const struct bm_field *probe; /* the one that is meant by "embedding"; NULL: none was taken */
};

struct bm_claim {
    const char *name, *text;
    bool (*has)(const struct bm_config *config); /* whether a run is one of the claim's */
    const char *over[2];                         /* settings that differ within a case */
    size_t least;                                /* groups of a case */
    const char *needs;                           /* runs */
    /* Whether the groups of a case are enough; NULL: they are. */
    bool (*is_whole)(const struct bm_case *its);
    /* Of a claim that a sign answers: the answers, where it is below and above 0; else NULL. */
    const char *signs[2];
    bool has_base; /* cases are compared with one of C1's */
};

enum bm_kind {
    BM_LEVEL,       /* a mean: holds by itself, refuted when its whole interval is beyond */
    BM_DIFFERENCE,  /* a mean of differences: holds when its whole interval does */
    BM_CORRELATION, /* of means: holds as a level does; its interval is that of each seed's own */
};

/* What a part of a claim comes to. */
struct bm_finding {
    struct bm_mean value; /* of a correlation: n counts diversities */
    char detail[500];     /* what the value is of; what is missing */
};

/* BM_EITHER: is not the bound, with either sign. */
enum bm_relation { BM_LESS, BM_MORE, BM_NO_MORE, BM_NO_LESS, BM_EITHER };

struct bm_criterion {
    const char *claim; /* C1 … */
    const char *part;
    enum bm_kind kind;
    enum bm_relation relation;
    double bound;
    bool above_chance; /* the bound is counted from 1 / classes */
    void (*measure)(const struct bm_case *its, struct bm_finding *finding);
};
/* All parts of all claims, in their order; ends with a `claim` of NULL. */
extern const struct bm_criterion bm_criteria[];

enum bm_verdict { BM_UNDECIDED, BM_HOLDS, BM_REFUTED };

/* Whether a value meets it, whatever its interval. `chance`: what the bound is counted from, if it
 * is. */
bool bm_meets(const struct bm_criterion *criterion, double value, double chance);
enum bm_verdict bm_judge(const struct bm_criterion *criterion, const struct bm_mean *value,
                         double chance);
/* Of a claim: adds a part's verdict. Begins with BM_HOLDS. */
enum bm_verdict bm_verdict_add(enum bm_verdict claim, enum bm_verdict part);

/* ---- what is measured ---- */

void bm_measure_memorization(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_embedding(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_embedding_gain(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_embedding_to_base(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_best_gain(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_embedding_to_output(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_noisy_at_output(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_trade_off(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_trade_off_at_fit(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_epochs_to_fit(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_slopes(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_least_gap(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_gap_growth(const struct bm_case *its, struct bm_finding *finding);
void bm_measure_source(const struct bm_case *its, struct bm_finding *finding);
/* Of C5: whether some copies share labels, and others do not. */
bool bm_has_both_labels(const struct bm_case *its);

/* Judges and prints the claim about these runs. */
void bm_claim_print(const struct bm_claim *claim, const struct bm_case *its, FILE *out);

/* ---- for measuring ---- */

const char *bm_diversity_text(double diversity); /* valid until the next call */

/* The place of the tap with the largest mean at the end, over the group; -1: none is defined.
 * `past_encoder`: projector and output count, too; `but`: the tap that does not. */
int bm_best_tap(const struct bm_report *report, const struct bm_group *group,
                const struct bm_field *probe, bool past_encoder, const char *but);
/* Whether two groups are equal in all keys but those of `over` (NULL: none), as far as they have an
 * effect in both, and mean the same. */
bool bm_groups_agree(const struct bm_grouping *grouping, const struct bm_group *a,
                     const struct bm_group *b, const char *const *over, size_t n_over);
/* Puts group `first` into `its` (room for all) and, in their order, those that `has` and that agree
 * with all that are there; returns how many. So runs in which a setting has no effect (diversity
 * none) go with each value of it, and values are not mixed. */
size_t bm_groups_collect(const struct bm_grouping *grouping, size_t first, const char *const *over,
                         size_t n_over, bool (*has)(const struct bm_group *group, const void *of),
                         const void *of, const struct bm_group **its);
/* Adds to the detail; what does not fit is cut. */
void bm_finding_say(struct bm_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, apart from what is said already. */
void bm_finding_add(struct bm_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
double *bm_new_values(size_t n); /* the caller's to free */
/* Over the group's runs that are done: of a column, or of its difference to another. */
struct bm_mean bm_group_mean(const struct bm_group *group, const struct bm_series *column,
                             const struct bm_series *minus);
/* All seeds that are done in any of the groups, sorted, each once; the caller's to free. */
int64_t *bm_list_seeds(const struct bm_group *const *groups, size_t n, size_t *n_seeds);
/* Takes the mean over the seeds as the value, and names those whose own is undefined. */
void bm_finding_take(struct bm_finding *finding, const int64_t *seeds, double *values, size_t n);
/* The run that is done with this seed; NULL: none. */
const struct bm_run *bm_find_seed(const struct bm_group *group, int64_t seed);
/* The column of a probe at a tap; false, and the detail says what is missing. */
bool bm_find_tap(const struct bm_case *its, const struct bm_field *probe, const char *tap,
                 enum bm_moment moment, struct bm_series *series, struct bm_finding *finding);

#endif
