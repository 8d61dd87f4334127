"""What the rows of bench.py are compared with: each function does the same work with other software, on one
thread, and returns the figure of its row. Run as `peers.py FUNCTION ARGUMENT...` in a process of
its own, because peak memory and thread pools are those of a process."""
import resource
import sys
import time


def network(arch, width, projector):
    import torch.nn as nn

    def conv(cin, cout, stride, kernel=3):
        return nn.Conv2d(cin, cout, kernel, stride, kernel // 2, bias=False)

    class Block(nn.Module):
        def __init__(self, cin, cout, stride, is_bottleneck):
            super().__init__()
            if is_bottleneck:
                inside = cout // 4
                self.path = nn.Sequential(conv(cin, inside, 1, 1), nn.BatchNorm2d(inside), nn.ReLU(),
                                          conv(inside, inside, stride), nn.BatchNorm2d(inside), nn.ReLU(),
                                          conv(inside, cout, 1, 1), nn.BatchNorm2d(cout))
            else:
                self.path = nn.Sequential(conv(cin, cout, stride), nn.BatchNorm2d(cout), nn.ReLU(),
                                          conv(cout, cout, 1), nn.BatchNorm2d(cout))
            self.short = (nn.Sequential(conv(cin, cout, stride, 1), nn.BatchNorm2d(cout))
                          if stride > 1 or cin != cout else nn.Identity())
            self.relu = nn.ReLU()

        def forward(self, x):
            return self.relu(self.path(x) + self.short(x))

    w = width
    if arch in ("resnet18", "resnet50"):
        is_bottleneck = arch == "resnet50"
        layers = [conv(3, w, 1), nn.BatchNorm2d(w), nn.ReLU()]
        channels = w
        for stage, blocks in enumerate([3, 4, 6, 3] if is_bottleneck else [2, 2, 2, 2]):
            out = (w << stage) * (4 if is_bottleneck else 1)
            for block in range(blocks):
                layers.append(Block(channels, out, 2 if stage > 0 and block == 0 else 1, is_bottleneck))
                channels = out
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    elif arch == "vgg16":
        layers, channels = [], 3
        for out, convs in (w, 2), (2 * w, 2), (4 * w, 3), (8 * w, 3), (8 * w, 3):
            for _ in range(convs):
                layers += [conv(channels, out, 1), nn.BatchNorm2d(out), nn.ReLU()]
                channels = out
            layers.append(nn.MaxPool2d(2))
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    elif arch == "cnn":
        layers, channels = [], 3
        for out, stride in [(w, 1), (2 * w, 2), (4 * w, 2), (8 * w, 2)]:
            layers += [conv(channels, out, stride), nn.BatchNorm2d(out), nn.ReLU()]
            channels = out
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    else:  # mlp
        layers, channels = [nn.Flatten()], 3 * 32 * 32
        for _ in range(3):
            layers += [nn.Linear(channels, w, bias=False), nn.BatchNorm1d(w), nn.ReLU()]
            channels = w
    layers += [nn.Linear(channels, projector, bias=False), nn.ReLU(), nn.Linear(projector, 10, bias=False)]
    return nn.Sequential(*layers)


def step(arch, width, projector, batch, steps, side=32, layout="default", warm=1.0, precision="fp32"):
    """images/s of forward + backward + Adam, peak memory in bytes, and the last loss. warm: the share of the batch
    that the step before those that count has. precision: fp32, or bf16 by autocast."""
    import torch
    torch.set_num_threads(1)
    torch.manual_seed(1)
    batch, steps, side = int(batch), int(steps), int(side)
    autocast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16")
    net = network(arch, int(width), int(projector))
    x = torch.rand(batch, 3, side, side)
    y = torch.nn.functional.one_hot(torch.randint(10, (batch,)), 10).float()
    if layout == "channels-last":
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    adam = torch.optim.Adam(net.parameters(), 1e-3)

    def one(n):
        adam.zero_grad(set_to_none=True)
        with autocast:
            output = net(x[:n])
        loss = torch.nn.functional.mse_loss(output.float(), y[:n])
        loss.backward()
        adam.step()
        return loss.item()

    one(round(batch * float(warm)))
    began = time.perf_counter()
    losses = [one(batch) for _ in range(steps)]
    seconds = time.perf_counter() - began
    return steps * batch / seconds, 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, losses[-1]


def knn(n_train, n_test, dimension):
    """Seconds of scikit-learn's brute-force search."""
    import numpy as np
    from sklearn.neighbors import KNeighborsClassifier
    n_train, n_test, dimension = int(n_train), int(n_test), int(dimension)
    random = np.random.default_rng(1)
    train = random.standard_normal((n_train, dimension), dtype=np.float32)
    test = random.standard_normal((n_test, dimension), dtype=np.float32)
    train /= np.linalg.norm(train, axis=1, keepdims=True)
    test /= np.linalg.norm(test, axis=1, keepdims=True)
    model = KNeighborsClassifier(20, algorithm="brute", n_jobs=1).fit(train, np.arange(n_train) % 10)
    began = time.perf_counter()
    model.predict(test)
    return (time.perf_counter() - began,)


def augment(images, kind, policy):
    """Views/s of torchvision's transforms, on PIL images or on tensors."""
    import torch
    from torchvision import transforms as t
    torch.set_num_threads(1)
    make = {
        "crop": lambda: t.RandomResizedCrop(32),
        "flip": t.RandomHorizontalFlip,
        "vertical_flip": t.RandomVerticalFlip,
        "affine": lambda: t.RandomAffine((0, 180), (0.2, 0.2)),
        "jitter": lambda: t.RandomApply([t.ColorJitter(0.8, 0.8, 0.8, 0.2)], 0.8),
        "blur": lambda: t.RandomApply([t.GaussianBlur(3, (0.1, 2))], 0.3),
        "grayscale": lambda: t.RandomGrayscale(0.2),
        "erasing": t.RandomErasing,
        "randaugment": lambda: t.RandAugment(2, 30, 100),
    }
    members = {
        "full": "crop,flip,jitter,grayscale",
        "isometry": "flip,affine",
        "full_rotations": "crop,flip,affine,jitter,grayscale",
        "most_difficult": "crop,flip,vertical_flip,affine,jitter,blur,grayscale,erasing",
    }.get(policy, policy).split(",")
    image = torch.randint(256, (3, 32, 32), dtype=torch.uint8)
    # Tensors are of float, but for RandAugment, and what it gives becomes that; erasing takes nothing else.
    of_bytes = kind == "tensor" and "randaugment" in members
    to_float = t.ToTensor() if kind == "pil" else t.ConvertImageDtype(torch.float)
    if kind == "pil":
        image = t.ToPILImage()(image)
    elif not of_bytes:
        image = image.float() / 255
    steps = [make[member]() for member in members]
    if kind == "pil" or of_bytes:
        steps.insert(len(steps) - (members[-1] == "erasing"), to_float)
    transform = t.Compose(steps)
    began = time.perf_counter()
    for _ in range(int(images)):
        transform(image)
    return (int(images) / (time.perf_counter() - began),)


def decode(folder):
    """Images a second of CPU time that PIL decodes, of 500 files."""
    from PIL import Image
    Image.open(f"{folder}/0.jpg").load()
    began = time.process_time()
    for i in range(500):
        Image.open(f"{folder}/{i}.jpg").convert("RGB").tobytes()
    return (500 / (time.process_time() - began),)


if __name__ == "__main__":
    print(*globals()[sys.argv[1]](*sys.argv[2:]))
