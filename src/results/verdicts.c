/* A claim as text: its parts with value, criterion and verdict. */
#include <math.h>
#include <string.h>

#include "claims.h"

static const char *const relations[] = {"<", ">", "<=", ">=", "!="};
static const char *const part_words[] = {"not decided", "holds", "refuted"};
static const char *const claim_words[] = {"not decided", "confirmed", "refuted"};

/* What the case's runs have in common, as far as the report's runs differ in it. */
static void print_settings(const struct bm_case *its, const struct bm_claim *claim, FILE *out)
{
    char text[BM_CELL_SIZE];
    const char *before = " (";
    for (size_t k = 0; k < its->grouping->n_keys; k++) {
        const struct bm_series *key = &its->grouping->keys[k];
        bool is_over = false;
        for (size_t i = 0; i < 2; i++)
            is_over |= claim->over[i] != NULL && strcmp(claim->over[i], key->name) == 0;
        if (is_over)
            continue;
        fprintf(out, "%s%s=%s", before, key->name,
                bm_common_key(its->grouping, its->groups, its->n, k, text));
        before = ", ";
    }
    fputs(before[0] == ',' ? ")" : "", out);
}

static double chance_of(const struct bm_case *its)
{
    const struct bm_group *group = its->groups[0];
    return group->n > 0 ? 1 / (double)group->runs[0]->result.classes : NAN;
}

/* So many that what is printed is on the same side of the bound as the value: 99.87 is not 99.9. */
static int decimals_of(const struct bm_criterion *criterion, double scale, double value,
                       double chance)
{
    const int most = 4;
    int decimals = criterion->kind == BM_CORRELATION ? 2 : 1;
    bool meets = bm_meets(criterion, value, chance);
    for (double unit = pow(10, decimals); decimals < most; unit *= 10, decimals++)
        if (bm_meets(criterion, round(value * scale * unit) / unit / scale, chance) == meets)
            break;
    return decimals;
}

static void add_part(struct bm_sheet *sheet, const struct bm_criterion *criterion,
                     const struct bm_finding *finding, double chance, enum bm_verdict verdict)
{
    const struct bm_mean *value = &finding->value;
    bool is_share = criterion->kind != BM_CORRELATION;
    double scale = is_share ? 100 : 1;
    double mean = fabs(scale * value->mean) < 1e-9 ? 0 : value->mean; /* what is left of a sum */
    int decimals = decimals_of(criterion, scale, mean, chance);
    const char *unit = !is_share ? "" : criterion->kind == BM_LEVEL ? " %" : " points";
    char text[BM_CELL_SIZE] = "";
    bm_sheet_text(sheet, " ");
    bm_sheet_text(sheet, criterion->part);
    bm_sheet_int(sheet, (int64_t)value->n);
    if (value->n > 0 && !isnan(mean))
        snprintf(text, sizeof text, criterion->kind == BM_DIFFERENCE ? "%+.*f" : "%.*f", decimals,
                 scale * mean);
    if (value->n > 0 && !isnan(value->half))
        snprintf(text + strlen(text), sizeof text - strlen(text), " ± %.*f", decimals,
                 scale * value->half);
    bm_sheet_text(sheet, text);
    snprintf(text, sizeof text, "%s %s%g%s", relations[criterion->relation],
             criterion->above_chance ? "chance + " : "", scale * criterion->bound,
             criterion->above_chance || criterion->bound == 0 ? " points" : unit);
    bm_sheet_text(sheet, text);
    bm_sheet_text(sheet, part_words[verdict]);
    bm_sheet_text(sheet, finding->detail);
}

static void print_undone(const struct bm_case *its, FILE *out)
{
    const char *before = "   left out: ";
    for (size_t g = 0; g < its->n + (its->base != NULL); g++) {
        const struct bm_group *group = g < its->n ? its->groups[g] : its->base;
        for (size_t i = group->n; i < bm_group_size(group); i++) {
            const struct bm_run *run = group->runs[i];
            fprintf(out, "%s%s (diversity=%s, seed %lld, %s)", before,
                    bm_report_id(its->grouping->report, run),
                    bm_diversity_text(run->config.diversity), (long long)run->config.seed,
                    bm_status_words[run->result.status]);
            before = ", ";
        }
    }
    if (before[0] == ',')
        putc('\n', out);
}

/* Why too few values decide nothing. */
static void say_lack(const struct bm_criterion *criterion, struct bm_finding *finding)
{
    bool is_correlation = criterion->kind == BM_CORRELATION;
    size_t least = is_correlation ? BM_LEAST_DIVERSITIES : BM_LEAST_SEEDS;
    if (finding->value.n >= least || (finding->value.n == 0 && finding->detail[0] != '\0'))
        return;
    bm_finding_add(finding, "needs %zu %s", least,
                   is_correlation ? "diversities with values in three seeds"
                                  : "seeds with a value");
}

void bm_claim_print(const struct bm_claim *claim, const struct bm_case *its, FILE *out)
{
    struct bm_sheet sheet = {0};
    enum bm_verdict verdict = BM_HOLDS;
    double last = NAN;
    static const char *const headings[] = {"",          "part",    "n",     "value",
                                           "criterion", "verdict", "remark"};
    for (size_t c = 0; c < sizeof headings / sizeof *headings; c++)
        bm_sheet_column(&sheet, headings[c], c != 2 && c != 3);
    for (const struct bm_criterion *c = bm_criteria; c->claim != NULL; c++) {
        struct bm_finding finding = {.value = {.mean = NAN, .half = NAN}};
        if (strcmp(c->claim, claim->name) != 0)
            continue;
        c->measure(its, &finding);
        say_lack(c, &finding);
        double chance = chance_of(its);
        enum bm_verdict part = bm_judge(c, &finding.value, chance);
        verdict = bm_verdict_add(verdict, part);
        last = finding.value.mean;
        add_part(&sheet, c, &finding, chance, part);
    }
    fprintf(out, "%s %s: %s", claim->name, claim->text,
            verdict == BM_HOLDS && claim->signs[0] != NULL ? claim->signs[last > 0]
                                                           : claim_words[verdict]);
    print_settings(its, claim, out);
    putc('\n', out);
    print_undone(its, out);
    bm_sheet_print(&sheet, out);
    putc('\n', out);
}
