/* The runs that are asked for, in the order that is asked for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bm/words.h"
#include "query.h"

/* Names a condition that no run meets, with values that there are; else says that it is all of them
 * together. */
static int fail_none(const struct bm_report *report, const struct bm_conditions *conditions,
                     const char *option, struct bm_err *err)
{
    const struct bm_results *results = &report->results;
    for (size_t c = 0; c < conditions->n; c++) {
        const struct bm_condition *condition = &conditions->items[c];
        char values[200] = "", text[BM_CELL_SIZE];
        size_t used = 0, i = 0;
        for (; i < results->n_runs && !bm_condition_meets(condition, report, &results->runs[i]);
             i++) {
            bm_series_text(&condition->series, &results->runs[i], text);
            size_t length = strlen(text);
            if (length == 0 || used + length + 8 > sizeof values || bm_list_has(values, ", ", text))
                continue;
            used += (size_t)snprintf(values + used, sizeof values - used, "%s%s", used ? ", " : "",
                                     text);
        }
        if (i == results->n_runs)
            return bm_fail(err, BM_EXIT_USAGE, "%s %s: none of %zu runs has that (%s is %s)",
                           option, condition->word, results->n_runs, condition->series.name,
                           used ? values : "undefined");
    }
    return bm_fail(err, BM_EXIT_USAGE, "%s: none of %zu runs meets all conditions together", option,
                   results->n_runs);
}

static int keep(const struct bm_report *report, const struct bm_conditions *conditions,
                const char *option, struct bm_selection *selection, struct bm_err *err)
{
    const struct bm_results *results = &report->results;
    selection->runs = calloc(results->n_runs + 1, sizeof *selection->runs);
    if (selection->runs == NULL)
        return bm_fail_errno(err, "no memory for %zu runs", results->n_runs);
    for (size_t i = 0; i < results->n_runs; i++)
        if (bm_conditions_meet(conditions, report, &results->runs[i]))
            selection->runs[selection->n++] = &results->runs[i];
    return selection->n == 0 && results->n_runs > 0 ? fail_none(report, conditions, option, err)
                                                    : 0;
}

int bm_select(struct bm_report *report, const struct bm_query *query,
              struct bm_selection *selection, struct bm_err *err)
{
    struct bm_conditions conditions = {0};
    int status = 0;
    *selection = (struct bm_selection){0};
    if (query->n_wheres + (query->group_by != NULL) > 0)
        status = bm_report_find_traits(report, err);
    for (size_t i = 0; status == 0 && i < query->n_wheres; i++)
        status = bm_conditions_add(&conditions, report, "--where", query->wheres[i], err);
    if (status == 0)
        status = keep(report, &conditions, "--where", selection, err);
    bm_conditions_fini(&conditions);
    return status;
}

int bm_select_base(const struct bm_report *report, const struct bm_conditions *base,
                   const struct bm_conditions *where, struct bm_selection *selection,
                   struct bm_err *err)
{
    *selection = (struct bm_selection){0};
    if (keep(report, base, "--against", selection, err) != 0)
        return -1;
    for (size_t i = 0; i < where->n; i++) {
        size_t n = 0;
        if (bm_conditions_name(base, where->items[i].series.field))
            continue;
        for (size_t r = 0; r < selection->n; r++)
            if (bm_condition_meets(&where->items[i], report, selection->runs[r]))
                selection->runs[n++] = selection->runs[r];
        selection->n = n;
    }
    if (selection->n == 0 && report->results.n_runs > 0)
        return bm_fail(err, BM_EXIT_USAGE,
                       "--against %s: none of its runs meets the conditions of --where",
                       base->items[0].word);
    return 0;
}

void bm_selection_fini(struct bm_selection *selection)
{
    free(selection->runs);
    *selection = (struct bm_selection){0};
}

/* ---- sorting ---- */

struct order {
    const struct bm_series *series;
    bool falls;
};

/* Where columns are equal the report's order stays: runs stand in one array. */
static int compare(const void *a, const void *b, void *context)
{
    const struct order *order = context;
    const struct bm_run *x = *(const struct bm_run *const *)a,
                        *y = *(const struct bm_run *const *)b;
    char left[BM_CELL_SIZE], right[BM_CELL_SIZE];
    int found = 0;
    if (bm_series_is_number(order->series)) {
        found = bm_order(bm_series_number(order->series, x), bm_series_number(order->series, y),
                         order->falls);
    } else {
        bm_series_text(order->series, x, left);
        bm_series_text(order->series, y, right);
        found = order->falls ? strcmp(right, left) : strcmp(left, right);
    }
    return found != 0 ? found : (x > y) - (x < y);
}

int bm_order(double a, double b, bool falls)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    int rising = (a > b) - (a < b);
    return falls ? -rising : rising;
}

int bm_selection_sort(struct bm_selection *selection, const struct bm_report *report,
                      const char *sort, struct bm_err *err)
{
    struct bm_series series;
    struct order order = {.series = &series, .falls = sort != NULL && sort[0] == '-'};
    if (sort == NULL)
        return 0;
    if (bm_series_find(report, sort + order.falls, "--sort", &series, err) != 0)
        return -1;
    qsort_r(selection->runs, selection->n, sizeof *selection->runs, compare, &order);
    return 0;
}
