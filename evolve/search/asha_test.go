package search

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// A rung promotes as one that sorts all it has whenever it is asked.
func TestRungAsSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eta := rapid.IntRange(2, 5).Draw(t, "eta")
		fast := newRung()
		var all []entrant
		promoted := map[int]bool{}
		for id := 1; id <= 60; id++ {
			if rapid.Bool().Draw(t, "add") {
				loss := float64(rapid.IntRange(0, 12).Draw(t, "loss")) // with ties
				if loss == 12 {
					loss = math.Inf(1)
				}
				e := entrant{"a", id, loss}
				fast.add(e, nil, eta, 0)
				all = append(all, e)
				continue
			}
			slices.SortFunc(all, func(a, b entrant) int { return cmp.Or(cmp.Compare(a.loss, b.loss), cmp.Compare(a.id, b.id)) })
			want := 0
			for _, e := range all[:len(all)/eta] {
				if !promoted[e.id] && !math.IsInf(e.loss, 1) {
					want = e.id
					break
				}
			}
			promoted[want] = true
			got := 0
			if e := fast.promote(); e != nil {
				got = e.id
			}
			if got != want {
				t.Fatalf("promotes trial %d, want %d of %v", got, want, all)
			}
		}
	})
}

// What a rung compares for one more entrant grows by the logarithm of how many it has, so that asha is linear in trials
// but for that: after 128,000 at most twice what it is after 2,000, also where the better ones come last.
func TestRungIsLinear(t *testing.T) {
	for name, loss := range map[string]func(i int) float64{
		"mixed":   func(i int) float64 { return float64(evolve.Mix(1, uint64(i))) },
		"rising":  func(i int) float64 { return float64(i) },
		"falling": func(i int) float64 { return -float64(i) },
	} {
		r := newRung()
		compared := 0
		for _, h := range []*heap{&r.top, &r.rest, &r.ready} {
			before := h.before
			h.before = func(a, b int) bool { compared++; return before(a, b) }
		}
		at := map[int]float64{}
		for i := range 128_000 {
			r.add(entrant{"a", i + 1, loss(i)}, nil, 3, 0)
			r.promote()
			at[i+1] = float64(compared) / float64(i+1)
		}
		if early, late := at[2_000], at[128_000]; late > 2*early {
			t.Errorf("%s: %.1f comparisons an entrant after 2,000 and %.1f after 128,000", name, early, late)
		}
	}
}

// ladder is a benchmark of the fidelities 1, 3 and 9: the more epochs, the more of the noise of an architecture's
// loss is gone. A trial of a fidelity takes its epochs in seconds, less those that it goes on from. On a flat one all losses are
// equal, so that the earliest trial is the best.
type ladder struct{ fails, flat bool }

func (ladder) Problem() evolve.Problem {
	return evolve.Problem{Space: space.NB201{}, Fidelities: []evolve.Fidelity{{Epochs: 1}, {Epochs: 3, Resumes: true}, {Epochs: 9, Resumes: true}}}
}

func (l ladder) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	x := float64(mixed(t.Arch)%1000) / 1000
	noise := float64(evolve.Mix(t.Seed, uint64(t.Epochs))%1000) / 1000
	r.Loss, r.Cost = x+float64(noise/float64(10*t.Epochs)), float64(t.Epochs-t.Trained)
	if l.flat {
		r.Loss = .5
	}
	if l.fails && t.ID%4 == 0 {
		return evolve.ErrFailed
	}
	return nil
}

// mixed is a number of an architecture of any space.
func mixed(a evolve.Arch) uint64 {
	h := uint64(7)
	for i := range len(a) {
		h = evolve.Mix(h, uint64(a[i]))
	}
	return h
}

// record keeps outcomes.
type record []evolve.Outcome

func (r *record) Record(o *evolve.Outcome) error {
	*r = append(*r, *o)
	return nil
}

func climb(t testing.TB, s evolve.Searcher, l ladder, workers, trials int, seed uint64) record {
	t.Helper()
	return climbOn(t, l.Problem(), s, l, workers, trials, seed)
}

