package search

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"gonum.org/v1/gonum/floats"
)

// choices is a space of decisions with so many options each.
func choices(options ...int) *plane {
	s := &plane{}
	for i, k := range options {
		s.all = append(s.all, evolve.Decision{Name: fmt.Sprint("d", i), Options: k})
	}
	return s
}

// A plain step of one goes along the gradient of the log chance: 1 - p on what was chosen, -p on the others, which sum to 0;
// it is what finite differences of the chance say.
func TestReinforceGradient(t *testing.T) {
	p := evolve.Problem{Space: choices(3, 4)}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		s := begun(t, &Reinforce{Rate: 1}, p)
		for i := range s.policy {
			for j := range s.policy[i].logits {
				s.policy[i].logits[j] = r.NormFloat64()
			}
			s.policy[i].soften()
		}
		chosen := []int{r.IntN(3), r.IntN(4)}
		before := [][]float64{slices.Clone(s.policy[0].logits), slices.Clone(s.policy[1].logits)}
		chance := [][]float64{slices.Clone(s.policy[0].chance), slices.Clone(s.policy[1].chance)}
		const advantage = .7
		s.learn(chosen, advantage)
		for i, q := range s.policy {
			moved := make([]float64, len(q.logits))
			for j := range moved {
				moved[j] = q.logits[j] - before[i][j]
				want := -chance[i][j]
				if j == chosen[i] {
					want++
				}
				logP := func(h float64) float64 {
					l := policy{logits: slices.Clone(before[i]), chance: make([]float64, len(before[i]))}
					l.logits[j] += h
					l.soften()
					return math.Log(l.chance[chosen[i]])
				}
				const h = 1e-5
				if slope := (logP(h) - logP(-h)) / (2 * h); math.Abs(moved[j]-advantage*want) > 1e-12 || math.Abs(slope-want) > 1e-8 {
					t.Errorf("logit %d of decision %d moves by %g, want %g; the slope is %g", j, i, moved[j], advantage*want, slope)
				}
			}
			if sum := floats.Sum(moved); math.Abs(sum) > 1e-12 {
				t.Errorf("moves sum to %g", sum)
			}
		}
	}
}

// Of two arms with rewards r₁ and r₀ the difference of the logits changes by 2·lr·p(1-p)·(r₁-r₀) on average, whatever
// is taken off the reward.
func TestReinforceBandit(t *testing.T) {
	const r0, r1, lr = .2, .9, .1
	for _, off := range []float64{0, .5, -3} {
		for _, logit := range []float64{0, 1, -2} {
			mean, p := 0.0, 1/(1+math.Exp(-logit))
			for arm, reward := range []float64{r0, r1} {
				s := begun(t, &Reinforce{Rate: lr}, evolve.Problem{Space: choices(2)})
				q := &s.policy[0]
				q.logits[1] = logit
				q.soften()
				s.learn([]int{arm}, reward-off)
				mean += []float64{1 - p, p}[arm] * (q.logits[1] - q.logits[0] - logit)
			}
			if want := 2 * lr * p * (1 - p) * (r1 - r0); math.Abs(mean-want) > 1e-12 {
				t.Errorf("%g taken off, logit %g: %g, want %g", off, logit, mean, want)
			}
		}
	}
}

// On 2×2 decisions the slope of the expected reward is the mean of reward·∇log p over all four choices.
func TestReinforceExpectation(t *testing.T) {
	reward := [2][2]float64{{.1, .7}, {.4, .2}}
	logits := []float64{.3, -.5, .2, 1.1}
	chances := func(l []float64) (p [2][2]float64) {
		for i := range p {
			q := policy{logits: l[2*i:][:2], chance: p[i][:]}
			q.soften()
		}
		return p
	}
	expected := func(l []float64) (e float64) {
		p := chances(l)
		for a := range 2 {
			for b := range 2 {
				e += p[0][a] * p[1][b] * reward[a][b]
			}
		}
		return e
	}
	mean, p := make([]float64, 4), chances(logits)
	for a := range 2 {
		for b := range 2 {
			s := begun(t, &Reinforce{Rate: 1}, evolve.Problem{Space: choices(2, 2)})
			for i := range s.policy {
				copy(s.policy[i].logits, logits[2*i:])
				s.policy[i].soften()
			}
			s.learn([]int{a, b}, reward[a][b])
			for i := range mean {
				mean[i] += p[0][a] * p[1][b] * (s.policy[i/2].logits[i%2] - logits[i])
			}
		}
	}
	for i := range mean {
		const h = 1e-5
		up, down := slices.Clone(logits), slices.Clone(logits)
		up[i] += h
		down[i] -= h
		if slope := (expected(up) - expected(down)) / (2 * h); math.Abs(slope-mean[i]) > 1e-9 {
			t.Errorf("logit %d: slope %g, mean %g", i, slope, mean[i])
		}
	}
}

