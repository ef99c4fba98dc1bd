package evolve

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Param is one option of a registered thing. Resolve checks its type and its range, so that a constructor reads
// plain values. The functions [Int], [Float], [Choice], [Switch], [Seed], [Text], [Nested] and [Named] make Params.
type Param struct {
	Name, Default, Doc string

	Kind     ParamKind
	Min, Max float64  // of a whole number or a number: the least and the largest value
	Optional bool     // none is a value of a number or of a nested spec, see [Param.OrNone]
	Log      bool     // a number whose values are best spread by their logarithms
	Choices  []string // of a choice or a switch: the only values
	Of       string   // of a nested spec: searcher, space or benchmark
	Among    Needs    // of a name: whose names, Mutates, Encodes or Proxies

	// Only says what the option has an effect on, where it has none with some choices of the other options.
	Only string
	// Single marks a nested searcher that is shown the problem's last fidelity alone.
	Single bool
	// One marks a name that stands alone, where others may be several with + between them.
	One bool
	// Presets is what the default means with each value of the option preset.
	Presets map[string]string
	// Spells is the option that this one is an old spelling of, and Means what each of its values means of that option.
	// Giving either gives both. The newer one is no part of an identity where the old one says as much.
	Spells string
	Means  map[string]string
	// Example is a value of a text with which its benchmark does more than with the default: who refuses the default
	// tries it, as all values of a choice.
	Example string
	// Late marks an option that its searcher got after the first release. At its default it is no part of an
	// algorithm's identity, so that the random streams of older experiments stay.
	Late bool
}

// ParamKind is the type of an option's values.
type ParamKind uint8

// The kinds of options.
const (
	TextParam   ParamKind = iota
	IntParam              // a whole number
	FloatParam            // a number
	ChoiceParam           // one of a few words
	SwitchParam           // yes or no
	SeedParam             // a seed, or no for none
	NestedParam           // the spec of another registered thing
	NameParam             // the name of something that the problem has
)

// String is the kind in one word, as `amoeba list` prints it.
func (k ParamKind) String() string {
	return [...]string{"text", "int", "float", "choice", "switch", "seed", "spec", "name"}[k]
}

// Int is an option whose values are the whole numbers from min to max.
func Int(name string, def, min, max int, doc string) Param {
	return Param{Name: name, Default: strconv.Itoa(def), Doc: doc, Kind: IntParam, Min: float64(min), Max: float64(max)}
}

// Float is an option whose values are the numbers from min to max.
func Float(name string, def, min, max float64, doc string) Param {
	text := strconv.FormatFloat(def, 'g', -1, 64)
	return Param{Name: name, Default: text, Doc: doc, Kind: FloatParam, Min: min, Max: max}
}

// None is the value of an option [Param.OrNone] that stands for nothing.
const None = "none"

// OrNone makes none a value of a number or of a nested spec too, and the default.
func (p Param) OrNone() Param {
	p.Default, p.Optional = None, true
	return p
}

// WithPreset says what the default means with each value of the option preset: who gives that number gives the default.
func (p Param) WithPreset(means map[string]string) Param {
	p.Presets = means
	return p
}

// Logarithmic marks a number whose values are best spread by their logarithms, such as a learning rate.
func (p Param) Logarithmic() Param {
	p.Log = true
	return p
}

// Choice is an option with a few values, the first of which is the default.
func Choice(name, doc string, choices ...string) Param {
	return Param{Name: name, Default: choices[0], Doc: doc, Kind: ChoiceParam, Choices: choices}
}

// Defaulting changes the default, for choices whose order is another than the default first.
func (p Param) Defaulting(value string) Param {
	p.Default = value
	return p
}

// The values of a switch.
const (
	yes = "yes"
	no  = "no"
)

// Switch is an option that is yes or no.
func Switch(name string, def bool, doc string) Param {
	p := Param{Name: name, Default: no, Doc: doc, Kind: SwitchParam, Choices: []string{yes, no}}
	if def {
		p.Default = yes
	}
	return p
}

