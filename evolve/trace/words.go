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

// Pool says in words who evaluates a run's trials. cluster is what goes wrong on simulated workers, "" for nothing.
func Pool(a evolve.About, workers int, cluster string) string {
	if a.Trains() {
		return number.Count(workers, "trial") + " in flight"
	}
	text := number.Count(workers, "simulated worker")
	if cluster != "" {
		text += " (" + cluster + ")"
	}
	return text
}

// Kind is a benchmark's kind as a sentence names it.
func Kind(a evolve.About) string {
	if a.Trains() {
		return "trained here"
	}
	return a.Kind
}
