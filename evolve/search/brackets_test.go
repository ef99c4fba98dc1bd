package search

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// curves is a benchmark on which an architecture has a rank, and after so many epochs a loss that loss makes of it.
type curves struct {
	epochs  []int
	scratch bool // schedules do not resume
	loss    func(rank float64, epochs int) float64
}

func (c curves) Problem() evolve.Problem {
	p := evolve.Problem{Space: space.NB201{}}
	for _, e := range c.epochs {
		p.Fidelities = append(p.Fidelities, evolve.Fidelity{Epochs: e, Resumes: !c.scratch})
	}
	return p
}

func rank(a evolve.Arch) float64 { return float64(mixed(a)%1_000_003) / 1_000_003 }

// Evaluate charges a second for each epoch of a trial's own.
func (c curves) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	r.Loss, r.Cost = c.loss(rank(t.Arch), t.Epochs), float64(t.Epochs-t.Trained)
	return nil
}

// preserved keeps the order of ranks at every fidelity; reversed has the opposite order before the last.
func preserved(rank float64, epochs int) float64 { return rank + 1/float64(epochs) }

func reversed(last int) func(float64, int) float64 {
	return func(rank float64, epochs int) float64 {
		if epochs < last {
			return 1 - rank
		}
		return rank
	}
}

// on runs a searcher on curves.
func (c curves) on(t testing.TB, s evolve.Searcher, workers, trials int, seed uint64) record {
	t.Helper()
	var r record
	study := evolve.Study{Problem: c.Problem(), Searcher: s, Pool: evolve.Simulate(c, workers), Recorder: &r, Trials: trials, Seed: seed}
	if _, err := study.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r
}

// cost is the seconds of all trials.
func (r record) cost() (sum float64) {
	for _, o := range r {
		sum += o.Cost
	}
	return sum
}

// Whoever is best by all fidelities wins the bracket; where the shorter trainings say the opposite of the last, the
// worst does.
func TestHalvingFindsTheBestDrawn(t *testing.T) {
	for seed := range uint64(20) {
		for _, workers := range []int{1, 4} {
			c := curves{epochs: []int{4, 12, 36, 108}, loss: preserved}
			winner := func(r record) float64 {
				for _, o := range r {
					if o.Epochs == 108 {
						return rank(o.Arch)
					}
				}
				t.Fatal("nobody was trained in full")
				return 0
			}
			drawn := func(r record) (ranks []float64) {
				for _, o := range r {
					if o.Epochs == 4 && o.ID <= 27 {
						ranks = append(ranks, rank(o.Arch))
					}
				}
				return ranks
			}
			// With more workers the next bracket has begun before the last trial of this one.
			r := c.on(t, &Halving{Eta: 3, N: 27}, workers, 40*workers, seed)
			if best := slices.Min(drawn(r)); winner(r) != best {
				t.Errorf("seed %d, %d workers: the winner has rank %g, the best that was drawn %g", seed, workers, winner(r), best)
			}
			c.loss = reversed(108)
			r = c.on(t, &Halving{Eta: 3, N: 27}, workers, 40*workers, seed)
			if worst := slices.Max(drawn(r)); winner(r) != worst {
				t.Errorf("seed %d, %d workers, reversed: the winner has rank %g, the worst that was drawn %g", seed, workers, winner(r), worst)
			}
		}
	}
}

// shape is what a run trains, in the order of its trials: "27@4 9@12".
func shape(r record) string {
	slices.SortFunc(r, func(a, b evolve.Outcome) int { return a.ID - b.ID })
	var all []string
	for i := 0; i < len(r); {
		j := i
		for j < len(r) && r[j].Epochs == r[i].Epochs && (r[j].Tag < 0) == (r[i].Tag < 0) {
			j++
		}
		all = append(all, fmt.Sprintf("%d@%d", j-i, r[i].Epochs))
		i = j
	}
	return strings.Join(all, " ")
}

