"""The stored images of the goldens of augmentations, from an integer hash that the tests have, too."""
import torch


def hashed(n):
    x = n * 2654435761 & 0xFFFFFFFF
    x ^= x >> 15
    x = x * 2246822519 & 0xFFFFFFFF
    return (x ^ x >> 13) & 255


def stored_image(channels, height, width):
    """Noise; of three channels with gray pixels, black and white ones, and pixels with two equal channels."""
    if channels == 1:
        return torch.tensor([[[hashed(width * y + x) / 255 for x in range(width)] for y in range(height)]])
    planes = torch.empty(3, height, width)
    for i in range(height * width):
        rgb = [hashed(3 * i), hashed(3 * i + 1), hashed(3 * i + 2)]
        if i % 5 == 0:
            rgb = [rgb[0]] * 3
        elif i % 5 == 1:
            rgb = [255 * (value & 1) for value in rgb]
        elif i % 5 == 2:
            rgb[i % 3] = rgb[(i + 1) % 3]
        planes[:, i // width, i % width] = torch.tensor(rgb) / 255
    return planes
