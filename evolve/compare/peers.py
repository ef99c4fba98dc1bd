"""Optuna, rustuna and amoeba on the same table of NAS-Bench-201, or on a test function: regret and seconds of a run.

On the table all search six categorical decisions with five operations each, over validation errors that amoeba prints of
all 15,625 cells; on a function (--benchmark branin, hartmann6, ackley,dim=40 …) its real parameters. All have their
default options and do one trial at a time. Regret is the lowest error seen minus the lowest of the benchmark, of the
table in points, the mean over runs with its standard error; on a function amoeba's runs are held against each library's
by Mann and Whitney's test. Seconds are of the processor, and a run's: of a Python study from its making to its end, the
objective included; of amoeba the difference of many runs and of one, divided by how many more. peers.sh builds amoeba
and starts this.
"""
import argparse
import importlib.metadata
import itertools
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

OPS = "01234"  # of amoeba's genomes
EDGES = 6


class Table:
    """The validation errors of all cells after 200 epochs, and how a library asks for one."""

    at = [50, 100, 150]  # trials after which regret is read
    unit = " in points"

    def __init__(self, amoeba, benchmark):
        self.errors = table(amoeba, benchmark)
        self.best = min(self.errors.values())

    def __call__(self, trial):
        return self.errors["".join(trial.suggest_categorical(f"edge{i}", list(OPS)) for i in range(EDGES))]


class Function:
    """A test function, and how a library asks for a value. Some values are held against amoeba's."""

    unit = ""

    def __init__(self, amoeba, benchmark, trials):
        name, _, dim = benchmark.partition(",dim=")
        self.low, self.high, self.best, self.value = functions(name, int(dim or 10))
        self.at = [trials // 2, trials]
        points = [[lo + k / 7 * (hi - lo) for lo, hi in zip(self.low, self.high)] for k in range(8)]
        genomes = [",".join(f"x{i + 1}={x!r}" for i, x in enumerate(p)) for p in points]
        out = subprocess.run([amoeba, "query", "-", "--json", "--benchmark", benchmark], input="\n".join(genomes), text=True,
                             check=True, capture_output=True).stdout
        for point, line in zip(points, out.splitlines(), strict=True):
            theirs, own = json.loads(line)["facts"][0]["value"], self.value(point)
            if abs(theirs - own) > 1e-9 * max(1, abs(own)):
                sys.exit(f"{benchmark} at {point}: {theirs} by amoeba, {own} here")

    def __call__(self, trial):
        return self.value([trial.suggest_float(f"x{i + 1}", lo, hi) for i, (lo, hi) in enumerate(zip(self.low, self.high))])


def functions(name, dim):
    """Range, lowest value and value of a function: Surjanovic and Bingham, www.sfu.ca/~ssurjano."""
    if name == "branin":
        t = 1 / (8 * math.pi)
        return [-5, 0], [10, 15], 10 * t, lambda x: (
            (x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6) ** 2 + 10 * (1 - t) * math.cos(x[0]) + 10)
    if name == "hartmann6":
        heights = [1, 1.2, 3, 3.2]
        widths = [[10, 3, 17, 3.5, 1.7, 8], [.05, 10, 17, .1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, .05, 10, .1, 14]]
        places = [[.1312, .1696, .5569, .0124, .8283, .5886], [.2329, .4135, .8307, .3736, .1004, .9991],
                  [.2348, .1451, .3522, .2883, .3047, .6650], [.4047, .8828, .8732, .5743, .1091, .0381]]
        return [0] * 6, [1] * 6, -3.322368011415515, lambda x: -sum(
            h * math.exp(-sum(w * (v - p) ** 2 for w, v, p in zip(ws, x, ps))) for h, ws, ps in zip(heights, widths, places))
    if name == "rosenbrock":
        return [-5] * dim, [10] * dim, 0, lambda x: sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))
    if name == "ackley":
        return [-32.768] * dim, [32.768] * dim, 0, lambda x: (
            20 * (1 - math.exp(-.2 * math.sqrt(sum(v * v for v in x) / dim))) + math.e
            - math.exp(sum(math.cos(2 * math.pi * v) for v in x) / dim))
    return None


