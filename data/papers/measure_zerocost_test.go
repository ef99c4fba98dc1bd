package papers

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate"
)

// scored is strings of four bits, whose accuracy is their share of ones, with training-free scores.
type scored struct{ surrogate.Bits }

func (s *scored) Problem() evolve.Problem {
	p := s.Bits.Problem()
	for name, score := range map[string]func(evolve.Arch) float64{
		"ones":   func(a evolve.Arch) float64 { return float64(space.Ones(a)) },
		"zeros":  func(a evolve.Arch) float64 { return float64(4 - space.Ones(a)) },
		"first":  func(a evolve.Arch) float64 { return float64(a[0] - '0') },
		"dead":   func(evolve.Arch) float64 { return 1 },
		"no end": func(a evolve.Arch) float64 { return math.Log(float64(space.Ones(a))) }, // -Inf of no ones
	} {
		p.Proxies = append(p.Proxies, evolve.Proxy{Name: name,
			Score: func(a evolve.Arch) (float64, error) { return score(a), nil }})
	}
	return p
}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{Name: "test-scored",
		New: func(evolve.Options) (evolve.Benchmark, error) { return &scored{surrogate.Bits{Length: 4}}, nil }})
}

// measured runs a measurement.
func measured(t *testing.T, text string, a Asked) map[string]Sample {
	t.Helper()
	spec, err := evolve.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := Measurements.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	found, err := m.Measure(context.Background(), a)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Sample{}
	for _, s := range found.Samples {
		all[s.Label] = s
	}
	return all
}

// Over all 16 strings the coefficients are known: by definition, and for the first bit by scipy's spearmanr.
func TestZeroCost(t *testing.T) {
	all := measured(t, "zerocost,benchmark=test-scored,architectures=16", Asked{Repeats: 3, Seed: 1, Procs: 2})
	for name, want := range map[string]float64{"ones": 1, "zeros": -1, "no end": 1, "first": 0.4949747468305833} {
		got := all[name].Values
		for _, rho := range got {
			if len(got) != 3 || !(math.Abs(rho-want) < 1e-12) {
				t.Errorf("%s: %v, want three times %v", name, got, want)
			}
		}
	}
	if got := all["dead"].Values[0]; !math.IsNaN(got) {
		t.Errorf("a score that is the same of all: %v", got)
	}
	two := measured(t, "zerocost,benchmark=test-scored,architectures=16,scores=zeros+first", Asked{Repeats: 1, Procs: 1})
	if len(two) != 2 || two["zeros"].Values[0] != -1 {
		t.Errorf("two scores by their names: %v", two)
	}
	// Draws of a part differ, and are the same on any number of cores.
	some := measured(t, "zerocost,benchmark=test-scored,architectures=8", Asked{Repeats: 6, Seed: 1, Procs: 1})["first"]
	more := measured(t, "zerocost,benchmark=test-scored,architectures=8", Asked{Repeats: 6, Seed: 1, Procs: 5})["first"]
	same := true
	for i, x := range some.Values {
		same = same && x == some.Values[0]
		if x != more.Values[i] {
			t.Errorf("draw %d: %v on one core, %v on five", i, x, more.Values[i])
		}
	}
	if same {
		t.Errorf("all draws have %v", some.Values)
	}
}

func TestZeroCostNeedsScores(t *testing.T) {
	m, _, err := Measurements.Open(evolve.Spec{Name: "zerocost", Set: []evolve.Setting{{Key: "benchmark", Value: "bits"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Measure(context.Background(), Asked{Repeats: 1, Procs: 1}); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("a benchmark without training-free scores: %v", err)
	}
}
