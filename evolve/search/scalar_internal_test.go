package search

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// three is a problem of an error, a latency of 2 to 10 ms and a throughput of which 50/s is the reference.
func three() evolve.Problem {
	all := []evolve.Objective{evolve.NewObjective("error"), evolve.NewObjective("latency:pi"),
		evolve.NewObjective("throughput:pi")}
	all[0].Reference, all[0].Ideal = .5, 0
	all[1].Reference, all[1].Ideal = 10, 2
	all[2].Reference, all[2].Ideal = -50, -250
	return evolve.Problem{Space: space.NB201{}, Objectives: all}
}

func orderOf(t *testing.T, p evolve.Problem, weights, constraints string) *scalar {
	t.Helper()
	text, err := parseScalar(weights, constraints)
	if err != nil {
		t.Fatal(err)
	}
	s, err := text.begin(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Scores by hand: the error in units of 0.5, the latency from 2 ms in units of 8, the throughput from 250/s in units of
// 200.
func TestScalarScore(t *testing.T) {
	r := &evolve.Result{Loss: .1, Others: []float64{6, -150}}
	for _, c := range []struct {
		text string
		want float64
	}{
		{"weighted:1+0+0", .1}, {"chebyshev:0+3+0", 6}, // one alone, as it is
		{"weighted:0.5+0.25+0.25", .1 + .125 + .125}, {"weighted:1+1+0", .2 + .5},
		{"chebyshev:0.5+0.25+0.25", .125}, {"chebyshev:4+1+1", .8},
	} {
		if got := orderOf(t, three(), c.text, "").score(r); math.Abs(got-c.want) > 1e-15 {
			t.Errorf("%s: %g, want %g", c.text, got, c.want)
		}
	}
}

// Results in the order in which they rank.
func TestScalarRanks(t *testing.T) {
	s := orderOf(t, three(), "weighted:1+1+0", "latency:pi<5+throughput:pi>100")
	ranked := []evolve.Result{
		{Loss: .1, Others: []float64{3, -101}},
		{Loss: .2, Others: []float64{3, -200}},
		{Loss: .1, Others: []float64{5, -200}}, // 5 ms are not below 5
		{Loss: .1, Others: []float64{5.5, -200}},
		{Loss: .1, Others: []float64{5.5, -95}}, // 10 % and 5 %
		{Loss: .1, Others: []float64{6, -200}},
		{Loss: 0, Others: []float64{4, -20}}, // 80 %
		{Loss: .1, Others: []float64{math.NaN(), -200}},
	}
	for i := range ranked[1:] {
		if !s.Ahead(&ranked[i], &ranked[i+1]) || s.Ahead(&ranked[i+1], &ranked[i]) {
			t.Errorf("%+v does not rank before %+v: keys %x, %x", ranked[i], ranked[i+1], s.key(&ranked[i]), s.key(&ranked[i+1]))
		}
	}
	failed, last := evolve.Result{Loss: math.Inf(1)}, ranked[len(ranked)-1]
	if s.Ahead(&failed, &last) || s.key(&failed) == math.MaxUint64 {
		t.Errorf("a failed trial has the key %x", s.key(&failed))
	}
}

// No result ranks behind another one that is no better in any objective, whatever the weights and constraints.
func TestScalarRanksNoBetterBehind(t *testing.T) {
	r := evolve.Stream(3, "scalar")
	texts := []string{"weighted:0.3+0.6+0.1", "chebyshev:0.3+0.6+0.1", "none", "weighted:0+1+1"}
	limits := []string{"none", "latency:pi<5", "error<0.2+latency:pi<6+throughput:pi>120"}
	for _, text := range texts {
		for _, limit := range limits {
			s := orderOf(t, three(), text, limit)
			for range 2000 {
				a := evolve.Result{Loss: r.Float64() / 2, Others: []float64{r.Float64() * 10, -r.Float64() * 250}}
				b := evolve.Result{Loss: a.Loss, Others: slices.Clone(a.Others)}
				switch r.IntN(3) { // b is worse in one
				case 0:
					b.Loss += r.Float64() / 1e12
				default:
					b.Others[r.IntN(2)] += r.Float64() / 1e12
				}
				if s.Ahead(&b, &a) {
					t.Fatalf("%s, %s: %+v ranks before %+v", text, limit, b, a)
				}
			}
		}
	}
}

// What the problem lacks is refused with what it has, alike before a search and at its beginning.
func TestScalarRefuses(t *testing.T) {
	unmeasured := three()
	unmeasured.Objectives = slices.Clone(unmeasured.Objectives)
	unmeasured.Objectives[1].Reference = math.NaN()
	single := three()
	single.Objectives = single.Objectives[:1]
	for _, c := range []struct {
		p          evolve.Problem
		set        string
		is         error
		mentioning string
	}{
		{three(), "constraints=latency:pie<5", evolve.ErrUnknown, "latency:pi"},
		{three(), "constraints=latency:pi>5", evolve.ErrInvalid, "want latency:pi<5"},
		{three(), "constraints=throughput:pi<5", evolve.ErrInvalid, "want throughput:pi>5"},
		{three(), "constraints=latency:pi<0", evolve.ErrInvalid, "latency:pi<0: no architecture can meet or break it: want a number above 0"},
		{three(), "constraints=error<10", evolve.ErrInvalid, "want a fraction, above 0 and at most 1"},
		{three(), "constraints=error<-1", evolve.ErrInvalid, "want a fraction, above 0 and at most 1"},
		{three(), "constraints=latency:pi<1e300", evolve.ErrInvalid, "at most 1e+15"},
		{three(), "scalar=weighted:1+1", evolve.ErrInvalid, "one for each of error+latency:pi+throughput:pi"},
		{unmeasured, "scalar=weighted:1+1+1", evolve.ErrInvalid, "reference="},
		{unmeasured, "scalar=weighted:1+0+1", nil, ""},
		{unmeasured, "scalar=chebyshev:0+1+0", nil, ""},
		{single, "scalar=weighted:1", evolve.ErrUnsupported, "no second objective"},
		{single, "constraints=error<0.1", evolve.ErrUnsupported, "no second objective"},
	} {
		spec, err := evolve.ParseSpec("regevo," + c.set)
		if err != nil {
			t.Fatal(err)
		}
		e, o, err := evolve.Searchers.Resolve(spec)
		if err != nil {
			t.Fatal(err)
		}
		s, err := e.New(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{e.Fit(o, c.p), s.Init(c.p, evolve.Stream(1, "search"))} {
			if !errors.Is(err, c.is) || err != nil && !strings.Contains(err.Error(), c.mentioning) {
				t.Errorf("%s: %v, want %v with %q", c.set, err, c.is, c.mentioning)
			}
		}
	}
	for _, set := range []string{"scalar=sum:1+1", "scalar=weighted", "scalar=weighted:", "scalar=weighted:1+-1",
		"scalar=weighted:0+0", "scalar=chebyshev:1+x", "scalar=weighted:1+inf", "constraints=error", "constraints=<5",
		"constraints=error<x", "constraints=error<nan", "constraints=error<0.1+", "constraints=error<1e+"} {
		spec, err := evolve.ParseSpec("regevo," + set)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := evolve.Searchers.Open(spec); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%s: %v, want an ErrInvalid", set, err)
		}
	}
}

// A column of a user's table may have a + in its name, and a number one in its exponent.
func TestConstraintsWithPlus(t *testing.T) {
	got, err := parseConstraints("a+b<5e+06+c>-1.5e3")
	want := []constraint{{"a+b<5e+06", "a+b", false, 5e6}, {"c>-1.5e3", "c", true, -1500}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func FuzzScalar(f *testing.F) {
	for _, s := range [][2]string{{"weighted:0.7+0.3", "latency:raspi4<5"}, {"chebyshev:1+0", "a+b>1+c<-2"}, {":", "<"},
		{"none", "none"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, scalar, constraints string) {
		s, err := parseScalar(scalar, constraints)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) {
				t.Fatalf("%v is no ErrInvalid", err)
			}
			return
		}
		sum := 0.
		for _, w := range s.weights {
			if sum += w; !(w >= 0) || math.IsInf(w, 1) {
				t.Fatalf("weights %v of %q", s.weights, scalar)
			}
		}
		if (s.form == "") != (s.weights == nil) || s.form != "" && !(sum > 0) {
			t.Fatalf("%q of %q has weights %v", s.form, scalar, s.weights)
		}
		var texts []string
		for _, c := range s.constraints {
			if texts = append(texts, c.text); c.name == "" || math.IsNaN(c.bound) || math.IsInf(c.bound, 0) {
				t.Fatalf("%+v of %q", c, constraints)
			}
		}
		if all := strings.Join(texts, "+"); texts != nil && all != constraints {
			t.Fatalf("%q was read of %q", all, constraints)
		}
	})
}
