package evolve

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Param is an option of a registered thing.
type Param struct {
	Name, Default, Doc string
	Choices            []string // when not nil, the only values
	Of                 string   // what it has an effect on, where that is not every choice of the other options
}

// Entry is a registered constructor with what `amoeba list` says of it.
type Entry[T any] struct {
	Name   string
	Doc    string // one line
	Paper  string // authors, venue, identifier
	Params []Param
	New    func(Options) (T, error)
	// Variants are the names after the colon of NAME:VARIANT, the first the default.
	Variants []string
	// Aliases are other names of variants, in any case.
	Aliases []Alias
	// Data are the imported tables that it answers from.
	Data []string
	// File says that what follows the colon is a file of the user's.
	File bool
	// Formerly says how an option of an older version is written now, "" for other options.
	Formerly func(key, value string) string
	// Random marks a baseline that the conformance suite does not ask to beat itself.
	Random bool
}

// Alias is another name of a variant, and what a person who uses it should know; "" where nothing.
type Alias struct{ Name, Variant, Note string }

// Registry holds the entries of one kind of thing, filled by init functions.
type Registry[T any] struct {
	kind    string
	entries []Entry[T]
}

// The registries. Packages add to them in init; the conformance suite runs over all.
var (
	Spaces     = &Registry[Space]{kind: "space"}
	Searchers  = &Registry[Searcher]{kind: "searcher"}
	Benchmarks = &Registry[Benchmark]{kind: "benchmark"}
)

// Register adds an entry; a name twice is a programmer's error.
func (r *Registry[T]) Register(e Entry[T]) {
	at, found := slices.BinarySearchFunc(r.entries, e.Name, func(e Entry[T], n string) int { return strings.Compare(e.Name, n) })
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
	o := Options{of: r.kind + " " + s.Name, values: map[string]string{}, given: s.Set, params: e.Params, asked: new(sync.Map)}
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
			return e, o, Unknown("option of "+o.of, kv.Key, known)
		}
		o.values[kv.Key] = kv.Value
	}
	switch {
	case e.File && s.Variant == "":
		return e, o, fmt.Errorf("%s: want %s:FILE: %w", o.of, s.Name, ErrInvalid)
	case e.File:
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
		if p.Choices != nil && !slices.Contains(p.Choices, o.values[p.Name]) {
			return e, o, Unknown("value of "+o.of+" option "+p.Name, o.values[p.Name], p.Choices)
		}
	}
	return e, o, nil
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

// Options are the resolved settings of one registered thing.
type Options struct {
	of      string
	variant string
	note    string
	values  map[string]string
	given   []Setting
	params  []Param
	asked   *sync.Map // names of options that the constructor asked for
}

// Idle refuses an option that was given and that the constructor did not ask for: with the others as they are it
// changes nothing, and whoever gave it believes that it does.
func (o Options) Idle() error {
	for _, kv := range o.given {
		p := o.params[slices.IndexFunc(o.params, func(p Param) bool { return p.Name == kv.Key })]
		if _, asked := o.asked.Load(kv.Key); asked || len(p.Choices) == 1 {
			continue
		}
		why := ""
		if p.Of != "" {
			why = ", it is of " + p.Of
		}
		return fmt.Errorf("%s: %s=%s has no effect here%s: leave it out: %w", o.of, kv.Key, kv.Value, why, ErrUnsupported)
	}
	return nil
}

// Note is what the alias that the variant was given by needs to have said; "" for nothing.
func (o Options) Note() string { return o.note }

// Variant is the name after the colon.
func (o Options) Variant() string { return o.variant }

// Text is an option's value. A constructor asks for those that have an effect, see Idle. Asking for one that is
// not a Param is a programmer's error.
func (o Options) Text(name string) string {
	v, ok := o.values[name]
	if !ok {
		panic("evolve: " + o.of + " has no option " + name)
	}
	o.asked.Store(name, true)
	return v
}

// Map is every option with its value.
func (o Options) Map() map[string]string { return o.values }

// Int reads a whole number in [min, max].
func (o Options) Int(name string, min, max int) (int, error) {
	n, err := strconv.Atoi(o.Text(name))
	if err != nil || n < min || n > max {
		return 0, fmt.Errorf("%s: %s=%s: want a whole number from %d to %d: %w", o.of, name, o.Text(name), min, max, ErrInvalid)
	}
	return n, nil
}

// Float reads a number in [min, max].
func (o Options) Float(name string, min, max float64) (float64, error) {
	x, err := strconv.ParseFloat(o.Text(name), 64)
	if err != nil || !(x >= min && x <= max) {
		return 0, fmt.Errorf("%s: %s=%s: want a number from %g to %g: %w", o.of, name, o.Text(name), min, max, ErrInvalid)
	}
	return x, nil
}

// Yes reads a yes/no option; Choices must have allowed only those.
func (o Options) Yes(name string) bool { return o.Text(name) == "yes" }

// YesNo are the choices of a switch.
var YesNo = []string{"yes", "no"}

// Unknown is the error for a name that is not among the known: it says which is nearest.
func Unknown(kind, name string, known []string) error {
	best, at := 1<<30, ""
	for _, k := range known {
		if name == "" {
			break // nothing is near it
		}
		if d := editDistance(name, k); d < best {
			best, at = d, k
		}
	}
	switch {
	case len(known) == 0:
		return fmt.Errorf("%s %q: there are none: %w", kind, name, ErrUnknown)
	case at != "" && (best <= 1+len(name)/3 || strings.HasPrefix(at, name)):
		return fmt.Errorf("%s %q: did you mean %q? (known: %s): %w", kind, name, at, strings.Join(known, ", "), ErrUnknown)
	}
	return fmt.Errorf("%s %q (known: %s): %w", kind, name, strings.Join(known, ", "), ErrUnknown)
}

// editDistance is the Levenshtein distance in bytes.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			sub := diag
			if a[i] != b[j] {
				sub++
			}
			diag = row[j+1]
			row[j+1] = min(sub, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
