package search

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
	"github.com/amoeba-nas/amoeba/evolve/mlp"
)

// PNAS is Liu, Zoph, Neumann, Shlens, Hua, Li, Fei-Fei, Yuille, Huang and Murphy, "Progressive Neural Architecture
// Search", ECCV 2018, arXiv:1712.00559, Algorithm 1: the smallest architectures are all evaluated. Then, level by
// level: those that were evaluated grow by one step in every way, a predictor of all results so far ranks what they
// grow to, and the best are evaluated. The predictor, fitted anew at each level, is an ensemble of five networks, each
// of which sees four fifths of the results.
//
// In the paper an architecture grows by a block; on NAS-Bench-101 it grows by a vertex, from three vertices to seven,
// see [evolve.Grower]. What is the same network counts once. The paper keeps 256 cells at a level; the default, 20, is
// for 150 evaluations: 6 + 4·20 = 86 lead to the largest cells, and the others are of these. It departs from the paper
// in the predictor, whose networks read what describes the network instead of a sequence of blocks, as those of
// preset=small in bananas do, and in its end: where no architecture grows any more, the search goes on with the next
// best of the last level, the predictor fitted anew.
//
// A level waits for all trials of the one before, as the paper's does.
type PNAS struct {
	Keep     int    // architectures that are evaluated at a level
	Features string // an encoding, or several with + between; "" is the best of the space

	space evolve.Space
	grow  evolve.Grower
	r     *rand.Rand
	coder *features.Coder

	archs   []evolve.Arch // that were told
	x       [][]float32
	y       []float64
	trained trainings
	level   []grown // what was asked for at this level
	rest    []grown // what else is at this level
	next    int     // of the level, to be asked for
	told    int     // of the level
	seen    seen
}

// grown is an architecture and the trial whose architecture it grew from.
type grown struct {
	arch   evolve.Arch
	id     int // its own trial, once it was told
	parent int
	row    []float32
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:  "pnas",
		Doc:   "progressive search: architectures grow step by step, and a predictor chooses which are evaluated",
		Paper: "Liu et al., ECCV 2018, arXiv:1712.00559",
		Params: []evolve.Param{
			evolve.Int("keep", 20, 1, maxPopulation, "K, architectures that are evaluated at a level "+
				"(256: the paper; 20 is for 150 trials)").Logarithmic(),
			evolve.Named("features", evolve.Encodes, features.Auto, "what the predictor reads, encodings with + "+
				"between; auto is what describes the network"),
		},
		Models: true,
		Losses: evolve.UpToScale,
		Claims: []evolve.Claim{
			{On: "nb101,source=surrogate", By: evolve.ByTrials, Budget: 100, Over: "random"},
			{On: "nb101,source=surrogate,noise=mean", By: evolve.ByTrials, Budget: 100, Over: "random"},
		},
		Needs: func(evolve.Options) evolve.Needs { return evolve.Grows | evolve.Encodes },
		New: func(o evolve.Options) (evolve.Searcher, error) {
			return &PNAS{Keep: o.Int("keep"), Features: o.Text("features")}, nil
		},
	})
}

func (s *PNAS) Init(p evolve.Problem, r *rand.Rand) error {
	if s.Keep < 1 {
		return fmt.Errorf("pnas: keep %d: want at least 1: %w", s.Keep, evolve.ErrInvalid)
	}
	if err := (evolve.Grows | evolve.Encodes).Check(p); err != nil {
		return fmt.Errorf("pnas: %w", err)
	}
	coder, err := features.NewCoder(p.Space, cmp.Or(s.Features, features.Auto))
	if err != nil {
		return fmt.Errorf("pnas: %w", err)
	}
	*s = PNAS{Keep: s.Keep, Features: s.Features, space: p.Space, grow: p.Space.(evolve.Grower), r: r, coder: coder,
		seen: seen{}}
	s.trained.begin(p)
	s.level, err = s.expand(nil, grown{})
	return err
}

// expand appends what an architecture grows to, as far as nothing else grew to it.
func (s *PNAS) expand(dst []grown, from grown) ([]grown, error) {
	for _, a := range s.grow.Grow(nil, from.arch) {
		id, err := s.space.Canon(a)
		if err != nil {
			return dst, fmt.Errorf("pnas: %s grew to %w", from.arch, err)
		}
		if !s.seen.mark(id) {
			continue
		}
		row, err := s.coder.Encode(nil, a)
		if err != nil {
			return dst, fmt.Errorf("pnas: %w", err)
		}
		dst = append(dst, grown{arch: a, parent: from.id, row: row})
	}
	return dst, nil
}

func (s *PNAS) Ask(p *evolve.Proposal) bool {
	if s.next == len(s.level) {
		if s.told < len(s.level) || !s.climb() {
			return false
		}
	}
	g := &s.level[s.next]
	p.Arch, p.Tag, p.Parents[0] = g.arch, s.next, max(g.parent, 0)
	s.next++
	return true
}

// climb begins the next level, or goes on with the last one; false where everything was asked for.
func (s *PNAS) climb() bool {
	var larger []grown
	for _, g := range s.level {
		var err error
		if larger, err = s.expand(larger, g); err != nil {
			return false // a genome that its own space does not know: the conformance suite of spaces excludes it
		}
	}
	if len(larger) > 0 {
		s.rest = larger
	}
	if len(s.rest) == 0 {
		return false
	}
	var of [][]float32
	for _, g := range s.rest {
		of = append(of, g.row)
	}
	y := slices.Clone(s.y)
	halfLosses(y)
	scores, _ := mlp.Fit(s.x, y, pnasNetworks, s.r.Uint64()).Predict(of)
	order := orderBy(len(scores), func(i int) float64 { return gauss.Round(scores[i]) })
	ranked := make([]grown, len(order))
	for k, i := range order {
		ranked[k] = s.rest[i]
	}
	n := min(s.Keep, len(ranked))
	s.level, s.rest, s.next, s.told = ranked[:n:n], ranked[n:], 0, 0
	return true
}

// pnasNetworks are the ensemble: small networks, each of which sees four fifths of the results.
var pnasNetworks = func() mlp.Params {
	p := bananasSmall
	p.Share = .8
	return p
}()

func (s *PNAS) Tell(t *evolve.Trial, r *evolve.Result) error {
	g := &s.level[t.Tag]
	g.id = t.ID
	s.add(g.arch, g.row, t.Epochs, r.Loss)
	s.told++
	return nil
}

// Learn lets the predictor know an architecture that was not proposed, or another training of one that was. Its network
// was paid for: it is left out of what else is at the level, and nothing grows to it any more.
func (s *PNAS) Learn(t *evolve.Trial, r *evolve.Result) {
	if id, err := s.space.Canon(t.Arch); err == nil && !s.seen.mark(id) {
		s.rest = slices.DeleteFunc(s.rest, func(g grown) bool {
			other, err := s.space.Canon(g.arch)
			return err == nil && other == id
		})
	}
	if row, err := s.coder.Encode(nil, t.Arch); err == nil {
		s.add(t.Arch, row, t.Epochs, r.Loss)
	}
}

// add takes in a training, of an architecture that was not told yet as a new row.
func (s *PNAS) add(a evolve.Arch, row []float32, epochs int, loss float64) {
	at := slices.Index(s.archs, a)
	if at < 0 {
		at = len(s.archs)
		s.archs, s.x, s.y = append(s.archs, a), append(s.x, row), append(s.y, 0)
	}
	s.trained.add(s.y, at, epochs, loss)
}
