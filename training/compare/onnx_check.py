"""Compares exported networks with what the training graph answers.

Usage: python onnx_check.py FOLDER [TOLERANCE]

FOLDER has a folder for each case, with model.onnx, model.py, case.json and raw little-endian
float32: images.bin [N][C][H][W], logits.bin [N][classes], and weights.bin, the weights and
running statistics in the order of the Python module's modules. Cases are written by
AMOEBA_EXPORT_DIR=FOLDER go test ./training/export -run TestWriteCases

Differences are relative to the largest logit of a case where that is above 1. Needs numpy,
onnx, onnxruntime and torch.
"""
import importlib.util
import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn


def floats(path):
    return np.fromfile(path, dtype="<f4")


def difference(got, want):
    assert got.shape == want.shape, (got.shape, want.shape)
    assert np.isfinite(got).all() and np.isfinite(want).all()
    return float(np.abs(got - want).max() / max(1, np.abs(want).max()))


def run_onnx(path, images):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"images": images})
    # The batch is symbolic: one image alone has the same answer.
    (first,) = session.run(["logits"], {"images": images[:1]})
    assert difference(first, logits[:1]) < 1e-5
    return logits


def load(module, weights):
    """Fills modules in their order, as the training graph keeps its weights and statistics."""
    at = 0
    for m in module.modules():
        names = []
        if isinstance(m, nn.Conv2d):
            names = [m.weight]
        elif isinstance(m, nn.BatchNorm2d):
            names = ([m.weight, m.bias] if m.affine else []) + [m.running_mean, m.running_var]
        elif isinstance(m, nn.Linear):
            names = [m.weight, m.bias]
        for tensor in names:
            size = tensor.numel()
            tensor.data.copy_(torch.from_numpy(weights[at:at + size].reshape(tensor.shape)))
            at += size
    assert at == len(weights), (at, len(weights))


def run_torch(path, case, images, weights):
    spec = importlib.util.spec_from_file_location("model", path)
    source = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(source)
    network = source.Network()
    total = case["params"] + case["aux_params"]
    assert source.count(network) == total, (source.count(network), total)
    if case["auxiliary"]:
        count = source.count(source.Network(auxiliary=False))
        assert count == case["params"], (count, case["params"])
    load(network, weights)
    with torch.no_grad():
        logits = network.eval()(torch.from_numpy(images)).numpy()
    trained = network.train()(torch.from_numpy(images))
    if case["auxiliary"]:
        assert [tuple(t.shape) for t in trained] == [logits.shape] * 2
        trained = trained[0] + trained[1]
    assert trained.shape == logits.shape
    trained.sum().backward()
    return logits


def main():
    folder = pathlib.Path(sys.argv[1])
    tolerance = float(sys.argv[2]) if len(sys.argv) > 2 else 1e-4
    worst, failed = {}, 0
    cases = sorted(p.parent for p in folder.glob("*/case.json"))
    if not cases:
        sys.exit(f"{folder}: no case in it")
    for path in cases:
        case = json.loads((path / "case.json").read_text())
        images = floats(path / "images.bin").reshape(case["images"])
        want = floats(path / "logits.bin").reshape(len(images), case["classes"])
        try:
            by_onnx = difference(run_onnx(path / "model.onnx", images), want)
            by_torch = difference(run_torch(path / "model.py", case, images, floats(path / "weights.bin")), want)
        except Exception as error:
            failed += 1
            print(f"{path.name}: {type(error).__name__}: {error}")
            continue
        bad = max(by_onnx, by_torch) > tolerance
        failed += bad
        kind = path.name.split("-")[0]
        before = worst.get(kind, (0, 0, 0, 0))
        worst[kind] = (before[0] + 1, max(before[1], by_onnx), max(before[2], by_torch), max(before[3], float(np.abs(want).max())))
        if bad:
            print(f"{path.name}: onnxruntime {by_onnx:.2e}, torch {by_torch:.2e}")
    for kind, (number, by_onnx, by_torch, largest) in worst.items():
        print(f"{kind}: {number} cases, largest difference: onnxruntime {by_onnx:.2e}, torch {by_torch:.2e}; largest logit {largest:.3g}")
    if failed:
        sys.exit(f"{failed} of {len(cases)} cases failed")


if __name__ == "__main__":
    main()
