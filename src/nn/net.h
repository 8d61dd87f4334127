/* The inside of the network engine: what the layers and the files of this folder share.
 *
 * A network is a list of nodes in the order in which they run; node 0 is the input, the last one
 * the output. A node belongs to a kind of layer (layer/NAME.c) and keeps what all kinds have; what
 * only its kind needs is in `detail`. Building (net.c, layers) fixes shapes and sizes, bm_net_end
 * (net_plan.c) decides where everything lies, bm_net_plan allocates, net_run.c runs.
 */
#ifndef BM_NN_NET_H
#define BM_NN_NET_H

#include "bm/arena.h"
#include "bm/nn.h"
#include "bm/tap.h"
#include "kernels.h"
#include "plan.h"

enum {
    BM_MOST_NODES = 512,
    BM_MOST_TENSORS = 1024,
    BM_MOST_BLOCKS = 9 * BM_MOST_NODES,
};

/* ---- layers ---- */

/* What a layer does to an input that comes from a normalization, as it reads it (forward) and as it
 * writes its gradient (backward). The story of normalizations is told in net_fuse.c. */
struct bm_prologue {
    bool normalizes; /* x is what the normalization reads: normalize it when reading */
    bool completes;  /* this call completes dx: take it behind the ReLU (dz), add it to the sums */
    struct bm_norm norm;
    const void *x, *y; /* of the normalization, of the elements of its output; y: NULL unless it
                        * added a residual */
};

/* What a layer does for the normalization that reads its output. */
struct bm_epilogue {
    bool sums;  /* forward leaves the moments of y, unless it evaluates */
    bool is_dz; /* dy is the dz of the normalization: make the gradient of y when reading */
    struct bm_norm norm;
};

/* Everything of one node that its layer works on. Sizes: x, y, dx, dy are n images of node->in or
 * node->out; the rest is what the node asked for. Inputs and their gradients are arrays of
 * element_x, the output and its own of element_y, which are reals for all but a layer that
 * takes_packed. */
struct bm_call {
    const struct bm_node *node;
    int n;
    int threads; /* that the layer may use */
    enum bm_mode mode;
    const void *x[2]; /* inputs */
    void *y;          /* output */
    void *dy;         /* gradient of the output; a normalization leaves dz in it */
    void *dx[2];      /* gradients of the inputs; NULL: not wanted */
    bool adds[2];     /* add to dx (another node has written it) instead of writing it */
    enum bm_element element_x[2], element_y;
    bool streams_y, streams_dx[2]; /* better written past the caches, and not added to */
    struct bm_prologue prologue[2];
    struct bm_epilogue epilogue;
    bm_real *w, *dw; /* parameters and their gradients, which backward overwrites */
    bm_real *state;  /* what steps hand on and is not trained: running statistics */
    double weight;   /* of a BM_CALIBRATE batch in the average of those so far */
    void *saved;     /* of forward; from BM_TRAIN to backward */
    void *workspace; /* undefined at the start of each call */
    /* A step that the node's backward does by itself; NULL: gradients are left whole. */
    const struct bm_update *update;
    bm_real *moments; /* of w: see struct bm_optimizer_part */
    size_t apart;
};

struct bm_node;
struct bm_layer {
    const char *name;
    /* What backward reads besides dy: so long the memory plan keeps it. */
    bool reads_input, reads_output;
    /* forward can write y over an input, and backward dx (where it does not add) over dy. Then
     * backward reads no input, and inputs have the shape of the output, respectively. */
    bool value_in_place, gradient_in_place;
    /* Serves normalizations next to it, as struct bm_prologue and bm_epilogue say; of which inputs,
     * a bit each, it can read what is not normalized. */
    bool serves_norms;
    unsigned normalizes;
    bool takes_packed; /* arrays that are not of reals; a normalization: where all are alike */
    /* Images have nothing to do with each other: no parameters, and what is saved lies image by
     * image. */
    bool works_by_image;
    /* Of normalizations: where the node's vectors are in what it saves. */
    struct bm_norm (*norm)(const struct bm_node *node, void *saved);
    void (*forward)(const struct bm_call *call);
    void (*backward)(const struct bm_call *call);
    double (*flops)(const struct bm_node *node); /* one image, forward; NULL: no products */
};

