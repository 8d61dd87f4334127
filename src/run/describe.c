/* All settings as Markdown tables. Nothing is said here that a row or a descriptor does not say;
 * their texts go into cells as they are, so they have no '|'. */
#include "describe.h"

#include "bm/arch.h"
#include "bm/config.h"
#include "bm/data.h"
#include "bm/nn.h"
#include "bm/policy.h"
#include "bm/probe.h"
#include "bm/view.h"

static const char *type_name(const struct bm_field *field)
{
    switch (field->type) {
    case BM_INT:
        return "whole number, ";
    case BM_REAL:
        return field->whole ? "whole number, " : "number, ";
    case BM_WORD:
    case BM_CHOICE:
    case BM_MEMBERS:
        return "one of ";
    case BM_WORDS:
        return "list of some of ";
    case BM_TEXT:
    case BM_NAMES:
        break;
    }
    return "";
}

static void print_setting(FILE *out, const struct bm_field *field)
{
    char choice[1000];
    bm_field_choice(field, choice, sizeof choice);
    fprintf(out, "| `%s` | %s%s", field->key, type_name(field), choice);
    if (field->initial[0] == '\0')
        fputs(" | empty", out);
    else
        fprintf(out, field->type == BM_WORDS ? " | `[%s]`" : " | `%s`", field->initial);
    fprintf(out, " | %s | %s |\n", field->unit ? field->unit : "", field->help);
}

static void print_group(FILE *out, const struct bm_table *table, enum bm_role role,
                        const char *title)
{
    fprintf(out, "\n## %s\n\n", title);
    fputs("| setting | value | default | unit | meaning |\n| --- | --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < table->n_fields; i++)
        if (table->fields[i].role == role)
            print_setting(out, &table->fields[i]);
}

static void print_set(FILE *out, const char *key)
{
    fprintf(out, "\n## Values of `%s`\n\n| value | meaning |\n| --- | --- |\n", key);
}

static void print_member(FILE *out, const char *name, const char *help)
{
    fprintf(out, "| `%s` | %s |\n", name, help);
}

void bm_describe(FILE *out)
{
    fputs("# Settings\n", out);
    print_group(out, &bm_config_table, BM_IDENTITY,
                "What is computed: `fixed:`, `grid:`, `zip:`; part of a run's identity");
    print_group(out, &bm_config_table, BM_OBSERVED, "What is measured: `fixed:`");
    print_group(out, &bm_launch_table, BM_LAUNCH, "How it is run: `run:`");
    print_set(out, "dataset");
    for (const struct bm_dataset *const *member = bm_datasets; *member != NULL; member++)
        print_member(out, (*member)->name, (*member)->help);
    print_set(out, "augment");
    for (size_t i = 0; bm_policy_names[i] != NULL; i++)
        print_member(out, bm_policy_names[i], bm_policy_lists[i]);
    for (const struct bm_augmentation *const *member = bm_augments; *member != NULL; member++)
        print_member(out, (*member)->name, (*member)->help);
    print_set(out, "arch");
    for (const struct bm_arch *const *member = bm_archs; *member != NULL; member++)
        print_member(out, (*member)->name, (*member)->help);
    print_set(out, "loss");
    for (const struct bm_loss *const *member = bm_losses; *member != NULL; member++)
        print_member(out, (*member)->name, (*member)->help);
    print_set(out, "optimizer");
    for (const struct bm_optimizer *const *member = bm_optimizers; *member != NULL; member++)
        print_member(out, (*member)->name, (*member)->help);
    print_set(out, "probes");
    for (const struct bm_probe *const *member = bm_probes; *member != NULL; member++)
        print_member(out, (*member)->name, (*member)->help);
}
