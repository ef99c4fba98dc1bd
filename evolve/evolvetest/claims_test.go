package evolvetest

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

func entryOf(t *testing.T, name string) evolve.Entry[evolve.Searcher] {
	t.Helper()
	e, err := evolve.Searchers.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A claim that is true is borne out and one that is false is found out, with many runs and with the few of a searcher
// that fits models; the limits are those that the comment of claimRuns derives.
func TestClaimIsDecided(t *testing.T) {
	for _, c := range []struct {
		searcher, over string
		models, true   bool
		least          float64
	}{
		{"regevo", "random", false, true, .608},
		{"regevo", "random", true, true, .742},
		{"random", "random", false, false, .608},
		{"random", "random", true, false, .742},
		{"random", "regevo", false, false, .608},
	} {
		s := &searcher{entry: entryOf(t, c.searcher), bench: Open(t, evolve.Benchmarks, "bits")}
		s.models = c.models
		for by, budget := range map[string]float64{evolve.ByTrials: 300, evolve.BySeconds: 300} { // a trial takes a second
			a12, least := s.chance(t, evolve.Claim{On: "bits", By: by, Budget: budget, Over: c.over})
			if math.Abs(least-c.least) > 5e-4 || a12 >= least != c.true {
				t.Errorf("%s over %s by %s, models %v: A12 %.3f of at least %.3f, want %v and at least %.3f", c.searcher, c.over, by, c.models, a12, least, c.true, c.least)
			}
		}
	}
}

// The final error of a run is that of the best of the longest training, however low the losses of shorter ones are.
func TestFinalIsOfTheHighestFidelity(t *testing.T) {
	b := &Invented{Space: space.NB201{}, Rungs: true}
	s := &script{proposals: []evolve.Proposal{{Arch: "000000", Epochs: 9}, {Arch: "031034", Epochs: 9}, {Arch: "222222", Epochs: 1}}}
	low := func(a evolve.Arch) float64 { return b.loss(a, 9) }
	want := min(low("000000"), low("031034"))
	for a := range 15625 { // an architecture that a little training flatters
		arch := space.NB201{}.At(a)
		if b.loss(arch, 1) < want && low(arch) > want {
			s.proposals[2].Arch = arch
			break
		}
	}
	if got := final(t, s, b, bound{trials: 3}, 1); got != want {
		t.Errorf("final error %g, want %g", got, want)
	}
}

// script proposes what it is given.
type script struct {
	proposals []evolve.Proposal
	next      int
}

func (s *script) Init(evolve.Problem, *rand.Rand) error { s.next = 0; return nil }
func (s *script) Ask(p *evolve.Proposal) bool {
	if s.next == len(s.proposals) {
		return false
	}
	*p = s.proposals[s.next]
	s.next++
	return true
}
func (s *script) Tell(*evolve.Trial, *evolve.Result) error { return nil }

// A searcher that fits a model and recommends is held to the contract as others are, with fewer proposals.
func TestModelThatRecommends(t *testing.T) {
	e := evolve.Entry[evolve.Searcher]{
		Name: "means", Doc: "proposes neighbours of the best on average", Paper: "none: of this test", Models: true,
		Needs: func(evolve.Options) evolve.Needs { return evolve.Neighbours },
		New:   func(evolve.Options) (evolve.Searcher, error) { return &means{}, nil },
	}
	Searcher(t, e, Open(t, evolve.Benchmarks, "bits,length=16,noise=0.05"))
}

// means samples ten architectures and then evaluates neighbours of the best, or every second time the best again. Its
// model is the average of all losses of an architecture, drawn towards the average of all as if that had been seen once:
// what it recommends is the architecture of the lowest, where a lucky evaluation alone does not count.
type means struct {
	space evolve.Space
	r     *rand.Rand
	order []evolve.Arch // as they were told first
	sum   map[evolve.Arch]float64
	times map[evolve.Arch]float64
	total float64
	asked int
}

func (s *means) Init(p evolve.Problem, r *rand.Rand) error {
	if err := evolve.Neighbours.Check(p); err != nil {
		return err
	}
	*s = means{space: p.Space, r: r, sum: map[evolve.Arch]float64{}, times: map[evolve.Arch]float64{}}
	return nil
}

func (s *means) Ask(p *evolve.Proposal) bool {
	s.asked++
	best, ok := s.Recommend()
	switch {
	case s.asked <= 10 || !ok:
		p.Arch = s.space.Sample(s.r)
	case s.asked%2 == 0:
		p.Arch = best
	default:
		p.Arch = best
		if all := s.space.(evolve.Neighborer).Neighbors(nil, best); len(all) > 0 {
			p.Arch = all[s.r.IntN(len(all))]
		}
	}
	return true
}

func (s *means) Tell(t *evolve.Trial, r *evolve.Result) error {
	if math.IsInf(r.Loss, 1) {
		return nil
	}
	if s.times[t.Arch] == 0 {
		s.order = append(s.order, t.Arch)
	}
	s.sum[t.Arch] += r.Loss
	s.times[t.Arch]++
	s.total += r.Loss
	return nil
}

func (s *means) Recommend() (evolve.Arch, bool) {
	n := 0.0
	for _, a := range s.order {
		n += s.times[a]
	}
	best, least := evolve.Arch(""), math.Inf(1)
	for _, a := range s.order {
		if x := (s.sum[a] + s.total/n) / (s.times[a] + 1); x < least {
			best, least = a, x
		}
	}
	return best, best != ""
}
