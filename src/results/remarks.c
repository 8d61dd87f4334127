/* What statistics leave out, a sentence a kind; long lists end in a count. */
#include "remarks.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { MOST_NAMED = 6 };

/* A list that becomes a part of a sentence. */
struct list {
    char text[800];
    size_t used, n;
};

static void name(struct list *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void name(struct list *list, const char *format, ...)
{
    va_list args;
    if (list->n++ >= MOST_NAMED || list->used + 2 >= sizeof list->text)
        return;
    if (list->used > 0)
        list->used += (size_t)snprintf(list->text + list->used, 3, ", ");
    size_t room = sizeof list->text - list->used;
    va_start(args, format);
    size_t length = (size_t)vsnprintf(list->text + list->used, room, format, args);
    va_end(args);
    list->used += length < room ? length : room - 1;
}

static void say(const struct list *list, const char *what)
{
    if (list->n == 0)
        return;
    fprintf(stderr, "bm-results: %s: %s", what, list->text);
    if (list->n > MOST_NAMED)
        fprintf(stderr, " and %zu more", list->n - MOST_NAMED);
    fputc('\n', stderr);
}

static size_t position(const struct bm_grouped *grouped, const struct bm_run *run)
{
    return (size_t)(run - grouped->grouping.report->results.runs);
}

static void remark_undone(const struct bm_grouped *grouped)
{
    const struct bm_grouping *grouping = &grouped->grouping;
    struct list undone = {.n = 0};
    char label[300];
    for (size_t g = 0; g < grouping->n; g++) {
        const struct bm_group *group = &grouping->groups[g];
        bm_group_label(grouping, group, label, sizeof label);
        for (size_t i = group->n; i < bm_group_size(group); i++)
            name(&undone, "%s (seed %lld of %s, %s)",
                 bm_report_id(grouping->report, group->runs[i]),
                 (long long)group->runs[i]->config.seed, label,
                 bm_status_words[group->runs[i]->result.status]);
    }
    say(&undone, "runs that are not done are left out");
}

/* Runs without a partner, on both sides. */
static void remark_pairs(const struct bm_grouped *grouped)
{
    const struct bm_grouping *grouping = &grouped->grouping;
    const struct bm_partners *partners = &grouped->partners;
    const struct bm_results *results = &grouping->report->results;
    struct list lonely = {.n = 0}, idle = {.n = 0};
    char what[300], label[300];
    for (size_t g = 0; g < grouping->n; g++) {
        const struct bm_group *group = &grouping->groups[g];
        bm_group_label(grouping, group, label, sizeof label);
        for (size_t i = 0; i < group->n; i++) {
            size_t at = position(grouped, group->runs[i]);
            if (partners->is_base[at] || partners->of[at] != NULL)
                continue;
            const struct bm_run *lost = partners->lost[at];
            name(&lonely, "%lld of %s%s%s", (long long)group->runs[i]->config.seed, label,
                 lost ? ", whose partner is " : "",
                 lost ? bm_status_words[lost->result.status] : "");
        }
    }
    for (size_t i = 0; i < results->n_runs; i++)
        if (partners->is_base[i] && !partners->is_partner[i] &&
            results->runs[i].result.status == BM_STATUS_DONE)
            name(&idle, "%s (seed %lld)", bm_report_id(grouping->report, &results->runs[i]),
                 (long long)results->runs[i].config.seed);
    snprintf(what, sizeof what, "seeds without a partner in %s are left out", partners->text);
    say(&lonely, what);
    snprintf(what, sizeof what, "runs of %s that no other is paired with", partners->text);
    say(&idle, what);
}

static void remark_groups(const struct bm_grouped *grouped)
{
    const struct bm_grouping *grouping = &grouped->grouping;
    struct list missing = {.n = 0}, single = {.n = 0};
    char label[300];
    for (size_t g = 0; g < grouping->n; g++) {
        const struct bm_group *group = &grouping->groups[g];
        bm_group_label(grouping, group, label, sizeof label);
        if (group->n_of[BM_MISSING] > 0)
            name(&missing, "%zu in %s", group->n_of[BM_MISSING], label);
        if (group->n == 1 && grouped->n_columns > 0)
            name(&single, "%s", label);
    }
    say(&missing, "seeds that other groups have are missing");
    say(&single, "one seed has no interval, and se is the binomial standard error");
}

/* Another architecture's tap is not undefined: it is not there. */
static bool is_there(const struct bm_series *series, const struct bm_group *group)
{
    bool any = series->source != BM_OF_TAP;
    for (size_t i = 0; i < group->n && !any; i++)
        for (size_t t = 0; t < group->runs[i]->n_taps && !any; t++)
            any = strcmp(group->runs[i]->taps[t].tap, series->tap) == 0;
    return any;
}

static void remark_columns(const struct bm_grouped *grouped)
{
    const struct bm_grouping *grouping = &grouped->grouping;
    struct list undefined = {.n = 0};
    for (size_t c = 0; c < grouped->n_columns; c++) {
        const struct bm_series *column = &grouped->columns[c];
        size_t n = 0, of = 0;
        for (size_t g = 0; g < grouping->n; g++) {
            const struct bm_group *group = &grouping->groups[g];
            size_t there = is_there(column, group) ? group->n : 0;
            of += there;
            for (size_t i = 0; i < there; i++)
                n += isnan(bm_series_number(column, group->runs[i])) ? 1 : 0;
        }
        if (n > 0)
            name(&undefined, "%s (%zu of %zu)", column->name, n, of);
    }
    say(&undefined, "undefined in some runs");
}

void bm_remark(const struct bm_grouped *grouped)
{
    remark_undone(grouped);
    if (grouped->partners.text != NULL)
        remark_pairs(grouped);
    remark_groups(grouped);
    remark_columns(grouped);
}
