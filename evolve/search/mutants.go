package search

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
	"github.com/amoeba-nas/amoeba/evolve/gin"
)

// mutants is what bananas and npenas share. Round by round they evaluate those mutants of the best architectures that a
// model likes best.
//
// A round is chosen from what was told when it begins. With one worker that is every earlier trial. With several
// workers nobody waits for the last trials of a round: the model does not know of them, as it knows of no other of its
// round, and they are not proposed again.
type mutants struct {
	start      int // random architectures that must be told before the first model
	round      int // proposals from one model
	candidates int // mutants that a model ranks at most
	parents    int // architectures that may have mutants, the best ones
	each       int // mutations of one parent at most; 0 is as many as candidates are missing

	space   evolve.Space
	r       *rand.Rand
	mutate  evolve.Mutation
	coder   *features.Coder // or, for a model of graphs,
	graphs  func(evolve.Arch) ([]evolve.Graph, error)
	memory  memory
	trained trainings

	asked int
	told  []mutantTold
	loss  []float64 // of those
	queue []mutant  // of the round
}

// mutantTold is an architecture that was evaluated.
type mutantTold struct {
	arch evolve.Arch
	id   int
	mutantView
}

// mutantView is what a model sees of an architecture.
type mutantView struct {
	row    []float32   // its features, or
	graphs []gin.Graph // its graphs
}

// mutant is an architecture that a model may choose.
type mutant struct {
	arch   evolve.Arch
	parent int // the trial that it is a mutant of
	mutantView
}

// mutantParams are the options that both searchers have.
func mutantParams(parents int, way string) []evolve.Param {
	return append([]evolve.Param{
		evolve.Int("start", 10, 1, maxPopulation, "random architectures to begin with"),
		evolve.Int("round", 5, 1, maxPopulation, "architectures that one model chooses (10: as published)"),
		evolve.Int("candidates", 100, 1, maxPopulation, "mutants that a model chooses from"),
		evolve.Int("parents", parents, 1, maxPopulation, way),
		evolve.Named("mutation", evolve.Mutates, "default", "the space's operator by name"),
	}, skipNetworks()...)
}

// mutantClaims are those of both: that few trials are enough.
var mutantClaims = []evolve.Claim{
	{On: "nb201:cifar10,source=surrogate", By: evolve.ByTrials, Budget: 50, Over: "random"},
	{On: "nb101,source=surrogate,noise=mean", By: evolve.ByTrials, Budget: 50, Over: "random"},
}

// begin forgets everything but the settings. Without an encoding the model sees graphs.
func (m *mutants) begin(searcher string, p evolve.Problem, r *rand.Rand,
	encoding, operator, repeat, same string) error {
	if m.start < 1 || m.round < 1 || m.candidates < 1 || m.parents < 1 {
		return fmt.Errorf("%s: start %d, round %d, candidates %d and parents %d: want at least 1 of each: %w",
			searcher, m.start, m.round, m.candidates, m.parents, evolve.ErrInvalid)
	}
	*m = mutants{start: m.start, round: m.round, candidates: m.candidates, parents: m.parents, each: m.each,
		space: p.Space, r: r}
	var err error
	if m.mutate, err = mutation(searcher, p.Space, operator); err != nil {
		return err
	}
	if encoding == "" {
		m.graphs = p.Space.(evolve.Grapher).Graphs()
	} else if m.coder, err = features.NewCoder(p.Space, encoding); err != nil {
		return fmt.Errorf("%s: %w", searcher, err)
	}
	m.trained.begin(p)
	return m.memory.begin(searcher, p.Space, r, repeat, same)
}