def table(amoeba, benchmark):
    """The validation error of every cell after 200 epochs, by genome."""
    genomes = ["".join(g) for g in itertools.product(OPS, repeat=EDGES)]
    out = subprocess.run([amoeba, "query", "-", "--json", "--benchmark", benchmark], input="\n".join(genomes), text=True,
                         check=True, capture_output=True).stdout
    errors = {}
    for line in out.splitlines():
        answer = json.loads(line)
        facts = {f["name"]: f["value"] for f in answer["facts"]}
        errors[answer["genome"]] = 100 - facts["val_200"]
    if len(errors) != len(genomes):
        sys.exit(f"{benchmark}: {len(errors)} cells, want {len(genomes)}")
    return errors


def study(make, problem, seed):
    """One run of a library with Optuna's interface: regret of the lowest loss so far, and seconds."""
    losses = []

    def objective(trial):
        losses.append(problem(trial))
        return losses[-1]

    begin = time.process_time()
    make(seed).optimize(objective, n_trials=problem.at[-1])
    seconds = time.process_time() - begin
    return [min(losses[:n]) - problem.best for n in problem.at], seconds


def libraries():
    """What runs here: a name, and a function from a seed to a study. The second is None where something is missing."""
    import warnings

    import optuna
    import rustuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    version = importlib.metadata.version
    of = lambda sampler: lambda seed: optuna.create_study(direction="minimize", sampler=sampler(seed))
    yield f"Optuna {version('optuna')}, TPE", of(lambda seed: optuna.samplers.TPESampler(seed=seed))
    gp = None
    try:
        import torch

        torch.set_num_threads(1)
        gp = of(lambda seed: optuna.samplers.GPSampler(seed=seed))
    except (ImportError, OSError, ValueError):
        pass
    yield f"Optuna {version('optuna')}, GP", gp
    yield f"rustuna {version('rustuna')}, TPE", lambda seed: rustuna.create_study(
        direction="minimize", sampler=rustuna.samplers.TPESampler(seed=seed))


def peer(name, make, problem, seeds, keep):
    """A library's row, and the regret of its runs. Runs that keep holds are not run again."""
    kept = {}
    if keep and os.path.exists(keep):
        with open(keep) as f:
            for line in f:
                run = json.loads(line)
                if run["name"] == name:
                    kept[run["seed"]] = run
    for seed in range(1, seeds + 1):
        if seed not in kept:
            regret, seconds = study(make, problem, seed)
            kept[seed] = {"name": name, "seed": seed, "regret": regret, "seconds": seconds}
            if keep:
                with open(keep, "a") as f:
                    f.write(json.dumps(kept[seed]) + "\n")
        print(f"\r{name}: {seed} of {seeds} runs", end="", file=sys.stderr)
    print(file=sys.stderr)
    runs = [kept[seed] for seed in range(1, seeds + 1)]
    columns = list(zip(*(r["regret"] for r in runs)))
    return row(name, seeds, [statistics.fmean(c) for c in columns], [statistics.stdev(c) / seeds**0.5 for c in columns],
               statistics.fmean(r["seconds"] for r in runs)), list(columns[-1])


def row(name, seeds, mean, se, seconds):
    digits = lambda xs: [round(x, 6) for x in xs]
    return {"name": name, "seeds": seeds, "mean": digits(mean), "se": digits(se), "seconds": float(f"{seconds:.3g}")}


def ours(amoeba, benchmark, problem, algo, seeds, seed):
    """Amoeba's row. A run of fewer trials is the beginning of a longer one."""
    print(f"amoeba {algo}", file=sys.stderr)
    mean, se = [], []
    for trials in problem.at:
        result, seconds = compare(amoeba, benchmark, algo, seeds, seed, trials)
        mean.append(result["regret_mean"])
        se.append(result["val_std"] / seeds**0.5)
    _, alone = compare(amoeba, benchmark, algo, 1, seed, problem.at[-1])
    return row(f"amoeba {algo}", seeds, mean, se, max(0, seconds - alone) / (seeds - 1))


