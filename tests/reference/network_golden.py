#!/usr/bin/python3
"""Writes tests/golden/networks.txt: small networks of each architecture, computed by PyTorch in double.

Inputs, targets and parameters come from the integer hash of tests/hash.h, so the file holds results
only, and of each tensor its length and three projections onto hash vectors. A line is

    case NAME ARCH HEIGHT WIDTH CHANNELS CLASSES BATCH WIDTH DEPTH PROJECTOR_WIDTH STEM NORM PROJECTOR_NORM OUTPUT_NORM
    KIND NAME NUMBER LENGTH PROJECTION PROJECTION PROJECTION

where KIND is parameter (its gradient; its values are tensor NUMBER of the hash), state (after one
training forward), tap (features in evaluation, pooled to NUMBER), calibrated (a state that is the average over
further batches, each weighted by its images), or value (loss, output, …).

    tests/reference/network_golden.py > tests/golden/networks.txt
"""
import numpy as np
import torch
from torch import nn
from torch.nn import functional

CASES = [
    # name, arch, h, w, c, classes, batch, width, depth, projector, stem, norm, projector_norm, output_norm
    ("cnn", "cnn", 8, 8, 3, 10, 4, 4, 1, 16, "-", 1, 0, 0),
    ("cnn-none", "cnn", 7, 5, 3, 7, 3, 3, 1, 11, "-", 0, 0, 0),
    ("cnn-all", "cnn", 9, 6, 1, 5, 5, 5, 1, 9, "-", 1, 1, 1),
    ("cnn-bare", "cnn", 11, 7, 2, 3, 2, 2, 1, 0, "-", 1, 0, 0),
    ("cnn-single", "cnn", 16, 9, 3, 10, 1, 3, 1, 8, "-", 1, 0, 0),
    ("mlp", "mlp", 5, 4, 3, 10, 6, 7, 3, 13, "-", 1, 0, 0),
    ("mlp-none", "mlp", 3, 7, 3, 4, 1, 9, 2, 5, "-", 0, 0, 0),
    ("mlp-all", "mlp", 4, 4, 3, 6, 7, 8, 1, 10, "-", 1, 1, 1),
    ("mlp-bare", "mlp", 2, 3, 5, 3, 5, 4, 2, 0, "-", 0, 0, 1),
    ("resnet18", "resnet18", 32, 32, 3, 10, 2, 8, 1, 32, "small", 1, 0, 0),
    ("resnet18-none", "resnet18", 12, 9, 3, 5, 3, 4, 1, 16, "small", 0, 0, 0),
    ("resnet18-medium", "resnet18", 17, 20, 3, 7, 2, 3, 1, 0, "medium", 1, 0, 1),
    ("resnet18-large", "resnet18", 37, 40, 3, 10, 2, 4, 1, 16, "large", 1, 1, 0),
]
INPUT, TARGET, FIRST_PARAMETER, PROJECTION, CALIBRATION = 0, 1, 10, 1000, 2000
CALIBRATION_BATCHES = 3
POOLS = (0, 1, 3)


