"""make bench: speed beside others', a line a row:

    bench NAME ours X UNIT peer Y UNIT ratio Z

Ours and theirs run by turns, three times each (ROUNDS), and medians are compared. A ratio above 1 is better
than the peer, or than the target where the peer is one. `bench.py BIN TOOLS [ROW]...`; rows: see ROWS.
`bench.py BIN TOOLS parts`: tables of the parts of a step."""
import csv
import importlib.util
import itertools
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

bin_dir, tools, only = sys.argv[1], sys.argv[2], sys.argv[3:]
here = os.path.dirname(os.path.abspath(__file__))
rounds = int(os.environ.get("ROUNDS", 3))
for trap in "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE":  # either can halve the speed
    os.environ.pop(trap, None)
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive", OMPI_ALLOW_RUN_AS_ROOT="1",
                  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
packages = {"torch": "python3-torch", "sklearn": "python3-sklearn", "torchvision": "python3-torchvision",
            "PIL": "python3-pil"}


def figures(command, **environment):
    output = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True,
                            env={**os.environ, **environment}).stdout
    return [float(word) for word in output.split()]


def ours(tool, *arguments, threads=1):
    return figures([os.path.join(tools, "bench_" + tool), *arguments], OMP_NUM_THREADS=str(threads))


def peer(function, *arguments):
    return figures([sys.executable, os.path.join(here, "peers.py"), function, *arguments])


def by_turns(*sides):
    """Medians of what each side returns, side after side in each round."""
    measured = [[side() for side in sides] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*measured)]


def by_turns_of(side):
    """Medians of each figure that a side returns."""
    return [statistics.median(column) for column in zip(*(side() for _ in range(rounds)))]


def line(name, x, y, unit, less_is_better=False):
    if y is None:
        print(f"bench {name} ours {x:.4g} {unit} peer - {unit} ratio -", flush=True)
        return
    ratio = y / x if less_is_better else x / y
    print(f"bench {name} ours {x:.4g} {unit} peer {y:.4g} {unit} ratio {ratio:.2f}", flush=True)


def has(package):
    if importlib.util.find_spec(package) is not None:
        return True
    print(f"bench: no {package} to compare with: apt-get install {packages[package]}", file=sys.stderr)
    return False


def step(name, arch, width, projector, batch, steps):
    arguments = (arch, width, projector, batch, steps, 32)
    sides = [lambda: ours("step", *arguments)[0]]
    if has("torch"):
        sides += [lambda layout=layout: peer("step", *arguments, layout)[0]
                  for layout in ("default", "channels-last")]
    x, *theirs = by_turns(*sides)
    line(name, x, max(theirs, default=None), "images/s")


def long_step(name, arch, projector, batch, side):
    """Images/s and memory of a network of width 64 whose steps take long: one step each, in one round (ROUNDS)."""
    arguments = (arch, 64, projector, batch, 1, side)
    rounds = int(os.environ.get("ROUNDS", 1))
    sides = [lambda: ours("step", *arguments)]
    if has("torch"):
        sides += [lambda layout=layout: peer("step", *arguments, layout, 0.25) for layout in ("default", "channels-last")]
    measured = [[side() for side in sides] for _ in range(rounds)]
    rates, bytes = ([statistics.median(figures[k] for figures in column) for column in zip(*measured)] for k in (0, 1))
    best = max(range(1, len(rates)), key=lambda k: rates[k], default=None)
    line(name, rates[0], best and rates[best], "images/s")
    line(name + "-memory", bytes[0] / 2**20, best and bytes[best] / 2**20, "MiB", True)


def pointwise(name):
    """1x1 convolutions of resnet50-w64 with the passes of their normalizations, and those with stride 2 of two
    networks: beside 1.15 x their bare products."""
    for side, channels, out, stride in POINTWISE:
        forward, product, backward, products = ours("pointwise", side, channels, out, stride, 32)
        shape = f"{name}-{side}x{side}-{channels}-{out}" + ("-stride-2" if stride > 1 else "")
        line(shape + "-forward", 1000 * forward, 1150 * product, "ms", True)
        line(shape + "-backward", 1000 * backward, 1150 * products, "ms", True)


POINTWISE = ((32, 64, 64, 1), (32, 64, 256, 1), (32, 256, 64, 1), (16, 128, 512, 1), (16, 512, 128, 1), (8, 256, 1024, 1),
             (8, 1024, 256, 1), (4, 512, 2048, 1), (4, 2048, 512, 1), (32, 256, 512, 2), (16, 512, 1024, 2), (32, 64, 128, 2))