// climbOn runs a searcher on a problem.
func climbOn(t testing.TB, p evolve.Problem, s evolve.Searcher, l evolve.Evaluator, workers, trials int, seed uint64) record {
	t.Helper()
	var r record
	study := evolve.Study{Problem: p, Searcher: s, Pool: evolve.Simulate(l, workers), Recorder: &r, Trials: trials, Seed: seed}
	if _, err := study.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r
}

// With one worker one in η goes on from each rung, as soon as there are η of them, and goes on from its own training.
func TestASHAPromotes(t *testing.T) {
	got := climb(t, &ASHA{Eta: 3}, ladder{flat: true}, 1, 130, 1)
	var epochs []int
	at := map[int]int{}
	byID := map[int]evolve.Outcome{}
	for _, o := range got {
		epochs = append(epochs, o.Epochs)
		at[o.Epochs]++
		byID[o.ID] = o
		if o.Epochs == 1 {
			if o.From != 0 || o.Trained != 0 {
				t.Errorf("trial %d of the lowest rung goes on from trial %d", o.ID, o.From)
			}
			continue
		}
		from := byID[o.From]
		if from.Arch != o.Arch || from.Epochs*3 != o.Epochs || o.Trained != from.Epochs || o.Seed != from.Seed || o.Tag != map[int]int{3: 1, 9: 2}[o.Epochs] {
			t.Errorf("trial %+v goes on from %+v", o.Trial, from.Trial)
		}
	}
	// After three of a rung one of the next: at the thirteenth trial three have finished the second.
	if want := []int{1, 1, 1, 3, 1, 1, 1, 3, 1, 1, 1, 3, 9, 1}; !slices.Equal(epochs[:14], want) {
		t.Errorf("epochs %v, want %v", epochs[:14], want)
	}
	if at[1] != 90 || at[3] != 30 || at[9] != 10 {
		t.Errorf("trials by epochs %v, want 90, 30 and 10", at)
	}
}

// In whatever order trainings that end at the same time are told, the best is promoted, and of equals the earliest.
func TestASHAOrderOfTelling(t *testing.T) {
	for _, losses := range [][]float64{{.5, .5, .5}, {.5, .2, .2}} {
		for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			s := begun(t, &ASHA{Eta: 3}, ladder{}.Problem())
			trials := make([]evolve.Trial, 3)
			for i := range trials {
				trials[i].ID = i + 1
				s.Ask(&trials[i].Proposal)
			}
			for _, i := range order {
				if err := s.Tell(&trials[i], &evolve.Result{Loss: losses[i]}); err != nil {
					t.Fatal(err)
				}
			}
			var p evolve.Proposal
			want := 1 + slices.Index(losses, slices.Min(losses))
			if s.Ask(&p); p.From != want || p.Epochs != 3 {
				t.Errorf("losses %v told in the order %v: trial %d is promoted, want %d", losses, order, p.From, want)
			}
		}
	}
}

// On curves that keep their order the best third of a rung is all promoted but for who ended last. As promotions stand
// when better ones come, there are a few more than a third.
func TestASHAPromotesTheBest(t *testing.T) {
	r := curves{epochs: []int{1, 3, 9}, loss: preserved}.on(t, &ASHA{Eta: 3}, 1, 900, 1)
	at := map[int][]float64{}
	for _, o := range r {
		at[o.Epochs] = append(at[o.Epochs], rank(o.Arch))
	}
	for _, epochs := range []int{1, 3} {
		here, above := slices.Sorted(slices.Values(at[epochs])), slices.Sorted(slices.Values(at[3*epochs]))
		third, missing := len(here)/3, 0
		for _, x := range here[:third] {
			if _, there := slices.BinarySearch(above, x); !there {
				missing++
			}
		}
		if missing > 1 || len(above) > third+third/4 || third < 50 {
			t.Errorf("of %d trials of %d epochs %d are promoted, without %d of the best third", len(here), epochs,
				len(above), missing)
		}
	}
}