// The tables of brackets that HpBandSter's formula and the paper's give, with their costs.
func TestBrackets(t *testing.T) {
	nb101 := []int{4, 12, 36, 108}
	for _, c := range []struct {
		what   string
		s      evolve.Searcher
		epochs []int
		trials int
		want   string
		cost   float64 // with schedules of their own
		resume float64 // with trainings that go on
	}{
		{"halving", &Halving{Eta: 3, N: 27}, nb101, 40, "27@4 9@12 3@36 1@108", 432, 324},
		{"halving again", &Halving{Eta: 3, N: 9}, nb101, 28, "9@4 3@12 1@36 1@108 9@4 3@12 1@36 1@108", 432, 312},
		{"halving by two", &Halving{Eta: 2, N: 8}, []int{1, 2, 4, 8}, 15, "8@1 4@2 2@4 1@8", 32, 20},
		{"hyperband, nb101", &Hyperband{Eta: 3}, nb101, 65, "27@4 9@12 3@36 1@108 9@12 3@36 1@108 6@36 2@108 4@108", 1620, 1368},
		{"hyperband, from the first again", &Hyperband{Eta: 3}, []int{12, 200}, 12, "3@12 1@200 2@200 3@12 1@200 2@200", 1272, 1248},
		{"hyperband, 81 epochs", &Hyperband{Eta: 3}, upToInner(81), 121 + 40 + 13 + 8 + 5,
			"81@1 27@3 9@9 3@27 1@81 27@3 9@9 3@27 1@81 9@9 3@27 1@81 6@27 2@81 5@81", 0, 0},
		{"hyperband, the paper's, 81 epochs", &Hyperband{Eta: 3, JMLR: true}, upToInner(81), 121 + 49 + 21 + 10 + 5,
			"81@1 27@3 9@9 3@27 1@81 34@3 11@9 3@27 1@81 15@9 5@27 1@81 8@27 2@81 5@81", 0, 0},
		{"hyperband, 12 epochs", &Hyperband{Eta: 3}, []int{1, 4, 12}, 20, "9@1 3@4 1@12 3@4 1@12 3@12", 0, 0},
	} {
		for _, scratch := range []bool{true, false} {
			r := curves{epochs: c.epochs, scratch: scratch, loss: preserved}.on(t, c.s, 1, c.trials, 1)
			if got := shape(r); got != c.want {
				t.Errorf("%s: %s, want %s", c.what, got, c.want)
			}
			want := c.resume
			if scratch {
				want = c.cost
			}
			if got := r.cost(); c.cost != 0 && got != want {
				t.Errorf("%s, schedules of their own %v: %g epochs, want %g", c.what, scratch, got, want)
			}
		}
	}
}

func upToInner(n int) (all []int) {
	for e := 1; e <= n; e++ {
		all = append(all, e)
	}
	return all
}

// Every bracket of a sweep over 4 to 108 epochs costs much the same from scratch: 432, 324, 432 and 432 epochs.
func TestBracketCosts(t *testing.T) {
	for level, want := range []int{432, 324, 432, 432} {
		n, epochs, cost := bracketSize(4, level, 3, false), 4, 0
		for range level {
			epochs *= 3
		}
		for ; epochs <= 108; n, epochs = n/3, epochs*3 {
			cost += n * epochs
		}
		if cost != want {
			t.Errorf("the bracket of rung %d costs %d epochs, want %d", level, cost, want)
		}
	}
}

// Sizes of brackets in whole numbers, where a power in floating point loses one.
func TestBracketSize(t *testing.T) {
	for _, c := range []struct {
		rungs, eta int
		jmlr       bool
		want       []int
	}{
		{5, 3, false, []int{81, 27, 9, 6, 5}},
		{5, 3, true, []int{81, 34, 15, 8, 5}},
		{4, 3, false, []int{27, 9, 6, 4}},
		{3, 3, false, []int{9, 3, 3}},
		{7, 3, false, []int{729, 243, 81, 27, 18, 9, 7}},
		{2, 1000, true, []int{1000, 2}},
	} {
		var got []int
		for level := range c.rungs {
			got = append(got, bracketSize(c.rungs, level, c.eta, c.jmlr))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%d rungs, η=%d, the paper's %v: %v, want %v", c.rungs, c.eta, c.jmlr, got, c.want)
		}
	}
}

