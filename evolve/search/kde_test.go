package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// dials is a space of a few choices among K options each, and of one real number from 1 to 100 where Real is set. It is
// sampled evenly.
type dials struct {
	N, K int
	Real bool
}

func (dials) Name() string                             { return "dials" }
func (dials) Canon(a evolve.Arch) (evolve.Arch, error) { return a, nil }

func (s dials) Sample(r *rand.Rand) evolve.Arch {
	x := make([]float64, 0, s.N+1)
	for range s.N {
		x = append(x, float64(r.IntN(s.K)))
	}
	if s.Real {
		x = append(x, math.Exp(r.Float64()*math.Log(100)))
	}
	a, _ := s.Choose(x)
	return a
}

func (s dials) Decisions() (all []evolve.Decision) {
	for i := range s.N {
		all = append(all, evolve.Decision{Name: strconv.Itoa(i), Options: s.K})
	}
	if s.Real {
		all = append(all, evolve.Decision{Name: "real", Lo: 1, Hi: 100, Log: true})
	}
	return all
}

func (s dials) Choose(x []float64) (evolve.Arch, error) {
	if err := evolve.CheckChoices(s.Decisions(), x); err != nil {
		return "", err
	}
	return evolve.Arch(fmt.Sprint(x)), nil
}

func (s dials) Choices(dst []float64, a evolve.Arch) []float64 {
	n := len(dst)
	for range s.Decisions() {
		dst = append(dst, 0)
	}
	var places []any
	for i := n; i < len(dst); i++ {
		places = append(places, &dst[i])
	}
	if _, err := fmt.Sscan(string(a[1:len(a)-1]), places...); err != nil {
		panic(err)
	}
	return dst
}

// published are HpBandSter's settings of the densities.
func published() KDE {
	return KDE{Top: 15, Candidates: 64, Interleave: 1. / 3, Factor: 3, Width: 1e-3, Repeat: "charge"}
}

// fed is a search that was told of architectures with the losses 0, 1, 2 ….
func fed(t *testing.T, s KDE, p evolve.Problem, epochs int, archs ...evolve.Arch) *KDE {
	t.Helper()
	if err := s.Init(p, evolve.Stream(3, "search")); err != nil {
		t.Fatal(err)
	}
	for i, a := range archs {
		s.Learn(&evolve.Trial{ID: -1 - i, Proposal: evolve.Proposal{Arch: a, Epochs: epochs}}, &evolve.Result{Loss: float64(i)})
	}
	return &s
}

// shares is how often each of k options is proposed.
func shares(t *testing.T, s *KDE, k int) []float64 {
	t.Helper()
	const n = 40_000
	got := make([]float64, k)
	for range n {
		var p evolve.Proposal
		if !s.Ask(&p) {
			t.Fatal("proposes nothing")
		}
		i, err := strconv.Atoi(string(p.Arch[1 : len(p.Arch)-1]))
		if err != nil {
			t.Fatal(err)
		}
		got[i] += 1. / n
	}
	return got
}

// near compares shares of 40,000 draws, of which the standard deviation is at most 0.0025.
func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if math.Abs(got[i]-want[i]) > .01 {
			t.Errorf("%s: shares %.4f, want %.4f", what, got, want)
			return
		}
	}
}

// With one sample a choice among K is (1-w)·(share of the good) + w/K exactly; before 2(d+1) results it is even.
func TestKDEProposes(t *testing.T) {
	p := evolve.Problem{Space: dials{N: 1, K: 5}}
	one := published()
	one.Candidates, one.Interleave, one.Width = 1, 0, .3
	even := []float64{.2, .2, .2, .2, .2}
	near(t, "three results", shares(t, fed(t, one, p, 1, "[1]", "[1]", "[2]"), 5), even)
	// Four results: the good are both 1, and do not disagree: w = 0.3.
	near(t, "the good agree", shares(t, fed(t, one, p, 1, "[1]", "[1]", "[2]", "[3]"), 5), []float64{.06, .76, .06, .06, .06})
	// The good are 0 and 3, Σp² = ½: w = 1.06·½·2^(-1/5).
	w := 1.06 * .5 * math.Pow(2, -1./5)
	want := []float64{(1-w)/2 + w/5, w / 5, w / 5, (1-w)/2 + w/5, w / 5}
	near(t, "the good disagree", shares(t, fed(t, one, p, 1, "[0]", "[3]", "[1]", "[1]"), 5), want)
	// A third of the proposals are even.
	one.Interleave = 1. / 3
	mixed := make([]float64, 5)
	for i := range mixed {
		mixed[i] = (.2 + 2*want[i]) / 3
	}
	near(t, "ρ = 1/3", shares(t, fed(t, one, p, 1, "[0]", "[3]", "[1]", "[1]"), 5), mixed)
}

