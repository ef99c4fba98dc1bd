package usertable

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// Plan is what a table, whose architectures need not have rows of every fidelity, can answer at the
// longest schedule of a search. Its numbers are places in the table.
type Plan struct {
	Archs  []int // the architectures with a row of that schedule, rising: no others can be proposed
	Levels []int // the schedules up to it of which each of them has a row, rising
	Lacks  []int // the schedules up to it of which some have none
	Report int   // the longest that tells how well each of them is: the last level or a longer one
}

// Plan settles on a number of epochs, 0 for the longest schedule of the file.
func (t *Table) Plan(epochs int) (Plan, error) {
	var p Plan
	top := len(t.Epochs) - 1
	if epochs != 0 {
		if top = slices.Index(t.Epochs, epochs); top < 0 {
			has := "has " + Listed(t.Epochs)
			if t.Epochs[0] == 0 {
				has = "has no column fidelity"
			}
			return p, fmt.Errorf("epochs=%d: the file %s: %w", epochs, has, evolve.ErrUnsupported)
		}
	}
	p.Archs = t.Recorded(top)
	if len(p.Archs) < 2 {
		if err := t.few(top); err != nil {
			return p, err
		}
	}
	ended := func(f, a int) bool { return !math.IsNaN(Mean(t.Val(f, a))) }
	good := slices.DeleteFunc(slices.Clone(p.Archs), func(a int) bool { return !ended(top, a) })
	if len(good) == 0 {
		return p, fmt.Errorf("every run%s failed: column val has no number: %w", t.OfEpochs(top), evolve.ErrInvalid)
	}
	for f := range top + 1 {
		if slices.ContainsFunc(p.Archs, func(a int) bool { return len(t.Val(f, a)) == 0 }) {
			p.Lacks = append(p.Lacks, f)
		} else {
			p.Levels = append(p.Levels, f)
		}
	}
	for p.Report = len(t.Epochs) - 1; p.Report > top; p.Report-- {
		if !slices.ContainsFunc(good, func(a int) bool { return !ended(p.Report, a) }) {
			break
		}
	}
	return p, nil
}

// few is the error for a schedule of fewer architectures than a pool can have, when another
// schedule has more.
func (t *Table) few(top int) error {
	best := top
	for f := range t.Epochs {
		if len(t.Recorded(f)) > len(t.Recorded(best)) {
			best = f
		}
	}
	if best == top {
		return nil // the pool says so itself
	}
	return fmt.Errorf("one architecture alone has a row%s, want at least 2; epochs=%d has %d: %w",
		t.OfEpochs(top), t.Epochs[best], len(t.Recorded(best)), evolve.ErrInvalid)
}

// OfEpochs names a schedule, as in " of 3 epochs", where a file has several.
func (t *Table) OfEpochs(fidelity int) string {
	if len(t.Epochs) == 1 {
		return ""
	}
	return " of " + number.Count(t.Epochs[fidelity], "epoch")
}

// Listed are numbers in a sentence: all of a few, else the ends.
func Listed(ns []int) string {
	texts := make([]string, len(ns))
	for i, n := range ns {
		texts[i] = fmt.Sprint(n)
	}
	return Clipped(texts)
}

// Clipped joins texts in a sentence: all of a few, else the ends.
func Clipped(texts []string) string {
	const most = 10 // that a line has room for
	if n := len(texts); n > most {
		texts = append(append(slices.Clone(texts[:most-1]), "…"), texts[n-1])
	}
	return strings.Join(texts, ", ")
}

// Means returns the means over repeats of a schedule's values, for the architectures at the places.
// values is [Table.Val] or one of its like.
func Means(values func(fidelity, arch int) []float64, fidelity int, at []int) []float64 {
	xs := make([]float64, len(at))
	for i, a := range at {
		xs[i] = Mean(values(fidelity, a))
	}
	return xs
}