// A trial that goes on names the trial that it goes on from, once, and only one that did not fail and that is among the
// best of its rung; of equal losses the earlier.
func TestBracketsGoOn(t *testing.T) {
	for _, s := range []evolve.Searcher{&Halving{Eta: 3, N: 9}, &Hyperband{Eta: 3}, &Hyperband{Eta: 3, Inner: func() (evolve.Searcher, error) { return &RegEvo{Population: 5, Sample: 2}, nil }}} {
		for _, workers := range []int{1, 3, 30} {
			byID, used := map[int]evolve.Outcome{}, map[int]bool{}
			r := climb(t, s, ladder{fails: true}, workers, 600, 1)
			for _, o := range r {
				byID[o.ID] = o
			}
			promoted := 0
			for _, o := range r {
				if o.From == 0 {
					continue
				}
				promoted++
				from := byID[o.From]
				if used[o.From] || from.Err != nil || from.Arch != o.Arch || 3*from.Epochs != o.Epochs || o.Trained != from.Epochs || o.Seed != from.Seed {
					t.Fatalf("%T: trial %+v goes on from %+v", s, o.Trial, from)
				}
				used[o.From] = true
			}
			if promoted < 80 {
				t.Errorf("%T, %d workers: %d of 600 trials go on", s, workers, promoted)
			}
		}
	}
	// On a flat benchmark the earliest of a bracket go on.
	var from []int
	for _, o := range climb(t, &Halving{Eta: 3, N: 9}, ladder{flat: true}, 1, 26, 1) {
		if o.From != 0 {
			from = append(from, o.From)
		}
	}
	if want := []int{1, 2, 3, 10, 14, 15, 16, 23}; !slices.Equal(from, want) {
		t.Errorf("of equal losses trials %v go on, want %v", from, want)
	}
}

// An inner searcher that is done, or that fails all the time, does not hold up a bracket for ever.
func TestBracketsInnerDone(t *testing.T) {
	p := evolve.Problem{Space: space.Bits{Length: 3}, Fidelities: ladder{}.Problem().Fidelities}
	for _, workers := range []int{1, 3} {
		study := evolve.Study{Problem: p, Searcher: &Halving{Eta: 2, N: 16, Inner: &Random{Repeat: "skip"}},
			Pool: evolve.Simulate(ladder{flat: true}, workers), Trials: 1000, Seed: 1}
		if sum, err := study.Run(context.Background()); err != nil || sum.Trials != 8+4+2 {
			t.Errorf("%d workers: %d trials, %v, want all 8 architectures, 4 and 2 of them trained longer", workers, sum.Trials, err)
		}
	}
}

// Searchers within see one fidelity each, and who learns hears of every other trial.
func TestNests(t *testing.T) {
	for _, workers := range []int{1, 7} {
		var inner []*witness
		s := &Hyperband{Eta: 3, Inner: func() (evolve.Searcher, error) {
			w := &witness{Searcher: &EAOpt{Population: 8, Contest: 3, CrossRate: .7, MutRate: .5}, t: t}
			inner = append(inner, w)
			return scholar{w}, nil
		}}
		r := climb(t, s, ladder{fails: true}, workers, 400, 3)
		if len(inner) != 3 {
			t.Fatalf("%d searchers within, want one for each of three rungs", len(inner))
		}
		began := map[int]int{}
		for _, o := range r {
			if o.From == 0 {
				began[o.Epochs]++
			}
		}
		for i, epochs := range []int{1, 3, 9} {
			w := inner[i]
			if n := len(w.told); n != began[epochs] || n < 20 {
				t.Errorf("%d workers: the searcher of %d epochs was told of %d trials, %d began there", workers, epochs, n, began[epochs])
			}
			if n := len(w.learned); n != len(r)-began[epochs] {
				t.Errorf("%d workers: the searcher of %d epochs learned from %d trials, want %d", workers, epochs, n, len(r)-began[epochs])
			}
			for _, l := range w.learned {
				if l.Epochs == 0 || l.ID >= 0 {
					t.Fatalf("learned from %+v", l)
				}
			}
		}
	}
}

