package report

import (
	"fmt"
	"math"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// bound is not known where there is none.
func bound(x float64) number.Nullable {
	if x == 0 {
		return number.Nullable(math.NaN())
	}
	return number.Nullable(x)
}

// Bounds says in words when the runs end.
func (r *Comparison) Bounds() string {
	var all []string
	for _, x := range []struct {
		bound float64
		unit  string
	}{
		{float64(r.Budget), r.Clock()}, {r.Full, "full trainings"}, {float64(r.TotalEpochs), "epochs in all"},
		{float64(r.Trials), "trials"},
	} {
		if x.bound > 0 { // NaN is none
			all = append(all, fmt.Sprintf("%.10g %s", x.bound, x.unit))
		}
	}
	if all == nil { // searchers that train shared weights end by themselves
		return "each search's own length"
	}
	return strings.Join(all, " or ")
}

// Clock says in words what a run's clock counts.
func (r *Comparison) Clock() string { return trace.Clock(r.about(), r.Workers) }

// about is what the words for a benchmark depend on.
func (r *Comparison) about() evolve.About { return evolve.About{Kind: r.Kind, Unpriced: r.Unpriced} }

// Pool says in words who evaluates trials.
func (r *Comparison) Pool() string { return trace.Pool(r.about(), r.Workers, r.Cluster) }

// Repeats says in words which results are the same whenever they are computed again; it is "" where all are.
func (r *Comparison) Repeats() string {
	switch {
	case r.Kind != evolve.Training:
		return ""
	case r.Budget > 0:
		return "Seconds are measured, and a budget of them bounds the runs: they are not reproducible. " +
			"Bound them by trials or by --total-epochs alone."
	case r.Timed:
		return "Seconds are measured, and a limit of them decides which trials fail: the runs are not reproducible."
	}
	return "Seconds are measured; all else is the same for this seed and number of trials in flight."
}

// whose says in words which incumbents are scored, where they are not those of the lowest loss observed at the highest
// fidelity.
func (r *Comparison) whose() string {
	switch {
	case r.Shared:
		return ", scored is a network of each answer that was trained alone"
	case r.Incumbent != "":
		return ", scored are architectures that the searchers recommend"
	case r.Rule != "":
		return ", incumbents of any fidelity"
	}
	return ""
}