// Seed is an option whose values are the seeds of a random stream, 0 to 2⁶⁴-1; the default no stands for none.
func Seed(name, doc string) Param { return Param{Name: name, Default: no, Doc: doc, Kind: SeedParam} }

// Text is an option of any text.
func Text(name, def, doc string) Param { return Param{Name: name, Default: def, Doc: doc} }

// Nested is an option whose value is a spec of another registry, which of names: searcher, space or benchmark.
func Nested(name, of, def, doc string) Param {
	return Param{Name: name, Default: def, Doc: doc, Kind: NestedParam, Of: of}
}

// Named is an option whose value is the name of one of the problem's mutations, encodings or proxies, as among says:
// Mutates, Encodes or Proxies. The default is a word of the searcher's own for one that it chooses.
func Named(name string, among Needs, def, doc string) Param {
	return Param{Name: name, Default: def, Doc: doc, Kind: NameParam, Among: among}
}

// Such gives a text an example, see [Param.Example].
func (p Param) Such(example string) Param {
	p.Example = example
	return p
}

// Alone marks a name that stands alone, see [Param.One].
func (p Param) Alone() Param {
	p.One = true
	return p
}

// OnlyFor says what the option has an effect on, where it has none with some choices of the other options.
func (p Param) OnlyFor(what string) Param {
	p.Only = what
	return p
}

// AddedLater marks an option that its searcher got after the first release, see [Param.Late].
func (p Param) AddedLater() Param {
	p.Late = true
	return p
}

// ShownLast marks a nested searcher that is shown the problem's last fidelity alone, see [Param.Single].
func (p Param) ShownLast() Param {
	p.Single = true
	return p
}

// Spelling makes an option an old spelling of a newer one, which means the same with other words, see [Param.Spells].
func (p Param) Spelling(of string, means map[string]string) Param {
	p.Spells, p.Means = of, means
	return p
}

// Range is what values an option takes, in words: "1 to 100", "yes|no"; "" where any text will do.
func (p Param) Range() string {
	switch p.Kind {
	case IntParam, FloatParam:
		text := fmt.Sprintf("%s to %s", p.number(p.Min), p.number(p.Max))
		if p.Optional {
			return None + ", or " + text
		}
		return text
	case ChoiceParam, SwitchParam:
		return strings.Join(p.Choices, "|")
	case SeedParam:
		return "no, or 0 to 2⁶⁴-1"
	case NestedParam:
		if p.Optional {
			return None + ", or a " + p.Of
		}
		return "a " + p.Of
	case NameParam:
		return map[Needs]string{Mutates: "a mutation", Encodes: "an encoding", Proxies: "a proxy"}[p.Among]
	}
	return ""
}