// ask proposes what rank likes best. rank gives each mutant a number, the lowest to the best. Before enough was told,
// and where the best have no new mutants, the proposal is a random architecture.
func (m *mutants) ask(p *evolve.Proposal, rank func([]mutant) []float64) bool {
	if m.memory.stuck() {
		return false
	}
	m.asked++
	if m.asked > m.start && len(m.told) >= m.start {
		if len(m.queue) == 0 {
			m.queue = m.choose(m.breed(), rank)
		}
		if len(m.queue) > 0 {
			c := m.queue[0]
			m.queue = m.queue[1:]
			p.Arch, p.Parents[0], p.Known = c.arch, max(c.parent, 0), m.memory.recall(c.arch)
			return true
		}
	}
	a, ok := m.memory.draw(func() evolve.Arch { return m.space.Sample(m.r) })
	p.Arch, p.Known = a, m.memory.recall(a)
	return ok
}

// choose returns a round and marks it.
func (m *mutants) choose(all []mutant, rank func([]mutant) []float64) []mutant {
	if len(all) == 0 {
		return nil
	}
	scores := rank(all)
	order := orderBy(len(all), func(i int) float64 { return gauss.Round(scores[i]) })
	var chosen []mutant
	for _, i := range order[:min(m.round, len(order))] {
		m.memory.mark(all[i].arch)
		chosen = append(chosen, all[i])
	}
	return chosen
}

// breed mutates the best architecture as often as candidates are missing, keeps what is new, and goes on with the
// second best and so on. Failed architectures have no mutants.
func (m *mutants) breed() (all []mutant) {
	var best []int
	for i := range m.told {
		if !math.IsInf(m.loss[i], 1) {
			best = append(best, i)
		}
	}
	sortBy(best, func(i int) float64 { return m.loss[i] })
	drawn := seen{}
	for _, i := range best[:min(m.parents, len(best))] {
		parent, missing := &m.told[i], m.candidates-len(all)
		if m.each > 0 {
			missing = min(missing, m.each)
		}
		for range missing {
			a := m.mutate(parent.arch, m.r)
			if m.memory.has(a) || !drawn.mark(m.memory.identity(a)) {
				continue
			}
			if view, err := m.view(a); err == nil {
				all = append(all, mutant{a, parent.id, view})
			}
		}
	}
	return all
}

func (m *mutants) tell(t *evolve.Trial, r *evolve.Result) error {
	m.memory.told(t, r)
	return m.add(-1, t, r)
}

// view is what the model sees of an architecture.
func (m *mutants) view(a evolve.Arch) (v mutantView, err error) {
	if m.coder != nil {
		v.row, err = m.coder.Encode(nil, a)
		return v, err
	}
	graphs, err := m.graphs(a)
	for _, g := range graphs {
		v.graphs = append(v.graphs, gin.Graph(g))
	}
	return v, err
}

// learn takes in a trial that was not proposed, or another training of an architecture that was.
func (m *mutants) learn(t *evolve.Trial, r *evolve.Result) {
	at := slices.IndexFunc(m.told, func(x mutantTold) bool { return x.arch == t.Arch })
	if m.add(at, t, r) == nil {
		m.memory.mark(t.Arch)
	}
}

// add takes in a trial of a row or, below 0, of a new one.
func (m *mutants) add(at int, t *evolve.Trial, r *evolve.Result) error {
	if at < 0 {
		view, err := m.view(t.Arch)
		if err != nil {
			return err
		}
		at = len(m.told)
		m.told, m.loss = append(m.told, mutantTold{t.Arch, t.ID, view}), append(m.loss, 0)
	}
	m.trained.add(m.loss, at, t.Epochs, r.Loss)
	return nil
}

// rows are the features and losses of all that was told, and the features of mutants.
func (m *mutants) rows(all []mutant) (x [][]float32, y []float64, of [][]float32) {
	for i := range m.told {
		x, y = append(x, m.told[i].row), append(y, m.loss[i])
	}
	for i := range all {
		of = append(of, all[i].row)
	}
	return x, y, of
}

// halfLosses turns losses into what small networks are fitted to: those above the median compressed logarithmically, of
// mean 0 and variance 1, the lowest the best.
func halfLosses(y []float64) {
	scaleTargets("half", y)
	standardize(y)
	for i, v := range y {
		y[i] = -v
	}
}
