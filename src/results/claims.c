/* bm-results claims: finds the runs that each claim is about, for each setting that has such. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "claims.h"

/* ---- which runs a claim is about ---- */

static const struct bm_config *config_of(const struct bm_group *group)
{
    return &group->runs[0]->config;
}

static bool has_random_labels(const struct bm_config *config)
{
    return config->label_noise == 1;
}

static bool is_plain(const struct bm_config *config)
{
    return has_random_labels(config) && config->diversity == 0;
}

/* Copies that are made of the image and have its label. */
static bool has_plain_copies(const struct bm_config *config)
{
    return bm_config_labels_images(config) && !bm_config_takes_others(config);
}

static bool is_augmented(const struct bm_config *config)
{
    return has_random_labels(config) && config->diversity > 0 && has_plain_copies(config) &&
           strcmp(config->augment, "full") == 0;
}

/* Of C5: copies that share their image's label, or have labels of their own. */
static bool has_copies_of_any_label(const struct bm_config *config)
{
    struct bm_config shared = *config;
    shared.augment_labels = BM_LABELS_SHARED;
    return is_augmented(&shared) && isfinite(config->diversity);
}

/* Of C6: copies that are made, or other images. */
static bool has_copies_of_any_source(const struct bm_config *config)
{
    struct bm_config made = *config;
    if (bm_config_takes_others(config))
        strcpy(made.augment, "full"); /* which has no effect on them */
    made.view_source = BM_VIEWS_AUGMENT;
    return is_augmented(&made) && isfinite(config->diversity);
}

static bool is_endless(const struct bm_config *config)
{
    return is_augmented(config) && isinf(config->diversity);
}

static bool is_plain_or_endless(const struct bm_config *config)
{
    return config->diversity == 0 ||
           (isinf(config->diversity) && strcmp(config->augment, "full") == 0);
}

static const struct bm_claim claims[] = {
    {"C1",
     "malign memorization: random labels without augmentation",
     is_plain,
     {NULL},
     1,
     "label_noise=1 and diversity=none",
     NULL,
     {NULL},
     false},
    {"C2",
     "benign memorization: random labels under augmentation",
     is_endless,
     {NULL},
     1,
     "label_noise=1, diversity=inf and augment=full",
     NULL,
     {NULL},
     true},
    {"C3",
     "signal and noise separate by depth",
     is_endless,
     {NULL},
     1,
     "label_noise=1, diversity=inf and augment=full",
     NULL,
     {NULL},
     false},
    {"C4",
     "trade-off in diversity",
     is_augmented,
     {"diversity"},
     2,
     "label_noise=1, augment=full and several diversities k=1, 2, 4, … inf",
     NULL,
     {NULL},
     false},
    {"C5",
     "capacity: every copy its own random label",
     has_copies_of_any_label,
     {"augment_labels", "diversity"},
     2,
     "label_noise=1, augment=full, and augment_labels=shared and independent at several finite "
     "diversities",
     bm_has_both_labels,
     {NULL},
     false},
    {"C6",
     "is it the correlation between copies that helps",
     has_copies_of_any_source,
     {"view_source"},
     2,
     "label_noise=1, augment=full, and view_source=augment and same_class at a finite diversity",
     NULL,
     {"other images of the class help more", "augmented copies help more"},
     false},
    {"C7",
     "label noise in between",
     is_plain_or_endless,
     {"label_noise", "diversity"},
     4,
     "diversity=none and inf, each at several values of label_noise",
     NULL,
     {NULL},
     false},
};
enum { N_CLAIMS = sizeof claims / sizeof *claims };

bool bm_groups_agree(const struct bm_grouping *grouping, const struct bm_group *a,
                     const struct bm_group *b, const char *const *over, size_t n_over)
{
    for (size_t k = 0; k < grouping->n_keys; k++) {
        const struct bm_series *key = &grouping->keys[k];
        bool is_over = false;
        for (size_t i = 0; i < n_over; i++)
            is_over |= over[i] != NULL && strcmp(over[i], key->name) == 0;
        if (!is_over && bm_series_has_effect(key, grouping->report, a->runs[0]) &&
            bm_series_has_effect(key, grouping->report, b->runs[0]) &&
            bm_key_compare(key, grouping->report, a->runs[0], b->runs[0]) != 0)
            return false;
    }
    return bm_same_origin(grouping->report, a->runs[0], b->runs[0]);
}

size_t bm_groups_collect(const struct bm_grouping *grouping, size_t first, const char *const *over,
                         size_t n_over, bool (*has)(const struct bm_group *group, const void *of),
                         const void *of, const struct bm_group **its)
{
    size_t n = 0;
    its[n++] = &grouping->groups[first];
    for (size_t g = 0; g < grouping->n; g++) {
        const struct bm_group *group = &grouping->groups[g];
        bool fits = g != first && has(group, of);
        for (size_t i = 0; i < n && fits; i++)
            fits = bm_groups_agree(grouping, its[i], group, over, n_over);
        if (fits)
            its[n++] = group;
    }
    return n;
}

