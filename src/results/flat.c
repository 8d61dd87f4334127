/* The columns of csv and json: id, settings, results, then each probe that was taken, at each tap,
 * at the last evaluation (knn_<tap>) and at initialization (init_knn_<tap>). Logs are left to
 * `log`. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

int bm_flat_init(struct bm_flat *flat, const struct bm_report *report, struct bm_err *err)
{
    flat->report = report;
    flat->taps = bm_tap_names(&report->results, &flat->n_taps);
    if (flat->taps == NULL)
        return bm_fail_errno(err, "no memory for the names of taps");
    flat->n = 1 + bm_config_table.n_fields + bm_result_table.n_fields +
              2 * report->n_probes * flat->n_taps;
    return 0;
}

void bm_flat_fini(struct bm_flat *flat)
{
    free(flat->taps);
}

/* The field that a column shows, and its record; NULL: id or tap. */
static const struct bm_field *field_of(size_t column, const struct bm_run *run, const void **record)
{
    size_t n_settings = bm_config_table.n_fields;
    if (column == 0 || column > n_settings + bm_result_table.n_fields)
        return NULL;
    bool setting = column <= n_settings;
    if (run != NULL)
        *record = setting ? (const void *)&run->config : &run->result;
    return setting ? &bm_config_table.fields[column - 1]
                   : &bm_result_table.fields[column - 1 - n_settings];
}

/* What a column behind the fields shows. */
struct place {
    const struct bm_field *probe;
    const char *tap;
    bool is_init;
};

static struct place place_of(const struct bm_flat *flat, size_t column)
{
    size_t n_taps = flat->n_taps, half = flat->report->n_probes * n_taps;
    size_t at = column - (flat->n - 2 * half);
    return (struct place){
        .probe = flat->report->probes[at % half / n_taps],
        .tap = flat->taps[at % n_taps],
        .is_init = at >= half,
    };
}

void bm_flat_name(const struct bm_flat *flat, size_t column, char name[BM_CELL_SIZE])
{
    const struct bm_field *field = field_of(column, NULL, NULL);
    if (column == 0) {
        snprintf(name, BM_CELL_SIZE, "id");
    } else if (field != NULL) {
        snprintf(name, BM_CELL_SIZE, "%s", field->key);
    } else {
        struct place place = place_of(flat, column);
        snprintf(name, BM_CELL_SIZE, "%s%s_%s", place.is_init ? "init_" : "", place.probe->key,
                 place.tap);
    }
}

static enum bm_cell field_value(const struct bm_field *field, const void *record,
                                char text[BM_CELL_SIZE])
{
    bm_field_text(field, record, text, BM_CELL_SIZE);
    if (text[0] == '\0')
        return BM_CELL_NONE;
    /* Named values of numbers (inf, all) are words. */
    bool number = bm_is_number(field->type) && text[strspn(text, "0123456789+-.e")] == '\0';
    return number ? BM_CELL_NUMBER : BM_CELL_TEXT;
}

enum bm_cell bm_flat_value(const struct bm_flat *flat, size_t column, const struct bm_run *run,
                           char text[BM_CELL_SIZE])
{
    const void *record = NULL;
    const struct bm_field *field = field_of(column, run, &record);
    if (field != NULL)
        return field_value(field, record, text);
    if (column == 0) {
        bm_id_text(&run->id, text);
        return BM_CELL_TEXT;
    }
    struct place place = place_of(flat, column);
    struct bm_tap_probe probe;
    bm_table_init(&bm_tap_probe_table, &probe);
    size_t n = run->n_evaluations;
    if (n > 0 && (!place.is_init || run->evaluations[0].epoch == 0)) {
        double value = bm_run_probe(run, place.is_init ? 0 : n - 1, place.tap, place.probe);
        memcpy((char *)&probe + place.probe->offset, &value, sizeof value);
    }
    return field_value(place.probe, &probe, text);
}
