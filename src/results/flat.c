/* The columns of csv and json: id, settings, results, then the kNN probe of each tap at the last
 * evaluation (probe_<tap>) and at initialization (init_<tap>). Logs are left to `log`. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

int bm_flat_init(struct bm_flat *flat, const struct bm_results *results, struct bm_err *err)
{
    flat->taps = bm_tap_names(results, &flat->n_taps);
    if (flat->taps == NULL)
        return bm_fail_errno(err, "no memory for the names of taps");
    flat->n = 1 + bm_config_table.n_fields + bm_result_table.n_fields + 2 * flat->n_taps;
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

static const char *tap_of(const struct bm_flat *flat, size_t column, bool *init)
{
    size_t tap = column - (flat->n - 2 * flat->n_taps);
    *init = tap >= flat->n_taps;
    return flat->taps[tap % flat->n_taps];
}

void bm_flat_name(const struct bm_flat *flat, size_t column, char name[BM_CELL_SIZE])
{
    bool init;
    const struct bm_field *field = field_of(column, NULL, NULL);
    if (column == 0) {
        snprintf(name, BM_CELL_SIZE, "id");
    } else if (field != NULL) {
        snprintf(name, BM_CELL_SIZE, "%s", field->key);
    } else {
        const char *tap = tap_of(flat, column, &init);
        snprintf(name, BM_CELL_SIZE, "%s_%s", init ? "init" : "probe", tap);
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
    bool init;
    const char *tap = tap_of(flat, column, &init);
    struct bm_tap_probe probe = {.knn = NAN};
    size_t n = run->n_evaluations;
    if (n > 0 && (!init || run->evaluations[0].epoch == 0))
        probe.knn = bm_run_probe(run, init ? 0 : n - 1, tap);
    return field_value(bm_table_find(&bm_tap_probe_table, "knn"), &probe, text);
}