// Where a longer training is a schedule of its own, it begins anew.
func TestASHAOwnSchedules(t *testing.T) {
	s := &ASHA{Eta: 3}
	p := ladder{}.Problem()
	for i := range p.Fidelities {
		p.Fidelities[i].Resumes = false
	}
	if err := s.Init(p, evolve.Stream(1, "search")); err != nil {
		t.Fatal(err)
	}
	for id := 1; id <= 4; id++ {
		var q evolve.Proposal
		if !s.Ask(&q) || q.From != 0 || q.Trained != 0 || q.Epochs != []int{1, 1, 1, 3}[id-1] {
			t.Fatalf("proposal %d: %+v", id, q)
		}
		if err := s.Tell(&evolve.Trial{ID: id, Proposal: q}, &evolve.Result{Loss: float64(id)}); err != nil {
			t.Fatal(err)
		}
	}
}

// A failed trial is one of the n and is never promoted.
func TestASHAFailures(t *testing.T) {
	for _, workers := range []int{1, 8} {
		byID := map[int]evolve.Outcome{}
		for _, o := range climb(t, &ASHA{Eta: 3}, ladder{fails: true}, workers, 200, 1) {
			byID[o.ID] = o
			if o.From != 0 && byID[o.From].Err != nil {
				t.Errorf("trial %d goes on from trial %d, which failed", o.ID, o.From)
			}
		}
	}
}

// What the inner searcher answers from memory is on the rung already.
func TestASHAKnown(t *testing.T) {
	from := map[int]bool{}
	known := 0
	byID := map[int]evolve.Outcome{}
	inner := &RegEvo{Population: 4, Sample: 4, Repeat: "cache"}
	for _, o := range climb(t, &ASHA{Eta: 2, Inner: inner}, ladder{}, 1, 600, 1) {
		byID[o.ID] = o
		if o.Known != nil {
			known++
		}
		if o.From == 0 {
			continue
		}
		if from[o.From] || byID[o.From].Known != nil {
			t.Errorf("trial %d goes on from trial %d, which was promoted before or trained nothing", o.ID, o.From)
		}
		from[o.From] = true
	}
	if known == 0 {
		t.Error("no answer came from memory: the test tests nothing")
	}
}

// An inner searcher that is done leaves the promotions that are due.
func TestASHAInnerDone(t *testing.T) {
	tiny := space.Bits{Length: 3}
	p := evolve.Problem{Space: tiny, Fidelities: ladder{}.Problem().Fidelities}
	var r record
	study := evolve.Study{Problem: p, Searcher: &ASHA{Eta: 2, Inner: &Random{Repeat: "skip"}}, Pool: evolve.Simulate(ladder{flat: true}, 3), Recorder: &r, Trials: 1000, Seed: 1}
	sum, err := study.Run(context.Background())
	if err != nil || sum.Trials != 8+4+2 {
		t.Errorf("%d trials, %v, want all 8 architectures, 4 and 2 of them promoted", sum.Trials, err)
	}
}

func TestASHARefuses(t *testing.T) {
	one := ladder{}.Problem().At(9)
	for _, c := range []struct {
		s    *ASHA
		p    evolve.Problem
		want string
		kind error
	}{
		{&ASHA{Eta: 1}, ladder{}.Problem(), "eta=1", evolve.ErrInvalid},
		{&ASHA{Eta: 3}, one, "no second fidelity", evolve.ErrUnsupported},
		{&ASHA{Eta: 3, Inner: &ASHA{Eta: 3}}, ladder{}.Problem(), "inner: asha: there is no second fidelity", evolve.ErrUnsupported},
		{&ASHA{Eta: 3, Inner: &RegEvo{}}, ladder{}.Problem(), "inner: regevo: population 0", evolve.ErrInvalid},
	} {
		if err := c.s.Init(c.p, evolve.Stream(1, "search")); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.s, err, c.want)
		}
	}
}

// A hundred thousand trials are no slower by the trial than a thousand.
func BenchmarkASHA(b *testing.B) {
	for _, c := range []struct {
		name  string
		inner evolve.Searcher
	}{{"inner=random", &Random{}}, {"inner=regevo", &RegEvo{Population: 50, Sample: 10}}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			study := evolve.Study{Problem: ladder{}.Problem(), Searcher: &ASHA{Eta: 3, Inner: c.inner}, Pool: evolve.Simulate(ladder{}, 8), Trials: b.N, Seed: 7}
			if _, err := study.Run(context.Background()); err != nil {
				b.Fatal(err)
			}
		})
	}
}
