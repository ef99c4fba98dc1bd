package search

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Auto leaves the search to the searcher that did best in our own measurements on benchmarks of this kind, with its
// default options. It chooses by what the problem offers and by how long a run is meant to be, never by losses: the
// first of autoRule that fits. It is no searcher of its own, as AutoSampler of OptunaHub is none.
type Auto struct {
	For int // full trainings that a run is meant to have

	chosen evolve.Searcher
}

// The longest runs, in full trainings, that a row of the rule is for. Measured were runs of 150, in which a Gaussian
// process was ahead from the 25th on; after some hundred its fits cost more than they bring. Local search finds optimum
// after optimum until it has seen most of them; evolution does not end.
const (
	autoFew  = 500
	autoSome = 5000
)

// autoRow is a choice of Auto: for runs of at most so many full trainings, on problems that offer what it needs.
type autoRow struct {
	most  int // 0 is any number
	on    string
	fits  func(evolve.Problem) bool
	algo  string
	since string
}

// offers fits problems that offer something.
func offers(needs evolve.Needs) func(evolve.Problem) bool {
	return func(p evolve.Problem) bool { return p.Offers()&needs == needs }
}

// two fits problems of two objectives that offer something.
func two(needs evolve.Needs) func(evolve.Problem) bool {
	return func(p evolve.Problem) bool { return len(p.Objectives) == 2 && offers(needs)(p) }
}

// autoRule are Auto's choices, the first that fits. Regrets are in points of validation error, of docs/quality.md.
// Hypervolumes are means of 20 runs: on nb201:cifar10 shares of the exact front's, of error and latency:raspi4 below an
// error of 0.2 and 40 ms.
var autoRule = []autoRow{
	{autoFew, fmt.Sprintf("two objectives, and a space of at most %d architectures that can be listed and encoded",
		wholeBound),
		func(p evolve.Problem) bool {
			e, ok := p.Space.(evolve.Enumerable)
			return ok && e.Size() <= wholeBound && two(evolve.Encodes)(p)
		}, "ehvi", "on nb201:cifar10 it had 96.1 % of the hypervolume after 150 trainings, nsga2 92.7 %"},
	{0, "two objectives or more, two fidelities and mutation",
		offers(evolve.Objectives | evolve.Schedules | evolve.Mutates), "asha,by=front,inner=nsga2",
		"on nb201:cifar10 it had 94.7 % of the hypervolume in the seconds in which nsga2 alone had 90.4 %"},
	{autoFew, "two objectives and an encoding", two(evolve.Encodes), "ehvi",
		"on nb101 it covered 39.7 % of the box of errors below 0.1 and 10 million params after 150 trainings, " +
			"nsga2 35.1 %"},
	{0, "two objectives or more, and mutation", offers(evolve.Objectives | evolve.Mutates), "nsga2",
		"on nb201:cifar10 it had 99.9 % of the hypervolume after 5,000 trainings, random search 98.3 %"},
	{autoFew, fmt.Sprintf("a space of at most %d architectures that can be listed and encoded", wholeBound),
		func(p evolve.Problem) bool {
			e, ok := p.Space.(evolve.Enumerable)
			return ok && e.Size() <= wholeBound && offers(evolve.Encodes)(p)
		}, "gp", "on nb201:cifar10 it was 0.012 from the optimum after 100 trainings, tpe 0.063, local 0.052, regevo " +
			"0.219, and asha over tpe 0.027 in as many seconds"},
	{0, "two fidelities and decisions", offers(evolve.Schedules | evolve.Decides), "asha,inner=tpe",
		"on nb201:cifar10 it was 0.027 from the optimum in the seconds in which regevo was 0.226, on nb201:cifar100 " +
			"0.417 and 2.282"},
	{0, "two fidelities and mutation", offers(evolve.Schedules | evolve.Mutates), "asha,inner=regevo",
		"on nb201:cifar10 it was 0.115 from the optimum in the seconds in which regevo alone was 0.226"},
	{0, "two fidelities", offers(evolve.Schedules), "asha",
		"on nb201:cifar10 it was 0.352 from the optimum in the seconds in which random search was 0.554"},
	{autoFew, "an encoding of the network (structure, graf)", func(p evolve.Problem) bool {
		e, ok := p.Space.(evolve.Encoder)
		return ok && slices.ContainsFunc(e.Encodings(), func(n string) bool { return n == "structure" || n == "graf" })
	}, "gp", "on nb101 it was 0.248 from the optimum after 150 trainings, tpe 0.376, local 0.496, regevo 0.681"},
	{autoFew, "decisions of which some are real numbers, and an encoding", func(p evolve.Problem) bool {
		return offers(evolve.Encodes|evolve.Decides)(p) && !offers(evolve.Finite)(p)
	}, "gp", "on hartmann6 it was 0.059 from the optimum after 100 trials and tpe 0.160, on branin after 60 0.001 " +
		"and 0.027"},
	{autoSome, "neighbours", offers(evolve.Neighbours), "local",
		"on nb201:cifar10 it was 0.012 from the optimum after 150 trainings, tpe 0.032, on nb101 without noise " +
			"0.187 and 0.195, with it 0.496 and 0.376, and costs nothing"},
	{autoSome, "decisions", offers(evolve.Decides), "tpe",
		"on nb201:cifar10 it was 0.032 from the optimum after 150 trainings, regevo 0.105"},
	{0, "mutation", offers(evolve.Mutates), "regevo",
		"on nb201:cifar10 it was 0.105 from the optimum after 150 trainings, random search 0.482"},
	{0, "everything else", offers(0), "random", "it needs nothing"},
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "auto",
		Doc: "the searcher that did best in our measurements on benchmarks of this kind, " +
			"by a rule that list prints",
		Paper:  "this project, docs/quality.md",
		Models: true,           // as the one that it chooses may
		Losses: evolve.ByValue, // likewise, of several objectives
		Rule:   autoLines(),
		Params: []evolve.Param{
			evolve.Int("for", 150, 1, 1_000_000_000,
				"full trainings that a run is meant to have; it goes on behind them").
				Logarithmic(),
		},
		Chooses: func(o evolve.Options, p evolve.Problem) evolve.Chosen {
			row := autoChoice(o.Int("for"), p)
			return evolve.Chosen{Searcher: mustSpec(row.algo), Because: row.String()}
		},
		Claims: []evolve.Claim{
			{On: "nb101,source=surrogate,noise=mean", By: evolve.ByTrials, Budget: 60, Over: "random"},
			{On: "nb201:cifar10,source=surrogate", By: evolve.ByTrials, Budget: 60, Over: "random"},
		},
		New: func(o evolve.Options) (evolve.Searcher, error) { return &Auto{For: o.Int("for")}, nil },
	})
}

