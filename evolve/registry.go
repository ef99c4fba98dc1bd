package evolve

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// Entry is a registered constructor with what `amoeba list` says of it.
type Entry[T any] struct {
	Name   string
	Doc    string // one line
	Paper  string // authors, venue, identifier
	Params []Param
	New    func(Options) (T, error)
	// Needs are what a searcher with these options asks of a problem, for itself; nil where that is nothing. Those of a
	// searcher within it are declared by that one.
	Needs func(Options) Needs
	// Suits says what else a problem that offers the needs lacks, such as an objective that an option names; nil where
	// nothing can be lacking. The error is an ErrUnknown, an ErrInvalid or, where another benchmark would do, an
	// ErrUnsupported.
	Suits func(Options, Problem) error
	// Degenerate says why options that make a search make one that nobody means, such as a tournament larger than its
	// population; "" of others. A sweep leaves such settings out. It is nil where there are none.
	Degenerate func(Options) string
	// Keeps says of a problem's results whether they keep what the options ask of them, as constraints do; it is
	// nil, or returns nil, where they ask for nothing.
	Keeps func(Options, Problem) func(*Result) bool
	// Variants are the names after the colon of NAME:VARIANT, the first the default.
	Variants []string
	// Aliases are other names of variants, in any case.
	Aliases []Alias
	// Data are the imported tables that it answers from.
	Data []string
	// File says that what follows the colon is a file of the user's.
	File bool
	// Program says that what follows the colon is the command line of a program of the user's.
	Program bool
	// Baseline marks a searcher that others are held against, and that need claim nothing: figures draw it grey.
	Baseline bool
	// Claims are what a searcher promises with its default options. One that is no baseline has some.
	Claims []Claim
	// Models marks a searcher that fits a model whenever it proposes, and so takes milliseconds for a proposal. The
	// conformance suite asks it less often.
	Models bool
	// Chooses is of a searcher that leaves the search to another one: which, by the problem. Rule are the lines of text
	// that say by what it chooses.
	Chooses func(Options, Problem) Chosen
	Rule    []string
	// Serial marks a searcher each of whose trials begins where the one before it ended, such as the epochs of shared
	// weights: it has one trial in flight, and an experiment that gives it more than one worker is refused.
	Serial bool
	// Losses says what of the losses a searcher's proposals depend on, which the conformance suite holds it to.
	Losses Losses
	// LossesBy is what they depend on with these options, where options decide; nil where it is Losses.
	LossesBy func(Options) Losses
	// Fronts says of a searcher that does with one objective whether with these options it minimises all that there
	// are; nil where it never does. One that needs several minimises them.
	Fronts func(Options) bool
	// Formerly says how an option of an older version is written now, "" for other options.
	Formerly func(key, value string) string
}

// Takes is what of the user's follows the colon of NAME:, in words; "" where variants do.
func (e Entry[T]) Takes() string {
	switch {
	case e.File:
		return "FILE"
	case e.Program:
		return "PROGRAM ARGS"
	}
	return ""
}

// Unfit says why options make nothing, or what nobody means by [Entry.Degenerate]; nil where they are fine.
func (e Entry[T]) Unfit(o Options) error {
	if _, err := e.New(o); err != nil {
		return err
	}
	if e.Degenerate != nil {
		if why := e.Degenerate(o); why != "" {
			return fmt.Errorf("%s: %w", why, ErrInvalid)
		}
	}
	return nil
}

// Chosen is the searcher that another one chose on a problem, and why.
type Chosen struct {
	Searcher Spec
	Because  string
}

// Losses is what of the losses that it is told a searcher's proposals depend on.
type Losses uint8

// From all of it to least. The ranks of losses are left by every rising function, their values up to scale by every
// rising line.
const (
	ByValue   Losses = iota // their values, such as rewards with a learning rate of their own
	UpToScale               // their values in units of their own spread, but for the rounding of a score
	ByRank                  // which of two is lower, to the bit
)

// String is the name in words.
func (l Losses) String() string { return [...]string{"values", "values up to scale", "ranks"}[l] }

// Alias is another name of a variant, and what a person who uses it should know; "" where nothing.
type Alias struct{ Name, Variant, Note string }

// Registry holds the entries of one kind of thing, filled by init functions.
type Registry[T any] struct {
	kind    string
	entries []Entry[T]
}

// NewRegistry makes a registry of one kind of thing, whose word errors use.
func NewRegistry[T any](kind string) *Registry[T] { return &Registry[T]{kind: kind} }

// The registries. Packages add to them in init; the conformance suite runs over all.
var (
	Spaces     = NewRegistry[Space]("space")
	Searchers  = NewRegistry[Searcher]("searcher")
	Benchmarks = NewRegistry[Benchmark]("benchmark")
)

// Register adds an entry; a name twice is a programmer's error.
func (r *Registry[T]) Register(e Entry[T]) {
	byName := func(e Entry[T], n string) int { return strings.Compare(e.Name, n) }
	at, found := slices.BinarySearchFunc(r.entries, e.Name, byName)
	if found {
		panic("evolve: " + r.kind + " " + e.Name + " registered twice")
	}
	r.entries = slices.Insert(r.entries, at, e)
}

// Entries lists what is registered, by name.
func (r *Registry[T]) Entries() []Entry[T] { return slices.Clone(r.entries) }

// Names lists the registered names, sorted.
func (r *Registry[T]) Names() []string {
	names := make([]string, len(r.entries))
	for i, e := range r.entries {
		names[i] = e.Name
	}
	return names
}

