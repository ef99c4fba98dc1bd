#!/bin/sh
# Optuna, rustuna and amoeba over one table or test function; arguments go to peers.py. The table must be imported (amoeba
# data fetch nb201).
#   python3 -m venv venv && venv/bin/pip install -r evolve/compare/requirements.txt
#   PYTHON=venv/bin/python sh evolve/compare/peers.sh --seeds 200 --keep runs.jsonl --out data/papers/beside/quality.json
#   PYTHON=venv/bin/python sh evolve/compare/peers.sh --benchmark branin --trials 60 --seeds 100 --out data/papers/beside/functions-branin.json
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
(cd "$here/../.." && go build -o "$dir/amoeba" ./cmd/amoeba)
# One thread each: seconds are of one core.
OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "${PYTHON:-python3}" "$here/peers.py" --amoeba "$dir/amoeba" "$@"
