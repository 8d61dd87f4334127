#include "onednn.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "bm/arena.h"

static const struct operand {
    int argument;
    bool is_weights;
} operands[ONEDNN_PASSES][ONEDNN_OPERANDS] = {
    [ONEDNN_FORWARD] = {{DNNL_ARG_SRC, false}, {DNNL_ARG_WEIGHTS, true}, {DNNL_ARG_DST, false}},
    [ONEDNN_D_INPUT] = {{DNNL_ARG_DIFF_DST, false},
                        {DNNL_ARG_WEIGHTS, true},
                        {DNNL_ARG_DIFF_SRC, false}},
    [ONEDNN_D_WEIGHTS] = {{DNNL_ARG_SRC, false},
                          {DNNL_ARG_DIFF_DST, false},
                          {DNNL_ARG_DIFF_WEIGHTS, true}},
};
static const dnnl_alg_kind_t kinds[ONEDNN_ALGORITHMS] = {dnnl_convolution_winograd,
                                                         dnnl_convolution_auto};

struct onednn_conv {
    dnnl_primitive_t primitive;
    const char *implementation;
    dnnl_memory_t blocked[ONEDNN_OPERANDS];
    dnnl_memory_desc_t plain[ONEDNN_OPERANDS];
    dnnl_exec_arg_t arguments[ONEDNN_OPERANDS + 1]; /* and its workspace */
};

static void must_succeed(dnnl_status_t status, const char *what)
{
    if (status == dnnl_success)
        return;
    fprintf(stderr, "oneDNN: %s: status %d\n", what, (int)status);
    exit(1);
}
#define MUST(call) must_succeed(call, #call)

static dnnl_engine_t engine(void)
{
    static dnnl_engine_t cpu;
    if (cpu == NULL)
        MUST(dnnl_engine_create(&cpu, dnnl_cpu, 0));
    return cpu;
}

static dnnl_stream_t stream(void)
{
    static dnnl_stream_t only;
    if (only == NULL)
        MUST(dnnl_stream_create(&only, engine(), dnnl_stream_default_flags));
    return only;
}

static void execute(const_dnnl_primitive_t primitive, int n, const dnnl_exec_arg_t *arguments)
{
    MUST(dnnl_primitive_execute(primitive, stream(), n, arguments));
    MUST(dnnl_stream_wait(stream()));
}

static dnnl_memory_desc_t layout_of(struct onednn_shape shape, bool is_weights,
                                    dnnl_format_tag_t layout)
{
    const dnnl_dims_t images = {shape.batch, shape.channels, shape.side, shape.side};
    const dnnl_dims_t weights = {shape.channels, shape.channels, 3, 3};
    dnnl_memory_desc_t desc;
    MUST(dnnl_memory_desc_init_by_tag(&desc, 4, is_weights ? weights : images, dnnl_f32, layout));
    return desc;
}

static dnnl_memory_t memory_of(const dnnl_memory_desc_t *desc)
{
    size_t size = dnnl_memory_desc_get_size(desc);
    struct bm_err err = {0};
    struct bm_arena arena;
    if (bm_arena_init(&arena, bm_arena_need(size), "oneDNN", &err) != 0)
        must_succeed(dnnl_out_of_memory, err.text);
    dnnl_memory_t memory;
    MUST(dnnl_memory_create(&memory, desc, engine(), bm_arena_take(&arena, size)));
    return memory;
}

