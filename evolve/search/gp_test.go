package search

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func openGP(t *testing.T, options string) *GP {
	t.Helper()
	return evolvetest.Open(t, evolve.Searchers, "gp"+options).(*GP)
}

// run lets a searcher see so many results, and returns what it proposed.
func (g *GP) run(t *testing.T, trials int, loss func(evolve.Arch) float64) (archs []evolve.Arch) {
	t.Helper()
	for id := 1; id <= trials; id++ {
		trial := evolve.Trial{ID: id}
		if !g.Ask(&trial.Proposal) {
			t.Fatalf("done after %d trials", id-1)
		}
		archs = append(archs, trial.Arch)
		if err := g.Tell(&trial, &evolve.Result{Loss: loss(trial.Arch)}); err != nil {
			t.Fatal(err)
		}
	}
	return archs
}

// ones is the share of operations that are no 3×3 convolution, which nb201 calls 3: the best cell is 333333.
func ones(a evolve.Arch) float64 {
	sum := 0.
	for i := range len(a) {
		if a[i] != '3' {
			sum += float64(i+1) / 21
		}
	}
	return sum
}

func TestGPScales(t *testing.T) {
	inf := math.Inf(1)
	for _, x := range []struct {
		scale string
		loss  []float64
		want  []float64
	}{
		{"raw", []float64{1, 3, 2, inf}, []float64{-1, -3, -2, -3}},
		{"log", []float64{1, math.E, 0, math.E}, []float64{0, -1, -math.Log(1e-9), -1}},
		{"half", []float64{1, 2, 3, 5}, []float64{-1, -2, -3, -(3 + 2*math.Log(2))}},
		{"half", []float64{2, 2, 2}, []float64{-2, -2, -2}},
		{"copula", []float64{.1, .9, .5}, []float64{.9674216, -.9674216, 0}},
		{"copula", []float64{.1, .5, .5, inf}, []float64{1.1503494, -.3186394, -.3186394, -.3186394}},
	} {
		got := slices.Clone(x.loss)
		scaleTargets(x.scale, got)
		for i, want := range x.want {
			if math.Abs(got[i]-want) > 1e-6 {
				t.Errorf("%s of %v: %v, want %v", x.scale, x.loss, got, x.want)
				break
			}
		}
	}
}

// Every way of setting it up finds the best of 15,625 cells, or a near one, where features explain the loss.
func TestGPFinds(t *testing.T) {
	for options, most := range map[string]float64{
		"":                           0,
		",scale=raw":                 0,
		",scale=log":                 0,
		",scale=copula":              0,
		",features=onehot":           0,
		",kernel=hamming":            0,
		",kernel=wl":                 .2,
		",acquisition=ucb":           0,
		",acquisition=thompson":      .1,
		",start=5,same=network":      0,
		",features=graf,start=20":    .1,
		",repeat=cache,scale=raw":    0,
		",repeat=charge,start=12":    0,
		",proxies=a,features=onehot": .1,
		",init=(pick,by=b,drawn=0)":  0,
	} {
		g := openGP(t, options)
		p := evolve.Problem{Space: space.NB201{}, Proxies: []evolve.Proxy{
			{Name: "a", Score: func(a evolve.Arch) (float64, error) { return float64(a[0]), nil }},
			{Name: "b", Score: func(a evolve.Arch) (float64, error) { return -ones(a), nil }},
		}}
		if err := g.Init(p, evolve.Stream(1, "test")); err != nil {
			t.Fatal(err)
		}
		archs := g.run(t, 45, ones)
		best := 1.
		known := map[evolve.Arch]bool{}
		for _, a := range archs {
			best = min(best, ones(a))
			if known[a] && g.Repeat == "skip" {
				t.Errorf("gp%s: %s twice", options, a)
			}
			known[a] = true
		}
		if best > most+1e-9 {
			t.Errorf("gp%s: best loss %.3f, want at most %v", options, best, most)
		}
		if a, ok := g.Recommend(); !ok || ones(a) > best+.1 {
			t.Errorf("gp%s: recommends %s with %.3f, the best is %.3f", options, a, ones(a), best)
		}
	}
}

// Several workers are proposed different architectures, and the order in which they end changes no row but its own.
func TestGPPending(t *testing.T) {
	for _, s := range []evolve.Space{space.NB201{}, space.NB101{}} {
		g := openGP(t, "")
		if err := g.Init(evolve.Problem{Space: s}, evolve.Stream(2, "test")); err != nil {
			t.Fatal(err)
		}
		r := evolve.Stream(3, "order")
		var running []evolve.Trial
		loss := func(a evolve.Arch) float64 { return float64(len(a)) + float64(a[0]) }
		known := map[evolve.Arch]bool{}
		for id := 1; id <= 40; id++ {
			trial := evolve.Trial{ID: id}
			if !g.Ask(&trial.Proposal) {
				t.Fatal("waits")
			}
			if known[trial.Arch] {
				t.Fatalf("%s twice", trial.Arch)
			}
			known[trial.Arch] = true
			running = append(running, trial)
			if len(running) == 6 {
				k := r.IntN(6)
				if err := g.Tell(&running[k], &evolve.Result{Loss: loss(running[k].Arch)}); err != nil {
					t.Fatal(err)
				}
				running = slices.Delete(running, k, k+1)
			}
		}
		for i, a := range g.archs {
			if g.told[i] && g.loss[i] != loss(a) {
				t.Fatalf("row %d, %s: loss %v, want %v", i, a, g.loss[i], loss(a))
			}
		}
		if g.known != 35 {
			t.Errorf("%d rows told, want 35", g.known)
		}
	}
}