// number prints a bound as a person writes it.
func (p Param) number(x float64) string {
	if p.Kind == IntParam {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// check says what is wrong with a value. of is what the option is of.
func (p Param) check(of, value string) error {
	bad := func(format string, v ...any) error {
		return fmt.Errorf("%s: %s=%s: "+format+": %w", append(append([]any{of, p.Name, value}, v...), ErrInvalid)...)
	}
	if p.Optional && value == None {
		return nil
	}
	switch p.Kind {
	case IntParam:
		// The bounds are exact: no option's range goes beyond 2⁵³, from where on a float64 passes over whole numbers.
		switch n, err := strconv.Atoi(value); {
		case isRange(err) || err == nil && (float64(n) < p.Min || float64(n) > p.Max):
			return bad("out of range, the range is %s", p.Range())
		case err != nil:
			return bad("want a whole number, the range is %s", p.Range())
		}
	case FloatParam:
		switch x, err := strconv.ParseFloat(value, 64); {
		case isRange(err) || err == nil && (x < p.Min || x > p.Max):
			return bad("out of range, the range is %s", p.Range())
		case err != nil || math.IsNaN(x):
			return bad("want a number, the range is %s", p.Range())
		}
	case ChoiceParam, SwitchParam:
		if !slices.Contains(p.Choices, value) {
			return Unknown("value of "+of+" option "+p.Name, value, p.Choices)
		}
	case SeedParam:
		if _, err := strconv.ParseUint(value, 10, 64); err != nil && value != no {
			return bad("want no or a seed, a whole number from 0 to 2⁶⁴-1")
		}
	}
	return nil
}

// plain is a value as a default is written, so that 050 and 50 are one value, and two algorithms that have them one
// algorithm.
func (p Param) plain(value string) string {
	switch p.Kind {
	case IntParam:
		if n, err := strconv.Atoi(value); err == nil {
			return strconv.Itoa(n)
		}
	case FloatParam:
		if x, err := strconv.ParseFloat(value, 64); err == nil {
			return strconv.FormatFloat(x, 'g', -1, 64)
		}
	}
	return value
}

// isRange says that a text is a number that no variable of its type holds.
func isRange(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}

// Options are the resolved settings of one registered thing. Every value is of its Param's kind and within its range.
type Options struct {
	of      string // kind and name, for errors
	name    string
	variant string
	note    string
	values  map[string]string
	nested  map[string]Options // of the options that are specs
	given   []Setting
	params  []Param
	asked   *sync.Map // names of options that the constructor asked for
}

// Idle refuses an option that was given and that the constructor did not ask for: with the others as they are it
// changes nothing, and whoever gave it believes that it does.
func (o Options) Idle() error {
	for _, kv := range o.given {
		p := o.param(kv.Key)
		if _, asked := o.asked.Load(cmp.Or(p.Spells, p.Name)); asked || len(p.Choices) == 1 {
			continue
		}
		why := ""
		if p.Only != "" {
			why = ", it is of " + p.Only
		}
		return fmt.Errorf("%s: %s=%s has no effect here%s: leave it out: %w",
			o.of, kv.Key, kv.Value, why, ErrUnsupported)
	}
	return nil
}

// param is the option of a name. Asking for one that is not there is a programmer's error.
func (o Options) param(name string) Param {
	for _, p := range o.params {
		if p.Name == name {
			return p
		}
	}
	panic("evolve: " + o.of + " has no option " + name)
}

// Note is what the alias that the variant was given by needs to have said; "" for nothing.
func (o Options) Note() string { return o.note }

// Variant is the name after the colon.
func (o Options) Variant() string { return o.variant }

// Text is an option's value as it was written. A constructor asks for those that have an effect, see Idle. Asking for
// one that is not a Param is a programmer's error.
func (o Options) Text(name string) string {
	p := o.param(name)
	o.asked.Store(name, true)
	return o.values[p.Name]
}

// Meant is Text with, in the place of a default, what that means with the value of the option preset.
func (o Options) Meant(name string) string {
	value := o.Text(name)
	p := o.param(name)
	if means, ok := p.Presets[o.values["preset"]]; ok && value == p.Default {
		o.asked.Store("preset", true)
		return means
	}
	return value
}

// nest resolves the value of a nested option.
func (o *Options) nest(p Param) error {
	if p.Optional && o.values[p.Name] == None {
		return nil
	}
	spec, err := nestedSpec(o.values[p.Name])
	if err != nil {
		return fmt.Errorf("%s: %s: %w", o.of, p.Name, err)
	}
	inner, err := registryOf(p.Of).resolve(spec)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", o.of, p.Name, err)
	}
	if o.nested == nil {
		o.nested = map[string]Options{}
	}
	o.nested[p.Name] = inner
	return nil
}

// nestedSpec reads the value of a nested option, which may do without parentheses where it has no options.
func nestedSpec(value string) (Spec, error) {
	if inner, ok := strings.CutPrefix(value, "("); ok && strings.HasSuffix(inner, ")") {
		value = inner[:len(inner)-1]
	}
	return ParseSpec(value)
}

// Spec is the value of a nested option, without the defaults of its own options. Asking so for another option is a
// programmer's error.
func (o Options) Spec(name string) Spec {
	o.asked.Store(name, true)
	inner, ok := o.nested[name]
	if !ok {
		panic("evolve: " + o.of + ": the option " + name + " is no nested spec")
	}
	return Spec{Name: inner.name, Variant: inner.variant, Set: slices.Clone(inner.given)}
}

// Names are the names of all options, sorted.
func (o Options) Names() []string { return slices.Sorted(maps.Keys(o.values)) }

// Map is every option with its value: a text, or for a nested spec a map with its name, its variant where it has one,
// and its own options under params.
func (o Options) Map() map[string]any {
	m := make(map[string]any, len(o.values))
	for name, value := range o.values {
		inner, ok := o.nested[name]
		if !ok {
			m[name] = value
			continue
		}
		of := map[string]any{"name": inner.name, "params": inner.Map()}
		if inner.variant != "" {
			of["variant"] = inner.variant
		}
		m[name] = of
	}
	return m
}

// Identity is the spec that makes two things the same: every option with its value, sorted by name, nested ones as
// well. An option that came later than the others is left out at its default, so that an identity stays what it was
// before.
func (o Options) Identity() Spec {
	s := Spec{Name: o.name, Variant: o.variant}
	for _, name := range o.Names() {
		p, value := o.param(name), o.values[name]
		def := p.Default
		if inner, ok := o.nested[name]; ok {
			value = inner.Identity().nested()
			if p.Late {
				def = p.identityOfDefault()
			}
		}
		if old, ok := o.spelling(name); ok && old.Means[o.values[old.Name]] == value {
			continue
		}
		if !p.Late || value != def {
			s.Set = append(s.Set, Setting{name, value})
		}
	}
	return s
}

// spelling is the old spelling of an option, if it has one.
func (o Options) spelling(name string) (Param, bool) {
	for _, p := range o.params {
		if p.Spells == name {
			return p, true
		}
	}
	return Param{}, false
}

// respell gives an option and its old spelling the same meaning where one of them was given. An old spelling that has
// no word for a value stays at its default.
func (o *Options) respell(old Param) error {
	var given, written string
	for _, kv := range o.given {
		switch kv.Key {
		case old.Name:
			written = kv.Value
		case old.Spells:
			given = kv.Value
		}
	}
	switch means := old.Means[written]; {
	case written != "" && given != "" && means != given:
		return fmt.Errorf("%s: %s=%s means %s=%s, and %s=%s is given too: leave one of them out: %w",
			o.of, old.Name, written, old.Spells, means, old.Spells, given, ErrInvalid)
	case written != "":
		o.values[old.Spells] = means
	case given != "":
		for _, word := range slices.Sorted(maps.Keys(old.Means)) {
			if old.Means[word] == given {
				o.values[old.Name] = word
			}
		}
	}
	return nil
}

// identityOfDefault is the identity of a nested option's default, as a value.
func (p Param) identityOfDefault() string {
	if p.Optional {
		return None
	}
	o := Options{values: map[string]string{p.Name: p.Default}}
	if err := o.nest(p); err != nil {
		panic("evolve: the default of option " + p.Name + ": " + err.Error())
	}
	return o.nested[p.Name].Identity().nested()
}

// Int is the value of a whole number, or of a choice among whole numbers. Asking so for another option is a
// programmer's error.
func (o Options) Int(name string) int {
	n, err := strconv.Atoi(o.Text(name))
	if err != nil {
		panic("evolve: " + o.of + ": the option " + name + " is no whole number")
	}
	return n
}

// Float is the value of a number. Asking so for another option is a programmer's error.
func (o Options) Float(name string) float64 {
	x, err := strconv.ParseFloat(o.Text(name), 64)
	if err != nil {
		panic("evolve: " + o.of + ": the option " + name + " is no number")
	}
	return x
}

// Given is the value of a number that may be none; ok is false where it is.
func (o Options) Given(name string) (x float64, ok bool) {
	if o.Text(name) == None {
		return math.NaN(), false
	}
	return o.Float(name), true
}

// Yes says whether a switch is on.
func (o Options) Yes(name string) bool { return o.Text(name) == yes }

// Seed is the value of a seed; ok is false where there is none.
func (o Options) Seed(name string) (seed uint64, ok bool) {
	seed, err := strconv.ParseUint(o.Text(name), 10, 64)
	return seed, err == nil
}
