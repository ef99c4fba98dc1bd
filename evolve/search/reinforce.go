package search

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/adam"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
)

// Reinforce is REINFORCE without a network: Williams, "Simple Statistical Gradient-Following Algorithms for
// Connectionist Reinforcement Learning", Machine Learning 8, 1992, as the tabular benchmarks have it for a baseline. A
// policy is a vector of logits θ for each decision, independent of the others; an architecture is drawn from the
// softmax of each. Its reward is held against a moving average b of all rewards, itself included, and θ follows
// (reward - b)·∇log p(choice), where ∂log p(a)/∂θⱼ = 1[j=a] - pⱼ.
//
// The average is unbiased: it begins as the first reward, so that the first trial moves nothing. Its momentum is 0.9 in
// both presets, which differ in everything else:
//
//   - nb101 (Ying et al., NAS-Bench-101, ICML 2019; automl/nas_benchmarks, run_rl.py): logits begin as zeros, plain
//     steps of 0.1, the reward is the accuracy as a fraction.
//   - nats (Dong et al., NATS-Bench, TPAMI 2021; AutoDL-Projects, NATS-algos/reinforce.py): logits begin as normal
//     deviates of 0.001, Adam of 0.01 (0.9, 0.999 and 1e-8, PyTorch's), the reward is the accuracy in percent.
//
// At these rates next to nothing is learned on NAS-Bench-201 in 150 trials, and much in 1,000. Faster is lr=0.1 with
// Adam.
//
// Choices that the space refuses are drawn again and not learned from, nor is a failed trial. A choice that does not
// apply is not learned from. With several workers a trial is learned from by the policy as it is when it ends.
type Reinforce struct {
	NATS   bool    // the preset nats, instead of nb101
	Rate   float64 // of learning; 0 is the preset's
	Repeat string  // charge, cache or skip; "" is charge
	Same   string  // genome or network; "" is genome

	space   evolve.Space
	cube    *cube
	r       *rand.Rand
	memory  memory
	policy  []policy   // by decision
	adam    *adam.Adam // of all logits; nil takes plain steps
	logits  []float64  // of all decisions, one after the other
	slope   []float64  // of the logits, down which a step goes
	mean    float64    // of the rewards
	weight  float64    // of them, up to 1
	learned int
	flights flights[[]int] // choices that are evaluated, -1 for what does not apply, by Tag
	chosen  []int
	v       []float64
}

// policy is a distribution over the options of a decision.
type policy struct {
	logits, slope, chance []float64 // the first two are parts of those of all decisions
}

// reinforceMomentum is of the mean reward, in both presets.
const reinforceMomentum = 0.9

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "reinforce",
		Doc: "REINFORCE: a distribution for each decision follows the reward; its published rates want a thousand " +
			"trials, lr=0.1 a hundred",
		Paper: "Williams, Machine Learning 8, 1992; Ying et al., ICML 2019, arXiv:1902.09635; " +
			"Dong et al., TPAMI 2021, arXiv:2009.00437",
		Params: append([]evolve.Param{
			evolve.Choice("preset", "nats: Adam of 0.01, rewards in percent; nb101: plain steps of 0.1, rewards as "+
				"fractions", "nats", "nb101"),
			evolve.Float("lr", 0, minRate, 100, "rate of learning; none is the preset's").Logarithmic().OrNone().
				WithPreset(map[string]string{"nats": "0.01", "nb101": "0.1"}),
		}, repeatParams(repeatCharge)...),
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Decides | evolve.Finite },
		Claims: reinforceClaims,
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := &Reinforce{NATS: o.Text("preset") == "nats"}
			if rate, ok := o.Given("lr"); ok {
				s.Rate = rate
			}
			s.Repeat, s.Same = repeatOptions(o)
			return s, nil
		},
	})
}

// A rate below this learns nothing in a million trials.
const minRate = 1e-6

// reinforceClaims are those of the published rates, which a few hundred trials are too few for.
var reinforceClaims = []evolve.Claim{
	{On: "bits", By: evolve.ByTrials, Budget: 500, Over: "random"},
	{On: "nb201:cifar10,source=surrogate", By: evolve.ByTrials, Budget: 1000, Over: "random"},
}

func (s *Reinforce) Init(p evolve.Problem, r *rand.Rand) error {
	if !(s.Rate >= 0 && s.Rate <= 100) {
		return fmt.Errorf("reinforce: lr=%g: want 0, the preset's, to 100: %w", s.Rate, evolve.ErrInvalid)
	}
	if err := (evolve.Decides | evolve.Finite).Check(p); err != nil {
		return fmt.Errorf("reinforce: %w", err)
	}
	*s = Reinforce{NATS: s.NATS, Rate: s.Rate, Repeat: s.Repeat, Same: s.Same,
		space: p.Space, cube: newCube(p.Space.(evolve.Decider)), r: r}
	n := 0
	for _, d := range s.cube.all {
		n += d.Options
	}
	s.logits, s.slope = make([]float64, n), make([]float64, n)
	at := 0
	for _, d := range s.cube.all {
		to := at + d.Options
		q := policy{logits: s.logits[at:to], slope: s.slope[at:to], chance: make([]float64, d.Options)}
		at = to
		if s.NATS {
			for i := range q.logits {
				q.logits[i] = 1e-3 * samebits.Normal(r)
			}
		}
		q.soften()
		s.policy = append(s.policy, q)
	}
	if s.NATS {
		s.adam = adam.New(n, adam.Options{Rate: rateOr(s.Rate, .01)})
	}
	s.chosen, s.v = make([]int, len(s.policy)), make([]float64, len(s.policy))
	return s.memory.begin("reinforce", p.Space, r, s.Repeat, s.Same)
}

