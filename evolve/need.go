package evolve

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// Needs is a set of things that a searcher asks of a problem: abilities of its space, and more than one fidelity,
// objective or proxy. Gonum's optimizers declare theirs in the same way (Method.Uses of gonum.org/v1/gonum/optimize).
type Needs uint16

// What a searcher may need.
const (
	Mutates    Needs = 1 << iota // the space is a Mutator
	Crosses                      // the space is a Crosser
	Neighbours                   // the space is a Neighborer
	Encodes                      // the space is an Encoder
	Lists                        // the space is Enumerable
	Decides                      // the space is a Decider
	Schedules                    // there are at least two fidelities
	Resumes                      // a training of a longer schedule goes on from one of a shorter
	Objectives                   // there are at least two objectives
	Proxies                      // there are training-free scores
	Grows                        // the space is a Grower
	Graphs                       // the space is a Grapher
	Finite                       // no decision of the space is a real number
	Shares                       // there are shared weights, which the searcher trains: it is an Evaluator too
)

// lacks says of each need, in the order of the constants, what a problem is like that does not offer it. The verb %s
// stands for the space.
var lacks = [...]string{
	"%s offers no mutation here (a pool of recorded architectures does with moves=nearest)",
	"%s has no crossover",
	"%s lists no neighbours of an architecture",
	"%s does not encode architectures as numbers",
	"%s cannot be enumerated",
	"%s is no list of decisions",
	"there is no second fidelity, a number of epochs to train for",
	"no training goes on from a shorter one",
	"there is no second objective, one more name in the benchmark's objectives=",
	"there are no training-free scores",
	"%s does not grow architectures from small ones, as the whole of nb101 does",
	"%s has no graphs of labelled nodes, as nb201 has",
	"%s has decisions that are real numbers",
	"there are no shared weights to train, which oneshot:DATA has without weights=FILE",
}

// needNames are what people call the needs, in the order of the constants.
var needNames = [...]string{
	"mutation", "crossover", "neighbours", "an encoding", "a space that can be enumerated", "decisions",
	"two fidelities",
	"trainings that go on from shorter ones", "two objectives", "training-free scores",
	"architectures that grow", "graphs of labelled nodes",
	"finitely many options",
	"shared weights to train",
}

// String lists the needs in words; "" for none.
func (n Needs) String() string {
	var all []string
	for ; n != 0; n &= n - 1 {
		all = append(all, needNames[bits.TrailingZeros16(uint16(n))])
	}
	return strings.Join(all, ", ")
}

// Offers is all that a problem offers a searcher.
func (p Problem) Offers() Needs {
	var n Needs
	add := func(need Needs, offered bool) {
		if offered {
			n |= need
		}
	}
	m, ok := p.Space.(Mutator)
	add(Mutates, ok && len(m.Mutations()) > 0)
	_, ok = p.Space.(Crosser)
	add(Crosses, ok)
	_, ok = p.Space.(Neighborer)
	add(Neighbours, ok)
	e, ok := p.Space.(Encoder)
	add(Encodes, ok && len(e.Encodings()) > 0)
	_, ok = p.Space.(Enumerable)
	add(Lists, ok)
	d, ok := p.Space.(Decider)
	add(Decides, ok)
	add(Finite, !ok || !slices.ContainsFunc(d.Decisions(), func(d Decision) bool { return d.Options == 0 }))
	add(Schedules, len(p.Fidelities) > 1)
	for i, f := range p.Fidelities {
		add(Resumes, i > 0 && f.Resumes)
	}
	add(Objectives, len(p.Objectives) > 1)
	add(Proxies, len(p.Proxies) > 0)
	_, ok = p.Space.(Grower)
	add(Grows, ok)
	g, ok := p.Space.(Grapher)
	add(Graphs, ok && g.Graphs() != nil)
	add(Shares, p.Sharing != nil)
	return n
}