struct bm_node {
    const struct bm_layer *layer; /* NULL: the input */
    int n_inputs, inputs[2];
    struct bm_shape in, out;  /* of one image; `in` is that of the first input */
    void *detail;             /* what only this kind needs; owned */
    size_t w, state;          /* where its parameters and its states begin */
    int tensors;              /* … and its tensors */
    size_t saved, workspace;  /* bytes */
    size_t forward_workspace; /* where forward needs less; 0: as much */
    /* Given an update, the node's backward does it by itself, piece by piece after the last use of
     * w: dw has only so many elements then. 0, and where the optimizer takes whole tensors: the
     * update follows, and dw is whole. */
    size_t piece;
    bool rounds_products; /* its products in training are in bfloat16 */
    /* set by bm_net_end (net_fuse.c): of normalizations, which passes neighbours do */
    bool is_summed, is_read_raw, is_d_read_raw;
    int completed_by;  /* -1: none */
    int epilogue_norm; /* of others: the normalization that alone reads it, -1: none */
    /* numbers of blocks, -1: none (it is the caller's, or not needed) */
    int value, backward_value; /* in the passes forward and backward */
    int gradient, saved_block;
    int workspaces[2]; /* of forward, of backward */
    int unpacked[2];   /* the same; reals, where arrays are of others and its layer takes none */
    bool adds[2];
};

/* ---- tensors: the names and layouts that PyTorch gives to parameters and states ---- */

enum bm_initial { BM_ZEROS, BM_ONES, BM_KAIMING_NORMAL, BM_UNIFORM_FAN_IN };

/* PyTorch's (out, in, height, width), kept as (height, width, in, out): the matrix that a row of
 * pixels is multiplied with. A linear layer on a map is a kernel as large as the map, which PyTorch
 * flattens to (out, in * height * width); vectors have `out` alone. */
struct bm_tensor {
    char name[64];
    int n_dims; /* PyTorch's: 4, 2 or 1 */
    int out, in, height, width;
    enum bm_initial initial;
    bool trained;  /* else a state */
    size_t offset; /* among the parameters, or the states */
};

/* ---- the network ---- */

/* A value that is stored packed between the passes (net_kept.c). */
struct bm_kept {
    int value, packed, unpacked;   /* blocks */
    int last_reader, first_reader; /* nodes: packed behind the one, unpacked before the other */
    size_t image;                  /* reals of one image */
};

struct bm_net {
    int batch, threads;
    size_t cache;         /* bytes that a thread has for itself where all cores of a node train */
    size_t streamed_from; /* of arrays, for each thread: larger ones are written past the caches */
    enum bm_conv_path conv;
    enum bm_precision precision;
    struct bm_err *err; /* the caller's, while building */
    int n_nodes, n_tensors, n_taps, n_blocks;
    struct bm_node nodes[BM_MOST_NODES];
    struct bm_tensor tensors[BM_MOST_TENSORS];
    struct bm_net_tap {
        char name[BM_TAP_NAME];
        int node;
    } taps[BM_MOST_TAPS];
    size_t n_parameters, n_states;
    struct bm_block blocks[BM_MOST_BLOCKS]; /* values, gradients, what is saved, workspaces */
    size_t planned;                         /* bytes */
    /* The same for bm_net_watch: where blocks lie while nothing is kept for a backward pass. */
    size_t watch_offset[BM_MOST_BLOCKS], watch_planned;
    bool is_watching;             /* those offsets hold */
    size_t calibrated;            /* images since running statistics were reset */
    enum bm_gradients gradients;  /* that bm_net_plan was told */
    enum bm_element kept, passed; /* values between the passes; they and gradients between layers */
    int n_kept;
    struct bm_kept kept_values[BM_MOST_NODES];
    struct bm_arena arena;
    struct bm_net_memory {
        bm_real *parameters, *gradients, *states;
        unsigned char *blocks;
    } memory; /* in the arena */
};

/* Adds a node with `detail_size` zeroed bytes of detail. -1 where an input is -1 or the network
 * becomes too large; net->err says why. */
int bm_net_node(struct bm_net *net, const struct bm_layer *layer, int n_inputs, const int *inputs,
                struct bm_shape out, size_t detail_size);
/* Adds a tensor of the last node, named LAYER.WHAT; `trained`, `offset` and the name are set here.
 */