def conv3x3(name):
    """3x3 convolutions of two networks beside oneDNN's kernels, in the layouts that those like best. A peer that
    computes something else does not count."""
    if not os.path.exists(os.path.join(tools, "bench_conv3x3")):
        print("bench: no oneDNN 2 to compare with: apt-get install libdnnl-dev", file=sys.stderr)
        return
    for side, channels in CONV3X3:
        forward, their_forward, backward, their_backward, difference = ours("conv3x3", side, channels, 256)
        shape = f"{name}-{side}x{side}-{channels}"
        if difference > 1e-3:
            sys.exit(f"bench: {shape}: oneDNN's results differ from ours by {difference:.2g} of the largest")
        line(shape + "-forward", 1000 * forward, 1000 * their_forward, "ms", True)
        line(shape + "-backward", 1000 * backward, 1000 * their_backward, "ms", True)


CONV3X3 = ((32, 64), (16, 128), (8, 256), (4, 512), (32, 16), (16, 32), (8, 64), (4, 128))


def threads(name, tool, *arguments, unit="images/s"):
    """Two threads against one."""
    two, one = by_turns(lambda: ours(tool, *arguments, threads=2)[0], lambda: ours(tool, *arguments)[0])
    line(name, two, one, unit)


def has_bf16():
    with open("/proc/cpuinfo") as file:
        return "avx512_bf16" in file.read()


ALL_BF16 = ("precision=bf16", "saved_activations=bf16_all")


def bf16(name, width, projector, steps, *settings):
    """Products in bfloat16, and what layers pass on, beside our own float."""
    arguments = ("resnet18", width, projector, 256, steps, 32)
    if not has_bf16():
        print(f"bench: {name}: this CPU has no dot products of bfloat16", file=sys.stderr)
        return
    narrow, full = by_turns(lambda: ours("step", *arguments, *settings)[0], lambda: ours("step", *arguments)[0])
    line(name, narrow, full, "images/s")


def autocast(name, width, projector, steps):
    """PyTorch with bf16 autocast, whose layers pass on bfloat16, too, beside our products in it, without and with
    activations in it (`-all`), or our float where the CPU has none. A peer that computes nothing does not count: after
    20 steps at width 16 its loss has to be that of its own float, as far as half of what was learned."""
    arguments = ("resnet18", width, projector, 256, steps, 32)
    settings = ALL_BF16 if has_bf16() else ()
    if not has("torch"):
        return
    first, full, narrow = (peer("step", "resnet18", 16, 4096, 64, n, 32, "default", 1, precision)[2]
                           for n, precision in ((1, "fp32"), (20, "fp32"), (20, "bf16")))
    print(f"bench: PyTorch's loss after 20 steps: {full:.4g} in fp32, {narrow:.4g} in bf16, {first:.4g} after one",
          file=sys.stderr)
    if abs(narrow - full) > abs(first - full) / 2:
        sys.exit(f"bench: {name}: PyTorch's bf16 does not learn what its fp32 does")
    peers = [lambda layout=layout: peer("step", *arguments, layout, 1, "bf16")[0] for layout in ("default", "channels-last")]
    rows = {name: settings[:1], name + "-all": settings} if settings else {name: ()}
    measured = by_turns(*peers, *[lambda row=row: ours("step", *arguments, *row)[0] for row in rows.values()])
    for row, x in zip(rows, measured[len(peers):]):
        line(row, x, max(measured[:len(peers)]), "images/s")


def node(name, *arguments):
    """A trainer alone, and one on each core at once; the clock of the cores as well, as a lower turbo is not the
    cache. The slowest of those at once counts."""
    cores = sorted(os.sched_getaffinity(0))
    command = [os.path.join(tools, "bench_step"), *map(str, arguments)]

    def at_once(cores):
        trainers = [subprocess.Popen(["taskset", "-c", str(core), *command], stdout=subprocess.PIPE, text=True)
                    for core in cores]
        printed = [[float(word) for word in trainer.communicate()[0].split()] for trainer in trainers]
        return min(figures[0] for figures in printed), min(figures[3] for figures in printed)

    measured = [(*at_once(cores), *at_once(cores[:1])) for _ in range(rounds)]
    rate, clock, rate_alone, clock_alone = (statistics.median(column) for column in zip(*measured))
    line(name, rate, 0.95 * rate_alone, "images/s")
    line(name + "-clock", clock, clock_alone, "MHz")


