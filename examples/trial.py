"""A stand-in for a training: amoeba search --algo asha --trials 30
--benchmark 'command:python3 examples/trial.py,space=nb201,epochs=3+9+27'"""
import json
import os
import sys

trial = json.loads(sys.stdin.readline())
state, own = {"epoch": 0, "loss": 1.0}, os.environ["AMOEBA_TRIAL"]
for folder in os.environ["AMOEBA_FROM"], own:  # what it goes on from, and itself if it was stopped
    if folder and os.path.exists(folder + "/state.json"):
        with open(folder + "/state.json") as f:
            state = json.load(f)
goal = 0.05 + 0.1 * trial["arch"].count("0")  # the fewer edges without an operation, the better
while state["epoch"] < trial["epochs"]:
    state = {"epoch": state["epoch"] + 1, "loss": goal + 0.8 * (state["loss"] - goal)}
    with open(own + "/state.new", "w") as f:
        json.dump(state, f)
    os.replace(own + "/state.new", own + "/state.json")
print(json.dumps({"loss": state["loss"], "test": state["loss"] + 0.01}))
