package method

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// Random search with weight sharing: Li and Talwalkar, "Random Search and Reproducibility for Neural Architecture
// Search", UAI 2019, arXiv:1902.07638, section 3. Each training batch moves the shared weights along the path of a
// random architecture. Then, in each round, random candidates are scored on a few batches of the images that score; the
// best of them are scored on all of these images, and of these the best is the answer, over all rounds.
//
// preset=published is the authors' code, liamcli/randomNAS_release, searchers/random_weight_share.py and
// benchmarks/cnn/darts/darts_wrapper_discrete.py: 100 epochs of 25,000 images in batches of 64, which are 39,062 steps,
// of SGD with momentum 0.9 and weight decay 3e-4, at a rate that falls from 0.025 to 0.001 by a cosine, gradients
// clipped at 0.25, batch norms without scales; weights and scores on halves of the training images; 39,062 / 10,000 = 3
// rounds of 1000 candidates on 10 batches, which go on from where the last candidate's ended, and 10 finalists. A
// closed weight stays as it is: the code forgets gradients before each step, which leaves such weights out of it. It
// departs from the code in three things. Batch norms use the statistics of the batch that is asked about, or those of
// refit= training batches, where the code has running means over all architectures. Architectures are the space's own
// samples: in darts no candidate is none. The rate falls with every step and not with every epoch.
//
// preset=small, the default, is for data sets of a thousand small images: fewer steps at a higher rate, one round of
// fewer candidates, each on fewer batches, and the validation part to score on, so that no training image is spent on
// it.
//
// NATS-Bench's random search on shared weights (D-X-Y/AutoDL-Projects, exps/NATS-algos/search-cell.py) is
// candidates=100,batches=1,finalists=0: each candidate is asked about another batch, and the best of them is the
// answer.
func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "rsws",
		Doc: "random search with weight sharing: a supernet is trained along random paths, then random architectures " +
			"are scored on its weights",
		Paper:  "Li and Talwalkar, UAI 2019, arXiv:1902.07638",
		Losses: evolve.ByRank,
		Params: append(oneshot.PlanParams(oneshot.UniformPlan, oneshot.Plan{Steps: 39062, LR: 0.025, LRMin: 0.001,
			Momentum: 0.9, WeightDecay: 3e-4, Clip: 0.25, Closed: oneshot.Still, Split: oneshot.SplitHalf}),
			preset(evolve.Int("candidates", 1, 1, maxTrials, "random architectures that a round scores"),
				"300", "1000"),
			preset(evolve.Int("batches", 0, 0, maxTrials, "of the images that score, for a candidate; 0 is all"),
				"2", "10"),
			preset(evolve.Int("finalists", 0, 0, maxTrials, "best candidates, which are scored on all images"),
				"10", "10"),
			preset(evolve.Int("rounds", 1, 1, maxTrials, "of candidates and finalists"), "1", "3"),
			refitParam("0", "0"),
		),
		Needs: needsShares,
		New: func(o evolve.Options) (evolve.Searcher, error) {
			inner := &rounds{rounds: meantInt(o, "rounds"), candidates: meantInt(o, "candidates"),
				finalists: meantInt(o, "finalists"), batches: meantInt(o, "batches")}
			if inner.finalists > inner.candidates {
				return nil, fmt.Errorf("rsws: finalists=%d of candidates=%d: want at most as many: %w", inner.finalists,
					inner.candidates, evolve.ErrInvalid)
			}
			return &scored{name: "rsws", plan: oneshot.PlanOf(o), phase: &uniform{}, inner: inner, part: inner.part,
				scoring: oneshot.Scoring{Refit: meantInt(o, "refit")}}, nil
		},
	})
}

// uniform trains each batch along a random path.
type uniform struct {
	fair   bool // along one for each candidate of an edge, see [oneshot.Course.FairPaths]
	course *oneshot.Course
}

func (u *uniform) begin(c *oneshot.Course) error {
	u.course = c
	return nil
}

func (u *uniform) save() oneshot.State { return oneshot.State{} }

func (u *uniform) load(s oneshot.State) error {
	if len(s) > 0 {
		return fmt.Errorf("weights that another method trained: %w", evolve.ErrInvalid)
	}
	return nil
}

func (u *uniform) epoch(ctx context.Context) error { return u.course.UniformEpoch(ctx, u.fair) }

// rounds proposes the candidates and the finalists of random search with weight sharing. The Tag of a candidate is its
// number among all candidates, from 0, and that of a finalist is below 0.
type rounds struct {
	rounds, candidates, finalists, batches int

	space   evolve.Space
	r       *rand.Rand
	round   int         // from 0
	asked   int         // in this round
	told    int         // in this round
	scores  []candidate // of this round, as they were told
	best    candidate   // among finalists, where there are such
	settled bool        // there is a best among those that decide
}

// candidate is an architecture with its error.
type candidate struct {
	arch evolve.Arch
	id   int // of its trial; of equal losses the first counts
	loss float64
}

func (s *rounds) Init(p evolve.Problem, r *rand.Rand) error {
	*s = rounds{rounds: s.rounds, candidates: s.candidates, finalists: s.finalists, batches: s.batches,
		space: p.Space, r: r, best: candidate{loss: math.Inf(1)}}
	return nil
}

func (s *rounds) Ask(p *evolve.Proposal) bool {
	if s.told == s.candidates+s.finalists {
		s.round, s.asked, s.told, s.scores = s.round+1, 0, 0, s.scores[:0]
	}
	switch {
	case s.round == s.rounds:
		return false
	case s.asked < s.candidates:
		p.Arch, p.Tag = s.space.Sample(s.r), s.round*s.candidates+s.asked
	case s.asked == s.candidates+s.finalists || s.told < s.candidates:
		return false // finalists wait for all candidates, and a round for all finalists
	default:
		c := s.scores[s.asked-s.candidates]
		p.Arch, p.Parents[0], p.Tag = c.arch, c.id, -1
	}
	s.asked++
	return true
}

func (s *rounds) Tell(t *evolve.Trial, r *evolve.Result) error {
	c := candidate{t.Arch, t.ID, r.Loss}
	if s.told++; t.Tag >= 0 {
		s.scores = append(s.scores, c)
		if s.told == s.candidates {
			slices.SortFunc(s.scores, func(a, b candidate) int {
				return cmp.Or(cmp.Compare(a.loss, b.loss), cmp.Compare(a.id, b.id))
			})
		}
	}
	// Until a finalist is told, the best candidate is what there is to recommend.
	decides := (t.Tag < 0 || s.finalists == 0) && c.loss <= math.MaxFloat64
	if decides && !s.settled || decides == s.settled && c.loss < s.best.loss {
		s.best = c
	}
	s.settled = s.settled || decides
	return nil
}

// Recommend is the best finalist, the first of equals.
func (s *rounds) Recommend() (evolve.Arch, bool) { return s.best.arch, s.best.arch != "" }

// part is the batches that a trial is scored on: a candidate those that follow the last candidate's.
func (s *rounds) part(t *evolve.Trial) (from, batches int) {
	if t.Tag < 0 {
		return 0, 0
	}
	return t.Tag * s.batches, s.batches
}