// What it learns from others is a row too and is not proposed.
func TestGPLearns(t *testing.T) {
	g := openGP(t, ",start=2")
	if err := g.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(4, "test")); err != nil {
		t.Fatal(err)
	}
	if _, ok := g.Recommend(); ok {
		t.Error("recommends before it knows anything")
	}
	g.Learn(&evolve.Trial{Proposal: evolve.Proposal{Arch: "333333"}}, &evolve.Result{})
	if a, ok := g.Recommend(); !ok || a != "333333" {
		t.Errorf("recommends %q of one", a)
	}
	for _, a := range g.run(t, 20, ones) {
		if a == "333333" {
			t.Error("proposed what it had learned")
		}
	}
	if g.known != 21 || len(g.archs) != 21 {
		t.Errorf("%d of %d rows told, want all of 21", g.known, len(g.archs))
	}
}

// Where results are noisy, the best on average is recommended rather than the luckiest.
func TestGPRecommends(t *testing.T) {
	g := openGP(t, ",scale=raw")
	if err := g.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(5, "test")); err != nil {
		t.Fatal(err)
	}
	r := evolve.Stream(6, "noise")
	observed, recommended := 0., 0.
	for range 8 {
		if err := g.Init(evolve.Problem{Space: space.NB201{}}, r); err != nil {
			t.Fatal(err)
		}
		luckiest, lowest := evolve.Arch(""), math.Inf(1)
		g.run(t, 40, func(a evolve.Arch) float64 {
			l := ones(a) + .3*r.NormFloat64()
			if l < lowest {
				luckiest, lowest = a, l
			}
			return l
		})
		a, _ := g.Recommend()
		observed, recommended = observed+ones(luckiest), recommended+ones(a)
	}
	if recommended >= observed {
		t.Errorf("recommended %.3f on average, the luckiest %.3f", recommended/8, observed/8)
	}
}

// known is a benchmark of a space, with a loss of its own.
type known struct {
	evolve.Benchmark
	space evolve.Space
}

func (k known) Problem() evolve.Problem { return evolve.Problem{Space: k.space} }
func (k known) About() evolve.About     { return evolve.About{Kind: "table"} }

func (k known) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	if t.Arch == "000000" {
		return fmt.Errorf("no cell: %w", evolve.ErrFailed)
	}
	r.Loss = ones(t.Arch)
	return nil
}

// A prior proposes its best first; one of another space is refused.
func TestGPPrior(t *testing.T) {
	g := openGP(t, "")
	g.Prior = known{space: space.NB201{}}
	if err := g.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(7, "test")); err != nil {
		t.Fatal(err)
	}
	archs := g.run(t, 12, ones)
	last := -1.
	for _, a := range archs[:5] {
		if ones(a) < last {
			t.Errorf("%v are not the best of the prior, the best first", archs[:5])
		}
		last = ones(a)
	}
	if archs[0] != "333333" || last > .15 || ones(archs[5]) < last {
		t.Errorf("begins with %v", archs[:6])
	}
	g.Prior = known{space: space.NB101{}}
	if err := g.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(7, "test")); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("a prior of another space: %v", err)
	}
}

// Decisions as features: a bit for each option, and a real number at its place, by its logarithm where that is evenly
// spread. What does not apply is 0 throughout.
func TestGPDecisions(t *testing.T) {
	s := &plane{all: []evolve.Decision{{Name: "kind", Options: 2}, {Name: "rate", Lo: 1e-4, Hi: 1, Log: true},
		{Name: "size", Lo: 0, Hi: 5, If: evolve.Condition{Place: 0, Options: []int{1}}}}}
	g := openGP(t, ",kernel=hamming,start=3")
	if err := g.Init(evolve.Problem{Space: s}, evolve.Stream(1, "search")); err != nil {
		t.Fatal(err)
	}
	of := g.view.(*gpNear).coder.extra[0].of
	for a, want := range map[evolve.Arch][]float32{
		"0,0.0001,-": {1, 0, 0, 0}, "0,0.001,-": {1, 0, .25, 0}, "1,0.01,0": {0, 1, .5, 0}, "1,1,4": {0, 1, 1, .8},
	} {
		got, err := of(nil, a)
		if err != nil || !slices.EqualFunc(got, want, func(x, y float32) bool { return math.Abs(float64(x-y)) < 1e-6 }) {
			t.Errorf("%s is %v, %v, want %v", a, got, err, want)
		}
	}
	b := &formula{&plane{all: s.all[1:2]}, func(x []float64) float64 { return math.Abs(math.Log10(x[0]) + 2) }}
	ours, random := 0.0, 0.0
	for seed := range uint64(8) {
		ours += b.lowest(t, openGP(t, ",kernel=hamming,start=5"), 30, seed) / 8
		random += b.lowest(t, &Random{}, 30, 1000+seed) / 8
	}
	if ours > random/4 {
		t.Errorf("%.4f, random search %.4f", ours, random)
	}
}