def traffic(name, width, projector, most, *stored):
    """GB that a step of 256 images moves between a cache of 5 MiB (a core's share of a node that is full) and memory."""
    fetched, written = ours("traffic", "resnet18", width, projector, 256, 5, 32, *stored)
    line(name, fetched + written, most, "GB", True)


def memory_stored(name):
    """Beside three quarters of what activations in fp32 take."""
    arguments = ("resnet18", 64, 65536, 256, 0, 32)
    most = 0.75 * ours("step", *arguments)[1] / 2**20
    for row, setting in ((name, "saved_activations=bf16"), (name + "-all", "saved_activations=bf16_all")):
        line(row, ours("step", *arguments, setting)[1] / 2**20, most, "MiB", True)


def memory(name):
    arguments = ("resnet18", 64, 65536, 256)
    line(name, ours("step", *arguments, 0, 32)[1] / 2**20,
         peer("step", *arguments, 1)[1] / 2**20 if has("torch") else None, "MiB", True)


def taps(name, width):
    """Pooling the features of all taps, for probes: of the time of the forward pass before it."""
    def percent():
        forward, pooling = ours("taps", "resnet18", width, 4096, 128, 8, 32)
        return 100 * pooling / forward

    measured, = by_turns(percent)
    line(name, measured, 5.0, "%", True)


def knn(name):
    size = (50000, 10000, 512)
    probe, product, _ = ours("probe", "knn", *size)
    line(name, probe, peer("knn", *size)[0] if has("sklearn") else None, "s", True)
    line(name + "-product", probe, product, "s", True)


def has_narrow_dots():
    with open("/proc/cpuinfo") as file:
        return "avx512_vnni" in file.read()


ALL_PROBES = "knn", "linear", "noisy", "invariance", "centroid", "rank", "cka"
# Training rows, test rows and features with which each probe is measured.
PROBE_SIZES = {"knn": (50000, 3000, 512), "noisy": (50000, 3000, 512), "linear": (4000, 500, 2048)}
PROBE_SIZE = 1000, 2000, 1024


def probes(name):
    """Parts of an evaluation beside their floors, then the share of a run that follows from them by arithmetic, at
    the paper's settings (50,000 + 10,000 images) with probe_every 50: of knn alone, at most 4 %, and of all, 8 %.
    Seconds are of CPU on one thread, so that a machine that is shared tells as much as a quiet one."""
    rates = {}
    for probe in ALL_PROBES:
        seconds, product, flops = by_turns_of(lambda: ours("probe", probe, *PROBE_SIZES.get(probe, PROBE_SIZE)))
        rates[probe] = flops / seconds
        if probe in ("knn", "noisy"):
            floor = product * (1.0 if has_narrow_dots() else 1.3)
            line(f"{name}-{probe}-product", seconds, floor, "s", True)
    for also in "1,5,100", "1,2,3,5,10,50,100,200,500":
        seconds, product, _ = by_turns_of(lambda: ours("probe", "knn", *PROBE_SIZES["knn"], also))
        floor = product * (1.0 if has_narrow_dots() else 1.3)
        line(f"{name}-knn-{1 + len(also.split(','))}-numbers-product", seconds, floor, "s", True)
    gram, gram_product, factor, factor_product = by_turns_of(lambda: ours("ridge", 4000, 2048))
    line(name + "-gram", gram, 1.3 * gram_product, "s", True)
    line(name + "-cholesky", factor, 1.3 * factor_product, "s", True)
    for width, projector, steps in (64, 65536, 1), (16, 4096, 3):
        images_s = ours("step", "resnet18", width, projector, 256, steps, 32)[2]
        forward, taps = (ms / 128e3 for ms in ours("taps", "resnet18", width, projector, 128, 3, 32))
        line(f"{name}-w{width}-forward", 1000 * forward, None, "ms/image")
        line(f"{name}-w{width}-taps", 100 * taps / forward, 5.0, "%", True)
        training = 50 * 50000 / images_s
        for chosen, most in (("knn",), 4.0), (ALL_PROBES, 8.0):
            for memory, walks_asked in (512, 2.0), (1024, 1.0):
                walks, *flops = ours("walks", width, projector, memory, *chosen)
                what = f"{name}-w{width}-{'knn' if len(chosen) == 1 else 'all'}"
                line(f"{what}-walks-{memory}", walks, walks_asked, "walks", True)
                seconds = walks * 60000 * (forward + taps) + sum(f / rates[p] for f, p in zip(flops, chosen))
                line(f"{what}-share-{memory}", 100 * seconds / (training + seconds), most, "%", True)


