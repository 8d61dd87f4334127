/* `--plan`: what a sweep would do, without doing any of it. */

#include "bm/clock.h"
#include "bm/nn.h"
#include "bm/store.h"
#include "memory.h"
#include "say.h"
#include "session.h"
#include "trainer.h"

enum { MOST_ROWS = 20 };

/* FLOP/s of one trainer, and where that number comes from. */
struct speed {
    double rate;
    size_t runs; /* finished runs that it is the mean of; 0: measured on products */
};

/* One core's speed in products of matrices that stay in cache, small enough for OpenBLAS to use one
 * thread, for 50 ms. */
static double measure_products(void)
{
    enum { SIDE = 64 };
    static bm_real a[SIDE * SIDE], b[SIDE * SIDE], c[SIDE * SIDE];
    double start = bm_seconds(), elapsed;
    size_t products = 0;
    do {
        for (int i = 0; i < 100; i++, products++)
            bm_gemm(false, false, SIDE, SIDE, SIDE, 1, a, SIDE, b, SIDE, 0, c, SIDE);
        elapsed = bm_seconds() - start;
    } while (elapsed < 0.05);
    return 2.0 * SIDE * SIDE * SIDE * (double)products / elapsed;
}

static struct speed find_speed(const struct bm_session *session, const struct bm_results *results)
{
    const struct bm_points *points = &session->points;
    struct speed speed = {0};
    double cost = 0, wall = 0;
    for (size_t i = 0; i < points->n; i++) {
        if (points->points[i].state != BM_POINT_DONE)
            continue;
        cost += points->points[i].cost;
        wall += bm_results_find(results, &points->points[i].id)->result.wall_s;
        speed.runs++;
    }
    if (speed.runs > 0 && wall > 0) {
        speed.rate = cost / wall;
        return speed;
    }
    int64_t threads = session->sweep.launch.threads;
    speed.runs = 0;
    speed.rate = measure_products() * (double)(threads > 0 ? threads : bm_cores());
    return speed;
}

static void print_time(FILE *file, const struct speed *speed, double cost, double largest,
                       size_t trainers)
{
    char text[32];
    double seconds = cost / speed->rate / (double)trainers;
    if (seconds < largest / speed->rate)
        seconds = largest / speed->rate; /* one run cannot be shared */
    bm_duration_text(seconds, text, sizeof text);
    if (speed->runs > 0)
        fprintf(file,
                "  time      %s on %zu trainer%s, at the speed of the %zu runs that are done\n",
                text, trainers, trainers == 1 ? "" : "s", speed->runs);
    else
        fprintf(file,
                "  time      at least %s on %zu trainer%s, if all were as fast as matrix products "
                "(%.0f GFLOP/s)\n",
                text, trainers, trainers == 1 ? "" : "s", speed->rate / 1e9);
}

static bool has_effect_somewhere(const struct bm_points *points, const struct bm_field *field)
{
    for (size_t i = 0; i < points->n; i++) {
        struct bm_config config;
        bm_points_config(points, i, &config);
        if (bm_config_has_effect(&config, field, bm_arch_find(config.arch)->settings))
            return true;
    }
    return false;
}

static void print_memory_warning(FILE *file, const struct bm_session *session)
{
    char text[300];
    if (bm_memory_warning(session, text, sizeof text)[0] != '\0')
        fprintf(file, "  warning: %s\n", text);
}

static void print_effect_warnings(FILE *file, const struct bm_points *points)
{
    for (const char *const *key = bm_grid_axes(points->sweep->grid); *key != NULL; key++)
        if (!has_effect_somewhere(points, bm_table_find(&bm_config_table, *key)))
            fprintf(file, "  warning: %s varies, but has no effect in any of these runs\n", *key);
}

static void print_rows(FILE *file, const struct bm_points *points)
{
    static const char *const states[BM_POINT_STATES] = {
        [BM_POINT_TODO] = "to do", [BM_POINT_DONE] = "done", [BM_POINT_FAILED] = "failed"};
    fprintf(file, "\n%8s  %-8s  %10s  %-6s  settings\n", "index", "id", "GFLOP", "state");
    for (size_t i = 0; i < points->n && i < MOST_ROWS; i++) {
        const struct bm_point *point = &points->points[i];
        struct bm_config config;
        char id[BM_ID_TEXT], text[400];
        bm_points_config(points, i, &config);
        fprintf(file, "%8llu  %.8s  %10.3g  %-6s  %s\n", (unsigned long long)point->index,
                bm_id_text(&point->id, id), point->cost / 1e9, states[point->state],
                bm_points_text(points, &config, text, sizeof text));
    }
    if (points->n > MOST_ROWS)
        fprintf(file, "%8s  and %zu more\n", "…", points->n - MOST_ROWS);
}

static void print(FILE *file, const struct bm_session *session, const struct bm_results *results)
{
    const struct bm_points *points = &session->points;
    char path[4200];
    double cost = 0, largest = 0;
    for (size_t i = 0; i < session->n_todo; i++) {
        double one = points->points[session->todo[i]].cost;
        cost += one;
        largest = largest < one ? one : largest;
    }
    fprintf(file, "%s: %zu runs: %zu done, %zu failed, %zu to do\n", session->sweep.name, points->n,
            points->count[BM_POINT_DONE], points->count[BM_POINT_FAILED], session->n_todo);
    if (points->n_merged > 0)
        fprintf(file, "  merged    %zu points, which only differ in settings without effect\n",
                points->n_merged);
    fprintf(file, "  results   %s\n", bm_path_text(session->sweep.results, path, sizeof path));
    fprintf(file, "  cost      %.3g GFLOP to do, the largest run %.3g\n", cost / 1e9,
            largest / 1e9);
    fprintf(file, "  memory    %.0f MB for the largest trainer\n", bm_memory_most(session) / 1e6);
    fprintf(file, "  disk      %.3g MB for all results\n", points->disk / 1e6);
    if (session->n_todo > 0) {
        struct speed speed = find_speed(session, results);
        print_time(file, &speed, cost, largest, session->trainers);
    }
    print_memory_warning(file, session);
    print_effect_warnings(file, points);
    print_rows(file, points);
}

int bm_session_plan(const struct bm_request *request, FILE *out, struct bm_err *err)
{
    struct bm_session session;
    struct bm_results results = {0};
    if (bm_session_init(&session, request, 1, err) != 0)
        return -1;
    int status = bm_store_peek(session.sweep.results, &results, err);
    if (status == 0)
        status = bm_session_select(&session, &results, err);
    if (status == 0)
        print(out, &session, &results);
    bm_results_fini(&results);
    bm_session_fini(&session);
    return status;
}
