"""Amoeba's device and PyTorch on one card, written as Markdown for docs/gpu.md.

First the listing and the conformance suite, then what a launch costs, bytes a second, operations a second of
convolutions, and training steps: alone, 8 and 32 networks joined in the same launches, and PyTorch (eager, CUDA graphs,
torch.compile; TF32 off and on; 32 networks also in 32 processes and by torch.func.vmap). A step is forward, backward and
SGD with Nesterov momentum and weight decay, float32, on one batch of noise that is already on the card. gpu.sh builds
the programs and starts this. Parts come in the order of their worth; those for which no time is left are named.
"""
import argparse
import copy
import importlib.util
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

try:
    import torch
except ImportError as e:
    sys.exit(f"{sys.executable} has no PyTorch ({e}): name one that has in PYTHON")
from torch import nn

from speed import NETS

LANES = 32  # networks that are trained together, as the issue of population batching has them

# Network, batch, networks joined by amoeba, and the least ratio to eager PyTorch with TF32 off that is asked for.
# Those of "sampled" are of 6 cells each, sampled from the space nasnet, no two alike.
STEPS = [("cells8", 64, 1, 1.0), ("cell8", 64, 1, 1.0), ("nb201", 256, 1, 0.5), ("cells8", 64, 8, None),
         ("cells8", 64, LANES, 3.0), ("cell8", 64, LANES, 3.0), ("sampled", 64, 1, 1.0), ("sampled", 64, 8, None),
         ("sampled", 64, LANES, 3.0)]

# Channels in and out, side of the image, window, batch, depthwise: convolutions of these networks.
CONVS = [(16, 16, 32, 3, 256, False), (32, 32, 16, 3, 256, False), (64, 64, 8, 3, 256, False), (8, 8, 8, 3, 64, False),
         (40, 8, 8, 1, 64, False), (8, 8, 8, 5, 64, True), (128, 128, 16, 3, 256, False)]


def conv_name(i, o, side, k, batch, depthwise):
    """The name of a convolution in the Go benchmark of ../device_test.go."""
    return f"{'depthwise' if depthwise else 'conv'}-{i}-{o}-{side}x{side}-{k}x{k}-batch-{batch}"


class Late(Exception):
    """No time is left for a part."""


class Clock:
    """What is left of the minutes that the whole may take."""

    def __init__(self, minutes):
        self.begun, self.end = time.monotonic(), time.monotonic() + 60 * minutes

    def need(self, seconds):
        if time.monotonic() + seconds > self.end:
            raise Late


class Card:
    """Where PyTorch runs: a card, or for --smoke the processor."""

    def __init__(self):
        self.cuda = torch.cuda.is_available()
        self.device = torch.device("cuda" if self.cuda else "cpu")
        torch.set_num_threads(1)  # which nothing on a card needs
        torch.backends.cudnn.benchmark = True

    def name(self):
        if not self.cuda:
            return "the processor"
        return torch.cuda.get_device_name()

    def sync(self):
        if self.cuda:
            torch.cuda.synchronize()

    def tf32(self, on):
        """Of convolutions and of matrix products; PyTorch's own default has it on for convolutions alone."""
        torch.backends.cudnn.allow_tf32 = on
        torch.backends.cuda.matmul.allow_tf32 = on

    def rate(self, step, seconds):
        """Steps a second, the median of three blocks; what is asked of the card is done at a block's end."""
        for _ in range(3):
            step()
        self.sync()
        begin = time.perf_counter()
        step()
        self.sync()
        n = max(1, int(seconds / 3 / max(time.perf_counter() - begin, 1e-6)))
        rates = []
        for _ in range(3):
            begin = time.perf_counter()
            for _ in range(n):
                step()
            self.sync()
            rates.append(n / (time.perf_counter() - begin))
        return statistics.median(rates)


