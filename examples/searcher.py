"""Regularized evolution: amoeba compare --algo 'command:python3 examples/searcher.py' --algo regevo"""
import json
import math
import random
import sys
from collections import deque


def draw(d):  # a value of a decision
    if "options" in d:
        return rng.randrange(d["options"])
    low, high = (math.log(d[k]) if d["log"] else d[k] for k in ("low", "high"))
    x = rng.uniform(low, high)
    x = min(max(math.exp(x) if d["log"] else x, d["low"]), d["high"])
    return round(x) if d["int"] else x


population, asked = deque(maxlen=100), {}
for line in sys.stdin:
    message = json.loads(line)
    if "init" in message:
        decisions, rng = message["init"]["decisions"], random.Random(int(message["init"]["seed"]))
    elif "tell" in message:
        trial = message["tell"]
        if trial["loss"] is not None:  # None: the trial failed
            population.append((trial["loss"], asked.pop(trial["id"])))
    else:
        i = rng.randrange(len(decisions))
        if len(population) < population.maxlen:
            x = [draw(d) for d in decisions]
        else:
            x = min(rng.choices(population, k=10))[1].copy()
            x[i] = draw(decisions[i])
        asked[message["ask"]["id"]] = x
        print(json.dumps({"choose": x}), flush=True)
