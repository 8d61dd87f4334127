/* Groups as rows of a sheet, and their statistics as cells. */
#include <assert.h>
#include <math.h>

#include "group.h"

void bm_sheet_group_columns(struct bm_sheet *sheet, const struct bm_grouped *grouped)
{
    static const char *const headings[BM_N_LACKS] = {"failed", "unfinished", "missing"};
    for (size_t k = 0; k < grouped->grouping.n_keys; k++)
        bm_sheet_column(sheet, grouped->grouping.keys[k].name,
                        !bm_series_is_number(&grouped->grouping.keys[k]));
    bm_sheet_column(sheet, "n", false);
    for (enum bm_lack lack = 0; lack < BM_N_LACKS; lack++)
        if (grouped->lacks[lack])
            bm_sheet_spare_column(sheet, headings[lack], false, BM_RANK_LAST + (int)lack,
                                  headings[lack]);
}

void bm_sheet_group(struct bm_sheet *sheet, const struct bm_grouped *grouped,
                    const struct bm_group *group)
{
    char text[BM_CELL_SIZE];
    for (size_t k = 0; k < grouped->grouping.n_keys; k++)
        bm_sheet_text(sheet, bm_group_key(&grouped->grouping, group, k, text));
    bm_sheet_int(sheet, (int64_t)group->n);
    for (enum bm_lack lack = 0; lack < BM_N_LACKS; lack++)
        if (grouped->lacks[lack])
            bm_sheet_int(sheet, (int64_t)group->n_of[lack]);
}

/* "31.0 ± 1.7%"; without an interval "31.0%". A cell has room for all digits of three doubles. */
static size_t print_mean(char *text, size_t size, const struct bm_series *column,
                         const struct bm_mean *mean, bool is_difference)
{
    bool is_share = bm_series_is_fraction(column);
    double scale = is_share ? 100 : 1;
    int used = snprintf(text, size,
                        is_share        ? is_difference ? "%+.1f" : "%.1f"
                        : is_difference ? "%+.4g"
                                        : "%.4g",
                        scale * mean->mean);
    if (!isnan(mean->half))
        used += snprintf(text + used, size - (size_t)used, is_share ? " ± %.1f" : " ± %.2g",
                         scale * mean->half);
    if (is_share && !is_difference)
        used += snprintf(text + used, size - (size_t)used, "%%");
    return (size_t)used;
}

void bm_sheet_mean(struct bm_sheet *sheet, const struct bm_series *column,
                   const struct bm_statistic *statistic, size_t n_of_group)
{
    char text[BM_CELL_SIZE] = "";
    bool is_gain = column->source == BM_OF_TAP && column->moment == BM_GAIN;
    double scale = bm_series_is_fraction(column) ? 100 : 1;
    size_t used = statistic->mean.n > 0
                      ? print_mean(text, sizeof text, column, &statistic->mean, is_gain)
                      : 0;
    if (!isnan(statistic->error))
        used += (size_t)snprintf(text + used, sizeof text - used, " (se %.1f)",
                                 scale * statistic->error);
    if (statistic->mean.n > 0 && statistic->mean.n != n_of_group)
        snprintf(text + used, sizeof text - used, " (n=%zu)", statistic->mean.n);
    bm_sheet_text(sheet, text);
}

void bm_sheet_difference(struct bm_sheet *sheet, const struct bm_series *column,
                         const struct bm_statistic *statistic)
{
    char text[BM_CELL_SIZE] = "";
    if (statistic->difference.n > 0)
        print_mean(text, sizeof text, column, &statistic->difference, true);
    bm_sheet_text(sheet, text);
}

/* What one looks at first, of a column's place among those that nobody named. */
static int rank_of(size_t place, bool is_difference)
{
    static const int ranks[][2] = {
        {BM_RANK_FIRST, BM_RANK_FIRST + 3},     /* memorization */
        {BM_RANK_REST + 1, BM_RANK_REST + 4},   /* fit */
        {BM_RANK_REST + 2, BM_RANK_REST + 5},   /* test_accuracy */
        {BM_RANK_FIRST + 1, BM_RANK_FIRST + 2}, /* the embedding */
        {BM_RANK_REST, BM_RANK_REST + 3},       /* its gain */
    };
    assert(place < sizeof ranks / sizeof *ranks);
    return ranks[place][is_difference];
}

void bm_sheet_mean_columns(struct bm_sheet *sheet, const struct bm_grouped *grouped)
{
    for (size_t c = 0; c < grouped->n_columns; c++) {
        const char *name = grouped->columns[c].name;
        bm_sheet_spare_column(sheet, name, false, grouped->is_usual ? rank_of(c, false) : 0, name);
        if (grouped->partners.text != NULL)
            bm_sheet_spare_column(sheet, "difference", false,
                                  grouped->is_usual ? rank_of(c, true) : 0, NULL);
    }
}

void bm_sheet_means(struct bm_sheet *sheet, const struct bm_grouped *grouped,
                    const struct bm_group *group, int64_t epoch)
{
    for (size_t c = 0; c < grouped->n_columns; c++) {
        const struct bm_series *column = &grouped->columns[c];
        struct bm_statistic found = bm_grouped_statistic(grouped, group, column, epoch);
        bm_sheet_mean(sheet, column, &found, group->n);
        if (grouped->partners.text != NULL)
            bm_sheet_difference(sheet, column, &found);
    }
}
