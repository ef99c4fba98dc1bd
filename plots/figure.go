package plots

import (
	"fmt"
	"io"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Figures are the kinds of figures of experiments, one a file. Their specs are written as those of searchers:
// ecdf,metric=val.
var Figures = evolve.NewRegistry[Figure]("figure")

// Figure is a kind of figure with its options. Title, caption and axes are its own.
type Figure interface {
	Needs() Needs
	// Draw draws one or more experiments that fit its needs.
	Draw(sets []*trace.Set, o Options) (Drawing, error)
}

// Drawing is a figure that can be written, as "png", "svg" or "pdf".
type Drawing interface {
	Write(w io.Writer, format string) error
}

// Options are what every figure can be told.
type Options struct {
	Title string // in place of its own
}

// Needs are what a kind of figure asks of experiments.
type Needs struct {
	Trajectories bool // that incumbents were recorded, and not the runs' ends alone
	OneMetric    bool // that the results of all are in one metric
	Objectives   bool // that there are several objectives, the same of all
	Curves       bool // that a reader can tell the algorithms of all together apart: at most MaxSeries
}

// lacking says what experiments lack; "" for nothing.
func (n Needs) lacking(sets []*trace.Set) string {
	if len(sets) == 0 {
		return "there is no experiment to draw"
	}
	arms := 0
	for _, s := range sets {
		arms += len(s.Arms)
		switch m, first := s.About.Metric.Name(), sets[0].About.Metric.Name(); {
		case n.Trajectories && s.Spec.Record == "none":
			return folder(s) + " was recorded with record=none and holds no trajectories"
		case !s.Any((*trace.Run).Found):
			return "nothing was evaluated within the bounds of " + folder(s)
		case n.Objectives && len(s.Objectives) < 2:
			return folder(s) + " has one objective, and a front is of several"
		case n.Objectives &&
			!slices.Equal(evolve.ObjectiveNames(s.Objectives), evolve.ObjectiveNames(sets[0].Objectives)):
			return fmt.Sprintf("%s and %s have other objectives", folder(s), folder(sets[0]))
		case n.OneMetric && m != first:
			return fmt.Sprintf("%s is measured in %s and %s in %s, which have no axis in common",
				folder(s), m, folder(sets[0]), first)
		}
	}
	if n.Curves && arms > MaxSeries {
		return fmt.Sprintf(
			"%d algorithms are more than the %d that a reader can tell apart; draw some with amoeba plot --algo",
			arms, MaxSeries)
	}
	return ""
}

// folder is an experiment in an error.
func folder(s *trace.Set) string {
	if s.Name != "" {
		return s.Name
	}
	return "the experiment"
}

// Draw draws experiments as a spec says.
func Draw(spec evolve.Spec, sets []*trace.Set, o Options) (Drawing, error) {
	f, _, err := Figures.Open(spec)
	if err != nil {
		return nil, err
	}
	if why := f.Needs().lacking(sets); why != "" {
		return nil, fmt.Errorf("%s: %w", why, evolve.ErrInvalid)
	}
	return f.Draw(sets, o)
}

// Lacking says why experiments have no figure of a kind, such as that they found nothing; "" where they have one.
func Lacking(spec evolve.Spec, sets ...*trace.Set) string {
	f, _, err := Figures.Open(spec)
	if err != nil {
		return err.Error()
	}
	return f.Needs().lacking(sets)
}
