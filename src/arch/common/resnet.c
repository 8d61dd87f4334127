#include "resnet.h"
#include "norm.h"

#include <stdarg.h>
#include <stdio.h>

const char *const bm_resnet_settings[] = {"stem", NULL};
const char *const bm_bottleneck_settings[] = {"stem", "bottleneck_stride", NULL};

/* Layers are named by their place, like "layer1.0.conv1". */
struct name {
    char text[48];
};

static struct name name_of(const char *format, ...) __attribute__((format(printf, 1, 2)));
static struct name name_of(const char *format, ...)
{
    struct name name;
    va_list args;
    va_start(args, format);
    vsnprintf(name.text, sizeof name.text, format, args);
    va_end(args);
    return name;
}

/* small: for images of 32 pixels; large: ImageNet's. */
static int stem(struct bm_net *net, const struct bm_net_spec *spec, int x)
{
    bool is_large = spec->stem == BM_STEM_LARGE;
    int stride = spec->stem == BM_STEM_SMALL ? 1 : 2;
    x = bm_net_conv(net, x, (int)spec->width, is_large ? 7 : 3, stride, "conv1");
    x = bm_arch_norm_relu(net, spec, x, -1, "bn1");
    return is_large ? bm_net_max_pool(net, x, 3) : x;
}

/* A block to be built: its input, its channels inside and out, and its place. */
struct block {
    int x, channels, out_channels, stride;
    bool changes_shape;
    struct name name;
};

/* A convolution of the block. */
static int conv(struct bm_net *net, const struct block *block, int x, int channels, int kernel,
                int stride, const char *name)
{
    return bm_net_conv(net, x, channels, kernel, stride,
                       name_of("%s.%s", block->name.text, name).text);
}

static int norm_relu(struct bm_net *net, const struct bm_net_spec *spec, const struct block *block,
                     int x, int residual, const char *name)
{
    return bm_arch_norm_relu(net, spec, x, residual, name_of("%s.%s", block->name.text, name).text);
}

/* The input, or a 1x1 convolution of it where the shape changes. */
static int shortcut(struct bm_net *net, const struct bm_net_spec *spec, const struct block *block)
{
    if (!block->changes_shape)
        return block->x;
    int x = conv(net, block, block->x, block->out_channels, 1, block->stride, "downsample.0");
    return bm_arch_norm(net, spec, x, name_of("%s.downsample.1", block->name.text).text);
}

/* relu(norm(conv(relu(norm(conv(x))))) + shortcut(x)). */
static int basic_block(struct bm_net *net, const struct bm_net_spec *spec,
                       const struct block *block)
{
    int y = conv(net, block, block->x, block->channels, 3, block->stride, "conv1");
    y = norm_relu(net, spec, block, y, -1, "bn1");
    y = conv(net, block, y, block->out_channels, 3, 1, "conv2");
    return norm_relu(net, spec, block, y, shortcut(net, spec, block), "bn2");
}

static int bottleneck(struct bm_net *net, const struct bm_net_spec *spec, const struct block *block)
{
    bool is_v1 = spec->bottleneck_stride == BM_BOTTLENECK_V1;
    int y = conv(net, block, block->x, block->channels, 1, is_v1 ? block->stride : 1, "conv1");
    y = norm_relu(net, spec, block, y, -1, "bn1");
    y = conv(net, block, y, block->channels, 3, is_v1 ? 1 : block->stride, "conv2");
    y = norm_relu(net, spec, block, y, -1, "bn2");
    y = conv(net, block, y, block->out_channels, 1, 1, "conv3");
    return norm_relu(net, spec, block, y, shortcut(net, spec, block), "bn3");
}

int bm_resnet_build(struct bm_net *net, const struct bm_net_spec *spec,
                    const struct bm_resnet *resnet)
{
    const int expansion = resnet->has_bottlenecks ? 4 : 1;
    int x = stem(net, spec, bm_net_input(net)), before = (int)spec->width;
    bm_net_tap(net, x, "stem");
    for (int stage = 0; stage < BM_RESNET_STAGES; stage++) {
        int channels = (int)spec->width << stage;
        for (int i = 0; i < resnet->blocks[stage]; i++) {
            int stride = i == 0 && stage > 0 ? 2 : 1; /* the first stage keeps the stem's size */
            struct block block = {.x = x,
                                  .channels = channels,
                                  .out_channels = channels * expansion,
                                  .stride = stride,
                                  .name = name_of("layer%d.%d", stage + 1, i)};
            block.changes_shape = stride > 1 || before != block.out_channels;
            x = (resnet->has_bottlenecks ? bottleneck : basic_block)(net, spec, &block);
            before = block.out_channels;
        }
        bm_net_tap(net, x, name_of("stage%d", stage + 1).text);
    }
    return bm_net_global_pool(net, x);
}
