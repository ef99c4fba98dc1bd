"""Regularized evolution: amoeba compare --algo 'command:python3 examples/searcher.py' --algo regevo"""
import json
import random
import sys
from collections import deque

population, asked = deque(maxlen=100), {}
for line in sys.stdin:
    message = json.loads(line)
    if "init" in message:
        options = [d["options"] for d in message["init"]["decisions"]]
        rng = random.Random(int(message["init"]["seed"]))
    elif "tell" in message:
        trial = message["tell"]
        if trial["loss"] is not None:  # None: the trial failed
            population.append((trial["loss"], asked.pop(trial["id"])))
    else:
        x = [rng.randrange(n) for n in options]
        if len(population) == population.maxlen:
            i, new = rng.randrange(len(x)), x
            x = min(rng.choices(population, k=10))[1].copy()
            x[i] = new[i]
        asked[message["ask"]["id"]] = x
        print(json.dumps({"choose": x}), flush=True)
