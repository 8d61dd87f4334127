/* The values of columns in a run. */
#include "series.h"

#include <math.h>
#include <string.h>

bool bm_series_is_number(const struct bm_series *series)
{
    return series->field != NULL ? bm_is_number(series->field->type)
                                 : series->source == BM_OF_ALGORITHM;
}

bool bm_series_is_fraction(const struct bm_series *series)
{
    return series->field != NULL && bm_field_is_fraction(series->field);
}

static const void *record_of(const struct bm_series *series, const struct bm_run *run)
{
    return series->source == BM_OF_CONFIG ? (const void *)&run->config : &run->result;
}

/* Runs of one architecture have their taps at the same places. */
static double probe_of(const struct bm_series *series, const struct bm_run *run, size_t e)
{
    if (series->other != NULL)
        return bm_run_pair(run, e, series->tap, series->other, series->field);
    struct bm_findings found = bm_run_findings(run, e);
    if (series->place < found.n_taps && strcmp(found.taps[series->place].tap, series->tap) == 0)
        return bm_field_number(series->field, &found.taps[series->place]);
    return bm_run_probe(run, e, series->tap, series->field);
}

static double probe_at(const struct bm_series *series, const struct bm_run *run,
                       enum bm_moment moment)
{
    size_t n = run->n_evaluations;
    if (n == 0 || (moment == BM_AT_INIT && run->evaluations[0].epoch != 0))
        return NAN;
    return probe_of(series, run, moment == BM_AT_INIT ? 0 : n - 1);
}

double bm_series_number(const struct bm_series *series, const struct bm_run *run)
{
    const char *keys[BM_MOST_SETTINGS + 1];
    if (!bm_series_is_number(series))
        return NAN;
    if (series->source == BM_OF_ALGORITHM)
        return series->report->traits != NULL ? bm_report_traits(series->report, run)->algorithm
                                              : bm_config_algorithm(&run->config, &run->id, keys);
    if (series->source != BM_OF_TAP)
        return bm_field_number(series->field, record_of(series, run));
    if (series->moment == BM_GAIN)
        return probe_at(series, run, BM_AT_END) - probe_at(series, run, BM_AT_INIT);
    return probe_at(series, run, series->moment);
}

double bm_series_number_at(const struct bm_series *series, const struct bm_run *run, size_t e)
{
    if (series->source == BM_OF_TAP && series->moment == BM_AT_END)
        return probe_of(series, run, e);
    if (series->source == BM_OF_TAP && series->moment == BM_GAIN)
        return probe_of(series, run, e) - probe_at(series, run, BM_AT_INIT);
    const struct bm_field *field = series->source == BM_OF_RESULT
                                       ? bm_table_find(&bm_evaluation_table, series->field->key)
                                       : NULL;
    return field ? bm_field_number(field, &run->evaluations[e]) : NAN;
}

static enum bm_cell kind_of(const struct bm_field *field, const char *text)
{
    if (text[0] == '\0')
        return BM_CELL_NONE;
    /* Named values of numbers (inf, all) are words. */
    bool number = bm_is_number(field->type) && text[strspn(text, "0123456789+-.e")] == '\0';
    return number ? BM_CELL_NUMBER : BM_CELL_TEXT;
}

enum bm_cell bm_number_text(double value, char text[BM_CELL_SIZE])
{
    static const struct bm_field field = {.type = BM_REAL, .size = sizeof value};
    return kind_of(&field, bm_field_text(&field, &value, text, BM_CELL_SIZE));
}

enum bm_cell bm_series_text(const struct bm_series *series, const struct bm_run *run,
                            char text[BM_CELL_SIZE])
{
    if (series->source == BM_OF_ID) {
        bm_id_text(&run->id, text);
        return BM_CELL_TEXT;
    }
    if (series->source == BM_OF_SWEEP) {
        snprintf(text, BM_CELL_SIZE, "%s", bm_report_in_sweep(series->report, run));
        return text[0] != '\0' ? BM_CELL_TEXT : BM_CELL_NONE;
    }
    if (series->source == BM_OF_ALGORITHM || series->source == BM_OF_TAP)
        return bm_number_text(bm_series_number(series, run), text);
    bm_field_text(series->field, record_of(series, run), text, BM_CELL_SIZE);
    return kind_of(series->field, text);
}

void bm_sheet_series(struct bm_sheet *sheet, const struct bm_series *series,
                     const struct bm_run *run)
{
    char text[BM_CELL_SIZE];
    if (series->source == BM_OF_TAP && series->moment == BM_GAIN && bm_series_is_fraction(series)) {
        double gain = bm_series_number(series, run);
        snprintf(text, sizeof text, "%+.1f", 100 * gain);
        bm_sheet_text(sheet, isnan(gain) ? "" : text);
    } else if (series->source == BM_OF_TAP ||
               (series->source == BM_OF_RESULT && series->field->type == BM_REAL)) {
        bm_sheet_number(sheet, series->field, bm_series_number(series, run));
    } else {
        bm_sheet_text(sheet, bm_series_text(series, run, text) == BM_CELL_NONE ? "" : text);
    }
}
