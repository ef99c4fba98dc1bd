package hyper

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// archPrefix is in front of the names of an architecture's decisions.
const archPrefix = "arch."

// archEnds stands in a genome between an architecture and the parameters.
const archEnds = ";"

// Space is a space of hyper-parameters. A genome lists those that apply with their values, lr=0.001,layers=3,opt=adam,
// in the order of the file; other orders are read too. The number of a float is written in the fewest digits that read
// as the same number. In a joint space the genome of an architecture and a semicolon stand in front.
type Space struct {
	name   string
	params []Param
	own    []evolve.Decision // of the parameters, whose conditions count places among these
	all    []evolve.Decision // those of the architecture, and then these
	labels [][]string        // of the choices
	place  map[string]int
	arch   evolve.Space // nil where there are parameters alone
	joint  decider      // the same space, where it is searched too; nil where not
	cell   evolve.Arch  // the architecture, where it is a single one
}

// decider is what a space of architectures must be for a joint one.
type decider interface {
	evolve.Space
	evolve.Decider
}

// New is the space of some parameters. Its name is what messages call it. The error wraps ErrInvalid or ErrUnknown and
// names the parameter.
func New(name string, params []Param) (*Space, error) { return joint(name, params, nil, "") }

// joint is the space of parameters and the architectures of a space, or one architecture of it.
func joint(name string, params []Param, arch evolve.Space, cell evolve.Arch) (*Space, error) {
	s := &Space{name: name, params: params, arch: arch, cell: cell, place: map[string]int{}}
	if len(params) == 0 {
		return nil, fmt.Errorf("%s: no parameter, want at least one: %w", name, evolve.ErrInvalid)
	}
	if arch != nil && cell == "" {
		d, ok := arch.(decider)
		if !ok {
			return nil, fmt.Errorf("%s: arch: %w", name, evolve.Decides.Check(evolve.Problem{Space: arch}))
		}
		s.joint = d
		for _, d := range d.Decisions() {
			d.Name = archPrefix + d.Name
			s.all = append(s.all, d)
		}
	}
	var err error
	if s.own, err = decisions(params); err != nil {
		at := err.(*fault).param
		return nil, fmt.Errorf("%s: parameter %d, %q: %w", name, at+1, params[at].Name, err)
	}
	before := len(s.all)
	for _, d := range s.own {
		if len(d.If.Options) > 0 {
			d.If.Place += before
		}
		s.all = append(s.all, d)
	}
	for i, p := range params {
		s.place[p.Name] = i
		s.labels = append(s.labels, labels(p.Choices))
	}
	return s, nil
}

// Name is what messages call the space.
func (s *Space) Name() string { return s.name }

// Params are the parameters in the order of the file. The caller does not change them.
func (s *Space) Params() []Param { return s.params }

// Arch is the space of the architectures that the parameters go with, and the single one where it is one; nil and ""
// where there are parameters alone.
func (s *Space) Arch() (space evolve.Space, single evolve.Arch) { return s.arch, s.cell }

// Digest is the SHA-256 of what the file means, in hexadecimal, by which a study knows that its space is another than
// it was.
func (s *Space) Digest() string {
	text, err := json.Marshal([]any{s.all, s.params, s.cell})
	if err != nil {
		panic(err) // plain values always marshal
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

// before is how many decisions of an architecture stand before those of the parameters.
func (s *Space) before() int { return len(s.all) - len(s.own) }

// Option is the value that an option of a decision stands for, by the place of the decision among [Space.Decisions];
// nil where it is no choice of the file's.
func (s *Space) Option(place, option int) any {
	i := place - s.before()
	if i < 0 || s.params[i].Type != Choice {
		return nil
	}
	return s.params[i].Choices[option]
}

// Value is the value of a parameter that applies: a float64, an int64 or, of a choice, what the file says.
type Value struct {
	Name string
	Of   any
}

// Values are values of parameters, in JSON an object.
type Values []Value

// MarshalJSON keeps the order.
func (all Values) MarshalJSON() ([]byte, error) {
	text := []byte{'{'}
	for i, v := range all {
		name, err := json.Marshal(v.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(v.Of)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, name...), ':'), value...)
	}
	return append(text, '}'), nil
}