// Where all rewards are the same nothing is learned, and from the first trial never; failed trials teach nothing.
func TestReinforceWithoutNews(t *testing.T) {
	for _, nats := range []bool{false, true} {
		s := begun(t, &Reinforce{NATS: nats}, evolve.Problem{Space: space.NB201{}})
		first := make([][]float64, len(s.policy))
		for i := range first {
			first[i] = slices.Clone(s.policy[i].logits)
			if zero := !slices.ContainsFunc(first[i], func(x float64) bool { return x != 0 }); zero == nats || floats.Norm(first[i], math.Inf(1)) > 6e-3 {
				t.Errorf("nats=%v: logits begin as %v", nats, first[i])
			}
		}
		moved := func() bool {
			for i := range first {
				if !slices.Equal(first[i], s.policy[i].logits) {
					return true
				}
			}
			return false
		}
		for i := range 50 {
			tr, loss := evolve.Trial{ID: i + 1}, .3
			s.Ask(&tr.Proposal)
			if i%5 == 1 {
				loss = math.Inf(1)
			}
			_ = s.Tell(&tr, &evolve.Result{Loss: loss})
			if moved() {
				t.Fatalf("nats=%v: trial %d moved the policy", nats, i+1)
			}
		}
		tr := evolve.Trial{ID: 51}
		s.Ask(&tr.Proposal)
		_ = s.Tell(&tr, &evolve.Result{Loss: .2})
		if !moved() {
			t.Errorf("nats=%v: a better trial did not move the policy", nats)
		}
		// The first step of Adam is the rate, whichever way and however large the reward is; the plain step is in
		// proportion to the advantage, 0.9 of the difference.
		x := space.NB201{}.Choices(nil, tr.Arch)
		step := s.policy[0].logits[int(x[0])] - first[0][int(x[0])]
		if want := .1 * (.1 * .9) * .8; !nats && math.Abs(step-want) > .0005 || nats && (step <= 0 || step > .011) {
			t.Errorf("nats=%v: a step of %g", nats, step)
		}
	}
}

// The moving average is unbiased: the weighted mean of the rewards so far.
func TestReinforceBaseline(t *testing.T) {
	s := begun(t, &Reinforce{}, evolve.Problem{Space: space.NB201{}})
	var rewards []float64
	for i := range 30 {
		tr, loss := evolve.Trial{ID: i + 1}, float64(i*i%7)/10
		s.Ask(&tr.Proposal)
		_ = s.Tell(&tr, &evolve.Result{Loss: loss})
		rewards = append(rewards, 1-loss)
		sum, weights := 0.0, 0.0
		for k, x := range rewards {
			w := math.Pow(.9, float64(len(rewards)-1-k))
			sum, weights = sum+w*x, weights+w
		}
		if math.Abs(s.mean-sum/weights) > 1e-12 || i == 0 && s.mean != rewards[0] {
			t.Errorf("after %d rewards the mean is %g, want %g", i+1, s.mean, sum/weights)
		}
	}
}

// What the space refuses is drawn again; choices are learned from where they apply, and real numbers are
// refused.
func TestReinforceOnAllKinds(t *testing.T) {
	s := &plane{all: []evolve.Decision{{Name: "kind", Options: 3}, {Name: "rate", Options: 10},
		{Name: "size", Options: 6, If: evolve.Condition{Place: 0, Options: []int{2}}}},
		refuse: func(x []float64) bool { return x[0] == 1 }}
	f := begun(t, &Reinforce{NATS: true, Rate: .1}, evolve.Problem{Space: s})
	for i := range 1500 {
		tr := evolve.Trial{ID: i + 1}
		f.Ask(&tr.Proposal)
		x := s.Choices(nil, tr.Arch)
		if x[0] == 1 {
			t.Fatalf("trial %d is refused by the space", i+1)
		}
		if said := f.flights.of[tr.Tag][2] < 0; said != (x[0] == 0) {
			t.Fatalf("trial %d, %s: its size applies: %v", i+1, tr.Arch, !said)
		}
		loss := math.Abs(x[1]-7) / 10
		if x[0] == 2 {
			loss += math.Abs(x[2]-3)/5 - .5
		}
		_ = f.Tell(&tr, &evolve.Result{Loss: loss})
	}
	a, ok := f.Recommend()
	if x := s.Choices(nil, a); !ok || x[0] != 2 || math.Abs(x[1]-7) > 1 || math.Abs(x[2]-3) > 1 {
		t.Errorf("it recommends %s", a)
	}
	real := &plane{all: []evolve.Decision{{Name: "rate", Lo: 1e-4, Hi: 1, Log: true}}}
	err := new(Reinforce).Init(evolve.Problem{Space: real}, evolve.Stream(1, "search"))
	if !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), "decisions that are real numbers") {
		t.Errorf("a real number: %v, want ErrUnsupported", err)
	}
}

func TestReinforceRefuses(t *testing.T) {
	for _, s := range []*Reinforce{{Rate: -1}, {Rate: math.NaN()}, {Rate: 1000}, {Repeat: "never"}} {
		err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search"))
		if !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
