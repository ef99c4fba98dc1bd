package plots

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	setsOf["lineage"] = func() *trace.Set {
		s := bredArms()
		s.RunTrials = func(string, int) ([]journal.Trial, error) { return bredArms().RunTrials("evolution", 0) }
		return s
	}
}

// bredArms are two algorithms, of which the first breeds:
//
//	1 (.5) ── 3 (.3) ── 5 (.1, the best) ── 7 (.1)
//	2 (.4) ── 4 (fails)     │
//	2 ─────── 6 (.35)       └ also of 2
//	8 (.5)
func bredArms() *trace.Set {
	s := twoArms()
	s.Spec.Record = "all"
	trial := func(id int64, loss float64, parents ...int64) journal.Trial {
		t := journal.Trial{ID: id, Arch: fmt.Sprint("a", id), Loss: journal.Loss(loss), Start: float64(10 * id)}
		if len(parents) > 0 {
			t.Parent1 = parents[0]
		}
		if len(parents) > 1 {
			t.Parent2 = parents[1]
		}
		return t
	}
	failed := trial(4, 1, 2)
	failed.Error = "no"
	s.RunTrials = func(algo string, run int) ([]journal.Trial, error) {
		if algo == "random" {
			return []journal.Trial{trial(1, .6), trial(2, .7)}, nil // which breeds nothing and has no panel
		}
		return []journal.Trial{trial(2, .4), trial(1, .5), trial(3, .3, 1), failed, trial(6, .35, 2),
			trial(5, .1, 3, 2), trial(7, .1, 5), trial(8, .5)}, nil
	}
	return s
}

func TestLineage(t *testing.T) {
	only := bredArms()
	only.Arms = only.Arms[:1]
	d, err := drawing("lineage,run=1", Options{}, only)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range d.Data().Rows {
		got = append(got, strings.Join(row, " "))
	}
	// The best is 5, the first of equals; it descends from the first trials 1 and 2, and with it 3, 6 and 7, not 8.
	want := []string{
		"evolution 1 1 a1 0 0 0 1 50 ancestor",
		"evolution 1 2 a2 0 0 0 2 60 ancestor",
		"evolution 1 3 a3 1 0 0 3 70 ancestor",
		"evolution 1 5 a5 3 2 0 5 90 best",
		"evolution 1 6 a6 2 0 0 6 65 family",
		"evolution 1 7 a7 5 0 0 7 90 family",
		"evolution 1 8 a8 0 0 0 8 50 other",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	note := d.(*scene).note
	if want := "Run 1 of evolution: the best of 7 trials, trial 5, has 3 ancestors over 2 generations; its family are " +
		"85.7 % of the trials, 2 simulated workers, seed 7."; !strings.Contains(note, want) {
		t.Errorf("%q, want %q", note, want)
	}
	if want := "all that descend from a first trial which it descends from"; !strings.Contains(note, want) {
		t.Errorf("%q, want %q", note, want)
	}
	if d, err = drawing("lineage,x=seconds", Options{}, bredArms()); err != nil || d.Data().Rows[5][7] != "70" {
		t.Errorf("the last began at %v, %v, want 70", d.Data().Rows[5], err)
	}
}

// What is trained further counts before what was trained shorter, and a training that goes on is a descent.
func TestLineagePromoted(t *testing.T) {
	s := bredArms()
	s.RunTrials = func(algo string, _ int) ([]journal.Trial, error) {
		return []journal.Trial{{ID: 1, Arch: "a", Epochs: 1, Loss: .1}, {ID: 2, Arch: "b", Epochs: 1, Loss: .2, Parent1: 1},
			{ID: 3, Arch: "b", Epochs: 3, Loss: .15, From: 2}}, nil
	}
	d, err := drawing("lineage", Options{}, s)
	if err != nil {
		t.Fatal(err)
	}
	if want := "; trials of 1 to 3 epochs share the axis"; !strings.Contains(d.(*scene).note, want) {
		t.Errorf("%q, want %q", d.(*scene).note, want)
	}
	for i, want := range []string{"ancestor", "ancestor", "best"} {
		if got := d.Data().Rows[i][9]; got != want {
			t.Errorf("trial %d is %s, want %s", i+1, got, want)
		}
	}
}

func TestLineageRefuses(t *testing.T) {
	unbred, unrecorded := bredArms(), bredArms()
	unbred.Arms = unbred.Arms[1:]
	unrecorded.RunTrials, unrecorded.Spec.Record = nil, "incumbents"
	for _, c := range []struct {
		kind string
		sets []*trace.Set
		want string
	}{
		{"lineage", []*trace.Set{unbred}, "no trial of the experiment has a parent"},
		{"lineage", []*trace.Set{unrecorded}, "run it with --record all"},
		{"lineage,run=3", []*trace.Set{bredArms()}, "of the experiment has runs 0 to"},
		{"lineage,run=last", []*trace.Set{bredArms()}, "run=last: want a number from 0 on, or best"},
		{"lineage", []*trace.Set{bredArms(), bredArms()}, "the figure is of one experiment"},
	} {
		_, err := drawing(c.kind, Options{}, c.sets...)
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v, want %q", c.kind, err, c.want)
		}
	}
}