// autoChoice is the first row that fits. The last fits every problem.
func autoChoice(trainings int, p evolve.Problem) autoRow {
	return autoRule[slices.IndexFunc(autoRule, func(r autoRow) bool {
		return (r.most == 0 || trainings <= r.most) && r.fits(p)
	})]
}

// String is the row in words.
func (r autoRow) String() string {
	runs := ""
	if r.most > 0 {
		runs = fmt.Sprintf(", for=%d or less", r.most)
	}
	return fmt.Sprintf("%s%s: %s, since %s", r.on, runs, r.algo, r.since)
}

func autoLines() (lines []string) {
	for _, r := range autoRule {
		lines = append(lines, r.String())
	}
	return lines
}

// mustSpec reads a spec that the program itself has written.
func mustSpec(text string) evolve.Spec {
	s, err := evolve.ParseSpec(text)
	if err != nil {
		panic(err)
	}
	return s
}

func (s *Auto) Init(p evolve.Problem, r *rand.Rand) error {
	if s.For < 1 {
		return fmt.Errorf("auto: for=%d: want at least 1: %w", s.For, evolve.ErrInvalid)
	}
	chosen, _, err := evolve.Searchers.Open(mustSpec(autoChoice(s.For, p).algo))
	if err != nil {
		return fmt.Errorf("auto: %w", err)
	}
	s.chosen = chosen
	return chosen.Init(p, r)
}

func (s *Auto) Ask(p *evolve.Proposal) bool { return s.chosen.Ask(p) }

func (s *Auto) Tell(t *evolve.Trial, r *evolve.Result) error { return s.chosen.Tell(t, r) }

// Learn passes on what the chosen searcher can learn from.
func (s *Auto) Learn(t *evolve.Trial, r *evolve.Result) {
	if l, ok := s.chosen.(evolve.Learner); ok {
		l.Learn(t, r)
	}
}

// Recommend passes on what the chosen searcher recommends; nothing where it recommends nothing.
func (s *Auto) Recommend() (evolve.Arch, bool) {
	if r, ok := s.chosen.(evolve.Recommender); ok {
		return r.Recommend()
	}
	return "", false
}