// Check refuses a problem that does not offer all of n. The error wraps ErrUnsupported and names everything that is
// missing.
func (n Needs) Check(p Problem) error {
	var missing []string
	for left := n &^ p.Offers(); left != 0; left &= left - 1 {
		text := lacks[bits.TrailingZeros16(uint16(left))]
		if strings.Contains(text, "%s") {
			text = fmt.Sprintf(text, spaceOf(p))
		}
		if left&-left == Schedules && len(p.Fidelities) == 1 {
			text = fmt.Sprintf("%s, beside %d", text, p.Fidelities[0].Epochs)
		}
		missing = append(missing, text)
	}
	if missing == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", strings.Join(missing, "; "), ErrUnsupported)
}

// Recorded is a space that proposes only architectures that somebody trained. It lacks abilities of the whole space.
type Recorded interface {
	Recorded() int // architectures
}

// spaceOf is what a refusal calls the space of a problem.
func spaceOf(p Problem) string {
	if r, ok := p.Space.(Recorded); ok {
		return fmt.Sprintf("a pool of %d recorded architectures of space %s", r.Recorded(), p.Space.Name())
	}
	return "space " + p.Space.Name()
}

// At is the problem at one of its fidelities. A searcher that decides itself how long each architecture is trained
// shows this to the searcher within it, which then knows nothing of other fidelities.
func (p Problem) At(epochs int) Problem {
	p.Fidelities = []Fidelity{{Epochs: epochs}}
	return p
}

// Unshared is the problem as a searcher that trains the shared weights shows it to the searcher within it, which
// proposes architectures and has nothing to train.
func (p Problem) Unshared() Problem {
	p.Sharing = nil
	return p
}

// Proxy finds a training-free score by its name. Tables write params_m, cora_params or macs: params and flops find
// these too, where no score is called exactly so.
func (p Problem) Proxy(name string) (Proxy, error) {
	var known []string
	for _, x := range p.Proxies {
		known = append(known, x.Name)
	}
	at := slices.Index(known, name)
	if at < 0 {
		at = slices.IndexFunc(known, func(n string) bool {
			return name == ParamsObjective && strings.Contains(n, "params") ||
				name == FLOPsObjective && (strings.Contains(n, "flops") || strings.Contains(n, "macs"))
		})
	}
	if at < 0 {
		return Proxy{}, Unknown("proxy", name, known)
	}
	return p.Proxies[at], nil
}

// named says whether a problem, which offers it, has something of a name among its mutations, encodings or proxies.
// Encodings and proxies may be several, with + between them, where the option is not for one alone.
func (p Problem) named(x Param, name string) (err error) {
	switch x.Among {
	case Mutates:
		_, err = p.Space.(Mutator).Mutation(name)
	case Encodes:
		known := p.Space.(Encoder).Encodings()
		for one := range strings.SplitSeq(name, "+") {
			if !slices.Contains(known, one) {
				return Unknown("encoding of "+p.Space.Name(), one, known)
			}
		}
	case Proxies:
		if x.One {
			_, err = p.Proxy(name)
			return err
		}
		for one := range strings.SplitSeq(name, "+") {
			if _, err = p.Proxy(one); err != nil {
				return err
			}
		}
	}
	return err
}

// NeedsOf are what a searcher with these options needs for itself.
func (e Entry[T]) NeedsOf(o Options) Needs {
	if e.Needs == nil {
		return 0
	}
	o.asked = new(sync.Map) // what is asked for here has no effect on a search by that, see Idle
	return e.Needs(o)
}

// ModelsOf says whether a searcher with these options, or one within it, fits a model whenever it proposes.
func (e Entry[T]) ModelsOf(o Options) bool {
	models := e.Models
	e.each(o, func(within Entry[Searcher], of Options) { models = models || within.ModelsOf(of) })
	return models
}