// soften computes the chances of the logits.
func (q *policy) soften() {
	most := q.logits[0]
	for _, x := range q.logits {
		most = max(most, x)
	}
	sum := 0.0
	for i, x := range q.logits {
		q.chance[i] = math.Exp(x - most)
		sum += q.chance[i]
	}
	for i := range q.chance {
		q.chance[i] /= sum
	}
}

// draw draws an option.
func (q *policy) draw(r *rand.Rand) int {
	u, last := r.Float64(), len(q.chance)-1
	for i, p := range q.chance[:last] {
		if u -= p; u < 0 {
			return i
		}
	}
	return last
}

// Ask is done when the space is used up. The Tag is the number of the flight.
func (s *Reinforce) Ask(p *evolve.Proposal) bool {
	if s.memory.over() {
		return false
	}
	drawn := evolve.Arch("")
	a, ok := s.memory.draw(func() evolve.Arch {
		drawn = s.draw()
		return drawn
	})
	if !ok {
		return false
	}
	if a != drawn { // found elsewhere
		s.read(a)
	}
	tag, chosen := s.flights.begin()
	*chosen = append((*chosen)[:0], s.chosen...)
	p.Arch, p.Tag, p.Known = a, tag, s.memory.recall(a)
	return true
}

// draw draws from the policy until the space accepts it, and keeps what was chosen.
func (s *Reinforce) draw() evolve.Arch {
	for range redraws {
		for i := range s.policy {
			q := &s.policy[i]
			k := q.draw(s.r)
			s.chosen[i], s.v[i] = k, (float64(k)+.5)/float64(len(q.logits))
		}
		if a, err := s.cube.decode(s.v); err == nil {
			for i := range s.chosen {
				if !evolve.Applies(s.cube.all, s.cube.scratch, i) {
					s.chosen[i] = -1
				}
			}
			return a
		}
	}
	a := s.space.Sample(s.r)
	s.read(a)
	return a
}

// read finds the choices of an architecture that was not drawn from the policy.
func (s *Reinforce) read(a evolve.Arch) {
	x := s.cube.space.Choices(nil, a)
	s.cube.encode(s.v, a, s.r)
	for i, v := range s.v {
		k := len(s.policy[i].logits)
		if s.chosen[i] = min(int(v*float64(k)), k-1); math.IsNaN(x[i]) {
			s.chosen[i] = -1
		}
	}
}

func (s *Reinforce) Tell(t *evolve.Trial, r *evolve.Result) error {
	s.memory.told(t, r)
	chosen := *s.flights.end(t.Tag)
	if math.IsInf(r.Loss, 1) {
		return nil
	}
	reward := 1 - r.Loss
	if s.NATS {
		reward *= 100
	}
	// As much is added to the mean as the newest reward counts of all: all of the first one.
	s.weight = float64(reinforceMomentum*s.weight) + (1 - reinforceMomentum)
	s.mean += float64((1 - reinforceMomentum) / s.weight * (reward - s.mean))
	s.learn(chosen, reward-s.mean)
	return nil
}

// learn makes a step along advantage·∇log p of what was chosen.
func (s *Reinforce) learn(chosen []int, advantage float64) {
	s.learned++
	for i, of := range chosen {
		q := &s.policy[i]
		for j := range q.slope {
			switch {
			case of < 0:
				q.slope[j] = 0
			case j == of:
				q.slope[j] = -advantage * (1 - q.chance[j])
			default:
				q.slope[j] = advantage * q.chance[j]
			}
		}
	}
	if s.NATS {
		s.adam.Step(s.logits, s.slope)
	} else {
		rate := rateOr(s.Rate, .1)
		for j, g := range s.slope {
			s.logits[j] -= float64(rate * g)
		}
	}
	for i := range s.policy {
		s.policy[i].soften()
	}
}

// rateOr is a rate, or the preset's where it is 0.
func rateOr(rate, preset float64) float64 {
	if rate == 0 {
		return preset
	}
	return rate
}

// Recommend is the likeliest architecture of the policy, as the first version of the NAS-Bench-201 baseline reported
// it; NATS-Bench reports the best seen.
func (s *Reinforce) Recommend() (evolve.Arch, bool) {
	if s.learned == 0 {
		return "", false
	}
	v := make([]float64, len(s.policy))
	for i, q := range s.policy {
		best := 0
		for j, p := range q.chance {
			if math.Round(p*1e9) > math.Round(q.chance[best]*1e9) {
				best = j
			}
		}
		v[i] = (float64(best) + .5) / float64(len(q.logits))
	}
	a, err := s.cube.decode(v)
	return a, err == nil
}
