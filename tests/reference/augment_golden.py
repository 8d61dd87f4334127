#!/usr/bin/python3
"""Writes tests/golden/augment.txt: views with given parameters, by torchvision's tensor transforms.

Made with torch 1.13 and torchvision 0.14:  tests/reference/augment_golden.py > tests/golden/augment.txt

A case is one line: stored height and width, size of the view, box (top, left, height, width), flip,
jitter, order (4), brightness, contrast, saturation, hue, grayscale, then the view's values in
millionths. The stored image comes from an integer hash that test_view.c has, too.
"""
import itertools

from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

from stored_images import stored_image

ADJUST = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]


def case(stored=(8, 8), size=5, box=None, flip=0, jitter=0, order=(0, 1, 2, 3),
         factors=(1.0, 1.0, 1.0, 0.0), gray=0):
    box = box or (0, 0, *stored)
    view = F.resized_crop(stored_image(3, *stored), *box, [size, size], InterpolationMode.BILINEAR,
                          antialias=True)
    if flip:
        view = F.hflip(view)
    if jitter:
        for k in order:
            view = ADJUST[k](view, factors[k])
    if gray:
        view = F.rgb_to_grayscale(view, 3)
    values = (round(value * 1e6) for value in view.flatten().double().tolist())
    print(*stored, size, *box, flip, jitter, *order, *factors, gray, *values)


# crops: as stored, smaller, larger, one axis each way, far smaller, single pixels, at the edges
case(size=8)
case(stored=(16, 16), size=6)
case(box=(2, 1, 3, 4), size=8)
case(stored=(12, 9), box=(1, 2, 11, 3), size=6)
case(stored=(9, 12), box=(4, 1, 2, 11), size=6)
case(stored=(32, 32), size=4)
case(stored=(33, 31), box=(1, 0, 32, 31), size=7)
case(box=(7, 7, 1, 1), size=4)
case(box=(0, 7, 8, 1), size=4)
case(stored=(6, 6), size=7)
case(stored=(7, 7), size=6)
case(stored=(5, 5), box=(0, 0, 2, 2), size=5)
# flip, odd and even sizes
case(size=4, flip=1)
case(size=5, flip=1)
# one adjustment at a time, to the limits
for k, amounts in enumerate([(0.0, 0.2, 1.8)] * 3 + [(-0.5, -0.2, -0.01, 0.07, 0.2, 0.5)]):
    for amount in amounts:
        factors = [1.0, 1.0, 1.0, 0.0]
        factors[k] = amount
        case(stored=(5, 5), size=5, jitter=1, factors=factors)
# all orders
for order in itertools.permutations(range(4)):
    case(stored=(7, 7), size=4, jitter=1, order=order, factors=(1.3, 0.6, 1.7, -0.13))
# grayscale, and chains of everything
case(gray=1)
case(stored=(32, 32), box=(3, 5, 20, 17), size=6, flip=1, jitter=1, order=(3, 1, 0, 2),
     factors=(0.7, 1.4, 0.3, 0.19), gray=1)
case(stored=(16, 16), box=(9, 3, 5, 6), size=8, flip=1, jitter=1, order=(2, 3, 1, 0),
     factors=(1.75, 1.6, 1.8, -0.2))