def compare(amoeba, benchmark, algo, seeds, seed, trials):
    """An experiment of amoeba: its result and its seconds."""
    with tempfile.TemporaryDirectory() as out:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        text = subprocess.run([amoeba, "compare", "--benchmark", benchmark, "--algo", algo, "--seeds", str(seeds), "--seed",
                               str(seed), "--trials", str(trials), "--procs", "1", "--record", "none", "--json", "--quiet",
                               "--out", out + "/experiment"], check=True, capture_output=True, text=True).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(text)["results"][0], after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def against(amoeba, benchmark, algo, problem, runs, seed):
    """Amoeba's runs, each an experiment of its own seed, against those of libraries: a line for each."""
    from scipy.stats import mannwhitneyu

    own = [compare(amoeba, benchmark, algo, 1, seed + k, problem.at[-1])[0]["regret_mean"]
           for k in range(max(map(len, runs.values())))]
    for name, theirs in runs.items():
        above = mannwhitneyu(own, theirs, alternative="greater").pvalue
        below = mannwhitneyu(own, theirs, alternative="less").pvalue
        yield (f"amoeba {algo} ({len(own)} runs of their own seeds, regret {statistics.fmean(own):.4g}) against {name}: "
               f"above it p {above:.2g}, below it p {below:.2g}")


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--amoeba", required=True, help="the program")
    p.add_argument("--benchmark", default="nb201:cifar10,source=table")
    p.add_argument("--trials", type=int, default=100, help="of a run on a test function")
    p.add_argument("--algo", action="append", help="of amoeba, repeatable (default tpe and gp)")
    p.add_argument("--seeds", type=int, default=200, help="runs of each searcher, at least 2")
    p.add_argument("--gp-seeds", type=int, help="runs of Optuna's GP, which takes a quarter of a minute a run (default as the others)")
    p.add_argument("--seed", type=int, default=140901, help="of amoeba's experiment; the others count from 1")
    p.add_argument("--only", default="", help="of the libraries those whose name holds this")
    p.add_argument("--keep", help="file of the runs of Optuna and rustuna, read and added to: a stop loses one run")
    p.add_argument("--out", help="write the table to this file, as JSON")
    a = p.parse_args()
    if a.seeds < 2:
        sys.exit("--seeds: want at least 2")
    function = functions(a.benchmark.partition(",")[0], 2) is not None
    problem = Function(a.amoeba, a.benchmark, a.trials) if function else Table(a.amoeba, a.benchmark)
    rows, missing, runs = [], [], {}
    for name, make in libraries():
        if a.only not in name:
            continue
        if make is None:
            missing.append(name)
        else:
            gp = name.endswith("GP")
            made, runs[name] = peer(name, make, problem, a.gp_seeds if gp and a.gp_seeds else a.seeds, a.keep)
            if function:  # a page holds its own runs against them
                made["runs"] = [float(f"{x:.6g}") for x in runs[name]]
            rows.append(made)
    for algo in a.algo or ["tpe", "gp"]:
        rows.append(ours(a.amoeba, a.benchmark, problem, algo, a.seeds, a.seed))
    rows.sort(key=lambda r: r["mean"][-1])
    note = (f"Regret{problem.unit}, the mean ± its standard error; seconds of one core for a run of {problem.at[-1]} trials, with "
            "the default options of each.")
    if missing:
        note += f" Not run, for want of torch: {', '.join(missing)}."
    print("| searcher | " + " | ".join(map(str, problem.at)) + " | seeds | s a run |")
    print("|---|" + "---:|" * (len(problem.at) + 2))
    for r in rows:
        cells = [f"{m:.3f} ± {s:.3f}" for m, s in zip(r["mean"], r["se"])]
        print(f"| {r['name']} | " + " | ".join(cells) + f" | {r['seeds']} | {r['seconds']:g} |")
    print("\n" + note)
    if function:
        for algo in a.algo or ["tpe", "gp"]:
            print("\n".join(against(a.amoeba, a.benchmark, algo, problem, runs, a.seed)))
    if a.out:
        with open(a.out, "w") as f:
            json.dump({"table": a.benchmark, "note": note, "at": problem.at, "rows": rows}, f, indent=1, ensure_ascii=False)
            f.write("\n")


main()
