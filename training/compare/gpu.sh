#!/bin/sh
# Amoeba's device and PyTorch on one card, as Markdown for docs/gpu.md; arguments go to gpu.py. At most ten minutes, besides building.
#   PYTHON=/path/to/python sh training/compare/gpu.sh
#   sh training/compare/gpu.sh --smoke --device opencl:0      # without a card: that it runs
# Where there is no Go, BIN names a folder with what this builds elsewhere: amoeba and training.test.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${BIN:-}" ]; then
  BIN=$(mktemp -d)
  trap 'rm -rf "$BIN"' EXIT INT TERM
  export CGO_ENABLED=0
  (cd "$here/../.." && go build -tags native -o "$BIN/amoeba" ./cmd/amoeba && go test -tags native -c -o "$BIN/training.test" ./training)
fi
for program in amoeba training.test; do
  [ -x "$BIN/$program" ] || { echo "gpu.sh: no program $BIN/$program: build it, or leave BIN out" >&2; exit 1; }
done
"${PYTHON:-python3}" "$here/gpu.py" --amoeba "$BIN/amoeba" --bench "$BIN/training.test" "$@"