POLICIES = ["full", "isometry", "full_rotations", "most_difficult", "crop,flip,randaugment"]


def augment(name):
    """A row a policy, against the faster of torchvision's two ways."""
    for policy in POLICIES:
        sides = [lambda: ours("augment", 40000, policy)[0]]
        if has("torchvision"):
            sides += [lambda kind=kind: peer("augment", 4000, kind, policy)[0] for kind in ("pil", "tensor")]
        x, *theirs = by_turns(*sides)
        own = policy.split(",")[-1]
        line(name if own == "full" else f"{name}-{own}", x, max(theirs, default=None), "views/s")


def make_jpegs(folder):
    """A folder of 100 classes of 200 images, as Tiny ImageNet's: 64 x 64 pixels, 4:2:0, about 2 kB. They are links to
    500 files."""
    from PIL import Image
    random.seed(1)
    for half, n in ("train", 190), ("test", 10):
        for c in range(100):
            os.makedirs(f"{folder}/{half}/{c}")
    for i in range(500):
        noise = Image.frombytes("RGB", (16, 16), random.randbytes(768)).resize((64, 64), Image.BICUBIC)
        noise.save(f"{folder}/{i}.jpg", quality=75)
    names = itertools.cycle(range(500))
    for half, n in ("train", 190), ("test", 10):
        for c, i in itertools.product(range(100), range(n)):
            os.link(f"{folder}/{next(names)}.jpg", f"{folder}/{half}/{c}/{i}.jpg")


def decode(name):
    """Against PIL's decoding alone, and against what is asked for: 50 ms to open a packed file."""
    if not has("PIL"):
        return
    with tempfile.TemporaryDirectory() as folder:
        make_jpegs(folder)

        def side():
            shutil.rmtree(f"{folder}/cache", ignore_errors=True)
            return ours("decode", folder)

        def theirs():
            return peer("decode", folder)[0]

        measured = [(*side(), theirs()) for _ in range(rounds)]
        x, ms, y = (statistics.median(column) for column in zip(*measured))
        line(name, x, y, "images/s")
        line(f"{name}-open", ms, 50, "ms", True)


# ---- the scheduler: the peer is a target ----

SWEEP = """\
name: bench
results: bench.h5
run: {threads: 1, data_dir: .}
fixed: {dataset: synthetic, train_size: 20, test_size: 10, arch: mlp, width: 1, depth: 1, projector_width: 0,
        batch_size: 10, epochs: 0, diversity: none, probes: []}
grid:
  seed: 1..%d
"""


def sweep_seconds(folder, *command):
    """Wall time of bm-sweep, in the folder."""
    began = time.perf_counter()
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def in_folder(points, work):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "bench.yaml"), "w") as file:
            file.write(SWEEP % points)
        return work(folder)


def plan(name):
    sweep = [os.path.join(bin_dir, "bm-sweep"), "--plan", "bench.yaml"]
    seconds, = in_folder(100000, lambda folder: by_turns(lambda: sweep_seconds(folder, *sweep)))
    line(name, seconds, 2.0, "s", True)


def resume(name):
    sweep = [os.path.join(bin_dir, "bm-sweep"), "-j", "4", "bench.yaml"]

    def work(folder):
        sweep_seconds(folder, *sweep)
        return by_turns(lambda: sweep_seconds(folder, *sweep))

    seconds, = in_folder(10000, work)
    line(name, seconds, 2.0, "s", True)


def start(name):
    """Seconds from the spawn of a trainer to the end of the shortest run there is: data mapped, network built (the
    projector's 65,536 units included), 30 images examined. CIFAR-10's files are made here: only their form counts."""
    def work(folder):
        os.mkdir(os.path.join(folder, "cifar-10-batches-bin"))
        for file in [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]:
            with open(os.path.join(folder, "cifar-10-batches-bin", file), "wb") as f:
                for i in range(10000):
                    f.write(bytes([i % 10]) + bytes(3072))
        sweep = os.path.join(folder, "bench.yaml")
        with open(sweep) as file:
            text = file.read()
        for old, new in (("synthetic", "cifar10"), ("mlp", "cnn"), ("width: 1,", "width: 16,"),
                         ("depth: 1, projector_width: 0,", "")):
            text = text.replace(old, new)
        with open(sweep, "w") as file:
            file.write(text)
        sweep_seconds(folder, os.path.join(bin_dir, "bm-sweep"), "-j", "1", "bench.yaml")
        table = subprocess.run([os.path.join(bin_dir, "bm-results"), "csv", "bench.h5"], check=True, cwd=folder,
                               stdout=subprocess.PIPE, text=True).stdout
        return statistics.median(float(run["wall_s"]) for run in csv.DictReader(table.splitlines()))

    line(name, in_folder(40, work), 0.2, "s", True)


