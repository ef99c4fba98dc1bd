package search

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// powers are curves of a power of the epochs that end at an architecture's rank.
func powers(rank float64, epochs int) float64 { return math.Exp(2*rank + 1/float64(epochs) - 3) }

// A training goes on from its latest step, whenever it was paused; all its steps together cost what one long training
// costs.
func TestFreezeThawContinues(t *testing.T) {
	c := curves{epochs: upToInner(20), loss: func(rank float64, epochs int) float64 {
		return powers(rank, epochs) * math.Exp(math.Sin(1e5*rank*float64(epochs))/2)
	}}
	for _, workers := range []int{1, 4} {
		r := c.on(t, &FreezeThaw{Start: 10, Repeat: "skip"}, workers, 300, 1)
		slices.SortFunc(r, func(a, b evolve.Outcome) int { return a.ID - b.ID })
		byID, cost, epochs := map[int]evolve.Outcome{}, map[evolve.Arch]float64{}, map[evolve.Arch]int{}
		thawed := 0
		for _, o := range r {
			byID[o.ID] = o
			cost[o.Arch] += o.Cost
			if o.Epochs != epochs[o.Arch]+1 || o.Trained != epochs[o.Arch] {
				t.Fatalf("trial %+v after %d epochs", o.Trial, epochs[o.Arch])
			}
			epochs[o.Arch] = o.Epochs
			if o.From == 0 {
				continue
			}
			if f := byID[o.From]; f.Arch != o.Arch || f.Epochs != o.Trained || f.Seed != o.Seed {
				t.Fatalf("trial %+v goes on from %+v", o.Trial, f.Trial)
			}
			if o.From < o.ID-3*workers {
				thawed++
			}
		}
		full := 0
		for a, e := range epochs {
			if cost[a] != float64(e) {
				t.Errorf("%s: %d epochs cost %g", a, e, cost[a])
			}
			if e == 20 {
				full++
			}
		}
		if full < 3 || thawed < 2 || len(epochs) < 20 {
			t.Errorf("%d workers: of %d trainings %d have ended; %d steps are of one that was paused for long", workers, len(epochs), full, thawed)
		}
	}
}

// At equal epochs it ends with better architectures than random search, where curves are what the model says.
func TestFreezeThawFinds(t *testing.T) {
	c := curves{epochs: upToInner(20), loss: powers}
	var found, random float64
	for seed := range uint64(3) {
		best := 1.0
		for _, o := range c.on(t, &FreezeThaw{Start: 10, Repeat: "skip"}, 1, 400, seed) {
			if o.Epochs == 20 {
				best = min(best, rank(o.Arch))
			}
		}
		found += best / 3
		best = 1
		for _, o := range c.on(t, &Random{}, 1, 20, seed+100) { // 400 epochs
			best = min(best, rank(o.Arch))
		}
		random += best / 3
	}
	if found > random/2 {
		t.Errorf("ranks %.4f, random search %.4f", found, random)
	}
}

func TestFreezeThawFailures(t *testing.T) {
	byID := map[int]evolve.Outcome{}
	for _, o := range climb(t, &FreezeThaw{Start: 5}, ladder{fails: true}, 3, 200, 1) {
		byID[o.ID] = o
		if o.From != 0 && byID[o.From].Err != nil {
			t.Errorf("trial %d goes on from trial %d, which failed", o.ID, o.From)
		}
	}
}

// One point of a curve is a + c and noise: its chance and what it says are those of a normal distribution.
func TestThawFit(t *testing.T) {
	var c thawCurves
	c.begin(schedulesOf(1, 2, 3, 4))
	c.drop, c.noise = normal{.7, .3}, .2
	end := normal{-2, .5}
	l := c.fit(c.shapes[1], []float64{-1}, end)
	v := .5 + .3 + .2 // of c + a and noise; it is expected at -1.3
	for _, x := range []struct {
		what      string
		got, want float64
	}{
		{"c", l.c, -2 + .5/v*.3}, {"a", l.a, .7 + .3/v*.3}, {"variance of c", l.cc, .5 - .25/v}, {"of a", l.aa, .3 - .09/v},
		{"covariance", l.ca, -.15 / v}, {"evidence", l.evidence, -.5 * (math.Log(v) + .09/v)},
	} {
		if math.Abs(x.got-x.want) > 1e-12 {
			t.Errorf("%s %.14f, want %.14f", x.what, x.got, x.want)
		}
	}
	for i, g := range c.shapes {
		if g[0] != 1 || g[3] != 0 || !(g[1] > g[2]) || !(g[2] > 0) {
			t.Errorf("shape %d is %v", i, g)
		}
	}
}

// From curves of one shape it learns the shape, how they end and how much noise there is.
func TestThawLearns(t *testing.T) {
	var c thawCurves
	c.begin(schedulesOf(upToInner(20)...))
	r := evolve.Stream(1, "curves")
	var trials []thawTrial
	var ends []float64
	for range 200 {
		end, drop := -3+.4*r.NormFloat64(), 2+.3*r.NormFloat64()
		x := thawTrial{}
		for k := range 12 {
			x.z = append(x.z, end+drop*c.shapes[2][k]+.05*r.NormFloat64())
		}
		trials, ends = append(trials, x), append(ends, end)
	}
	var got []float64
	for range 10 {
		got = c.learn(trials)
	}
	if c.common[2] < .6 {
		t.Errorf("shapes are as common as %.2f, want the third", c.common)
	}
	if math.Abs(c.end.mean+3) > .1 || math.Abs(math.Sqrt(c.end.variance)-.4) > .08 || math.Abs(c.drop.mean-2) > .15 || math.Abs(math.Sqrt(c.noise)-.05) > .01 {
		t.Errorf("ends %+v, drops %+v, noise %g", c.end, c.drop, c.noise)
	}
	miss := 0.0
	for i := range ends {
		miss += math.Abs(got[i]-ends[i]) / 200
	}
	if miss > .06 {
		t.Errorf("ends are missed by %g after 12 of 20 epochs", miss)
	}
}

func TestFreezeThawRefuses(t *testing.T) {
	scratch := ladder{}.Problem()
	scratch.Fidelities = []evolve.Fidelity{{Epochs: 1}, {Epochs: 3}}
	for _, c := range []struct {
		s    *FreezeThaw
		p    evolve.Problem
		want string
		kind error
	}{
		{&FreezeThaw{}, ladder{}.Problem(), "freeze-thaw: start=0: want at least 2", evolve.ErrInvalid},
		{&FreezeThaw{Start: 5}, ladder{}.Problem().At(9), "freeze-thaw: there is no second fidelity", evolve.ErrUnsupported},
		{&FreezeThaw{Start: 5}, scratch, "freeze-thaw: no training goes on from a shorter one", evolve.ErrUnsupported},
	} {
		if err := c.s.Init(c.p, evolve.Stream(1, "search")); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.s, err, c.want)
		}
	}
}