// gpBlind cannot show the process anything after the first rows.
type gpBlind struct {
	gpView
	left int
}

var errBlind = errors.New("no such score")

func (b *gpBlind) show(a evolve.Arch) error {
	if b.left--; b.left < 0 {
		return errBlind
	}
	return b.gpView.show(a)
}

// What the process cannot be shown, as where a proxy fails, is an error of the search and not its silent end.
func TestGPFails(t *testing.T) {
	g := openGP(t, ",start=3")
	if err := g.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search")); err != nil {
		t.Fatal(err)
	}
	g.view = &gpBlind{g.view, 5}
	g.run(t, 5, ones)
	trial := evolve.Trial{ID: 6}
	if !g.Ask(&trial.Proposal) {
		t.Fatal("it ended in silence")
	}
	if err := g.Tell(&trial, &evolve.Result{Loss: .5}); !errors.Is(err, errBlind) {
		t.Errorf("%v, want %v", err, errBlind)
	}
	if g.Ask(&trial.Proposal) {
		t.Error("it went on")
	}
}

// So is a candidate that cannot be seen, where the space is not looked at whole and where graphs are compared.
func TestGPFailsAtCandidates(t *testing.T) {
	blind := false // to the next one alone
	proxy := evolve.Proxy{Name: "weight", Score: func(a evolve.Arch) (float64, error) {
		if blind {
			blind = false
			return 0, errBlind
		}
		return float64(len(a)), nil
	}}
	for options, s := range map[string]evolve.Space{",start=3,proxies=weight": space.DARTS{}, ",start=3,kernel=wl": space.NB201{}} {
		blind = false
		g := openGP(t, options)
		if err := g.Init(evolve.Problem{Space: s, Proxies: []evolve.Proxy{proxy}}, evolve.Stream(1, "search")); err != nil {
			t.Fatal(err)
		}
		g.run(t, 5, func(a evolve.Arch) float64 { return float64(a[len(a)/2]) / 256 })
		blind = true
		if w, ok := g.view.(*gpWL); ok {
			see := w.graphs
			w.graphs = func(a evolve.Arch) ([]evolve.Graph, error) {
				if blind {
					blind = false
					return nil, errBlind
				}
				return see(a)
			}
		}
		trial := evolve.Trial{ID: 6}
		if !g.Ask(&trial.Proposal) || trial.Arch == "" {
			t.Fatalf("%s: it ended in silence", options)
		}
		if err := g.Tell(&trial, &evolve.Result{Loss: .5}); !errors.Is(err, errBlind) {
			t.Errorf("%s: %v, want %v", options, err, errBlind)
		}
	}
}

// A run on a space that is not listed remembers the features of what it looked at last, however much it looked at.
func TestGPForgets(t *testing.T) {
	g := openGP(t, ",start=3")
	if err := g.Init(evolve.Problem{Space: space.DARTS{}}, evolve.Stream(1, "search")); err != nil {
		t.Fatal(err)
	}
	g.run(t, 12, func(a evolve.Arch) float64 { return float64(len(a)%7) + float64(a[len(a)/2])/256 })
	w := g.view.(*gpNear)
	if n := len(w.kept) + len(w.spare); n == 0 || n > nearCount {
		t.Errorf("features of %d architectures, want those of the last %d", n, nearCount)
	}
}

// gpOwn is a space that cannot be compared.
type gpOwn struct {
	space.NB201
	_ []int
}

// What is made of a space that cannot be compared goes with the run.
func TestOwnSpaceIsForgotten(t *testing.T) {
	count := func(m *features.Memo) (n int) {
		m.Range(func(any, any) bool { n++; return true })
		return n
	}
	points, forests := count(&gpPoints), count(&wholeForests)
	for _, s := range []evolve.Searcher{&GP{Start: 2}, &SMAC{Start: 2, Features: features.Auto}} {
		if err := s.Init(evolve.Problem{Space: gpOwn{}}, evolve.Stream(1, "search")); err != nil {
			t.Fatal(err)
		}
	}
	if n, m := count(&gpPoints)-points, count(&wholeForests)-forests; n != 0 || m != 0 {
		t.Errorf("%d and %d tables are kept for ever", n, m)
	}
}