def cpu_of_rank0(folder):
    """Seconds of CPU that rank 0 of 64 took, without its trainers."""
    tell_pid = 'case $OMPI_COMM_WORLD_RANK in 0) echo $$ >pid;; esac; exec "$@"'
    mpirun = subprocess.Popen(["mpirun", "--oversubscribe", "-n", "64", "bash", "-c", tell_pid, "-",
                               os.path.join(bin_dir, "bm-sweep"), "bench.yaml"],
                              cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ticks = 0
    while mpirun.poll() is None:
        time.sleep(0.02)
        try:
            with open(os.path.join(folder, "pid")) as pid, open(f"/proc/{int(pid.read())}/stat") as stat:
                after_name = stat.read().rpartition(")")[2].split()
            ticks = max(ticks, int(after_name[11]) + int(after_name[12]))
        except (OSError, ValueError):
            continue  # not there yet, or gone
    if mpirun.returncode != 0:
        sys.exit(f"bench: mpirun ended with code {mpirun.returncode}")
    return ticks / os.sysconf("SC_CLK_TCK")


def dispatch(name):
    """CPU of rank 0 a run: what 2,000 runs take more than 200, with start and end taken out."""
    few, many = 200, 2000
    seconds = in_folder(many, cpu_of_rank0) - in_folder(few, cpu_of_rank0)
    line(name, 1000 * seconds / (many - few), 0.3, "ms/run", True)


# ---- looking at results ----

def runs_of(n_seeds):
    """A thousand settings, each with so many seeds; lines for bench_runs."""
    taps = "stem", "stage1", "stage2", "embedding", "projector", "output"
    generate = random.Random(1)
    draw = lambda: generate.randrange(10001) / 10000
    for arch, diversity, noise, rate, width in itertools.product(
            ("cnn", "resnet18"), ("none", 1, 4, 16, "inf"), (0, 0.25, 0.5, 0.75, 1), (0.01, 0.003, 0.001, 0.0003, 0.0001),
            (8, 16, 32, 64)):
        for seed in range(1, n_seeds + 1):
            words = [f"arch={arch} diversity={diversity} label_noise={noise} lr={rate} width={width} seed={seed} epochs=300"]
            for epoch in range(0, 301, 50):
                at = f"@{epoch}" if epoch < 300 else ""  # at the end: of the run as well
                words += [f"{key}{at}={draw()}" for key in ("train_loss", "memorization", "fit", "test_accuracy")]
                words += [f"{probe}_{tap}@{epoch}={draw()}" for probe in ("knn", "noisy", "invariance") for tap in taps]
            yield " ".join(words) + "\n"


GROUPED = "--group-by", "arch,diversity,label_noise,lr,width"
LOOKS = {
    "table": ("table", "a.h5"),
    "table-where": ("table", "--where", "label_noise=1,fit>0.5", "a.h5"),
    "table-sort": ("table", "--sort", "-knn_embedding", "a.h5"),
    "table-columns": ("table", "--columns", "knn,gain_knn_embedding", "a.h5"),
    "table-group-by": ("table", *GROUPED, "a.h5"),
    "table-against": ("table", *GROUPED, "--against", "diversity=none", "a.h5"),
    "taps": ("taps", "a.h5"),
    "taps-group-by": ("taps", *GROUPED, "a.h5"),
    "curve": ("curve", "--where", "seed>0", "a.h5"),
    "curve-group-by": ("curve", *GROUPED, "a.h5"),
    "csv": ("csv", "a.h5"),
    "csv-group-by": ("csv", *GROUPED, "a.h5"),
    "json": ("json", "a.h5"),
    "claims": ("claims", "a.h5"),
    "plot": ("plot", "depth", "a.h5"),
    "curve-id": ("curve", "a.h5", "ID"),
    "log": ("log", "a.h5", "ID"),
    "diff": ("diff", "a.h5", "b.h5"),
    "verify": ("verify", "a.h5"),
}


def cpu_of(folder, *command):
    """Seconds of CPU, of user and system: a machine that is shared tells as much as a quiet one."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def results(name):
    program = os.path.join(bin_dir, "bm-results")
    with tempfile.TemporaryDirectory() as folder:
        text = "".join(runs_of(10)).encode()
        for file in "a.h5", "b.h5":
            subprocess.run([os.path.join(tools, "bench_runs"), file], cwd=folder, check=True, input=text)
        table = subprocess.run([program, "csv", "--columns", "id", "a.h5"], cwd=folder, check=True, stdout=subprocess.PIPE,
                               text=True).stdout
        for look, words in LOOKS.items():
            command = [program, *(table.split()[1] if word == "ID" else word for word in words)]
            seconds, = by_turns(lambda: cpu_of(folder, *command))
            line(f"{name}-{look}", seconds, 1.0, "s", True)


def parts():
    """Tables instead of rows: where the time of a step goes, beside each part's own floor."""
    for network in ("resnet18", 64, 65536, 256, 2, 32), ("resnet18", 16, 4096, 256, 5, 32), ("resnet50", 64, 65536, 64, 1, 32):
        print(f"\n{network[0]}, width {network[1]}, projector {network[2]}, batch {network[3]}", flush=True)
        subprocess.run([os.path.join(tools, "bench_parts"), *(str(word) for word in network)], check=True)


if only == ["parts"]:
    parts()
    sys.exit()

ROWS = {
    "cnn": lambda name: step(name, "cnn", 16, 4096, 128, 10),
    "mlp": lambda name: step(name, "mlp", 256, 4096, 128, 30),
    "resnet18-w64": lambda name: step(name, "resnet18", 64, 65536, 256, 1),
    "resnet18-w32": lambda name: step(name, "resnet18", 32, 4096, 256, 2),
    "resnet18-w16": lambda name: step(name, "resnet18", 16, 4096, 256, 3),
    "resnet50-w64": lambda name: long_step(name, "resnet50", 65536, 128, 32),
    "vgg16-w64": lambda name: long_step(name, "vgg16", 65536, 128, 32),
    "resnet18-w64-64x64": lambda name: long_step(name, "resnet18", 65536, 64, 64),
    "pointwise": pointwise,
    "conv3x3": conv3x3,
    "threads": lambda name: threads(name, "step", "resnet18", 64, 65536, 256, 1, 32),
    "threads-w16": lambda name: threads(name, "step", "resnet18", 16, 4096, 256, 3, 32),
    "bf16-w64": lambda name: bf16(name, 64, 65536, 1, "precision=bf16"),
    "bf16-w16": lambda name: bf16(name, 16, 4096, 3, "precision=bf16"),
    "bf16-all-w64": lambda name: bf16(name, 64, 65536, 1, *ALL_BF16),
    "bf16-all-w16": lambda name: bf16(name, 16, 4096, 3, *ALL_BF16),
    "autocast-w64": lambda name: autocast(name, 64, 65536, 1),
    "autocast-w16": lambda name: autocast(name, 16, 4096, 3),
    "node-w64": lambda name: node(name, "resnet18", 64, 65536, 256, 1, 32),
    "node-w16": lambda name: node(name, "resnet18", 16, 4096, 256, 3, 32),
    "traffic-w64": lambda name: traffic(name, 64, 65536, 16.0),
    "traffic-w16": lambda name: traffic(name, 16, 4096, 1.6),
    "traffic-w64-bf16": lambda name: traffic(name, 64, 65536, 9.0, *ALL_BF16),
    "traffic-w16-bf16": lambda name: traffic(name, 16, 4096, 0.9, *ALL_BF16),
    "memory": memory,
    "memory-bf16": memory_stored,
    "taps-w64": lambda name: taps(name, 64),
    "taps-w16": lambda name: taps(name, 16),
    "knn": knn,
    "probes": probes,
    "augment": augment,
    "augment-threads": lambda name: threads(name, "augment", 100000, "full", unit="views/s"),
    "decode": decode,
    "start": start,
    "plan": plan,
    "resume": resume,
    "dispatch": dispatch,
    "results": results,
}

for row in only:
    if row not in ROWS:
        sys.exit(f"bench: ONLY={row} is not a row; valid: {', '.join(ROWS)}")
for row in only or ROWS:
    ROWS[row](row)
