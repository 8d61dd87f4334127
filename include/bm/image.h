/* The shape of a stored image, whose pixels are bytes in channel planes (C, H, W). */
#ifndef BM_IMAGE_H
#define BM_IMAGE_H

struct bm_image_shape {
    int channels, height, width;
};

#endif