// LossesOf is what of the losses the proposals of a searcher with these options depend on, those of the ones within it
// included.
func (e Entry[T]) LossesOf(o Options) Losses {
	losses := e.Losses
	if e.LossesBy != nil {
		of := o
		of.asked = new(sync.Map) // as in NeedsOf
		losses = e.LossesBy(of)
	}
	e.each(o, func(within Entry[Searcher], of Options) { losses = min(losses, within.LossesOf(of)) })
	return losses
}

// FrontsOf says whether a searcher with these options, or one within it, minimises several objectives where there are.
func (e Entry[T]) FrontsOf(o Options) bool {
	own := o
	own.asked = new(sync.Map) // as in NeedsOf
	fronts := e.NeedsOf(o)&Objectives != 0 || e.Fronts != nil && e.Fronts(own)
	e.each(o, func(within Entry[Searcher], of Options) { fronts = fronts || within.FrontsOf(of) })
	return fronts
}

// each visits the searchers that a searcher with these options has within it, with their options.
func (e Entry[T]) each(o Options, visit func(Entry[Searcher], Options)) {
	for _, p := range e.Params {
		if of, ok := o.nested[p.Name]; ok && p.Of == Searchers.kind {
			if within, err := Searchers.Lookup(of.name); err == nil {
				visit(within, of)
			}
		}
	}
}

// Fit says whether a searcher with these options can search a problem: whether the problem offers what the searcher and
// those within it need, and has what their options name. What a searcher with fidelities to choose from shows to one
// within it has one fidelity, see [Problem.At], and what a searcher that trains shared weights shows to one within it
// has none, see [Problem.Unshared]. Where there are shared weights to train, a searcher that does not train them is
// refused. The error wraps ErrUnsupported or ErrUnknown. Nothing is constructed.
func (e Entry[T]) Fit(o Options, p Problem) error {
	needs := e.NeedsOf(o)
	if p.Sharing != nil && needs&Shares == 0 {
		return fmt.Errorf("%s: the weights that architectures of %s share are not trained here without weights=FILE: "+
			"want a searcher that trains them (%s): %w", e.Name, p.Sharing.Supernet(), sharers(), errUntrained)
	}
	if err := needs.Check(p); err != nil {
		return fmt.Errorf("%s: %w", e.Name, err)
	}
	if e.Suits != nil {
		of := o
		of.asked = new(sync.Map) // as in NeedsOf
		if err := e.Suits(of, p); err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
	}
	for _, x := range e.Params {
		value := o.values[x.Name]
		switch {
		case x.Kind == NameParam && value != x.Default && p.Offers()&x.Among != 0:
			if err := p.named(x, value); err != nil {
				return fmt.Errorf("%s: %w", e.Name, err)
			}
		case x.Kind == NestedParam && x.Of == Searchers.kind && value != None:
			of, inner := o.nested[x.Name], p
			switch n := len(p.Fidelities); {
			case needs&Schedules != 0:
				inner = p.At(p.Fidelities[0].Epochs)
			case x.Single && n > 1:
				inner = p.At(p.Fidelities[n-1].Epochs)
			}
			inner = inner.Unshared()
			within, err := Searchers.Lookup(of.name)
			if err == nil {
				err = within.Fit(of, inner)
			}
			if err != nil {
				if len(inner.Fidelities) < len(p.Fidelities) && within.Fit(of, p) == nil {
					return fmt.Errorf("%s: %s, %w: %w", e.Name, x.Name, errShown, err)
				}
				return fmt.Errorf("%s: %s: %w", e.Name, x.Name, err)
			}
		}
	}
	return nil
}

// errUntrained refuses a searcher that trains no shared weights where these are still to be trained.
var errUntrained = fmt.Errorf("%w", ErrUnsupported)

// sharers are the names of the searchers that train shared weights.
func sharers() string {
	var names []string
	for _, e := range Searchers.Entries() {
		if _, o, err := Searchers.Resolve(Spec{Name: e.Name}); err == nil && e.NeedsOf(o)&Shares != 0 {
			names = append(names, e.Name)
		}
	}
	if names == nil {
		return "none is registered"
	}
	return strings.Join(names, ", ")
}

