#!/bin/sh
# Training steps of amoeba and PyTorch side by side; arguments go to speed.py.
#   PYTHON=/path/to/python sh training/compare/speed.sh --rounds 7
#   TAGS=native sh training/compare/speed.sh --blas openblas
# Steps of supernets, along a path and of the mixture of all candidates:
#   PYTHON=/path/to/python sh training/compare/speed.sh supernets --rounds 7
# What it gains to repeat a recorded pass, where gorgonia's tape would run it; arguments go to go test.
#   sh training/compare/speed.sh replay -benchtime 10s
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" = replay ]; then
	shift
	cd "$here/../graph"
	exec go test -run '^$' -bench '^BenchmarkReplay$' "$@" .
fi
package=.
if [ "${1:-}" = supernets ]; then
	shift
	package=./oneshot
	set -- --nets path8,path32,mixture8,mixture32 "$@"
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT INT TERM
(cd "$here/.." && go test -tags "${TAGS:-}" -c -o "$dir/step.test" $package)
"${PYTHON:-python3}" "$here/speed.py" --amoeba "$dir/step.test" "$@"
