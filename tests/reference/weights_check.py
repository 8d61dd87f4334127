#!/usr/bin/python3
"""Exported weights against PyTorch: loads FILE.h5 into the plain network of network_golden.py and compares
every tap with what bm-sweep's network makes of the same images (FEATURES of tests/unit/test_weights.c).

    tests/reference/weights_check.py FILE.h5 FEATURES
"""
import sys
from pathlib import Path

import h5py
import numpy as np
import torch

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[2] / "analysis")]
import load_weights
import network_golden

IMAGES, SHAPE, TOLERANCE = 6, (3, 32, 32), 1e-4


def difference(ours, theirs):
    """As a fraction of the largest feature; NaN where all are 0, which would show nothing."""
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


def main(path, features_path):
    with h5py.File(path) as file:
        setting, classes = dict(file.attrs), len(file["output.weight"])
    norm = {"none": 0, "bn": 1}.get(setting["norm"], setting["norm_group_channels"])
    norms = [setting[key] == "bn" for key in ("projector_norm", "output_norm")]
    net = network_golden.kind_of(setting["arch"])(
        setting["arch"], *SHAPE[1:], SHAPE[0], classes, setting["width"], setting["depth"],
        setting["projector_width"], setting["stem"], norm, setting["bottleneck_stride"], *norms)
    load_weights.load(net, path)
    images = network_golden.hash_values(0, IMAGES * np.prod(SHAPE)).reshape(IMAGES, *SHAPE)
    images = torch.from_numpy(images.astype(np.float32))
    ours, differences = np.fromfile(features_path, np.float32), []
    with torch.no_grad():
        net(images)
        for name, features in net.taps.items():
            theirs = network_golden.pooled(features, 0).numpy().reshape(-1)
            last, ours = ours[:theirs.size], ours[theirs.size:]
            differences.append(difference(last, theirs))
            print(f"{name}: {theirs.size} features, difference {differences[-1]:.1e}")
        assert ours.size == 0, "features are left over"
        if setting["arch"] == "resnet18" and setting["stem"] == "small" and [norm, *norms] == [1, False, False]:
            plain = load_weights.resnet18(setting["width"], setting["projector_width"], classes)
            output = load_weights.load(plain, path)(images).numpy().reshape(-1)
            differences.append(difference(last, output))
    return all(value < TOLERANCE for value in differences)  # a NaN is not


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(not main(*sys.argv[1:]))
