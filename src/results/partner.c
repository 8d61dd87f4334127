/* Partners: for each run the one of the baseline that has the same seed and the same settings. */
#include <stdlib.h>
#include <string.h>

#include "group.h"

/* What a search needs to know. */
struct search {
    const struct bm_report *report;
    struct bm_conditions base;     /* of --against */
    struct bm_selection pool;      /* the baseline's runs, sorted by `firm` */
    const struct bm_field **firm;  /* settings that have an effect in all runs; */
    const struct bm_field **loose; /* the other ones that vary */
    size_t n_firm, n_loose;
};

static bool has_effect(const struct bm_report *report, const struct bm_run *run,
                       const struct bm_field *field)
{
    return bm_report_traits(report, run)->has_effect[field - bm_config_table.fields];
}

/* ---- which settings have to agree ---- */

static bool has_effect_in_all(const struct bm_report *report, const struct bm_field *field)
{
    for (size_t i = 0; i < report->results.n_runs; i++)
        if (!report->traits[i].has_effect[field - bm_config_table.fields])
            return false;
    return true;
}

static int list_settings(struct search *search, struct bm_err *err)
{
    const struct bm_report *report = search->report;
    search->firm = calloc(report->n_varying + 1, sizeof *search->firm);
    search->loose = calloc(report->n_varying + 1, sizeof *search->loose);
    if (search->firm == NULL || search->loose == NULL)
        return bm_fail_errno(err, "no memory for settings");
    for (size_t v = 0; v < report->n_varying; v++) {
        const struct bm_field *field = report->varying[v];
        if (bm_conditions_name(&search->base, field) || bm_makes_no_difference(report, field))
            continue;
        if (has_effect_in_all(report, field))
            search->firm[search->n_firm++] = field;
        else
            search->loose[search->n_loose++] = field;
    }
    return 0;
}

static int compare_setting(const struct bm_field *field, const struct bm_run *a,
                           const struct bm_run *b)
{
    if (bm_field_matches(field, &a->config, &b->config))
        return 0;
    if (bm_is_number(field->type))
        return bm_order(bm_field_number(field, &a->config), bm_field_number(field, &b->config),
                        false);
    return strcmp(bm_field_string(field, &a->config), bm_field_string(field, &b->config));
}

static int compare_firm(const void *a, const void *b, void *context)
{
    const struct search *search = context;
    int found = 0;
    for (size_t f = 0; f < search->n_firm && found == 0; f++)
        found = compare_setting(search->firm[f], *(const struct bm_run *const *)a,
                                *(const struct bm_run *const *)b);
    return found;
}

/* ---- matching ---- */

bool bm_same_origin(const struct bm_report *report, const struct bm_run *a, const struct bm_run *b)
{
    const char *x = a->result.data_digest, *y = b->result.data_digest;
    return bm_report_traits(report, a)->algorithm == bm_report_traits(report, b)->algorithm &&
           (x[0] == '\0' || y[0] == '\0' || strcmp(x, y) == 0);
}

static bool agrees(const struct search *search, const struct bm_field *field,
                   const struct bm_run *a, const struct bm_run *b)
{
    return !has_effect(search->report, a, field) || !has_effect(search->report, b, field) ||
           compare_setting(field, a, b) == 0;
}

static bool is_partner(const struct search *search, const struct bm_run *a, const struct bm_run *b)
{
    for (size_t f = 0; f < search->n_loose; f++)
        if (!agrees(search, search->loose[f], a, b))
            return false;
    return bm_same_origin(search->report, a, b);
}

