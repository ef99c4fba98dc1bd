package report

import (
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// cells is a benchmark of which only the space is asked for.
type cells struct{ evolve.Benchmark }

func (cells) Problem() evolve.Problem { return evolve.Problem{Space: space.NB101{}} }

// Two runs find one cell, whose published hash is the same, as two genomes: it is one architecture that both found.
func TestTopIsomorphic(t *testing.T) {
	o := byHand()
	o.Set.Arms = o.Set.Arms[:1]
	final := func(arch string, val float64) trace.Run {
		return trace.Run{Final: journal.Entry{Arch: arch, Trial: 9, ValError: val, TestError: val}}
	}
	o.Set.Arms[0].Runs = []trace.Run{final("0cc7c7-10001", .1), final("0883cd-01000", .2), final("04803f-10000", .1)}
	all, runs := found(o, cells{})
	if len(all) != 2 || runs != 3 {
		t.Fatalf("%d architectures of %d runs, want 2 of 3", len(all), runs)
	}
	if f := all[0].Found; f.Runs != 2 || f.Ended != 2 || all[0].Genome != "0cc7c7-10001" {
		t.Errorf("%s: %+v, want one cell that 2 runs found and ended with", all[0].Genome, f)
	}
	if all, _ := found(o, nil); len(all) != 3 {
		t.Errorf("%d architectures where nobody knows the space, want 3 genomes", len(all))
	}
}