static int compare_groups(const void *a, const void *b)
{
    const struct bm_config *x = config_of(*(const struct bm_group *const *)a);
    const struct bm_config *y = config_of(*(const struct bm_group *const *)b);
    int found = bm_order(x->diversity, y->diversity, false);
    return found != 0 ? found : bm_order(x->label_noise, y->label_noise, false);
}

static bool is_of_claim(const struct bm_group *group, const void *claim)
{
    return ((const struct bm_claim *)claim)->has(config_of(group));
}

/* Puts into `its` the claim's groups that go with group `first`, and marks them in `used`. */
static void collect(struct bm_case *its, const struct bm_claim *claim, size_t first, bool *used)
{
    const struct bm_grouping *grouping = its->grouping;
    its->groups[0] = &grouping->groups[first];
    its->n = 1;
    if (claim->over[0] != NULL)
        its->n =
            bm_groups_collect(grouping, first, claim->over, 2, is_of_claim, claim, its->groups);
    for (size_t i = 0; i < its->n; i++)
        used[its->groups[i] - grouping->groups] = true;
    qsort(its->groups, its->n, sizeof *its->groups, compare_groups);
}

/* The runs of C1 that C2's are compared with: the same settings, of the same length if there are
 * such, else of the only other one. */
static void find_base(struct bm_case *its)
{
    static const char *const over[] = {"diversity", "epochs", "stop_memorized"};
    const struct bm_grouping *grouping = its->grouping;
    const struct bm_group *own = its->groups[0];
    for (size_t g = 0; g < grouping->n; g++) {
        const struct bm_group *group = &grouping->groups[g];
        if (!is_plain(config_of(group)) || !bm_groups_agree(grouping, own, group, over, 3))
            continue;
        its->base = its->n_bases++ == 0 ? group : NULL;
        if (config_of(group)->epochs != config_of(own)->epochs)
            continue;
        its->base = group;
        return;
    }
}

static int print_claim(struct bm_case *its, const struct bm_claim *claim, FILE *out,
                       struct bm_err *err)
{
    size_t n = 0;
    bool *used = calloc(its->grouping->n + 1, sizeof *used);
    if (used == NULL)
        return bm_fail_errno(err, "no memory for %zu groups", its->grouping->n);
    for (size_t g = 0; g < its->grouping->n; g++) {
        if (used[g] || !claim->has(config_of(&its->grouping->groups[g])))
            continue;
        collect(its, claim, g, used);
        if (its->n < claim->least || (claim->is_whole != NULL && !claim->is_whole(its)))
            continue;
        its->base = NULL;
        its->n_bases = 0;
        if (claim->has_base)
            find_base(its);
        bm_claim_print(claim, its, out);
        n++;
    }
    if (n == 0)
        fprintf(out, "%s %s: not decided\n   no runs: needs %s\n\n", claim->name, claim->text,
                claim->needs);
    free(used);
    return 0;
}

/* ---- the command ---- */

static int print_claims(struct bm_report *report, const struct bm_query *query, FILE *out,
                        struct bm_err *err)
{
    struct bm_selection selection = {0};
    struct bm_grouping grouping = {0};
    char *keys = bm_setting_keys(report);
    int status = keys ? bm_report_find_traits(report, err) : bm_fail_errno(err, "no memory");
    if (status == 0)
        status = bm_select(report, query, &selection, err);
    if (status == 0)
        status = bm_grouping_make(&grouping, report, &selection, keys, err);
    bm_selection_fini(&selection);
    free(keys);
    struct bm_case its = {.grouping = &grouping, .probe = bm_clean_probe(report)};
    its.groups = calloc(grouping.n + 1, sizeof *its.groups);
    if (status == 0 && its.groups == NULL)
        status = bm_fail_errno(err, "no memory for %zu groups", grouping.n);
    if (status == 0)
        fprintf(
            out,
            "means over n seeds ± half of the 95 %% interval (t); embedding: the probe %s; init: "
            "before training\n\n",
            its.probe ? its.probe->key : "(none was taken)");
    for (size_t c = 0; status == 0 && c < N_CLAIMS; c++)
        status = print_claim(&its, &claims[c], out, err);
    free(its.groups);
    bm_grouping_fini(&grouping);
    return status;
}

int bm_command_claims(char **args, FILE *out, struct bm_err *err)
{
    struct bm_query query;
    struct bm_report report;
    if (bm_query_parse(args, "claims", "FILE...", BM_OPTION_WHERE, 1, SIZE_MAX, &query, err) != 0 ||
        bm_report_open_all(query.args, query.n_args, &report, err) != 0)
        return -1;
    int status = print_claims(&report, &query, out, err);
    bm_report_fini(&report);
    return status;
}
