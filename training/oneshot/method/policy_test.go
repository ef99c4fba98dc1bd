package method

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/adam"
	"github.com/amoeba-nas/amoeba/evolve/lstm"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func policyOf(t testing.TB, seed uint64, l learning) *policy {
	t.Helper()
	kinds, tokens, err := lstm.KindsOf(space.NB201{})
	if err != nil {
		t.Fatal(err)
	}
	p := lstm.Params{Layers: 1, Units: 16, Range: 0.1, Kinds: kinds}
	return newPolicy(lstm.NewWriter(space.NB201{}, p, tokens, evolve.Stream(seed, "controller")), l)
}

func constant(evolve.Arch) (float64, error) { return 0.7, nil }

// Where every reward is the same and is the baseline, the controller's weights stay as they are, bit for bit. A baseline
// that begins at 0, and an entropy that counts, move them.
func TestConstantReward(t *testing.T) {
	for _, c := range []struct {
		l     learning
		stays bool
	}{
		{learning{aggregate: 3, keeps: 0.99, Options: adam.Options{Rate: 0.1}}, true},
		{learning{aggregate: 3, keeps: 0.99, zero: true, Options: adam.Options{Rate: 0.1}}, false},
		{learning{aggregate: 3, keeps: 0.99, entropy: 1, Options: adam.Options{Rate: 0.1}}, false},
	} {
		p := policyOf(t, 1, c.l)
		was := slices.Clone(p.Weights)
		r := evolve.Stream(1, "rewards")
		for range 4 {
			if err := p.learn(r, constant); err != nil {
				t.Fatal(err)
			}
		}
		for i := range was {
			if stays := math.Float64bits(was[i]) == math.Float64bits(p.Weights[i]); !stays && c.stays {
				t.Fatalf("%+v: weight %d went from %v to %v", c.l, i, was[i], p.Weights[i])
			}
		}
		if !c.stays && slices.Equal(was, p.Weights) {
			t.Errorf("%+v: nothing moved", c.l)
		}
	}
}

// The baseline meets a reward before the advantage is taken of it.
func TestBaseline(t *testing.T) {
	p := policyOf(t, 1, learning{aggregate: 2, keeps: 0.9, zero: true, Options: adam.Options{Rate: 0.01}})
	rewards := []float64{1, 0.5}
	want := 0.0
	var grads []float64 // of the two sequences, by hand
	r := evolve.Stream(1, "rewards")
	q := policyOf(t, 1, p.learning)
	for _, got := range rewards {
		want = 0.9*want + 0.1*got
		if _, err := q.Write(r); err != nil {
			t.Fatal(err)
		}
		q.Back(-(got-want)/2, 0)
	}
	grads = slices.Clone(q.Grads)
	k := 0
	err := p.learn(evolve.Stream(1, "rewards"), func(evolve.Arch) (float64, error) {
		k++
		return rewards[k-1], nil
	})
	if err != nil || math.Abs(p.baseline-want) > 1e-15 {
		t.Fatalf("baseline %v, want %v; %v", p.baseline, want, err)
	}
	for i, g := range p.Grads {
		if math.Abs(g-grads[i]) > 1e-15 {
			t.Fatalf("gradient %d is %v, want %v", i, g, grads[i])
		}
	}
}

// A table with good operations planted on edges raises the mean reward of the cells that are written, and one with none
// does not.
func TestPlantedTable(t *testing.T) {
	planted := evolve.Arch("310423")
	reward := func(a evolve.Arch) (float64, error) {
		hits := 0
		for e := range a {
			if a[e] == planted[e] {
				hits++
			}
		}
		return float64(hits) / float64(len(a)), nil
	}
	mean := func(p *policy, r func(evolve.Arch) (float64, error)) float64 {
		sum, draws := 0.0, evolve.Stream(9, "draws")
		for range 300 {
			a, err := p.Write(draws)
			if err != nil {
				t.Fatal(err)
			}
			got, _ := reward(a)
			sum += got / 300
		}
		return sum
	}
	for seed := range uint64(3) {
		l := learning{aggregate: 10, keeps: 0.95, entropy: 1e-4, Options: adam.Options{Rate: 0.02}}
		p, q := policyOf(t, seed, l), policyOf(t, seed, l)
		before := mean(p, reward)
		r := evolve.Stream(seed, "rewards")
		for range 200 {
			if err := p.learn(r, reward); err != nil {
				t.Fatal(err)
			}
			if err := q.learn(r, constant); err != nil {
				t.Fatal(err)
			}
		}
		if after, without := mean(p, reward), mean(q, reward); before > 0.3 || after < 0.75 || without > 0.3 {
			t.Errorf("seed %d: the mean reward is %.2f at first, %.2f at last, %.2f where all are the same", seed, before,
				after, without)
		}
	}
}

// A policy goes on from what it saved to the same bits; the state of another one is refused.
func TestPolicyGoesOn(t *testing.T) {
	l := learning{aggregate: 2, keeps: 0.9, entropy: 1e-3, Options: adam.Options{Rate: 0.05, Beta1: -1, Epsilon: 1e-3}}
	count := func(a evolve.Arch) (float64, error) { return float64(a[0]-'0') / 4, nil }
	p, q := policyOf(t, 1, l), policyOf(t, 2, l)
	if err := p.learn(evolve.Stream(1, "first"), count); err != nil {
		t.Fatal(err)
	}
	if err := q.load(p.save()); err != nil {
		t.Fatal(err)
	}
	for _, x := range []*policy{p, q} {
		if err := x.learn(evolve.Stream(1, "second"), count); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(p.Weights, q.Weights) || p.baseline != q.baseline {
		t.Errorf("baselines %v and %v", p.baseline, q.baseline)
	}
	s := p.save()
	s["controller"] = s["controller"][1:]
	if err := q.load(s); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("the state of another controller: %v", err)
	}
	fails := func(evolve.Arch) (float64, error) { return 0, evolve.ErrFailed }
	if err := q.learn(evolve.Stream(1, "third"), fails); !errors.Is(err, evolve.ErrFailed) {
		t.Errorf("a reward that failed: %v", err)
	}
}
