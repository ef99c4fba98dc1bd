package plots

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// The options that figures share; each takes those that it needs.
var (
	metricParam = evolve.Text("metric", auto, "of the incumbent, a panel each, joined by +: "+
		strings.Join(measureNames(), ", ")+
		"; with several objectives their names, hypervolume, hypervolume-gap, igd and exact-points; auto: regret, "+
		"or val where nobody knows the best; of several objectives the gap, or the hypervolume where nobody knows "+
		"the exact front")
	courseParam = evolve.Text("x", "trials", "the course of a search: "+strings.Join(axisNames(), ", ")+
		" (epochs, spent and full are sums over all workers), or auto: what bounds the runs, where it is one")
	logXParam = evolve.Choice("log-x", "logarithmic x axis; auto: where a course spans more than two decades",
		auto, "yes", "no")
)

const auto = "auto"

// measureNames and axisNames are those of every experiment.
func measureNames() (names []string) {
	for _, m := range new(trace.Set).Measures() {
		names = append(names, m.Name)
	}
	return names
}

func axisNames() (names []string) {
	for _, x := range new(trace.Set).Axes() {
		names = append(names, x.Name)
	}
	return names
}

// metrics are the names of an option metric, each once. Where it is auto and the best is known of an experiment, known
// counts; where all have several objectives it is their hypervolume, or what lacks of it in place of a regret.
func metrics(option string, sets []*trace.Set, known, unknown []string) ([]string, error) {
	switch {
	case option != auto:
		names := strings.Split(option, "+")
		for i, name := range names {
			if slices.Contains(names[:i], name) {
				return nil, fmt.Errorf("metric %s is named twice: %w", name, evolve.ErrInvalid)
			}
		}
		return names, nil
	case everyHas(sets, trace.HypervolumeMeasure):
		if everyHas(sets, trace.GapMeasure) && slices.Contains(known, "regret") {
			return []string{trace.GapMeasure}, nil
		}
		return []string{trace.HypervolumeMeasure}, nil
	case slices.ContainsFunc(sets, func(s *trace.Set) bool { return !math.IsNaN(s.About.BestVal) }):
		return known, nil
	}
	return unknown, nil
}

// together labels an axis with a measure of one more experiment. Where it is of the incumbents of one experiment and of
// the answers of another, the label names neither.
func together(label string, y trace.Measure) string {
	if label == "" || label == y.Label {
		return y.Label
	}
	return words.InUnit(y.What, y.Unit)
}

// everyHas says whether every experiment has a measure.
func everyHas(sets []*trace.Set, name string) bool {
	return !slices.ContainsFunc(sets, func(s *trace.Set) bool {
		_, err := s.Measure(name)
		return err != nil
	})
}

// A course is an axis that several experiments share.
type course struct {
	name, label string
	log         bool
}

// newCourse finds what the experiments' axes of a name have in common.
func newCourse(name, log string, sets []*trace.Set) (course, error) {
	if name == auto {
		name = bounding(sets)
	}
	c := course{name: name, log: log == "yes"}
	first, last := math.Inf(1), 0.0
	for _, s := range sets {
		x, err := s.Axis(name)
		if err != nil {
			return c, err
		}
		if c.label == "" {
			c.label = x.Label
		}
		if x.Label != c.label {
			if s.About.Unpriced != sets[0].About.Unpriced {
				return c, fmt.Errorf("of %s and %s only one knows seconds: want x=trials: %w",
					folder(s), folder(sets[0]), evolve.ErrInvalid)
			}
			c.label = "seconds, measured or simulated"
		}
		from, to := s.Span(x)
		first, last = min(first, from), max(last, to)
	}
	if log == auto {
		c.log = crowded(first, last)
	}
	return c, nil
}

// crowded says whether a linear axis would crowd more than two decades into its left end.
func crowded(first, last float64) bool { return first > 0 && last > 100*first }

// bounding is the axis on which all runs of all experiments are bounded: trials where there is no other.
func bounding(sets []*trace.Set) string {
	for _, x := range []struct {
		name   string
		bounds func(*trace.Set) bool
	}{
		// A clock that no run moved is no axis.
		{"seconds", func(s *trace.Set) bool {
			return s.Spec.Budget > 0 && s.Any(func(r *trace.Run) bool { return r.Final.Seconds > 0 })
		}},
		{trace.FullAxis, func(s *trace.Set) bool { return s.Spec.Full > 0 }},
		{"epochs", func(s *trace.Set) bool { return s.Spec.TotalEpochs > 0 }},
	} {
		if !slices.ContainsFunc(sets, func(s *trace.Set) bool { return !x.bounds(s) }) {
			return x.name
		}
	}
	return "trials"
}

// of is the axis of one of the experiments.
func (c course) of(s *trace.Set) trace.Axis {
	x, _ := s.Axis(c.name) // newCourse has found it
	return x
}