void bm_net_parameter(struct bm_net *net, const char *layer, const char *what,
                      struct bm_tensor tensor);
void bm_net_state(struct bm_net *net, const char *layer, const char *what, struct bm_tensor tensor);
/* Of a normalization: LAYER.weight, ones, and LAYER.bias, zeros. */
void bm_net_scale_and_shift(struct bm_net *net, const char *layer, int channels);

/* One node of a run, for who measures parts: bm_net_forward, bm_net_backward (update NULL) and
 * bm_net_backward_update are loops of these. */
void bm_net_forward_node(struct bm_net *net, int i, const bm_real *x, int n, enum bm_mode mode);
void bm_net_backward_node(struct bm_net *net, int i, const bm_real *x, bm_real *d_output, int n,
                          const struct bm_update *update);
/* Follows the node's backward; does nothing where that has updated by itself. */
void bm_net_update_node(struct bm_net *net, int i, const struct bm_update *update);

/* The call's update of a block of a tensor of the node's: rows x columns, `stride` apart from row
 * to row, from w[first] on. The gradients lie without gaps. */
void bm_call_update(const struct bm_call *call, size_t first, size_t rows, size_t columns,
                    size_t stride, int n_dims, const bm_real *gradients);

static inline size_t bm_tensor_size(const struct bm_tensor *tensor)
{
    return (size_t)tensor->out * (size_t)tensor->in * (size_t)tensor->height *
           (size_t)tensor->width;
}

/* Has the value, whose block nodes forward read up to `last_reader` and backward from
 * `first_reader` on, packed in between (net_kept.c). */
void bm_net_keep(struct bm_net *net, int value, int last_reader, int first_reader);
/* Packs what node i is the last to read forward, unpacks what it is the first to read backward. */
void bm_net_pack(struct bm_net *net, int i, int n);
void bm_net_unpack(struct bm_net *net, int i, int n);
/* The elements of a node's value and its gradient (net_passed.c). */
enum bm_element bm_net_element(const struct bm_net *net, int node);
/* Whether so many elements are better written past the caches. */
static inline bool bm_net_streams(const struct bm_net *net, size_t n, enum bm_element element)
{
    return n * bm_element_type(element)->bytes > net->streamed_from * (size_t)net->threads;
}

/* Plans the memory for what node i's layer needs unpacked. */
void bm_net_plan_unpacked(struct bm_net *net, int i);
/* Runs the layer on the node's arrays, as they are or unpacked. */
void bm_net_run_layer(const struct bm_net *net, int i, const struct bm_call *call,
                      bool is_backward);
/* When node i runs backward; forward it runs at time i. */
int bm_net_backward_time(const struct bm_net *net, int i);
/* A block that is in use at `first` alone so far. */
int bm_net_new_block(struct bm_net *net, size_t size, int first);

/* Decides which normalizations are done by their neighbours (net_fuse.c). */
void bm_net_fuse(struct bm_net *net);

/* The vectors of a normalization; those of others are NULL. */
struct bm_norm bm_net_norm(const struct bm_net *net, int node);

/* A node's parameters end where those of the next begin. */
static inline size_t bm_net_node_parameters(const struct bm_net *net, int i)
{
    size_t end = i + 1 < net->n_nodes ? net->nodes[i + 1].w : net->n_parameters;
    return end - net->nodes[i].w;
}

/* Whether the call's products are rounded: evaluations are in float. */
static inline bool bm_call_rounds(const struct bm_call *call)
{
    return call->node->rounds_products && call->mode == BM_TRAIN;
}

/* Whether values are there to be read between the passes. */
static inline bool bm_net_keeps_reals(const struct bm_net *net)
{
    return net->kept == BM_ELEMENT_REAL && net->passed == BM_ELEMENT_REAL;
}

/* The call's workspace, to be carved; one that counts where the node has none. */
static inline struct bm_arena bm_call_workspace(const struct bm_call *call)
{
    return bm_arena_lent(call->workspace, call->node->workspace);
}

/* Where a block lies; NULL for block -1. After bm_net_plan. */
static inline void *bm_net_block(const struct bm_net *net, int block)
{
    if (block < 0)
        return NULL;
    return net->memory.blocks +
           (net->is_watching ? net->watch_offset[block] : net->blocks[block].offset);
}

#endif
