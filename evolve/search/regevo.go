package search

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// RegEvo is regularized (aging) evolution: Real, Aggarwal, Huang and Le, "Regularized
// Evolution for Image Classifier Architecture Search", AAAI 2019, arXiv:1802.01548,
// Algorithm 1. A population of P random architectures; then, for ever: the best of a
// random sample of S is mutated once, the child is evaluated and joins, and one member is
// killed: the oldest, as published.
type RegEvo struct {
	Population int
	Sample     int
	Distinct   bool   // tournament without replacement (the NAS-Bench-101 notebook) instead of with (Algorithm 1)
	Kill       string // oldest, worst (non-aging evolution; of equals the oldest) or random; "" is oldest
	Mutation   string // the space's operator; "" is its default
	Repeat     string // charge, cache or skip: what to do with an architecture proposed before; "" is charge
	Same       string // genome or network: what counts as proposed before; "" is genome
	Stream     bool   // children do not wait for all of the first generation, but are bred from those that are told

	// Several objectives as one loss, weighted:0.7+0.3, and bounds, latency:raspi4<5; "" is none, see scalar.
	Scalar, Constraints string

	First evolve.Searcher // proposes the first generation; nil samples the space

	mutate evolve.Mutation
	r      *rand.Rand
	asked  int // of the initial population

	// The population, slot by slot. Under "oldest" slots are a ring and next is the oldest;
	// otherwise ids tell the ages, as trials are numbered in the order of asking.
	key  []uint64 // of the loss
	arch []evolve.Arch
	id   []int
	next int

	perWord int   // tournament draws from one 64-bit word
	order   []int // scratch of a tournament without replacement: all slots
	memory  memory
	opening opening
	scalar  *scalar // nil ranks by the loss
}

// scalarised says whether the options rank by something else than the loss.
func scalarised(o evolve.Options) bool {
	return o.Text("scalar") != evolve.None || o.Text("constraints") != evolve.None
}

// regEvoRanked is one that ranks by something else than the loss, and is asked how.
type regEvoRanked struct{ *RegEvo }

// Ahead is by the scalarisation and the constraints.
func (e regEvoRanked) Ahead(a, b *evolve.Result) bool { return e.scalar.Ahead(a, b) }

func init() {
	scalar := later(scalarParams())
	repeat := repeatParams(repeatCharge)
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name:  "regevo",
		Doc:   "regularized (aging) evolution, Algorithm 1; kill=worst is its non-aging control",
		Paper: "Real, Aggarwal, Huang and Le, AAAI 2019, arXiv:1802.01548",
		LossesBy: func(o evolve.Options) evolve.Losses {
			if scalarised(o) {
				return evolve.ByValue // a sum of objectives and the bound of a constraint are of values
			}
			return evolve.ByRank
		},
		Params: []evolve.Param{
			evolve.Int("population", 50, 1, maxPopulation,
				"P, members alive (50 and sample 10: the NAS-Bench-101 notebook; the paper: 100 and 25)").Logarithmic(),
			evolve.Int("sample", 10, 1, maxPopulation, "S, contestants of a tournament").Logarithmic(),
			evolve.Switch("replace", true, "contestants drawn with replacement (yes: Algorithm 1)").
				OnlyFor("a sample above 1"),
			evolve.Choice("kill", "who makes room for a child", "oldest", "worst", "random"),
			evolve.Named("mutation", evolve.Mutates, "default",
				"the space's operator by name (nb201: nats or uniform)"),
			repeat[0],
			repeat[1].AddedLater(),
			evolve.Choice("start", "the first children wait for all of the first generation, or for its first to end, "+
				"so that no worker is idle", "barrier", "stream").AddedLater(),
			initParam().AddedLater(),
			scalar[0],
			scalar[1],
		},
		Needs: func(o evolve.Options) evolve.Needs {
			if scalarised(o) {
				return evolve.Mutates | evolve.Objectives
			}
			return evolve.Mutates
		},
		Suits: func(o evolve.Options, p evolve.Problem) error {
			s, err := parseScalar(o.Text("scalar"), o.Text("constraints"))
			if err != nil || !s.given() {
				return err
			}
			_, err = s.begin(p)
			return err
		},
		Keeps: func(o evolve.Options, p evolve.Problem) func(*evolve.Result) bool {
			text, err := parseScalar(o.Text("scalar"), o.Text("constraints"))
			if err != nil || text.constraints == nil {
				return nil
			}
			s, err := text.begin(p)
			if err != nil {
				return nil
			}
			return func(r *evolve.Result) bool {
				_, ok := s.violation(r)
				return ok
			}
		},
		Claims: claims,
		Degenerate: func(o evolve.Options) string {
			if s, n := o.Int("sample"), o.Int("population"); s > n {
				return fmt.Sprintf("the tournament of %d is larger than the population of %d", s, n)
			}
			return ""
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			s := o.Int("sample")
			e := &RegEvo{Population: o.Int("population"), Sample: s, Distinct: s > 1 && !o.Yes("replace"),
				Kill: o.Text("kill"), Mutation: o.Text("mutation")}
			e.Repeat, e.Same = repeatOptions(o)
			e.Stream = o.Text("start") == "stream"
			e.Scalar, e.Constraints = o.Text("scalar"), o.Text("constraints")
			var err error
			if e.First, err = openInit(o); err != nil {
				return nil, err
			}
			if err = e.valid(); err == nil && (e.Scalar != evolve.None || e.Constraints != evolve.None) {
				return regEvoRanked{e}, nil
			}
			return e, err
		},
	})
}

