#include "resnet.h"

#include <stdarg.h>
#include <stdio.h>

const char *const bm_resnet_settings[] = {"stem", NULL};

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

/* relu(norm(x) + residual); residual -1: none. */
static int norm_relu(struct bm_net *net, const struct bm_net_spec *spec, int x, int residual,
                     struct name name)
{
    if (spec->norm == BM_NORM_BN)
        return bm_net_batchnorm_relu(net, x, residual, name.text);
    return bm_net_relu(net, residual >= 0 ? bm_net_add(net, x, residual) : x);
}

/* small: for images of 32 pixels; large: ImageNet's. */
static int stem(struct bm_net *net, const struct bm_net_spec *spec, int x)
{
    bool is_large = spec->stem == BM_STEM_LARGE;
    int stride = spec->stem == BM_STEM_SMALL ? 1 : 2;
    x = bm_net_conv(net, x, (int)spec->width, is_large ? 7 : 3, stride, "conv1");
    x = norm_relu(net, spec, x, -1, name_of("bn1"));
    return is_large ? bm_net_max_pool(net, x) : x;
}

/* relu(norm(conv(relu(norm(conv(x))))) + shortcut(x)); the shortcut is x, or a 1x1 convolution
 * where the shape changes. */
static int basic_block(struct bm_net *net, const struct bm_net_spec *spec, int x, int channels,
                       int stride, bool changes_shape, struct name block)
{
    const char *at = block.text;
    int y = bm_net_conv(net, x, channels, 3, stride, name_of("%s.conv1", at).text);
    y = norm_relu(net, spec, y, -1, name_of("%s.bn1", at));
    y = bm_net_conv(net, y, channels, 3, 1, name_of("%s.conv2", at).text);
    int shortcut = x;
    if (changes_shape) {
        shortcut = bm_net_conv(net, x, channels, 1, stride, name_of("%s.downsample.0", at).text);
        if (spec->norm == BM_NORM_BN)
            shortcut = bm_net_batchnorm(net, shortcut, true, name_of("%s.downsample.1", at).text);
    }
    return norm_relu(net, spec, y, shortcut, name_of("%s.bn2", at));
}

int bm_resnet_build(struct bm_net *net, const struct bm_net_spec *spec,
                    const int blocks[BM_RESNET_STAGES], struct bm_err *err)
{
    const int most_width = 1024; /* 8192 channels in the last stage */
    if (spec->width > most_width)
        return bm_fail(err, BM_EXIT_DATA, "width: %lld is too much for %s (valid: 1 to %d)",
                       (long long)spec->width, spec->arch, most_width);
    int x = stem(net, spec, bm_net_input(net));
    bm_net_tap(net, x, "stem");
    for (int stage = 0; stage < BM_RESNET_STAGES; stage++) {
        int channels = (int)spec->width << stage;
        for (int block = 0; block < blocks[stage]; block++) {
            bool is_first = block == 0 && stage > 0; /* the first stage keeps the stem's shape */
            x = basic_block(net, spec, x, channels, is_first ? 2 : 1, is_first,
                            name_of("layer%d.%d", stage + 1, block));
        }
        bm_net_tap(net, x, name_of("stage%d", stage + 1).text);
    }
    return bm_net_global_pool(net, x);
}