func TestFidelityRefusals(t *testing.T) {
	whole, one := ladder{}.Problem(), ladder{}.Problem().At(9)
	for _, c := range []struct {
		s    evolve.Searcher
		p    evolve.Problem
		want string
		kind error
	}{
		{&Halving{Eta: 1, N: 9}, whole, "halving: eta=1", evolve.ErrInvalid},
		{&Halving{Eta: 3}, whole, "halving: n=0: want at least 1", evolve.ErrInvalid},
		{&Halving{Eta: 3, N: 9}, one, "halving: there is no second fidelity, a number of epochs to train for, beside 9", evolve.ErrUnsupported},
		{&Halving{Eta: 3, N: 9, Inner: &RegEvo{}}, whole, "halving: inner: regevo: population 0", evolve.ErrInvalid},
		{&Hyperband{}, whole, "hyperband: eta=0", evolve.ErrInvalid},
		{&Hyperband{Eta: 3}, one, "hyperband: there is no second fidelity", evolve.ErrUnsupported},
		{&MedianStop{}, whole, "median-stop: min=0, grace=0", evolve.ErrInvalid},
		{&MedianStop{Min: 1}, one, "median-stop: there is no second fidelity", evolve.ErrUnsupported},
		{&MedianStop{Min: 1, Inner: &RegEvo{}}, whole, "median-stop: inner: regevo", evolve.ErrInvalid},
	} {
		if err := c.s.Init(c.p, evolve.Stream(1, "search")); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.s, err, c.want)
		}
	}
}

// Whoever is not among the best when he arrives stops for ever; the first arrival goes on, and of equal losses the
// earlier trial is better.
func TestASHAStopping(t *testing.T) {
	c := curves{epochs: []int{1, 3, 9}, loss: preserved}
	var ranks []float64 // that have arrived at the lowest rung
	arrived := map[int]int{}
	r := c.on(t, &ASHA{Eta: 3, Stopping: true}, 1, 200, 1)
	for i, o := range r {
		if o.Epochs == 1 {
			ranks = append(ranks, rank(o.Arch))
		} else if from := r[i-1]; o.From != from.ID || o.Trained != from.Epochs || o.Epochs != 3*from.Epochs {
			t.Fatalf("trial %+v goes on from %+v", o.Trial, from.Trial)
		}
		arrived[o.Epochs]++
		if o.Epochs > 1 || i == len(r)-1 {
			continue
		}
		better := 0
		for _, x := range ranks {
			if x < rank(o.Arch) {
				better++
			}
		}
		if goes := r[i+1].Epochs == 3; goes != (better < max(1, len(ranks)/3)) {
			t.Fatalf("trial %d, with %d better of %d, goes on %v", o.ID, better, len(ranks), goes)
		}
	}
	if arrived[9] < 2 || arrived[3] < 10 {
		t.Errorf("trials by epochs %v", arrived)
	}
	flat := map[int]int{}
	for _, o := range climb(t, &ASHA{Eta: 3, Stopping: true}, ladder{flat: true}, 1, 100, 1) {
		flat[o.Epochs]++
	}
	if flat[3] != 1 || flat[9] != 1 || flat[1] != 98 {
		t.Errorf("of equal losses trials by epochs %v, want the first alone to go on", flat)
	}
	for _, workers := range []int{1, 8} {
		byID := map[int]evolve.Outcome{}
		for _, o := range climb(t, &ASHA{Eta: 3, Stopping: true}, ladder{fails: true}, workers, 300, 1) {
			byID[o.ID] = o
			if o.From != 0 && byID[o.From].Err != nil {
				t.Errorf("trial %d goes on from trial %d, which failed", o.ID, o.From)
			}
		}
	}
}

// Two trainings that end at the same time are told in the order of asking, and of equal losses the earlier is promoted.
func TestASHATies(t *testing.T) {
	for _, workers := range []int{1, 3} {
		var from []int
		for _, o := range climb(t, &ASHA{Eta: 3}, ladder{flat: true}, workers, 60, 1) {
			if o.Epochs == 3 {
				from = append(from, o.From)
			}
		}
		if !slices.IsSorted(from) || from[0] != 1 || len(from) < 10 {
			t.Errorf("%d workers: promoted from %v, want rising from 1", workers, from)
		}
	}
}