class Torch:
    """A network that takes training steps: one of speed.py by its name, or what build makes for images of a shape."""

    def __init__(self, card, name, batch, layout="nchw", seed=1, build=None, shape=None):
        if build is None:
            build, channels, side = NETS[name]
            shape = (channels, side, side)
        torch.manual_seed(seed)
        memory = torch.channels_last if layout == "nhwc" else torch.contiguous_format
        self.card, self.batch = card, batch
        self.net = build().to(card.device, memory_format=memory).train()
        self.run = self.net
        self.x = torch.randn(batch, *shape, device=card.device).to(memory_format=memory)
        self.y = (torch.arange(batch) % 10).to(card.device)
        self.loss = nn.CrossEntropyLoss()
        self.sgd = torch.optim.SGD(self.net.parameters(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4, fused=True)

    def params(self):
        return sum(p.numel() for p in self.net.parameters())

    def step(self):
        self.sgd.zero_grad()
        self.loss(self.run(self.x), self.y).backward()
        self.sgd.step()

    def graphed(self):
        """The step as a CUDA graph: https://pytorch.org/docs/stable/notes/cuda.html#whole-network-capture."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                self.step()
        torch.cuda.current_stream().wait_stream(side)
        graph = torch.cuda.CUDAGraph()
        self.sgd.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self.loss(self.run(self.x), self.y).backward()
            self.sgd.step()
        return graph.replay

    def compiled(self):
        self.run = torch.compile(self.net)
        return self.step


def vmapped(card, name, batch, n):
    """A step of n networks of one shape, each with its weights and images, by torch.func.vmap."""
    from torch.func import functional_call, grad, stack_module_state, vmap

    nets = [Torch(card, name, batch, seed=k).net for k in range(n)]
    first = Torch(card, name, batch)
    params, buffers = stack_module_state(nets)
    skeleton = copy.deepcopy(nets[0]).to("meta")
    x = first.x.expand(n, *first.x.shape).contiguous()

    def loss(params, buffers, x):
        return nn.functional.cross_entropy(functional_call(skeleton, (params, buffers), (x,)), first.y)

    gradients = vmap(grad(loss))
    # Parameters that are stacked are leaves of no graph here: vmap makes their gradients.
    leaves = {k: p.detach().requires_grad_() for k, p in params.items()}
    sgd = torch.optim.SGD(leaves.values(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4, fused=True)

    def step():
        for k, g in gradients({k: p.detach() for k, p in leaves.items()}, buffers, x).items():
            leaves[k].grad = g
        sgd.step()

    return step


def worker(name, batch, seconds, ready, out):
    """One process of many: its steps a second while all of them train."""
    card = Card()
    card.tf32(False)
    net = Torch(card, name, batch)
    for _ in range(5):
        net.step()
    card.sync()
    ready.wait(timeout=100)
    begin, steps = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        net.step()
        steps += 1
        if steps % 8 == 0:
            card.sync()
    card.sync()
    out.put(steps / (time.perf_counter() - begin))


def processes(name, batch, n, seconds):
    """Steps a second of n processes together."""
    context = multiprocessing.get_context("spawn")
    ready, out = context.Barrier(n), context.Queue()
    all = [context.Process(target=worker, args=(name, batch, seconds, ready, out)) for _ in range(n)]
    for p in all:
        p.start()
    try:
        return sum(out.get(timeout=110) for _ in all)
    finally:
        for p in all:
            p.join(timeout=10)
            p.kill()


class Amoeba:
    """The benchmark of ../device_test.go on a device."""

    def __init__(self, program, device, seconds):
        self.program, self.device, self.seconds, self.name, self.cells = program, device, seconds, "", []

    def bench(self, what):
        """The values of every benchmark whose name matches, by name."""
        out = subprocess.run([self.program, "-test.run=^$", f"-test.bench=^BenchmarkDevice$/{what}",
                              f"-test.benchtime={self.seconds}s", f"-device={self.device}"], capture_output=True, text=True)
        if out.returncode:
            sys.exit(f"{self.program} {what}:\n{out.stdout}{out.stderr}")
        rows = {}
        for line in out.stdout.splitlines():
            if line.startswith("device:"):
                self.name = line.split(":", 1)[1].strip()
            elif line.startswith("cell:"):
                cell = line.split(":", 1)[1].strip()
                self.cells += [cell] if cell not in self.cells else []
            elif line.startswith("BenchmarkDevice/"):
                words = line.split()
                name = re.sub(r"-\d+$", "", words[0].split("/", 1)[1])
                rows[name] = dict(zip(words[3::2], (float(v) for v in words[2::2])))
        if not rows:
            sys.exit(f"{self.program} has no benchmark {what}:\n{out.stdout}{out.stderr}")
        return rows


def table(header, rows):
    for row in [header, ["---"] * len(header), *rows]:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def said(*words):
    print(*words, file=sys.stderr, flush=True)


def number(x):
    return "" if x is None else f"{x:.3g}" if x < 100 else f"{x:,.0f}"


def launches(amoeba, card, a):
    [v] = amoeba.bench("launch").values()
    x = torch.zeros(16, device=card.device)
    theirs = 1e6 / card.rate(lambda: x.add_(1), a.seconds)
    print("### A launch of 16 numbers that needs the one before, in microseconds\n")
    table(["amoeba", "of it the host", "PyTorch's `add_`"], [[number(v["us/launch"]), number(v["host-us/launch"]), number(theirs)]])


def elementwise(amoeba, card, a):
    [v] = amoeba.bench("elementwise").values()
    n = int(v["elements"])
    x, y, z = (torch.ones(n, device=card.device) for _ in range(3))
    theirs = card.rate(lambda: torch.add(x, y, out=z), a.seconds) * 12 * n / 1e9
    print(f"### A sum of two tensors of {n:,} numbers, in GB/s\n")
    table(["amoeba", "PyTorch"], [[number(v["GB/s"]), number(theirs)]])


def convolutions(amoeba, card, a):
    rows = []
    for shape in a.convs:
        ours = amoeba.bench(f"conv/{conv_name(*shape)}$")
        i, o, side, k, batch, depthwise = shape
        groups = i if depthwise else 1
        x = torch.randn(batch, i, side, side, device=card.device, requires_grad=True)
        w = torch.randn(o, i // groups, k, k, device=card.device, requires_grad=True)
        dy = torch.randn(batch, o, side, side, device=card.device)
        flop = 2 * batch * o * side * side * (i // groups) * k * k

        def backward(which):
            mask = [which == "backward", True, False]
            return lambda: torch.ops.aten.convolution_backward(dy, x, w, None, [1, 1], [k // 2] * 2, [1, 1], False, [0, 0],
                                                               groups, mask)

        passes = {"forward": lambda: nn.functional.conv2d(x, w, padding=k // 2, groups=groups),
                  "weights": backward("weights"), "backward": backward("backward")}
        with torch.no_grad():
            for name, run in passes.items():
                v = ours[f"conv/{conv_name(*shape)}/{name}"]
                theirs = []
                for on in a.tf32:
                    card.tf32(on)
                    theirs.append(card.rate(run, a.seconds / 2) * flop * (2 if name == "backward" else 1) / 1e9)
                rows.append([conv_name(*shape), name, number(v["GFLOP/s"]), *map(number, theirs)])
    card.tf32(False)
    print("### Convolutions, in GFLOP/s (a multiplication and an addition are two)\n\n"
          "Weights is the gradient of the weights, backward that and the gradient of the input.\n")
    table(["shape", "pass", "amoeba", *("PyTorch, TF32 " + ("on" if on else "off") for on in a.tf32)], rows)


def exported(program, dir, k, cell):
    """The class of a sampled network, as amoeba exports it to PyTorch."""
    out, module = os.path.join(dir, f"cell{k}"), f"cell{k}"
    subprocess.run([program, "train", cell, "--space", "nasnet", "--data", "digits", "--layers", "6", "-F", "8", "--epochs", "1",
                    "--images", "64", "--out", out, "--quiet"], check=True, capture_output=True)
    path = os.path.join(dir, module + ".py")
    subprocess.run([program, "export", os.path.join(out, "seed-1", "last.ckpt"), "--pytorch", path], check=True, capture_output=True)
    spec = importlib.util.spec_from_file_location(module, path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made.Network


def networks(amoeba, a, name, joined):
    """What PyTorch trains one after another, as arguments of Torch: networks that are alike are measured once."""
    if name != "sampled":
        return [{}]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        lacking = range(len(a.sampled), joined)
        a.sampled += pool.map(lambda k: exported(a.amoeba, a.dir, k, amoeba.cells[k]), lacking)
    return [{"build": build, "shape": (1, 8, 8)} for build in a.sampled[:joined]]


def steps(amoeba, card, a):
    """Training steps of amoeba and of eager PyTorch, by network; PyTorch's images a second and memory layouts."""
    eager, rows = {}, []
    for name, batch, joined, least in a.steps:
        [v] = amoeba.bench(f"net={name}$/batch={batch}$/joined={joined}$").values()
        nets = networks(amoeba, a, name, joined)
        if (name, batch, len(nets)) not in eager:
            best = {}
            for on in a.tf32:
                card.tf32(on)
                for layout in ("nchw", "nhwc"):
                    params, seconds = 0, 0
                    for arguments in nets:
                        net = Torch(card, name, batch, layout, **arguments)
                        params += net.params()
                        seconds += 1 / card.rate(net.step, a.seconds / len(nets) ** 0.5)
                    if params * joined != int(v["params"]) * len(nets):
                        sys.exit(f"{name}: {v['params']:.0f} parameters in Go, {params} here: not the same networks")
                    best[on] = max(best.get(on, (0, "")), (len(nets) * batch / seconds, layout))
            card.tf32(False)
            eager[name, batch, len(nets)] = best
        best = eager[name, batch, len(nets)]
        ratio = v["images/s"] / best[False][0]
        must = "" if least is None else f"{least:g}, {'met' if ratio >= least else 'not met'}"
        rows.append([name, str(batch), str(joined), number(v["images/s"]), number(v["launches/step"] / joined),
                     *(f"{number(best[on][0])} ({best[on][1]})" for on in a.tf32), f"{ratio:.2f}", must])
        said(f"{name}, {joined} joined: done")
    print("### Training, in images a second of all networks together; PyTorch trains them one after another\n")
    table(["network", "batch", "joined", "amoeba", "launches a network",
           *("PyTorch eager, TF32 " + ("on" if on else "off") for on in a.tf32), "ratio to TF32 off", "asked for"], rows)
    return eager


def further(card, a, clock, eager):
    """PyTorch's other ways, each as a table's row: images a second."""
    rows, left = [], []

    def part(what, seconds, make):
        try:
            clock.need(seconds)
        except Late:
            left.append(what)
            return
        try:
            speed = make()
        except Exception as e:  # of one way; the others are measured
            said(f"{what}: {e!r}")
            speed = None
        rows.append([what, "failed" if speed is None else number(speed)])
        said(f"{what}: done")

    words = {False: "TF32 off", True: "TF32 on"}
    nets = list(dict.fromkeys((name, batch) for name, batch, _, _ in a.steps if name != "sampled"))
    small, batch = nets[0]

    def with_tf32(on, run):
        card.tf32(on)
        try:
            return run()
        finally:
            card.tf32(False)

    def alone(name, batch, on, way):
        net = Torch(card, name, batch, eager[name, batch, 1][on][1])
        return card.rate(getattr(net, way)(), a.seconds) * batch

    for name, size in nets:
        for on in a.tf32:
            if card.cuda:
                part(f"{name}, batch {size}, CUDA graph, {words[on]}", 15,
                     lambda: with_tf32(on, lambda: alone(name, size, on, "graphed")))
    for on in a.tf32:
        part(f"{small}, {a.lanes} by torch.func.vmap, {words[on]}", 30,
             lambda: with_tf32(on, lambda: card.rate(vmapped(card, small, batch, a.lanes), a.seconds) * batch * a.lanes))
    part(f"{small}, {a.lanes} processes, TF32 off", 120,
         lambda: processes(small, batch, a.lanes, 5 * a.seconds) * batch)
    if not a.smoke:
        for name, size in nets:
            for on in a.tf32:
                part(f"{name}, batch {size}, torch.compile, {words[on]}", 100 if size > 64 else 60,
                     lambda: with_tf32(on, lambda: alone(name, size, on, "compiled")))
    print("### PyTorch's other ways, in images a second of all networks together\n")
    table(["what", "images/s"], rows)
    if left:
        print("No time was left for: " + "; ".join(left) + ".\n")


def run(words):
    """What a command prints, and its exit status."""
    out = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return out.stdout.rstrip(), out.returncode


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--amoeba", required=True, help="the program, built with -tags native")
    p.add_argument("--bench", required=True, help="the test program of package training (go test -tags native -c)")
    p.add_argument("--device", default="gpu", help="amoeba's device, as amoeba devices lists them")
    p.add_argument("--minutes", type=float, default=9, help="that the whole may take; what comes last is left out")
    p.add_argument("--seconds", type=float, default=1, help="that a measurement takes, about")
    p.add_argument("--smoke", action="store_true", help="tiny and short, without a card: shows that the parts run")
    a = p.parse_args()

    clock, card, folder = Clock(a.minutes), Card(), tempfile.TemporaryDirectory()
    a.dir, a.sampled = folder.name, []
    a.tf32, a.lanes, a.steps, a.convs = [False, True], LANES, STEPS, CONVS
    if a.smoke:
        a.seconds, a.lanes, a.tf32 = 0.02, 2, [False]
        a.steps = [("cell8", 4, 1, None), ("cell8", 4, 2, None), ("sampled", 4, 2, None)]
        a.convs = [(8, 8, 8, 3, 4, False)]
    elif not card.cuda:
        sys.exit("PyTorch finds no card here; --smoke does without")
    card.tf32(False)

    amoeba = Amoeba(a.bench, a.device, a.seconds)
    listing, status = run([a.amoeba, "devices"])
    print(f"## Measured\n\n```\n$ amoeba devices\n{listing}\n```\n", flush=True)
    if status:
        sys.exit(status)
    check, disagrees = run([a.amoeba, "devices", "--check", a.device])
    print(f"```\n$ amoeba devices --check {a.device}\n{check}\n```\n", flush=True)
    if disagrees and not re.search(r" of \d+ comparisons with the processor failed$", check):
        print("**Nothing was measured: the device was not compared with the processor to the end.**")
        sys.exit(check.splitlines()[-1] if check else f"amoeba devices --check ended with status {disagrees}")
    if disagrees:
        print("**The device does not agree with the processor: what follows is the speed of wrong numbers.**\n")
    said("conformance:", "failed" if disagrees else "done")

    print(f"PyTorch {torch.__version__} on {card.name()}, cuDNN's benchmark mode, the faster of two memory layouts.\n")
    for what, measure in [("launches", launches), ("elementwise", elementwise), ("convolutions", convolutions)]:
        measure(amoeba, card, a)
        said(f"{what}: done")
    further(card, a, clock, steps(amoeba, card, a))
    print(f"Amoeba's device is {amoeba.name}. All of it took {time.monotonic() - clock.begun:.0f} s.")
    sys.exit(disagrees)


if __name__ == "__main__":
    main()
