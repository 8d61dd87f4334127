/* The values of columns in a run. */
#include "series.h"

#include <math.h>
#include <string.h>

bool bm_series_is_number(const struct bm_series *series)
{
    if (series->field == NULL)
        return series->source == BM_OF_ALGORITHM || series->source == BM_OF_EPOCH;
    return series->source != BM_OF_WORD && bm_is_number(series->field->type);
}

bool bm_series_is_fraction(const struct bm_series *series)
{
    return series->field != NULL && bm_field_is_fraction(series->field);
}

/* `summary`: room for one. */
static const void *record_of(const struct bm_series *series, const struct bm_run *run,
                             struct bm_summary *summary)
{
    if (series->source == BM_OF_RESULT)
        return &run->result;
    if (series->source != BM_OF_SUMMARY)
        return &run->config;
    bm_run_summarize(run, summary);
    return summary;
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
    struct bm_summary summary;
    if (!bm_series_is_number(series) || series->source == BM_OF_EPOCH)
        return NAN;
    if (series->source == BM_OF_ALGORITHM)
        return series->report->traits != NULL ? bm_report_traits(series->report, run)->algorithm
                                              : bm_config_algorithm(&run->config, &run->id, keys);
    if (series->source != BM_OF_TAP)
        return bm_field_number(series->field, record_of(series, run, &summary));
    if (series->moment == BM_GAIN)
        return probe_at(series, run, BM_AT_END) - probe_at(series, run, BM_AT_INIT);
    return probe_at(series, run, series->moment);
}

bool bm_series_is_of_evaluations(const struct bm_series *series)
{
    if (series->source == BM_OF_TAP)
        return series->moment != BM_AT_INIT;
    return series->source == BM_OF_EPOCH || (series->over != NULL && bm_series_is_number(series));
}

double bm_series_number_at(const struct bm_series *series, const struct bm_run *run, size_t e)
{
    if (series->source == BM_OF_EPOCH)
        return (double)run->evaluations[e].epoch;
    if (series->source == BM_OF_TAP && series->moment == BM_AT_END)
        return probe_of(series, run, e);
    if (series->source == BM_OF_TAP && series->moment == BM_GAIN)
        return probe_of(series, run, e) - probe_at(series, run, BM_AT_INIT);
    return series->over ? bm_field_number(series->over, &run->evaluations[e]) : NAN;
}

static enum bm_cell kind_of(const struct bm_field *field, const void *record, const char *text)
{
    if (text[0] == '\0')
        return BM_CELL_NONE;
    if (!bm_is_number(field->type))
        return BM_CELL_TEXT;
    return isinf(bm_field_number(field, record)) ? BM_CELL_INFINITE : BM_CELL_NUMBER;
}

enum bm_cell bm_field_cell(const struct bm_field *field, const void *record,
                           char text[BM_CELL_SIZE])
{
    if (field->named == NULL) {
        bm_field_text(field, record, text, BM_CELL_SIZE);
    } else {
        struct bm_field plain = *field;
        plain.named = NULL;
        bm_field_text(&plain, record, text, BM_CELL_SIZE);
    }
    return kind_of(field, record, text);
}

enum bm_cell bm_number_cell(double value, char text[BM_CELL_SIZE])
{
    static const struct bm_field field = {.type = BM_REAL, .size = sizeof value};
    return bm_field_cell(&field, &value, text);
}

/* What is no member of a record. */
static enum bm_cell special_cell(const struct bm_series *series, const struct bm_run *run,
                                 char text[BM_CELL_SIZE])
{
    const char *word = "";
    text[0] = '\0';
    switch (series->source) {
    case BM_OF_ID:
        bm_id_text(&run->id, text);
        break;
    case BM_OF_SWEEP:
    case BM_OF_WORD:
        word = series->source == BM_OF_SWEEP ? bm_report_in_sweep(series->report, run)
                                             : bm_field_word(series->field, &run->config);
        snprintf(text, BM_CELL_SIZE, "%s", word != NULL ? word : "");
        break;
    default:
        return bm_number_cell(bm_series_number(series, run), text);
    }
    return text[0] != '\0' ? BM_CELL_TEXT : BM_CELL_NONE;
}

static bool is_member(const struct bm_series *series)
{
    return series->source == BM_OF_CONFIG || series->source == BM_OF_RESULT ||
           series->source == BM_OF_SUMMARY;
}

enum bm_cell bm_series_cell(const struct bm_series *series, const struct bm_run *run,
                            char text[BM_CELL_SIZE])
{
    struct bm_summary summary;
    return is_member(series) ? bm_field_cell(series->field, record_of(series, run, &summary), text)
                             : special_cell(series, run, text);
}

enum bm_cell bm_series_text(const struct bm_series *series, const struct bm_run *run,
                            char text[BM_CELL_SIZE])
{
    const char *word = series->source == BM_OF_CONFIG && series->field->named != NULL
                           ? bm_field_word(series->field, &run->config)
                           : NULL;
    if (word == NULL)
        return bm_series_cell(series, run, text);
    snprintf(text, BM_CELL_SIZE, "%s", word);
    return BM_CELL_TEXT;
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
               ((series->source == BM_OF_RESULT || series->source == BM_OF_SUMMARY) &&
                series->field->type == BM_REAL)) {
        bm_sheet_number(sheet, series->field, bm_series_number(series, run));
    } else {
        bm_sheet_text(sheet, bm_series_text(series, run, text) == BM_CELL_NONE ? "" : text);
    }
}