// Densities by hand, of choices and a real number.
func TestKDEDensity(t *testing.T) {
	s := published()
	s.Width = 0
	// d = 2, so that three are good: (0,1), (0,10), (1,100); the logarithm of 10 is half way from 1 to 100.
	m := fed(t, s, evolve.Problem{Space: dials{N: 1, K: 3, Real: true}}, 1, "[0 1]", "[0 10]", "[1 100]", "[2 1]", "[2 10]", "[2 100]")
	l := m.model()
	if l == nil {
		t.Fatal("no model after 2(d+1) results")
	}
	scale := 1.06 * math.Pow(3, -1./6)
	w, h := scale*math.Sqrt((1-5./9)/2), scale*math.Sqrt(1./6)
	kernel := func(choice bool, z float64) float64 {
		c := w / 2
		if choice {
			c = 1 - w
		}
		return c * math.Exp(-z*z/2) / (h * math.Sqrt(2*math.Pi))
	}
	want := (kernel(true, .5/h) + kernel(true, 0) + kernel(false, .5/h)) / 3
	if got := l.good.at(m.all, []float64{0, .5}, math.Inf(1)); math.Abs(got-want) > 1e-6*want {
		t.Errorf("density %g, want %g", got, want)
	}
	// Where the real number does not apply, its kernels are left out.
	if got, want := l.good.at(m.all, []float64{0, math.NaN()}, math.Inf(1)), (2*(1-w)+w/2)/3; math.Abs(got-want) > 1e-6 {
		t.Errorf("density without the real number %g, want %g", got, want)
	}
	// All three bad ones chose 2: its kernels are as narrow as they may be, and at 1 there is nothing.
	if got := l.bad.at(m.all, []float64{1, .5}, math.Inf(1)); got != 0 {
		t.Errorf("density of the bad where none is %g", got)
	}
	for range 1000 {
		m.draw(&l.good)
		fromUnits(m.all, m.x)
		if a, err := m.decider.Choose(m.x); err != nil {
			t.Fatalf("draws %v, %s: %v", m.x, a, err)
		}
	}
}

// The first model needs 2(d+1) results of one length of training: 14 on nb201, 54 on nb101. The longest with enough is
// looked at.
func TestKDEModel(t *testing.T) {
	for _, c := range []struct {
		space evolve.Space
		want  int
	}{{space.NB201{}, 14}, {space.NB101{}, 54}} {
		s := published()
		m := fed(t, s, evolve.Problem{Space: c.space, Fidelities: ladder{}.Problem().Fidelities}, 1)
		r := evolve.Stream(5, "archs")
		tell := func(epochs, n int) {
			for range n {
				m.Learn(&evolve.Trial{ID: -1, Proposal: evolve.Proposal{Arch: c.space.Sample(r), Epochs: epochs}}, &evolve.Result{Loss: r.Float64()})
			}
		}
		tell(3, c.want-1)
		tell(9, c.want-1)
		if m.model() != nil {
			t.Errorf("%s: a model after %d results", c.space.Name(), c.want-1)
		}
		tell(3, 1)
		if l := m.model(); l == nil || l.epochs != 3 || l.good.n != c.want/2 || l.bad.n != c.want/2 {
			t.Errorf("%s: after %d results of 3 epochs the model is not of them, half by half", c.space.Name(), c.want)
		}
		tell(0, 1) // of the last fidelity, which has 9
		if l := m.model(); l == nil || l.epochs != 9 {
			t.Errorf("%s: after %d results of 9 epochs the model is not of them", c.space.Name(), c.want)
		}
	}
}

// Losses count by their order alone, and a failure comes last.
func TestKDERanks(t *testing.T) {
	squared := curves{epochs: []int{1, 3, 9}, loss: func(r float64, e int) float64 { return math.Pow(r, 3) * float64(e) }}
	plain := curves{epochs: []int{1, 3, 9}, loss: func(r float64, e int) float64 { return r * float64(e) }}
	for _, s := range []evolve.Searcher{&BOHB{Eta: 3, KDE: published()}, &ASHA{Eta: 3, Inner: ptr(published())}} {
		a, b := plain.on(t, s, 3, 200, 1), squared.on(t, s, 3, 200, 1)
		for i := range a {
			if a[i].Trial != b[i].Trial {
				t.Fatalf("%T: trial %+v, with losses transformed %+v", s, a[i].Trial, b[i].Trial)
			}
		}
	}
	m := fed(t, published(), evolve.Problem{Space: dials{N: 1, K: 5}}, 1, "[0]", "[1]", "[2]")
	m.Learn(&evolve.Trial{Proposal: evolve.Proposal{Arch: "[3]", Epochs: 1}}, &evolve.Result{Loss: math.Inf(1)})
	m.Learn(&evolve.Trial{Proposal: evolve.Proposal{Arch: "[4]", Epochs: 1}}, &evolve.Result{Loss: 1})
	if got := fmt.Sprint(m.levels[0].ranked); got != "[0 1 4 2 3]" {
		t.Errorf("ranked %s, want the equal ones by age and the failure last", got)
	}
}

func ptr[T any](x T) *T { return &x }

// Nothing is proposed twice until a space is used up.
func TestKDESkips(t *testing.T) {
	s := published()
	s.Repeat = "skip"
	var r record
	p := evolve.Problem{Space: space.Bits{Length: 7}}
	r = climbOn(t, p, &s, ladder{}, 2, 500, 1)
	seen := map[evolve.Arch]bool{}
	for _, o := range r {
		seen[o.Arch] = true
	}
	if len(r) != 128 || len(seen) != 128 {
		t.Errorf("%d trials of %d architectures, want all 128 once", len(r), len(seen))
	}
}

// Where structure shows at every length of training, BOHB's brackets are Hyperband's and their architectures better.
func TestBOHB(t *testing.T) {
	p := evolve.Problem{Space: space.Bits{Length: 10}, Fidelities: schedulesOf(4, 12, 36, 108)}
	ones := func(s evolve.Searcher) (sum float64, of string) {
		for seed := range uint64(10) {
			r := climbOn(t, p, s, zeros{}, 1, 130, seed)
			of = shape(r[:65])
			for _, o := range r {
				if o.From == 0 {
					sum += float64(space.Ones(o.Arch))
				}
			}
		}
		return sum, of
	}
	bohb := published()
	bohb.Repeat = "skip"
	a, brackets := ones(&BOHB{Eta: 3, KDE: bohb})
	b, want := ones(&Hyperband{Eta: 3})
	if brackets != want {
		t.Errorf("brackets %s, want %s", brackets, want)
	}
	// Of some 850 new architectures with 5 ones each.
	if a < 1.05*b {
		t.Errorf("%g ones, Hyperband %g", a, b)
	}
}