// errShown is why a searcher within another one fits no benchmark, though it would fit this one by itself.
var errShown = errors.New("which is shown one fidelity")

// Prior is a benchmark that a searcher knows before it begins, by the option of its spec.
type Prior struct {
	Spec  Spec
	About About // whose trainings were paid before the search
}

// PriorsOf are the benchmarks that a searcher with these options, or one within it, knows before it searches a
// problem. One that is of no use there is refused, see [CheckPrior].
func (e Entry[T]) PriorsOf(o Options, p Problem) (all []Prior, err error) {
	o.asked = new(sync.Map) // as in NeedsOf
	for _, x := range e.Params {
		if x.Kind != NestedParam || x.Of != Benchmarks.kind || o.values[x.Name] == None {
			continue
		}
		b, err := Benchmarks.OpenNested(o, x.Name)
		if err == nil {
			err = CheckPrior(b, p)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", e.Name, x.Name, err)
		}
		all = append(all, Prior{o.Spec(x.Name), b.About()})
	}
	e.each(o, func(within Entry[Searcher], of Options) {
		if err == nil {
			var more []Prior
			more, err = within.PriorsOf(of, p)
			all = append(all, more...)
		}
	})
	return all, err
}

// CheckPrior refuses a benchmark that tells a search of a problem nothing: it must be of the same space and have its
// answers.
func CheckPrior(b Benchmark, p Problem) error {
	if own, other := p.Space.Name(), b.Problem().Space.Name(); own != other {
		return fmt.Errorf("a benchmark of the space %s, want one of %s: %w", other, own, ErrUnsupported)
	}
	if b.About().Trains() {
		return fmt.Errorf("a benchmark that trains its answers, want one that has them: %w", ErrUnsupported)
	}
	return nil
}

// TwoObjectives is the option that gives most benchmarks a second objective.
var TwoObjectives = Setting{Key: "objectives", Value: ErrorObjective + "+" + ParamsObjective}

// Fitting are the registered benchmarks, with these options and else their defaults, that fit says nothing against. It
// opens all of them, which takes about a second; one that cannot be opened here is left out.
func Fitting(fit func(Problem) error, set ...Setting) (fitting []string) {
	for _, e := range Benchmarks.Entries() {
		b, _, err := Benchmarks.Open(Spec{Name: e.Name, Set: set})
		if err == nil && fit(b.Problem()) == nil {
			fitting = append(fitting, e.Name)
		}
	}
	return fitting
}

// Suggest adds to a refusal of Fit which benchmarks would do.
func (e Entry[T]) Suggest(o Options, refusal error) error {
	if !errors.Is(refusal, ErrUnsupported) || errors.Is(refusal, errUntrained) {
		return refusal
	}
	would := "no benchmark that can be opened here would do"
	if errors.Is(refusal, errShown) {
		would = "a searcher of one fidelity would do there, such as random, or regevo and tpe where they fit"
	} else if fitting := Fitting(func(p Problem) error { return e.Fit(o, p) }); fitting != nil {
		would = "with their defaults these benchmarks would do: " + strings.Join(fitting, ", ")
	} else if fitting := Fitting(func(p Problem) error { return unless(e.Fit(o, p), ErrUnknown) }); fitting != nil {
		would = "with names that they know these benchmarks would do: " + strings.Join(fitting, ", ")
	} else if fitting := Fitting(func(p Problem) error { return e.Fit(o, p) }, TwoObjectives); fitting != nil {
		would = "with " + TwoObjectives.Key + "=" + TwoObjectives.Value + " these benchmarks would do: " +
			strings.Join(fitting, ", ")
	}
	text := strings.TrimSuffix(refusal.Error(), ": "+ErrUnsupported.Error())
	return fmt.Errorf("%s; %s: %w", text, would, ErrUnsupported)
}

// unless is err, or nil where err is of a kind that does not count.
func unless(err, kind error) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}
