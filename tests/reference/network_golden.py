#!/usr/bin/python3
"""Writes tests/golden/networks.txt: small networks of each architecture, computed by PyTorch in double.

Inputs, targets and parameters come from the integer hash of tests/hash.h, so the file holds results
only, and of each tensor its length and three projections onto hash vectors. A line is

    case NAME ARCH HEIGHT WIDTH CHANNELS CLASSES BATCH WIDTH DEPTH PROJECTOR_WIDTH STEM NORM PROJECTOR_NORM OUTPUT_NORM STRIDE
    KIND NAME NUMBER LENGTH PROJECTION PROJECTION PROJECTION

where NORM is 0 (none), 1 (BatchNorm) or the channels of a group, and STRIDE where a bottleneck has its stride.
KIND is parameter (its gradient; its values are tensor NUMBER of the hash), state (after one
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
    ("resnet18-gn", "resnet18", 16, 13, 3, 10, 2, 4, 1, 8, "small", 2, 0, 0),
    ("resnet34", "resnet34", 32, 32, 3, 10, 2, 4, 1, 16, "small", 1, 0, 0),
    ("resnet50", "resnet50", 32, 32, 3, 10, 2, 4, 1, 16, "small", 1, 0, 0),
    ("resnet50-v1", "resnet50", 33, 40, 3, 10, 2, 3, 1, 0, "large", 1, 0, 0, "v1"),
    ("resnet50-gn", "resnet50", 19, 16, 3, 6, 2, 4, 1, 8, "medium", 4, 0, 0),
    ("vgg11", "vgg11", 32, 32, 3, 10, 2, 8, 1, 16, "-", 1, 0, 0),
    ("vgg11-none", "vgg11", 33, 47, 3, 10, 2, 4, 1, 0, "-", 0, 0, 0),
    ("vgg13", "vgg13", 32, 35, 3, 10, 2, 4, 1, 8, "-", 1, 1, 0),
    ("vgg16", "vgg16", 32, 32, 3, 10, 2, 4, 1, 16, "-", 1, 0, 0),
    ("vgg16-gn", "vgg16", 64, 64, 1, 10, 2, 4, 1, 0, "-", 4, 0, 0),
    ("vgg19", "vgg19", 32, 32, 3, 10, 2, 4, 1, 16, "-", 1, 0, 0),
    ("cnn-gn", "cnn", 8, 8, 3, 10, 4, 4, 1, 16, "-", 2, 0, 0),
    ("mlp-gn", "mlp", 5, 4, 3, 10, 6, 6, 2, 0, "-", 3, 0, 0),
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


def norm_of(norm, channels):
    """Of maps: 0 is none, 1 BatchNorm, more are the channels of a group."""
    if norm > 1:
        return nn.GroupNorm(channels // norm, channels)
    return nn.BatchNorm2d(channels) if norm else nn.Identity()


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

    def __init__(self, arch, h, w, c, classes, width, depth, projector_width, stem, norm, where, *norms):
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
                setattr(self, f"bn{i}", nn.BatchNorm1d(out) if arch == "mlp" and norm == 1 else norm_of(norm, out))
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

    def __init__(self, c, channels, out, stride, changes_shape, norm, where):
        super().__init__()
        self.conv1 = nn.Conv2d(c, out, 3, stride, 1, bias=False)
        self.bn1 = norm_of(norm, out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = norm_of(norm, out)
        self.downsample = nn.Sequential()
        if changes_shape:
            self.downsample = nn.Sequential(nn.Conv2d(c, out, 1, stride, bias=False), norm_of(norm, out))

    def forward(self, x):
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(y + self.downsample(x))


class Bottleneck(nn.Module):
    def __init__(self, c, channels, out, stride, changes_shape, norm, where):
        super().__init__()
        first, second = (stride, 1) if where == "v1" else (1, stride)
        self.conv1 = nn.Conv2d(c, channels, 1, first, bias=False)
        self.bn1 = norm_of(norm, channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, second, 1, bias=False)
        self.bn2 = norm_of(norm, channels)
        self.conv3 = nn.Conv2d(channels, out, 1, bias=False)
        self.bn3 = norm_of(norm, out)
        self.downsample = nn.Sequential()
        if changes_shape:
            self.downsample = nn.Sequential(nn.Conv2d(c, out, 1, stride, bias=False), norm_of(norm, out))

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(functional.relu(self.bn2(self.conv2(y)))))
        return functional.relu(y + self.downsample(x))


class ResNet(Network):
    BLOCKS = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3), "resnet50": (3, 4, 6, 3)}

    def __init__(self, arch, h, w, c, classes, width, depth, projector_width, stem, norm, where, *norms):
        super().__init__()
        self.taps = {}
        kernel, stride = {"small": (3, 1), "medium": (3, 2), "large": (7, 2)}[stem]
        block_of, expansion = (Bottleneck, 4) if arch == "resnet50" else (Block, 1)
        self.conv1 = nn.Conv2d(c, width, kernel, stride, kernel // 2, bias=False)
        self.bn1 = norm_of(norm, width)
        self.pool = nn.MaxPool2d(3, 2, 1) if stem == "large" else nn.Identity()
        features = width
        for stage, blocks in enumerate(self.BLOCKS[arch]):
            stages = []
            for block in range(blocks):
                channels = width << stage
                stride, out = 2 if stage and not block else 1, channels * expansion
                stages.append(block_of(features, channels, out, stride, stride > 1 or features != out, norm, where))
                features = out
            setattr(self, f"layer{stage + 1}", nn.Sequential(*stages))
        self.add_projector(features, classes, projector_width, *norms)

    def forward(self, x):
        x = self.taps["stem"] = self.pool(functional.relu(self.bn1(self.conv1(x))))
        for stage in range(1, 5):
            x = self.taps[f"stage{stage}"] = getattr(self, f"layer{stage}")(x)
        return self.project(x)


class VGG(Network):
    """torchvision's list of modules, without the convolutions' biases."""
    LAYERS = {"vgg11": (1, 1, 2, 2, 2), "vgg13": (2, 2, 2, 2, 2), "vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}

    def __init__(self, arch, h, w, c, classes, width, depth, projector_width, stem, norm, where, *norms):
        super().__init__()
        self.taps = {}
        modules, self.ends = [], []
        for block, layers in enumerate(self.LAYERS[arch]):
            out = width << min(block, 3)
            for _ in range(layers):
                modules += [nn.Conv2d(c, out, 3, padding=1, bias=False)] + [norm_of(norm, out)] * (norm > 0)
                modules += [nn.ReLU()]
                c = out
            self.ends.append(len(modules))
            modules.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*modules)
        self.add_projector(c, classes, projector_width, *norms)

    def forward(self, x):
        for i, module in enumerate(self.features):
            x = module(x)
            if i in self.ends:
                self.taps[f"block{self.ends.index(i) + 1}"] = x
        return self.project(x)


def kind_of(arch):
    return ResNet if arch.startswith("resnet") else VGG if arch.startswith("vgg") else Plain


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
    *settings, projector_norm, output_norm, where = settings
    print("case", name, arch, h, w, c, classes, batch, *settings, projector_norm, output_norm, where)
    net = kind_of(arch)(arch, h, w, c, classes, *settings, where, projector_norm, output_norm).double()
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
        run(*case, *(() if case[-1] == "v1" else ("v1.5",)))