// valid refuses settings that make no search.
func (e *RegEvo) valid() error {
	switch {
	case e.Population < 1 || e.Sample < 1:
		return fmt.Errorf("regevo: population %d and sample %d: want at least 1: %w",
			e.Population, e.Sample, evolve.ErrInvalid)
	case e.Distinct && e.Sample > e.Population:
		return fmt.Errorf("regevo: sample=%d without replacement from population=%d: want at most the population: %w",
			e.Sample, e.Population, evolve.ErrInvalid)
	case !slices.Contains([]string{"", "oldest", "worst", "random"}, e.Kill):
		return evolve.Unknown("regevo kill", e.Kill, []string{"oldest", "worst", "random"})
	}
	if _, err := parseScalar(e.Scalar, e.Constraints); err != nil {
		return fmt.Errorf("regevo: %w", err)
	}
	return checkRepeat("regevo", e.Repeat, e.Same)
}

func (e *RegEvo) Init(p evolve.Problem, r *rand.Rand) error {
	if err := e.valid(); err != nil {
		return err
	}
	mutate, err := mutation("regevo", p.Space, e.Mutation)
	if err != nil {
		return err
	}
	n := e.Population
	*e = RegEvo{
		Population: n, Sample: e.Sample, Distinct: e.Distinct, Kill: e.Kill, Mutation: e.Mutation,
		Repeat: e.Repeat, Same: e.Same, Stream: e.Stream, Scalar: e.Scalar, Constraints: e.Constraints, First: e.First,
		mutate: mutate, r: r,
		key: make([]uint64, 0, n), arch: make([]evolve.Arch, 0, n), id: make([]int, 0, n),
		// 40 bits of a word become draws; what is left keeps their bias below 2⁻²⁴.
		perWord: max(1, 40/max(1, bits.Len(uint(n-1)))),
	}
	if by, _ := parseScalar(e.Scalar, e.Constraints); by.given() { // valid has looked for errors
		if e.scalar, err = by.begin(p); err != nil {
			return fmt.Errorf("regevo: %w", err)
		}
	}
	if err := e.memory.begin("regevo", p.Space, r, e.Repeat, e.Same); err != nil {
		return err
	}
	return e.opening.begin("regevo", e.First, p, r, &e.memory)
}

func (e *RegEvo) Ask(p *evolve.Proposal) bool {
	if e.memory.over() {
		return false
	}
	if e.asked < e.Population {
		if !e.opening.ask(p, 0) {
			return false
		}
		e.asked++
		return true
	}
	if n := len(e.key); n < e.Population && !(e.Stream && n > 0) {
		return false // the first children wait for all of the first generation, or for one of it
	}
	if !e.memory.skips() {
		e.propose(p)
		p.Known = e.memory.recall(p.Arch)
	} else {
		a, ok := e.memory.draw(func() evolve.Arch { e.propose(p); return p.Arch })
		if !ok {
			return false
		}
		if a != p.Arch {
			*p = evolve.Proposal{Arch: a} // found elsewhere: nobody's child
		}
	}
	return true
}

// propose mutates the winner of a tournament.
func (e *RegEvo) propose(p *evolve.Proposal) {
	w := e.tournament()
	p.Arch, p.Parents[0] = e.mutate(e.arch[w], e.r), e.id[w]
}

// tournament returns the slot of the best of S; of equals the first drawn.
func (e *RegEvo) tournament() int {
	if e.Distinct {
		return e.tournamentDistinct()
	}
	keys := e.key
	n := uint64(len(keys))
	win, best := uint64(0), uint64(math.MaxUint64)
	for left := e.Sample; left > 0; {
		k := min(left, e.perWord)
		left -= k
		u := e.r.Uint64()
		for range k {
			// The digits of u/2⁶⁴ in base n.
			slot, rest := bits.Mul64(u, n)
			u = rest
			x := keys[slot]
			if x < best {
				win = slot
			}
			best = min(best, x)
		}
	}
	return int(win)
}

func (e *RegEvo) tournamentDistinct() int {
	win := -1
	for i := range min(e.Sample, len(e.order)) { // fewer are told yet
		j := i + e.r.IntN(len(e.order)-i)
		e.order[i], e.order[j] = e.order[j], e.order[i]
		if s := e.order[i]; win < 0 || e.key[s] < e.key[win] {
			win = s
		}
	}
	return win
}

func (e *RegEvo) Tell(t *evolve.Trial, r *evolve.Result) error {
	e.memory.told(t, r)
	if _, err := e.opening.tell(t, r); err != nil {
		return err
	}
	key := e.scalar.key(r)
	if len(e.key) < e.Population {
		e.key = append(e.key, key)
		e.arch = append(e.arch, t.Arch)
		e.id = append(e.id, t.ID)
		if e.Distinct {
			e.order = append(e.order, len(e.order))
		}
		return nil
	}
	slot := e.next
	switch e.Kill {
	case "worst":
		// Algorithm 1 with the child already in: the worst of P+1 goes.
		if slot = e.worst(); e.key[slot] < key {
			return nil
		}
	case "random":
		if slot = e.r.IntN(e.Population + 1); slot == e.Population {
			return nil
		}
	default:
		if e.next++; e.next == e.Population {
			e.next = 0
		}
	}
	e.key[slot], e.arch[slot], e.id[slot] = key, t.Arch, t.ID
	return nil
}

// worst is the slot of the highest loss; of equals the oldest.
func (e *RegEvo) worst() int {
	w, most := 0, e.key[0]
	for i, x := range e.key {
		if x > most || x == most && e.id[i] < e.id[w] {
			w, most = i, x
		}
	}
	return w
}

// orderKey maps losses to integers in the same order, none of them the highest. Comparing
// these needs no branch, which nobody could predict in a tournament.
func orderKey(loss float64) uint64 {
	b := math.Float64bits(loss + 0) // +0 makes -0 equal to 0
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}