/* The pass with the layouts left to oneDNN; false: it has no implementation. */
static bool describe(dnnl_primitive_desc_t *desc, enum onednn_pass pass, dnnl_alg_kind_t kind,
                     struct onednn_shape shape, const_dnnl_primitive_desc_t forward)
{
    const dnnl_dims_t ones = {1, 1};
    const dnnl_memory_desc_t images = layout_of(shape, false, dnnl_format_tag_any);
    const dnnl_memory_desc_t weights = layout_of(shape, true, dnnl_format_tag_any);
    dnnl_convolution_desc_t conv;
    if (pass == ONEDNN_FORWARD)
        MUST(dnnl_convolution_forward_desc_init(&conv, dnnl_forward_training, kind, &images,
                                                &weights, NULL, &images, ones, ones, ones));
    else if (pass == ONEDNN_D_INPUT)
        MUST(dnnl_convolution_backward_data_desc_init(&conv, kind, &images, &weights, &images, ones,
                                                      ones, ones));
    else
        MUST(dnnl_convolution_backward_weights_desc_init(&conv, kind, &images, &weights, NULL,
                                                         &images, ones, ones, ones));
    dnnl_primitive_attr_t attributes;
    MUST(dnnl_primitive_attr_create(&attributes));
    MUST(dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
    dnnl_status_t status = dnnl_primitive_desc_create(desc, &conv, attributes, engine(), forward);
    MUST(dnnl_primitive_attr_destroy(attributes));
    if (status == dnnl_unimplemented)
        return false;
    must_succeed(status, "dnnl_primitive_desc_create");
    return true;
}

struct onednn_conv *onednn_conv_new(enum onednn_pass pass, enum onednn_algorithm algorithm,
                                    struct onednn_shape shape)
{
    /* A backward pass wants to know what forward was; Winograd's need not have one. */
    dnnl_primitive_desc_t forward = NULL, desc;
    if (pass != ONEDNN_FORWARD &&
        !describe(&forward, ONEDNN_FORWARD, kinds[algorithm], shape, NULL) &&
        !describe(&forward, ONEDNN_FORWARD, dnnl_convolution_auto, shape, NULL))
        return NULL;
    if (!describe(&desc, pass, kinds[algorithm], shape, forward))
        return NULL;
    struct onednn_conv *conv = calloc(1, sizeof *conv);
    if (conv == NULL)
        abort();
    MUST(dnnl_primitive_create(&conv->primitive, desc));
    MUST(dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &conv->implementation));
    for (int i = 0; i < ONEDNN_OPERANDS; i++) {
        const struct operand *operand = &operands[pass][i];
        conv->plain[i] =
            layout_of(shape, operand->is_weights, operand->is_weights ? dnnl_hwio : dnnl_nhwc);
        conv->blocked[i] = memory_of(
            dnnl_primitive_desc_query_md(desc, dnnl_query_exec_arg_md, operand->argument));
        conv->arguments[i] = (dnnl_exec_arg_t){operand->argument, conv->blocked[i]};
    }
    conv->arguments[ONEDNN_OPERANDS] = (dnnl_exec_arg_t){
        DNNL_ARG_SCRATCHPAD,
        memory_of(dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0))};
    return conv;
}

const char *onednn_conv_implementation(const struct onednn_conv *conv)
{
    return conv->implementation;
}

static void reorder(dnnl_memory_t from, dnnl_memory_t to)
{
    const dnnl_memory_desc_t *from_desc, *to_desc;
    MUST(dnnl_memory_get_memory_desc(from, &from_desc));
    MUST(dnnl_memory_get_memory_desc(to, &to_desc));
    dnnl_primitive_desc_t desc;
    MUST(dnnl_reorder_primitive_desc_create(&desc, from_desc, engine(), to_desc, engine(), NULL));
    dnnl_primitive_t primitive;
    MUST(dnnl_primitive_create(&primitive, desc));
    execute(primitive, 2, (dnnl_exec_arg_t[]){{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
    MUST(dnnl_primitive_destroy(primitive));
    MUST(dnnl_primitive_desc_destroy(desc));
}

/* The caller's values as oneDNN's memory. */
static dnnl_memory_t lent(const struct onednn_conv *conv, int operand, const float *values)
{
    dnnl_memory_t memory;
    MUST(dnnl_memory_create(&memory, &conv->plain[operand], engine(), (void *)values));
    return memory;
}

void onednn_conv_set(const struct onednn_conv *conv, int operand, const float *values)
{
    dnnl_memory_t memory = lent(conv, operand, values);
    reorder(memory, conv->blocked[operand]);
    MUST(dnnl_memory_destroy(memory));
}

void onednn_conv_get(const struct onednn_conv *conv, float *values)
{
    dnnl_memory_t memory = lent(conv, ONEDNN_RESULT, values);
    reorder(conv->blocked[ONEDNN_RESULT], memory);
    MUST(dnnl_memory_destroy(memory));
}

void onednn_conv_run(const struct onednn_conv *conv)
{
    execute(conv->primitive, ONEDNN_OPERANDS + 1, conv->arguments);
}

const char *onednn_version(void)
{
    static char version[32];
    const dnnl_version_t *library = dnnl_version();
    snprintf(version, sizeof version, "%d.%d.%d", library->major, library->minor, library->patch);
    return version;
}
