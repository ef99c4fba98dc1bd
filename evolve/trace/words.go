package trace

import (
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// Clock is what the clock of a run on a benchmark counts, with so many workers.
func Clock(a evolve.About, workers int) string {
	switch {
	case a.Unpriced && workers > 1:
		return "rounds of queries"
	case a.Unpriced:
		return "queries"
	case a.Trains():
		return "seconds"
	}
	return "simulated seconds"
}

// Pool says in words who evaluates the trials of a run.
func Pool(a evolve.About, workers int) string {
	if a.Trains() {
		return number.Count(workers, "trial") + " in flight"
	}
	return number.Count(workers, "simulated worker")
}

// Kind is a benchmark's kind as a sentence names it.
func Kind(a evolve.About) string {
	if a.Trains() {
		return "trained here"
	}
	return a.Kind
}
