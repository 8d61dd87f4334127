/* A pass of a 3x3 convolution with stride 1 and padding 1, by oneDNN: with an algorithm of which
 * oneDNN has several implementations, in the blocked layouts that its choice prefers, which inputs
 * are brought to beforehand. Its memory is as the engine's own, in huge pages where there are some.
 * Nothing is freed: benchmarks end soon. */
#ifndef BM_TESTS_BENCH_ONEDNN_H
#define BM_TESTS_BENCH_ONEDNN_H

/* Each computes the last of its operands from the two before. */
enum onednn_pass {
    ONEDNN_FORWARD,   /* x, w, y */
    ONEDNN_D_INPUT,   /* dy, w, dx */
    ONEDNN_D_WEIGHTS, /* x, dy, dw */
    ONEDNN_PASSES,
};
enum { ONEDNN_OPERANDS = 3, ONEDNN_RESULT = 2 };
enum onednn_algorithm { ONEDNN_WINOGRAD, ONEDNN_AUTO, ONEDNN_ALGORITHMS };

struct onednn_shape {
    int batch, side, channels; /* as many out as in */
};

struct onednn_conv;

/* NULL: oneDNN has no implementation of that algorithm for this pass, shape and CPU. */
struct onednn_conv *onednn_conv_new(enum onednn_pass pass, enum onednn_algorithm algorithm,
                                    struct onednn_shape shape);
/* "jit_wino_4x3:avx512_core" */
const char *onednn_conv_implementation(const struct onednn_conv *conv);
/* Operand 0 or 1 from, and the result to, the engine's layouts: images (N, H, W, C), weights (H, W,
 * in, out). */
void onednn_conv_set(const struct onednn_conv *conv, int operand, const float *values);
void onednn_conv_get(const struct onednn_conv *conv, float *values);
void onednn_conv_run(const struct onednn_conv *conv);

const char *onednn_version(void);

#endif
