#!/usr/bin/python3
"""Writes what torchvision's tensor transforms make of images with given parameters, for the members of policies that
augment_golden.py does not have, alone and together.

Made with torch 1.13 and torchvision 0.14:
  tests/reference/augment_members_golden.py > tests/golden/augment_members.txt
  tests/reference/augment_members_golden.py magnitudes > tests/golden/randaugment.txt

A case is one line: channels, stored height and width, size of the view, the policy, the numbers of augment_golden.py's
cases, vertical flip, affine (angle, x, y), blur and its sigma, erased box (top, left, height, width), number of
operations of RandAugment, each of these with its magnitude, then the view's values in millionths. Magnitudes: bin, size
of the image, and the magnitudes of the fourteen operations. The stored images come from an integer hash that
tests/view_case.h has, too. What is defined on 8 bits is given the image rounded to them.
"""
import sys

import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms import autoaugment
from torchvision.transforms import functional as F

from stored_images import stored_image

POLICIES = {
    "isometry": "flip,affine",
    "full_rotations": "crop,flip,affine,jitter,grayscale",
    "most_difficult": "crop,flip,vertical_flip,affine,jitter,blur,grayscale,erasing",
}
ADJUST = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]
NEAREST = InterpolationMode.NEAREST
SPACE = autoaugment.RandAugment()._augmentation_space(100, (32, 32))
OPERATIONS = list(SPACE)
OF_8_BITS = "Posterize", "Solarize", "AutoContrast", "Equalize"


def operate(view, number, magnitude):
    name = OPERATIONS[number]
    if name not in OF_8_BITS:
        return autoaugment._apply_op(view, name, magnitude, NEAREST, None)
    levels = (view * 255).round().to(torch.uint8)
    return autoaugment._apply_op(levels, name, magnitude, NEAREST, None).float() / 255


def case(policy, stored=(8, 8), channels=3, size=8, box=None, flip=0, jitter=0, order=(0, 1, 2, 3),
         factors=(1.0, 1.0, 1.0, 0.0), gray=0, vertical=0, affine=(0.0, 0, 0), blur=0, sigma=1.0, erased=(0, 0, 0, 0),
         operations=()):
    box = box or (0, 0, *stored)
    view = F.resized_crop(stored_image(channels, *stored), *box, [size, size], InterpolationMode.BILINEAR,
                          antialias=True)
    for member in POLICIES.get(policy, policy).split(","):
        if member == "flip" and flip:
            view = F.hflip(view)
        elif member == "vertical_flip" and vertical:
            view = F.vflip(view)
        elif member == "affine":
            view = F.affine(view, affine[0], list(affine[1:]), 1.0, [0.0, 0.0], NEAREST, [0.0] * channels)
        elif member == "jitter" and jitter:
            for k in order:
                view = ADJUST[k](view, factors[k])
        elif member == "blur" and blur:
            view = F.gaussian_blur(view, [3, 3], [sigma, sigma])
        elif member == "grayscale" and gray:
            view = F.rgb_to_grayscale(view, channels)
        elif member == "erasing":
            view = F.erase(view, *erased, torch.tensor(0.0))
        elif member == "randaugment":
            for number, magnitude in operations:
                view = operate(view, number, magnitude)
    drawn = [f"{number} {magnitude:.9g}" for number, magnitude in operations]
    values = (round(value * 1e6) for value in view.flatten().double().tolist())
    print(channels, *stored, size, policy, *box, flip, jitter, *order, *factors, gray, vertical, *affine, blur, sigma,
          *erased, len(drawn), *drawn, *values)


def magnitudes():
    for size in 28, 32:
        space = autoaugment.RandAugment()._augmentation_space(100, (size, size))
        for number in 0, 1, 17, 29, 30, 33, 49, 50, 66, 75, 98, 99:
            of_bin = [m[number].item() if m.ndim > 0 else 0 for m, _ in space.values()]
            print(number, size, *(f"{m:.9g}" for m in of_bin))


def cases():
    for size in 8, 7:
        case("vertical_flip", size=size, vertical=1)
        case("vertical_flip", channels=1, size=size, vertical=1)
    # affine: no turn, right angles, any; shifts of some and of all pixels
    for size in 16, 15:
        for affine in [(0.0, 3, -2), (0.0, 0, 16), (90.0, 0, 0), (180.0, 1, 0), (270.0, 0, 0), (0.5, 0, 0),
                       (17.3, 0, 0), (33.0, -3, 2), (61.7, 1, 1), (100.1, 0, 3), (123.4, -2, -2), (171.9, 3, 0)]:
            case("affine", stored=(16, 16), channels=1, size=size, affine=affine)
    case("affine", affine=(37.0, 1, -1))
    # blur, down to nothing and at the smallest size
    for sigma in 0.1, 0.37, 1.0, 2.0, 50.0:
        case("blur", size=7, blur=1, sigma=sigma)
        case("blur", channels=1, blur=1, sigma=sigma)
    case("blur", size=2, blur=1)
    case("blur", size=3, blur=1)
    # erasing: inside, in the corners, nothing
    for erased in (2, 1, 3, 4), (0, 0, 1, 7), (1, 6, 7, 2), (5, 3, 0, 4):
        case("erasing", erased=erased)
    case("erasing", channels=1, size=7, erased=(3, 3, 4, 4))
    # each operation of RandAugment, weak, strong and negative, on an image that uses few levels and on others
    for number, (of_bins, signed) in enumerate(SPACE.values()):
        name = OPERATIONS[number]
        pixels = dict(stored=(16, 16), channels=1, size=16) if name.startswith(("Sh", "Tr", "Ro")) else {}
        for chosen in (0, 30, 57, 99) if of_bins.ndim > 0 else (0,):
            magnitude = of_bins[chosen].item() if of_bins.ndim > 0 else 0.0
            case("randaugment", **pixels, operations=[(number, magnitude)])
            if signed and magnitude:
                case("randaugment", **pixels, operations=[(number, -magnitude)])
        case("randaugment", channels=1, stored=(9, 9), size=9, operations=[(number, magnitude)])
    for number in 9, 10, 11, 12, 13:
        case("randaugment", stored=(24, 24), channels=1, size=24, operations=[(number, 4.0)])
        case("randaugment", box=(3, 3, 2, 2), size=2, operations=[(number, 5.0)])
    case("randaugment", size=2, operations=[(9, 0.9)])
    case("randaugment", operations=[(13, 0.0), (8, -0.4), (11, 128.0), (9, 0.7)])
    # an image with much of its last level
    case("randaugment", stored=(24, 24), channels=1, size=24, operations=[(6, 0.8123), (13, 0.0)])
    # an image of one level
    for number in 12, 13:
        case("randaugment", stored=(6, 6), box=(5, 5, 1, 1), size=6, operations=[(number, 0.0)])
    # whole policies, and the same members in another order
    chain = dict(stored=(16, 16), box=(3, 1, 11, 12), size=9, flip=1, jitter=1, order=(2, 0, 3, 1),
                 factors=(1.3, 0.7, 0.4, 0.15), vertical=1, affine=(48.0, 2, -1), blur=1, sigma=0.8,
                 erased=(2, 3, 4, 2))
    for policy in "isometry", "full_rotations", "most_difficult", "erasing,blur,affine", "blur,affine,erasing":
        cut = {} if "crop" in POLICIES.get(policy, policy) else dict(box=None)
        case(policy, **{**chain, **cut})
        case(policy, **{**chain, **cut}, channels=1)
        case(policy, **{**chain, **cut, "affine": (0.0, 0, 0), "gray": 1})


magnitudes() if sys.argv[1:] == ["magnitudes"] else cases()
