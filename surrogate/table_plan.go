package surrogate

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data/usertable"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// userPlan is what a user's table, whose architectures need not have rows of every fidelity,
// can answer at the longest schedule of a search. Its numbers are places in the table.
type userPlan struct {
	archs  []int // who has a row of that schedule, rising: nobody else can be proposed
	levels []int // the schedules up to it that all of them have a row of, rising
	lacks  []int // those up to it that some have none of
	report int   // the longest that tells how well each of them is, which the last level is or is below
}

// planOf settles on the option epochs, 0 for the longest schedule of the file.
func planOf(t *usertable.Table, o evolve.Options) (userPlan, error) {
	var p userPlan
	limit := o.Int("epochs")
	top := len(t.Epochs) - 1
	if limit != 0 {
		if top = slices.Index(t.Epochs, limit); top < 0 {
			has := "has " + listed(t.Epochs)
			if t.Epochs[0] == 0 {
				has = "has no column fidelity"
			}
			return p, fmt.Errorf("%s: epochs=%d: the file %s: %w", o.Variant(), limit, has, evolve.ErrUnsupported)
		}
	}
	p.archs = t.Recorded(top)
	if len(p.archs) < 2 {
		if err := p.few(t, top); err != nil {
			return p, fmt.Errorf("%s: %w", o.Variant(), err)
		}
	}
	ended := func(f, a int) bool { return !math.IsNaN(usertable.Mean(t.Val(f, a))) }
	good := slices.DeleteFunc(slices.Clone(p.archs), func(a int) bool { return !ended(top, a) })
	if len(good) == 0 {
		return p, fmt.Errorf("%s: every run%s failed: column val has no number: %w", o.Variant(), ofEpochs(t, top), evolve.ErrInvalid)
	}
	for f := range top + 1 {
		if slices.ContainsFunc(p.archs, func(a int) bool { return len(t.Val(f, a)) == 0 }) {
			p.lacks = append(p.lacks, f)
		} else {
			p.levels = append(p.levels, f)
		}
	}
	for p.report = len(t.Epochs) - 1; p.report > top; p.report-- {
		if !slices.ContainsFunc(good, func(a int) bool { return !ended(p.report, a) }) {
			break
		}
	}
	return p, nil
}

// few is the error for a schedule of fewer architectures than a pool can have, when another
// schedule has more.
func (p userPlan) few(t *usertable.Table, top int) error {
	best := top
	for f := range t.Epochs {
		if len(t.Recorded(f)) > len(t.Recorded(best)) {
			best = f
		}
	}
	if best == top {
		return nil // the pool says so itself
	}
	return fmt.Errorf("one architecture alone has a row%s, want at least 2; epochs=%d has %d: %w", ofEpochs(t, top), t.Epochs[best], len(t.Recorded(best)), evolve.ErrInvalid)
}

// said is the part of the benchmark's sentence about who and what can be asked for.
func (p userPlan) said(t *usertable.Table) (parts []string) {
	if n := len(t.Archs); len(p.archs) < n {
		top := p.levels[len(p.levels)-1]
		part := fmt.Sprintf("the %d with a row%s alone can be proposed", len(p.archs), ofEpochs(t, top))
		var more []string
		for f, e := range t.Epochs {
			if k := len(t.Recorded(f)); k > len(p.archs) {
				more = append(more, fmt.Sprintf("epochs=%d has %d", e, k))
			}
		}
		if more != nil {
			part += " (" + clipped(more) + ")"
		}
		parts = append(parts, part)
	}
	if p.lacks != nil {
		parts = append(parts, fmt.Sprintf("no schedule of %s epochs, of which some of these have no row", listed(model.Pick(t.Epochs, p.lacks))))
	}
	if last := p.levels[len(p.levels)-1]; len(t.Epochs) > 1 && (p.report != last || last != len(t.Epochs)-1) {
		parts = append(parts, "reported are results after "+epochText(t.Epochs[p.report]))
	}
	if t.Failed > 0 {
		parts = append(parts, fmt.Sprintf("failed runs, without val, which are charged and in no mean of val and test: %d", t.Failed))
	}
	return parts
}

// ofEpochs names a schedule where a file has several.
func ofEpochs(t *usertable.Table, fidelity int) string {
	if len(t.Epochs) == 1 {
		return ""
	}
	return " of " + epochText(t.Epochs[fidelity])
}

func epochText(n int) string {
	if n == 1 {
		return "1 epoch"
	}
	return fmt.Sprintf("%d epochs", n)
}

// failures counts the failed runs of each architecture.
func failures(t *usertable.Table, fidelity int, at []int) []float64 {
	xs := make([]float64, len(at))
	for i, a := range at {
		for _, x := range t.Val(fidelity, a) {
			if math.IsNaN(x) {
				xs[i]++
			}
		}
	}
	return xs
}

// listed are numbers in a sentence: all of a few, else the ends.
func listed(ns []int) string {
	texts := make([]string, len(ns))
	for i, n := range ns {
		texts[i] = fmt.Sprint(n)
	}
	return clipped(texts)
}

func clipped(texts []string) string {
	const most = 10 // that a line has room for
	if n := len(texts); n > most {
		texts = append(append(slices.Clone(texts[:most-1]), "…"), texts[n-1])
	}
	return strings.Join(texts, ", ")
}
