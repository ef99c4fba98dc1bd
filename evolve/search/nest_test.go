package search

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// witness wraps a searcher and notes what it is told, and whether its trials are numbered by its asking and come back as
// they were asked for.
type witness struct {
	evolve.Searcher
	t       *testing.T
	asked   []evolve.Proposal
	told    map[int]bool
	learned []evolve.Trial
}

func (w *witness) Init(p evolve.Problem, r *rand.Rand) error {
	w.asked, w.told, w.learned = nil, map[int]bool{}, nil
	return w.Searcher.Init(p, r)
}

func (w *witness) Ask(p *evolve.Proposal) bool {
	if !w.Searcher.Ask(p) {
		return false
	}
	w.asked = append(w.asked, *p)
	return true
}

func (w *witness) Tell(t *evolve.Trial, r *evolve.Result) error {
	if t.ID < 1 || t.ID > len(w.asked) || w.told[t.ID] {
		w.t.Fatalf("told of trial %d after asking for %d", t.ID, len(w.asked))
	}
	w.told[t.ID] = true
	if want := w.asked[t.ID-1]; t.Proposal != want {
		w.t.Fatalf("trial %d comes back as %+v, was asked for as %+v", t.ID, t.Proposal, want)
	}
	return w.Searcher.Tell(t, r)
}

// scholar is a witness that learns.
type scholar struct{ *witness }

func (s scholar) Learn(t *evolve.Trial, _ *evolve.Result) { s.learned = append(s.learned, *t) }

// An inner searcher sees its own trials alone, by its own numbers and tags, whatever the outer one makes of them, and the
// study sees parents by its numbers.
func TestNest(t *testing.T) {
	for name, s := range map[string]evolve.Searcher{
		"eaopt, by tags":     &EAOpt{Population: 8, Contest: 3, CrossRate: .7, MutRate: .5},
		"regevo, by numbers": &RegEvo{Population: 8, Sample: 3, Kill: "worst"},
	} {
		for _, workers := range []int{1, 8} {
			t.Run(fmt.Sprintf("%s, workers=%d", name, workers), func(t *testing.T) {
				w := scholar{&witness{Searcher: s, t: t}}
				promoted, bred := 0, 0
				byID := map[int]evolve.Outcome{}
				for _, o := range climb(t, &ASHA{Eta: 3, Inner: w}, ladder{fails: true}, workers, 400, 3) {
					byID[o.ID] = o
					if o.Tag >= 0 {
						promoted++
					}
					if p := o.Parents[0]; p != 0 {
						bred++
						if parent, ok := byID[p]; !ok || parent.Tag >= 0 || o.Parents[1] == 0 && parent.Arch != o.Arch && !isNeighbor(parent.Arch, o.Arch) {
							t.Fatalf("trial %d, %s, is no child of trial %d, %s", o.ID, o.Arch, p, parent.Arch)
						}
					}
				}
				if promoted < 50 || bred < 50 || len(w.asked)+promoted != 400 {
					t.Errorf("%d asked for, %d promoted, %d bred", len(w.asked), promoted, bred)
				}
				if len(w.learned) != promoted {
					t.Errorf("learned from %d trials, want the %d promoted", len(w.learned), promoted)
				}
				for _, l := range w.learned {
					if o := byID[-l.ID]; o.Arch != l.Arch || o.Epochs != l.Epochs || l.Epochs == 1 {
						t.Fatalf("learned from %+v, of the trial %+v", l, o.Trial)
					}
				}
			})
		}
	}
}

func isNeighbor(a, b evolve.Arch) bool {
	for _, n := range (space.NB201{}).Neighbors(nil, a) {
		if n == b {
			return true
		}
	}
	return false
}

// A searcher alone in a nest searches as it does without one.
func TestNestAlone(t *testing.T) {
	plain := climb(t, &EAOpt{Population: 8, Contest: 3, CrossRate: .7, MutRate: .5}, ladder{}, 8, 200, 5)
	nested := climb(t, &within{inner: &EAOpt{Population: 8, Contest: 3, CrossRate: .7, MutRate: .5}}, ladder{}, 8, 200, 5)
	for i := range plain {
		a, b := plain[i], nested[i]
		a.Tag, b.Tag = 0, 0
		if a.Trial != b.Trial || a.Loss != b.Loss {
			t.Fatalf("outcome %d is %+v, without a nest %+v", i+1, b, a)
		}
	}
}

// within hands everything on to a nest.
type within struct {
	inner evolve.Searcher
	nest  nest
}

func (w *within) Init(p evolve.Problem, r *rand.Rand) error { return w.nest.begin(w.inner, p, r) }
func (w *within) Ask(p *evolve.Proposal) bool               { return w.nest.ask(p, 42) }
func (w *within) Tell(t *evolve.Trial, r *evolve.Result) error {
	outer, err := w.nest.tell(t, r)
	if outer != 42 {
		return fmt.Errorf("the outer tag is %d, was 42", outer)
	}
	return err
}