/* The first of the pool that is not before `run`. */
static size_t lower_bound(struct search *search, const struct bm_run *run)
{
    size_t low = 0, high = search->pool.n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (compare_firm(&search->pool.runs[middle], &run, search) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int fail_several(const struct search *search, const struct bm_run *run,
                        const struct bm_run *a, const struct bm_run *b, const char *against,
                        struct bm_err *err)
{
    const struct bm_report *report = search->report;
    const char *key = "settings";
    char id[BM_ID_TEXT];
    for (size_t f = 0; f < search->n_loose; f++)
        if (!agrees(search, search->loose[f], a, b))
            key = bm_field_column(search->loose[f]);
    snprintf(id, sizeof id, "%s", bm_report_id(report, run));
    return bm_fail(err, BM_EXIT_USAGE,
                   "--against %s: run %s has several partners, which differ in %s: choose one, as "
                   "in --against %s,%s=…",
                   against, id, key, against, key);
}

static int find_partner(struct search *search, const struct bm_run *run, const char *against,
                        const struct bm_run **found, struct bm_err *err)
{
    *found = NULL;
    for (size_t i = lower_bound(search, run);
         i < search->pool.n && compare_firm(&search->pool.runs[i], &run, search) == 0; i++) {
        if (!is_partner(search, run, search->pool.runs[i]))
            continue;
        if (*found != NULL)
            return fail_several(search, run, *found, search->pool.runs[i], against, err);
        *found = search->pool.runs[i];
    }
    return 0;
}

/* ---- nothing found ---- */

/* In how many settings the two differ; their names. */
static size_t list_differences(const struct search *search, const struct bm_run *a,
                               const struct bm_run *b, char *names, size_t size)
{
    size_t n = 0, used = 0;
    names[0] = '\0';
    for (size_t f = 0; f < search->n_firm + search->n_loose; f++) {
        const struct bm_field *field =
            f < search->n_firm ? search->firm[f] : search->loose[f - search->n_firm];
        if (agrees(search, field, a, b))
            continue;
        if (used < size)
            used += (size_t)snprintf(names + used, size - used, "%s%s", n ? ", " : "",
                                     bm_field_column(field));
        n++;
    }
    if (!bm_same_origin(search->report, a, b) && used < size)
        snprintf(names + used, size - used, "%sdata or version of the algorithm", n++ ? ", " : "");
    return n;
}

static int fail_none(const struct search *search, const struct bm_run *run, const char *against,
                     struct bm_err *err)
{
    char names[300] = "", least_names[300] = "";
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < search->pool.n; i++) {
        size_t n = list_differences(search, run, search->pool.runs[i], names, sizeof names);
        if (n >= least)
            continue;
        least = n;
        memcpy(least_names, names, sizeof names);
    }
    return bm_fail(err, BM_EXIT_USAGE,
                   "--against %s: no run has a partner there: the nearest differ in %s; settings "
                   "that are meant to differ are named as well, as in --against diversity=none,"
                   "epochs=30",
                   against, least_names);
}

/* ---- all of it ---- */

/* The runs that meet --against, and --where in what --against does not name. */
static int find_pool(struct search *search, const struct bm_query *query, struct bm_err *err)
{
    const struct bm_report *report = search->report;
    struct bm_conditions where = {0};
    int status = bm_conditions_add(&search->base, report, "--against", query->against, err);
    for (size_t i = 0; status == 0 && i < query->n_wheres; i++)
        status = bm_conditions_add(&where, report, "--where", query->wheres[i], err);
    for (size_t i = 0; status == 0 && i < search->base.n; i++)
        if (search->base.items[i].series.source != BM_OF_CONFIG)
            status = bm_fail(err, BM_EXIT_USAGE, "--against %s: %s is no setting", query->against,
                             search->base.items[i].series.name);
    if (status == 0)
        status = bm_select_base(report, &search->base, &where, &search->pool, err);
    bm_conditions_fini(&where);
    return status;
}

static void mark_base(struct bm_partners *partners, const struct search *search)
{
    const struct bm_report *report = search->report;
    for (size_t i = 0; i < search->pool.n; i++)
        partners->is_base[search->pool.runs[i] - report->results.runs] = true;
}

static int find_all(struct bm_partners *partners, const struct bm_grouping *grouping,
                    struct search *search, struct bm_err *err)
{
    const struct bm_run *lonely = NULL, *found;
    size_t n = 0;
    for (size_t g = 0; g < grouping->n; g++)
        for (size_t i = 0; i < grouping->groups[g].n; i++) {
            const struct bm_run *run = grouping->groups[g].runs[i];
            size_t at = (size_t)(run - search->report->results.runs);
            if (partners->is_base[at])
                continue;
            if (find_partner(search, run, partners->text, &found, err) != 0)
                return -1;
            bool is_done = found != NULL && found->result.status == BM_STATUS_DONE;
            *(is_done ? &partners->of[at] : &partners->lost[at]) = found;
            if (found != NULL)
                partners->is_partner[found - search->report->results.runs] = true;
            n += found != NULL;
            lonely = found == NULL && lonely == NULL ? run : lonely;
        }
    return n == 0 && lonely != NULL ? fail_none(search, lonely, partners->text, err) : 0;
}

static int search_all(struct bm_partners *partners, const struct bm_grouping *grouping,
                      const struct bm_query *query, struct search *search, struct bm_err *err)
{
    size_t n = grouping->report->results.n_runs;
    partners->of = calloc(n + 1, sizeof *partners->of);
    partners->lost = calloc(n + 1, sizeof *partners->lost);
    partners->is_base = calloc(n + 1, sizeof *partners->is_base);
    partners->is_partner = calloc(n + 1, sizeof *partners->is_partner);
    if (partners->of == NULL || partners->lost == NULL || partners->is_base == NULL ||
        partners->is_partner == NULL)
        return bm_fail_errno(err, "no memory for %zu runs", n);
    if (find_pool(search, query, err) != 0 || list_settings(search, err) != 0)
        return -1;
    qsort_r(search->pool.runs, search->pool.n, sizeof *search->pool.runs, compare_firm, search);
    mark_base(partners, search);
    return find_all(partners, grouping, search, err);
}

int bm_partners_find(struct bm_partners *partners, const struct bm_grouping *grouping,
                     const struct bm_query *query, struct bm_err *err)
{
    struct search search = {.report = grouping->report};
    *partners = (struct bm_partners){.text = query->against};
    int status = query->against ? search_all(partners, grouping, query, &search, err) : 0;
    bm_conditions_fini(&search.base);
    bm_selection_fini(&search.pool);
    free(search.firm);
    free(search.loose);
    return status;
}

void bm_partners_fini(struct bm_partners *partners)
{
    free(partners->of);
    free(partners->lost);
    free(partners->is_base);
    free(partners->is_partner);
    *partners = (struct bm_partners){0};
}
