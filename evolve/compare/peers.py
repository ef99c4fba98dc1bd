"""Optuna, rustuna and amoeba on the same table of NAS-Bench-201: regret and seconds of a run.

All search six categorical decisions with five operations each, with their default options, one trial at a time, over
validation errors that amoeba prints of all 15,625 cells. Regret is the lowest error seen minus the lowest of the table,
in points, the mean over runs with its standard error. Seconds are of the processor, and a run's: of a Python study from
its making to its end, the objective, which looks a number up, included; of amoeba the difference of many runs and of
one, divided by how many more. peers.sh builds amoeba and starts this.
"""
import argparse
import importlib.metadata
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

AT = [50, 100, 150]  # trials after which regret is read
OPS = "01234"  # of amoeba's genomes
EDGES = 6


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


def course(losses, best):
    """Regret of the lowest loss so far after each of AT."""
    return [min(losses[:n]) - best for n in AT]


def study(make, errors, seed):
    """One run of a library with Optuna's interface: its losses and its seconds."""
    losses = []

    def objective(trial):
        genome = "".join(trial.suggest_categorical(f"edge{i}", list(OPS)) for i in range(EDGES))
        losses.append(errors[genome])
        return losses[-1]

    begin = time.process_time()
    make(seed).optimize(objective, n_trials=AT[-1])
    return losses, time.process_time() - begin


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


def peer(name, make, errors, seeds, keep):
    """A library's row. Runs that keep holds are not run again."""
    kept = {}
    if keep and os.path.exists(keep):
        with open(keep) as f:
            for line in f:
                run = json.loads(line)
                if run["name"] == name:
                    kept[run["seed"]] = run
    best = min(errors.values())
    for seed in range(1, seeds + 1):
        if seed not in kept:
            losses, seconds = study(make, errors, seed)
            kept[seed] = {"name": name, "seed": seed, "regret": course(losses, best), "seconds": seconds}
            if keep:
                with open(keep, "a") as f:
                    f.write(json.dumps(kept[seed]) + "\n")
        print(f"\r{name}: {seed} of {seeds} runs", end="", file=sys.stderr)
    print(file=sys.stderr)
    runs = [kept[seed] for seed in range(1, seeds + 1)]
    columns = list(zip(*(r["regret"] for r in runs)))
    return row(name, seeds, [statistics.fmean(c) for c in columns], [statistics.stdev(c) / seeds**0.5 for c in columns],
               statistics.fmean(r["seconds"] for r in runs))


def row(name, seeds, mean, se, seconds):
    digits = lambda xs: [round(x, 6) for x in xs]
    return {"name": name, "seeds": seeds, "mean": digits(mean), "se": digits(se), "seconds": float(f"{seconds:.3g}")}


def ours(amoeba, benchmark, algo, seeds, seed):
    """Amoeba's row. A run of fewer trials is the beginning of a longer one."""
    print(f"amoeba {algo}", file=sys.stderr)

    def compare(seeds, trials):
        with tempfile.TemporaryDirectory() as out:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            text = subprocess.run([amoeba, "compare", "--benchmark", benchmark, "--algo", algo, "--seeds", str(seeds), "--seed",
                                   str(seed), "--trials", str(trials), "--procs", "1", "--record", "none", "--json", "--quiet",
                                   "--out", out + "/experiment"], check=True, capture_output=True, text=True).stdout
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return json.loads(text)["results"][0], after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    mean, se = [], []
    for trials in AT:
        result, seconds = compare(seeds, trials)
        mean.append(result["regret_mean"])
        se.append(result["val_std"] / seeds**0.5)
    _, alone = compare(1, AT[-1])
    return row(f"amoeba {algo}", seeds, mean, se, max(0, seconds - alone) / (seeds - 1))


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--amoeba", required=True, help="the program")
    p.add_argument("--benchmark", default="nb201:cifar10,source=table")
    p.add_argument("--algo", action="append", help="of amoeba, repeatable (default tpe and gp)")
    p.add_argument("--seeds", type=int, default=200, help="runs of each searcher, at least 2")
    p.add_argument("--gp-seeds", type=int, help="runs of Optuna's GP, which takes a quarter of a minute a run (default as the others)")
    p.add_argument("--seed", type=int, default=140901, help="of amoeba's experiment; the others count from 1")
    p.add_argument("--keep", help="file of the runs of Optuna and rustuna, read and added to: a stop loses one run")
    p.add_argument("--out", help="write the table to this file, as JSON")
    a = p.parse_args()
    if a.seeds < 2:
        sys.exit("--seeds: want at least 2")
    errors = table(a.amoeba, a.benchmark)
    rows, missing = [], []
    for name, make in libraries():
        if make is None:
            missing.append(name)
        else:
            gp = name.endswith("GP")
            rows.append(peer(name, make, errors, a.gp_seeds if gp and a.gp_seeds else a.seeds, a.keep))
    for algo in a.algo or ["tpe", "gp"]:
        rows.append(ours(a.amoeba, a.benchmark, algo, a.seeds, a.seed))
    rows.sort(key=lambda r: r["mean"][-1])
    note = "Regret in points, the mean ± its standard error; seconds of one core for a run of 150 trials, with the default options of each."
    if missing:
        note += f" Not run, for want of torch: {', '.join(missing)}."
    print("| searcher | " + " | ".join(map(str, AT)) + " | seeds | s a run |")
    print("|---|" + "---:|" * (len(AT) + 2))
    for r in rows:
        cells = [f"{m:.3f} ± {s:.3f}" for m, s in zip(r["mean"], r["se"])]
        print(f"| {r['name']} | " + " | ".join(cells) + f" | {r['seeds']} | {r['seconds']:g} |")
    print("\n" + note)
    if a.out:
        with open(a.out, "w") as f:
            json.dump({"table": a.benchmark, "note": note, "at": AT, "rows": rows}, f, indent=1, ensure_ascii=False)
            f.write("\n")


main()