// Lookup returns the entry of a name, or an ErrUnknown that names the nearest.
func (r *Registry[T]) Lookup(name string) (Entry[T], error) {
	for _, e := range r.entries {
		if e.Name == name {
			return e, nil
		}
	}
	return Entry[T]{}, Unknown(r.kind, name, r.Names())
}

// is says that the variant is written as an alias.
func (s Spec) is(a Alias) bool { return strings.EqualFold(s.Variant, a.Name) }

// Resolve checks a spec against its entry and fills in the defaults.
func (r *Registry[T]) Resolve(s Spec) (Entry[T], Options, error) {
	e, err := r.Lookup(s.Name)
	if err != nil {
		return e, Options{}, err
	}
	o := Options{of: r.kind + " " + s.Name, name: s.Name, values: map[string]string{}, given: s.Set, params: e.Params,
		asked: new(sync.Map)}
	for _, p := range e.Params {
		o.values[p.Name] = p.Default
	}
	for _, kv := range s.Set {
		if _, ok := o.values[kv.Key]; !ok {
			if e.Formerly != nil {
				if now := e.Formerly(kv.Key, kv.Value); now != "" {
					return e, o, fmt.Errorf("%s: %s=%s is now written %s: %w", o.of, kv.Key, kv.Value, now, ErrUnknown)
				}
			}
			var known []string
			for _, p := range e.Params {
				known = append(known, p.Name)
			}
			return e, o, r.elsewhere(kv.Key, Unknown("option of "+o.of, kv.Key, known))
		}
		o.values[kv.Key] = kv.Value
	}
	switch {
	case e.Takes() != "" && strings.TrimSpace(s.Variant) == "":
		return e, o, fmt.Errorf("%s: want %s:%s: %w", o.of, s.Name, e.Takes(), ErrInvalid)
	case e.Takes() != "":
	case s.Variant == "" && len(e.Variants) > 0:
		s.Variant = e.Variants[0]
	case slices.ContainsFunc(e.Aliases, s.is):
		a := e.Aliases[slices.IndexFunc(e.Aliases, s.is)]
		s.Variant, o.note = a.Variant, a.Note
	case s.Variant != "" && !slices.Contains(e.Variants, s.Variant):
		return e, o, Unknown("data set of "+o.of, s.Variant, e.Variants)
	}
	o.variant = s.Variant
	for _, p := range e.Params {
		if p.Kind == NestedParam {
			err = o.nest(p)
		} else {
			err = p.check(o.of, o.values[p.Name])
			o.values[p.Name] = p.plain(o.values[p.Name])
		}
		if err != nil {
			return e, o, err
		}
	}
	for _, p := range e.Params {
		if means, ok := p.Presets[o.values["preset"]]; ok && o.values[p.Name] == means {
			o.values[p.Name] = p.Default
		}
		if p.Spells != "" {
			if err := o.respell(p); err != nil {
				return e, o, err
			}
		}
	}
	return e, o, nil
}

// elsewhere adds to the refusal of an option which other entries have it, and for what, where that depends.
func (r *Registry[T]) elsewhere(option string, refusal error) error {
	var have []string
	for _, e := range r.entries {
		if at := slices.IndexFunc(e.Params, func(p Param) bool { return p.Name == option }); at >= 0 {
			name := e.Name
			if only := e.Params[at].Only; only != "" {
				name += " (for " + only + ")"
			}
			have = append(have, name)
		}
	}
	if have == nil {
		return refusal
	}
	const most = 4 // names in a message
	if more := len(have) - most; more > 0 {
		have = append(have[:most], fmt.Sprintf("%d more", more))
	}
	return fmt.Errorf("%s; an option of %s: %w",
		strings.TrimSuffix(refusal.Error(), ": "+ErrUnknown.Error()), strings.Join(have, ", "), ErrUnknown)
}

// resolve is Resolve for who knows the registry by its kind alone.
func (r *Registry[T]) resolve(s Spec) (Options, error) {
	_, o, err := r.Resolve(s)
	return o, err
}

// registryOf is the registry that a nested option is of. Another kind is a programmer's error.
func registryOf(kind string) interface{ resolve(Spec) (Options, error) } {
	switch kind {
	case Spaces.kind:
		return Spaces
	case Searchers.kind:
		return Searchers
	case Benchmarks.kind:
		return Benchmarks
	}
	panic("evolve: no registry of the kind " + kind)
}

// Open resolves a spec and constructs it. The options carry the defaults. An option that was given and that the
// constructor did not ask for is an error.
func (r *Registry[T]) Open(s Spec) (T, Options, error) {
	var zero T
	e, o, err := r.Resolve(s)
	if err != nil {
		return zero, o, err
	}
	v, err := e.New(o)
	if err == nil {
		err = o.Idle()
	}
	return v, o, err
}

// OpenText opens a spec as a person writes it.
func (r *Registry[T]) OpenText(spec string) (v T, o Options, err error) {
	s, err := ParseSpec(spec)
	if err != nil {
		return v, o, err
	}
	return r.Open(s)
}

// OpenNested constructs what a nested option of another thing names. A constructor calls it for the things within its
// own. An option that was given and that the inner constructor did not ask for is an error, as in Open.
func (r *Registry[T]) OpenNested(o Options, name string) (T, error) {
	var v T
	inner, spec := o.nested[name], o.Spec(name)
	e, err := r.Lookup(spec.Name)
	if err == nil {
		v, err = e.New(inner)
	}
	if err == nil {
		err = inner.Idle()
	}
	if err != nil {
		err = fmt.Errorf("%s: %s: %w", o.of, name, err)
	}
	return v, err
}