// Values are those of the parameters that apply to a genome, in the order of the file, and the architecture that they
// go with: "" where there are parameters alone. The error wraps ErrInvalid.
func (s *Space) Values(a evolve.Arch) (arch evolve.Arch, values Values, err error) {
	x, arch, err := s.read(nil, a)
	if err != nil {
		return "", nil, err
	}
	if s.cell != "" {
		arch = s.cell
	}
	for i, p := range s.params {
		switch v := x[i]; {
		case math.IsNaN(v):
		case p.Type == Choice:
			values = append(values, Value{p.Name, p.Choices[int(v)]})
		case p.Type == Int:
			values = append(values, Value{p.Name, int64(v)})
		default:
			values = append(values, Value{p.Name, v})
		}
	}
	return arch, values, nil
}

// Told is an architecture as a program or a person is told of it: in the literature's notation, where its space has
// one, and of a space of hyper-parameters the values that apply, beside the text of the architecture that they go with.
func Told(space evolve.Space, a evolve.Arch) (text string, values Values, err error) {
	if s, ok := space.(*Space); ok {
		within, values, err := s.Values(a)
		if err != nil {
			return "", nil, err
		}
		if s.arch == nil {
			return string(a), values, nil
		}
		text, _, err = Told(s.arch, within)
		return text, values, err
	}
	if n, ok := space.(evolve.Notation); ok {
		return n.Format(a), nil, nil
	}
	return string(a), nil, nil
}

// read appends to dst the numbers of the parameters' decisions, and returns the genome of the architecture.
func (s *Space) read(dst []float64, a evolve.Arch) (x []float64, arch evolve.Arch, err error) {
	bad := func(format string, v ...any) ([]float64, evolve.Arch, error) {
		return nil, "", fmt.Errorf("%s: "+format+": %w", append(append([]any{s.name}, v...), evolve.ErrInvalid)...)
	}
	text := string(a)
	if s.joint != nil {
		before, after, ok := strings.Cut(text, archEnds)
		if !ok {
			return bad("want an architecture, a semicolon and NAME=VALUE,…")
		}
		arch, text = evolve.Arch(before), after
	}
	x = dst
	from := len(dst)
	for range s.own {
		x = append(x, math.NaN())
	}
	own := x[from:]
	for next := 0; text != ""; next++ {
		var field string
		field, text, _ = strings.Cut(text, ",")
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			return bad("%q: want NAME=VALUE", clip(field))
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if next >= len(s.own) || s.own[next].Name != name { // another order, or one before it does not apply
			if next, ok = s.place[name]; !ok {
				return bad("no parameter %q", clip(name))
			}
		}
		if !math.IsNaN(own[next]) {
			return bad("%s twice", name)
		}
		if own[next], err = s.value(next, value); err != nil {
			return bad("%w", err)
		}
	}
	for i := range s.own {
		switch applies := s.applies(own, i); {
		case applies && math.IsNaN(own[i]):
			return bad("%s is missing", s.own[i].Name)
		case !applies && !math.IsNaN(own[i]):
			return bad("%s does not apply, since %s is not %s", s.own[i].Name, s.params[i].If.Name,
				strings.Join(labels(s.params[i].If.Values), " or "))
		}
	}
	return x, arch, nil
}

// applies says whether parameter i applies to the numbers of the parameters.
func (s *Space) applies(own []float64, i int) bool { return evolve.Applies(s.own, own, i) }

// value is the number of what a genome says of parameter i.
func (s *Space) value(i int, text string) (float64, error) {
	d := &s.own[i]
	if d.Options > 0 {
		for option, label := range s.labels[i] {
			if label == text {
				return float64(option), nil
			}
		}
		return 0, fmt.Errorf("%s: %q, want %s", d.Name, clip(text), strings.Join(s.labels[i], ", "))
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v >= d.Lo && v <= d.Hi) || d.Int && v != math.Trunc(v) {
		kind := "a number"
		if d.Int {
			kind = "a whole number"
		}
		return 0, fmt.Errorf("%s: %s, want %s from %s to %s", d.Name, strconv.Quote(clip(text)), kind,
			number(d.Lo), number(d.Hi))
	}
	return v, nil
}