// The rule worked out by hand: at each fidelity the best loss so far against the median of the running averages of
// those that have ended.
func TestMedianStop(t *testing.T) {
	s := &MedianStop{Min: 2}
	if err := s.Init(ladder{}.Problem(), evolve.Stream(1, "search")); err != nil {
		t.Fatal(err)
	}
	id := 0
	// train tells the losses of an architecture until it is stopped, and returns how many were asked for.
	train := func(losses ...float64) int {
		for i, loss := range losses {
			var p evolve.Proposal
			if !s.Ask(&p) {
				t.Fatal("proposes nothing")
			}
			if fresh := p.From == 0; fresh != (i == 0) {
				id++
				if !fresh {
					t.Fatal("goes on with what was stopped")
				}
				return -1
			}
			if i > 0 && (p.From != id || p.Trained != []int{1, 3}[i-1]) {
				t.Fatalf("goes on from trial %d after %d epochs, want from %d", p.From, p.Trained, id)
			}
			id++
			if err := s.Tell(&evolve.Trial{ID: id, Proposal: p}, &evolve.Result{Loss: loss}); err != nil {
				t.Fatal(err)
			}
			if len(s.going) == 0 {
				return i + 1
			}
		}
		return len(losses)
	}
	for i, c := range []struct {
		losses []float64
		want   int
	}{
		{[]float64{.9, .5, .1}, 3},  // averages .9, .7, .5
		{[]float64{.7, .3, .2}, 3},  // .7, .5, .4: the second that ends
		{[]float64{.81}, 1},         // the median of .9 and .7 is .8: stopped
		{[]float64{.8, .61}, 2},     // the median of .9, .7, .81 is .81; of .7 and .5 it is .6: stopped at the second
		{[]float64{.8, .6, .45}, 3}, // as good as .605, its average: not worse
		{[]float64{.5, .9, .9}, 3},  // its best so far is .5, which holds for ever
		{[]float64{math.Inf(1)}, 1}, // a failure
	} {
		if got := train(c.losses...); got != c.want {
			t.Errorf("architecture %d, losses %v: trained at %d fidelities, want %d", i+1, c.losses, got, c.want)
		}
	}
	if n := s.ended[0].n(); n != 6 {
		t.Errorf("%d have ended at the first fidelity, want 6: a failure has no curve", n)
	}
}

// On curves that keep their order the rule saves training and never stops the best.
func TestMedianStopSaves(t *testing.T) {
	c := curves{epochs: upToInner(20), loss: preserved}
	r := c.on(t, &MedianStop{Min: 5}, 1, 2000, 1)
	archs, full, best, finished := 0, 0, 1.0, 1.0
	for _, o := range r {
		if o.Epochs == 1 && o.ID < 1900 {
			archs++
			best = min(best, rank(o.Arch))
		}
		if o.Epochs == 20 {
			full++
			finished = min(finished, rank(o.Arch))
		}
	}
	if finished > best {
		t.Errorf("the best of rank %g was stopped; who was trained in full has %g", best, finished)
	}
	if full > archs/2 {
		t.Errorf("%d of %d architectures were trained in full", full, archs)
	}
	// 2,000 trainings of an epoch each cost 2,000 epochs: what goes on is charged the difference.
	if got := r.cost(); got != 2000 {
		t.Errorf("%g epochs, want 2000", got)
	}
}

// A run of 150 trials, and a million.
func BenchmarkFidelities(b *testing.B) {
	for _, c := range []struct {
		name string
		s    evolve.Searcher
	}{
		{"asha", &ASHA{Eta: 3}},
		{"asha,type=stopping", &ASHA{Eta: 3, Stopping: true}},
		{"halving", &Halving{Eta: 3, N: 27}},
		{"hyperband", &Hyperband{Eta: 3}},
		{"median-stop", &MedianStop{Min: 5}},
	} {
		for _, trials := range []int{150, 10_000, 100_000, 1_000_000} {
			b.Run(fmt.Sprintf("algo=%s/trials=%d", c.name, trials), func(b *testing.B) {
				for b.Loop() {
					study := evolve.Study{Problem: ladder{}.Problem(), Searcher: c.s, Pool: evolve.Simulate(ladder{}, 1), Trials: trials, Seed: 7}
					if _, err := study.Run(context.Background()); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(trials), "ns/trial")
			})
		}
	}
}

// schedulesOf are fidelities that resume.
func schedulesOf(epochs ...int) (all []evolve.Fidelity) {
	for _, e := range epochs {
		all = append(all, evolve.Fidelity{Epochs: e, Resumes: true})
	}
	return all
}

// zeros is the share of zeros of a bit string, less by what more epochs bring.
type zeros struct{}

func (zeros) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	r.Loss, r.Cost = 1-float64(space.Ones(t.Arch))/float64(len(t.Arch))+1/float64(t.Epochs), float64(t.Epochs-t.Trained)
	return nil
}
