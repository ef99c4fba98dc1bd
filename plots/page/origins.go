package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// origin says how numbers of a kind came about.
type origin struct {
	What string // the numbers
	How  string // measured, recorded, predicted, computed, simulated or not known: one word
	Why  string
}

// Class is the name of an origin in the page's style.
func (x origin) Class() string {
	switch x.How {
	case "measured", "recorded", "computed", "yes":
		return "good"
	case "not known":
		return "bad"
	}
	return "part"
}

// originsOf says of an experiment's numbers what is measured and what is predicted.
func originsOf(o *lab.Outcome, r *report.Comparison) []origin {
	a := o.About
	how, why := kindly(a)
	all := []origin{{"validation and test results", how, why}}
	switch {
	case a.Unpriced:
		all = append(all, origin{"seconds", "not known", "the benchmark has none: every query costs 1"})
	case a.Trains():
		all = append(all, origin{"seconds", "measured",
			"on the machine that ran the experiment, which its folder does not name; other machines measure others"})
	default:
		seconds := how
		if how == "recorded" {
			seconds = "simulated"
		}
		all = append(all, origin{"seconds", seconds,
			"the clock of a run adds up the seconds that the benchmark gives each training; nothing was waited for"})
	}
	if x := o.Set.Validation().Best; number.Known(x) {
		all = append(all, origin{"best of the benchmark", how, fmt.Sprintf(
			"%s on validation: the best of all architectures that the benchmark knows; regrets are counted from it",
			r.WithUnit(x))})
	} else {
		all = append(all, origin{"best of the benchmark", "not known", "so that there are no regrets"})
	}
	for _, x := range o.Objectives[min(1, len(o.Objectives)):] {
		switch {
		case x.Exact && x.Unit == evolve.UnitCount:
			all = append(all, origin{x.Name, "computed", "exactly, from the architecture alone"})
		case x.Exact:
			all = append(all, origin{x.Name, "recorded",
				"looked up by the architecture, never predicted; the source of the results says how it was measured"})
		default:
			all = append(all, origin{x.Name, how, "by the benchmark, as its results are"})
		}
	}
	if text := r.Repeats(); text != "" {
		return append(all, origin{"the same again", "in part", text})
	}
	return append(all, origin{"the same again", "yes",
		"the same experiment gives these numbers to the last bit, on any machine and any number of cores"})
}

// onDevices says whether objectives are latencies of NAS-Bench-201's cells on devices, which are a table of their own.
func onDevices(o *lab.Outcome) bool {
	spec, err := evolve.ParseSpec(o.Spec.Benchmark)
	return err == nil && spec.Name == "nb201" && slices.ContainsFunc(o.Objectives, func(x evolve.Objective) bool {
		return strings.HasPrefix(x.Name, evolve.LatencyOf)
	})
}

// kindly is how the results of a benchmark came about.
func kindly(a evolve.About) (how, why string) {
	switch a.Kind {
	case evolve.Training:
		return "measured", "every trial trained a network: " + a.Source
	case "table":
		return "recorded", a.Source
	case "surrogate":
		return "predicted", a.Source
	}
	return "computed", a.Source
}
