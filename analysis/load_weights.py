"""Loads the weights of a run ("bm-results weights RESULTS.h5 ID -o FILE.h5") into a PyTorch model."""
import sys

import h5py
from torch import from_numpy, nn
from torchvision.models.resnet import BasicBlock, ResNet

# What resnet18() below is; other networks are for a model of your own.
PLAIN = {"arch": "resnet18", "stem": "small", "norm": "bn", "projector_norm": "none", "output_norm": "none"}

def load(model, path):
    """Names and shapes have to be the same. Images go in as (N, C, H, W) in [0, 1]."""
    counters = {name: n for name, n in model.state_dict().items() if name.endswith("num_batches_tracked")}
    with h5py.File(path) as file:  # has all but those counters, which evaluation does not read
        model.load_state_dict(counters | {name: from_numpy(file[name][:]) for name in file})
    return model.eval()

def resnet18(width, hidden, classes):
    """torchvision's, with the small stem, that width, and a projector before the outputs."""
    model = ResNet(BasicBlock, [2, 2, 2, 2])
    model.inplanes, model.maxpool, model.fc = width, nn.Identity(), nn.Identity()
    model.conv1, model.bn1 = nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
    for i in range(4):
        setattr(model, f"layer{i + 1}", model._make_layer(BasicBlock, width << i, 2, stride=min(i + 1, 2)))
    model.projector, model.output = nn.Linear(8 * width, hidden, bias=False), nn.Linear(hidden, classes, bias=False)
    model.forward = lambda x, encode=model.forward: model.output(model.projector(encode(x)).relu())
    return model

if __name__ == "__main__":
    with h5py.File(sys.argv[1]) as run:
        others = [f"{name}: {run.attrs[name]}" for name, plain in PLAIN.items() if run.attrs[name] != plain]
        if others:
            sys.exit(f"{sys.argv[1]} has {', '.join(others)}: use load(model, path) with a model that has the same")
        sizes = run.attrs["width"], run.attrs["projector_width"], len(run["output.weight"])
        print("run", run.attrs["id"], load(resnet18(*sizes), sys.argv[1]))
