#!/usr/bin/python3
"""Writes tests/golden/augment_gray.txt: views of images of one channel, by torchvision's tensor transforms.

Made with torch 1.13 and torchvision 0.14:  tests/reference/augment_gray_golden.py > tests/golden/augment_gray.txt

A case is one line: stored side, size of the view, box (top, left, height, width), flip, jitter, order (4), brightness,
contrast, saturation, hue, grayscale, then the view's values in millionths. The stored image comes from an integer
hash that test_gray.c has, too.
"""
import itertools

from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

from stored_images import stored_image

ADJUST = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]


def case(stored=28, size=6, box=None, flip=0, jitter=1, order=(0, 1, 2, 3), factors=(1.0, 1.0, 1.0, 0.0), gray=0):
    box = box or (0, 0, stored, stored)
    view = F.resized_crop(stored_image(1, stored, stored), *box, [size, size], InterpolationMode.BILINEAR, antialias=True)
    if flip:
        view = F.hflip(view)
    if jitter:
        for k in order:
            view = ADJUST[k](view, factors[k])
    if gray:
        view = F.rgb_to_grayscale(view, 1)
    values = (round(value * 1e6) for value in view.flatten().double().tolist())
    print(stored, size, *box, flip, jitter, *order, *factors, gray, *values)


for k, amounts in enumerate([(0.0, 0.2, 1.8)] * 3 + [(-0.5, 0.07, 0.5)]):
    for amount in amounts:
        factors = [1.0, 1.0, 1.0, 0.0]
        factors[k] = amount
        case(stored=6, factors=factors)
for order in itertools.permutations(range(4)):
    case(order=order, box=(3, 5, 20, 17), size=4, flip=1, factors=(1.3, 0.6, 1.7, -0.13), gray=1)
case(jitter=0, gray=1)