// clip shortens what an error quotes.
func clip(text string) string { return words.Short(text, 40) }

// write is the genome of an architecture and of the numbers of the parameters, NaN where one does not apply.
func (s *Space) write(arch evolve.Arch, own []float64) evolve.Arch {
	text := make([]byte, 0, 32*len(own)+len(arch))
	if s.joint != nil {
		text = append(append(text, arch...), archEnds...)
	}
	first := true
	for i, v := range own {
		if math.IsNaN(v) {
			continue
		}
		if !first {
			text = append(text, ',')
		}
		first = false
		d := &s.own[i]
		text = append(append(text, d.Name...), '=')
		switch {
		case d.Options > 0:
			text = append(text, s.labels[i][int(v)]...)
		case d.Int:
			text = strconv.AppendInt(text, int64(v), 10)
		default:
			text = strconv.AppendFloat(text, v+0, 'g', -1, 64) // no minus zero
		}
	}
	return evolve.Arch(text)
}

// Canon writes the parameters in the order of the file, their numbers in the fewest digits, and the architecture as its
// own space does.
func (s *Space) Canon(a evolve.Arch) (evolve.Arch, error) {
	x, arch, err := s.read(nil, a)
	if err == nil && s.joint != nil {
		arch, err = s.joint.Canon(arch)
	}
	if err != nil {
		return "", err
	}
	return s.write(arch, x), nil
}

// Parse reads a genome. The architecture of a joint space may be in its own notation, as long as that has no semicolon.
func (s *Space) Parse(text string) (evolve.Arch, error) {
	x, arch, err := s.read(nil, evolve.Arch(text))
	if err != nil {
		return "", err
	}
	if s.joint != nil {
		if n, ok := s.arch.(evolve.Notation); ok {
			arch, err = n.Parse(string(arch))
		} else {
			_, err = s.joint.Canon(arch)
		}
		if err != nil {
			return "", fmt.Errorf("%s: arch: %w", s.name, err)
		}
	}
	return s.write(arch, x), nil
}

// Format is the genome: it is written for people.
func (s *Space) Format(a evolve.Arch) string { return string(a) }

// Sample draws every parameter evenly, or its logarithm, and the architecture as its space does.
func (s *Space) Sample(r *rand.Rand) evolve.Arch {
	arch := evolve.Arch("")
	if s.joint != nil {
		arch = s.joint.Sample(r)
	}
	x := make([]float64, len(s.own))
	for i := range x {
		x[i] = math.NaN()
		if s.applies(x, i) {
			x[i] = s.own[i].Draw(r)
		}
	}
	return s.write(arch, x)
}

// Decisions are those of the architecture, whose names begin with "arch.", and then the parameters.
func (s *Space) Decisions() []evolve.Decision { return s.all }

// Choose returns the genome of the numbers.
func (s *Space) Choose(x []float64) (evolve.Arch, error) {
	if err := evolve.CheckChoices(s.all, x); err != nil {
		return "", fmt.Errorf("%s: %w", s.name, err)
	}
	n := s.before()
	arch := evolve.Arch("")
	if s.joint != nil {
		var err error
		if arch, err = s.joint.Choose(x[:n]); err != nil {
			return "", fmt.Errorf("%s: arch: %w", s.name, err)
		}
	}
	own := make([]float64, len(s.own))
	for i := range own {
		own[i] = math.NaN()
		if s.applies(own, i) {
			own[i] = x[n+i]
		}
	}
	return s.write(arch, own), nil
}

// Choices appends the numbers of a valid genome.
func (s *Space) Choices(dst []float64, a evolve.Arch) []float64 {
	if s.joint != nil {
		arch, _, _ := strings.Cut(string(a), archEnds)
		dst = s.joint.Choices(dst, evolve.Arch(arch))
	}
	from := len(dst)
	x, _, err := s.read(dst, a)
	if err != nil { // which no valid genome has
		for len(dst) < from+len(s.own) {
			dst = append(dst, math.NaN())
		}
		return dst
	}
	return x
}