def hash_bits(tensor, n):
    with np.errstate(over="ignore"):
        z = np.uint64(tensor) * np.uint64(0xD1342543DE82EF95) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(
            0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def hash_values(tensor, n):
    return (hash_bits(tensor, n) >> np.uint64(11)).astype(np.float64) * 2.0**-53 - 0.5


class Network(nn.Module):
    """The projector behind an encoder. The tensors are plain attributes: what bm_net_tensor_info calls them."""

    def add_projector(self, features, classes, projector_width, projector_norm, output_norm):
        if projector_width:
            self.projector = nn.Linear(features, projector_width, bias=False)
            if projector_norm:
                self.projector_bn = nn.BatchNorm1d(projector_width)
            features = projector_width
        self.output = nn.Linear(features, classes, bias=False)
        if output_norm:
            self.output_bn = nn.BatchNorm1d(classes, affine=False)

    def project(self, x):
        part = dict(self.named_children())
        same = nn.Identity()
        if x.dim() == 4:
            x = x.mean((2, 3))
        self.taps["embedding"] = x
        if "projector" in part:
            x = functional.relu(part.get("projector_bn", same)(self.projector(x)))
            self.taps["projector"] = x
        x = part.get("output_bn", same)(self.output(x))
        self.taps["output"] = x
        return x


class Plain(Network):
    """cnn and mlp."""

    def __init__(self, arch, h, w, c, classes, width, depth, projector_width, stem, norm, *norms):
        super().__init__()
        self.taps = {}
        self.layers = 4 if arch == "cnn" else depth
        features = c if arch == "cnn" else c * h * w
        for i in range(1, self.layers + 1):
            if arch == "cnn":
                out = width * 2**(i - 1)
                setattr(self, f"conv{i}", nn.Conv2d(features, out, 3, 1 if i == 1 else 2, 1, bias=False))
            else:
                out = width
                setattr(self, f"linear{i}", nn.Linear(features, out, bias=False))
            if norm:
                setattr(self, f"bn{i}", nn.BatchNorm2d(out) if arch == "cnn" else nn.BatchNorm1d(out))
            features = out
        self.add_projector(features, classes, projector_width, *norms)

    def forward(self, x):
        part = dict(self.named_children())
        same = nn.Identity()
        if "conv1" not in part:
            x = x.flatten(1)
        for i in range(1, self.layers + 1):
            x = (part.get(f"conv{i}") or part.get(f"linear{i}"))(x)
            x = functional.relu(part.get(f"bn{i}", same)(x))
            self.taps[f"layer{i}"] = x
        return self.project(x)


class Block(nn.Module):
    """A basic block with torchvision's names."""

    def __init__(self, c, out, stride, norm):
        super().__init__()
        batchnorm = nn.BatchNorm2d if norm else lambda channels: nn.Identity()
        self.conv1 = nn.Conv2d(c, out, 3, stride, 1, bias=False)
        self.bn1 = batchnorm(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = batchnorm(out)
        self.downsample = nn.Sequential()
        if stride != 1 or c != out:
            self.downsample = nn.Sequential(nn.Conv2d(c, out, 1, stride, bias=False), batchnorm(out))

    def forward(self, x):
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(y + self.downsample(x))


class ResNet(Network):
    BLOCKS = {"resnet18": (2, 2, 2, 2)}

    def __init__(self, arch, h, w, c, classes, width, depth, projector_width, stem, norm, *norms):
        super().__init__()
        self.taps = {}
        kernel, stride = {"small": (3, 1), "medium": (3, 2), "large": (7, 2)}[stem]
        self.conv1 = nn.Conv2d(c, width, kernel, stride, kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width) if norm else nn.Identity()
        self.pool = nn.MaxPool2d(3, 2, 1) if stem == "large" else nn.Identity()
        features = width
        for stage, blocks in enumerate(self.BLOCKS[arch]):
            stages = []
            for block in range(blocks):
                stages.append(Block(features, width << stage, 2 if stage and not block else 1, norm))
                features = width << stage
            setattr(self, f"layer{stage + 1}", nn.Sequential(*stages))
        self.add_projector(features, classes, projector_width, *norms)

    def forward(self, x):
        x = self.taps["stem"] = self.pool(functional.relu(self.bn1(self.conv1(x))))
        for stage in range(1, 5):
            x = self.taps[f"stage{stage}"] = getattr(self, f"layer{stage}")(x)
        return self.project(x)


def parameter_values(parameter, number):
    """He's variance for weights; scales around 1, shifts around 0."""
    values = hash_values(number, parameter.numel()).reshape(tuple(parameter.shape))
    if parameter.dim() > 1:
        values = values * (2 * np.sqrt(6.0 / (parameter.numel() // parameter.shape[0])))
    return values


def report(kind, name, number, tensor):
    flat = tensor.detach().numpy().reshape(-1)
    numbers = [np.linalg.norm(flat)] + [float(hash_values(PROJECTION + j, flat.size) @ flat) for j in range(3)]
    print(kind, name, number, *(f"{x:.17g}" for x in numbers))


def pooled(features, pool):
    """As bm_net_tap_features has them: pooled where the map is larger, (H, W, C) flattened."""
    if features.dim() == 4:
        size = [side if pool == 0 else min(side, pool) for side in features.shape[2:]]
        features = functional.adaptive_avg_pool2d(features, size).permute(0, 2, 3, 1)
    return features.contiguous()


def images(tensor, batch, c, h, w):
    return torch.from_numpy(hash_values(tensor, batch * c * h * w).reshape(batch, c, h, w))


def report_buffers(kind, net):
    for name, buffer in net.named_buffers():
        if not name.endswith("num_batches_tracked"):
            report(kind, name, 0, buffer)


def calibrate(net, batch, *shape):
    """Running statistics become averages over batches, each weighted by its images; the last is a partial one,
    unless it would be a single image."""
    norms = [module for module in net.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    sizes = [batch] * (CALIBRATION_BATCHES - 1) + [batch - 1 if batch > 2 else batch]
    net.train()
    for i, size in enumerate(sizes):
        for module in norms:
            module.momentum = size / sum(sizes[:i + 1])
        net(images(CALIBRATION + i, size, *shape))
    net.eval()


def run(name, arch, h, w, c, classes, batch, *settings):
    print("case", name, arch, h, w, c, classes, batch, *settings)
    kind = ResNet if arch.startswith("resnet") else Plain
    net = kind(arch, h, w, c, classes, *settings).double()
    numbers = {}
    for parameter_name, parameter in net.named_parameters():
        number = numbers[parameter_name] = FIRST_PARAMETER + len(numbers)
        values = parameter_values(parameter, number)
        is_scale = parameter.dim() == 1 and parameter_name.endswith("weight")
        parameter.data = torch.from_numpy(values + 1 if is_scale else values)
    x = images(INPUT, batch, c, h, w)
    target = (hash_bits(TARGET, batch) % np.uint64(classes)).astype(np.int64)
    output = net(x)
    output.retain_grad()
    loss = nn.MSELoss()(output, functional.one_hot(torch.from_numpy(target), classes).double())
    loss.backward()
    report("value", "loss", 0, loss)
    report("value", "output", 0, output)
    report("value", "d_output", 0, output.grad)
    for parameter_name, parameter in net.named_parameters():
        report("parameter", parameter_name, numbers[parameter_name], parameter.grad)
    report_buffers("state", net)
    net.eval()
    report("value", "eval_output", 0, net(x))
    for tap_name, features in net.taps.items():
        for pool in POOLS:
            report("tap", tap_name, pool, pooled(features, pool))
    calibrate(net, batch, c, h, w)
    report_buffers("calibrated", net)
    report("value", "calibrated_output", 0, net(x))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for case in CASES:
        run(*case)
