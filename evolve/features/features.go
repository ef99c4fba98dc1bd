// Package features turns architectures into rows of numbers for models: single ones, and the whole of a space that can
// be numbered, once a process.
//
// An encoding is one of the space's own, or several of them with + between, such as onehot+structure. Each is a group:
// a Gaussian process has a length-scale for each.
package features

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Auto is the encoding that stands for the best one of a space, see [Best].
const Auto = "auto"

// Group is the columns From to To, without To, that an encoding of a space fills.
type Group struct {
	Name     string
	From, To int
}

// networks are the encodings that describe a network, whatever genome it was written as, the best first.
var networks = []string{"structure", "graf", "wl"}

// Best is the encoding that models are given unless told otherwise: the first of those that describe a network. Beside
// it stands onehot, which tells apart what looks alike, unless the space has an encoding canonical: there the onehot is
// of the genome, which isomorphic ones do not share. On NAS-Bench-201 a Gaussian process of both found the optimum
// where one of them alone did not. A space with none of these gets its first encoding. It is "" for a space without
// encodings.
func Best(s evolve.Space) string {
	e, ok := s.(evolve.Encoder)
	if !ok || len(e.Encodings()) == 0 {
		return ""
	}
	known := e.Encodings()
	has := func(name string) bool { return slices.Contains(known, name) }
	var best []string
	if has("onehot") && !has("canonical") {
		best = append(best, "onehot")
	}
	if at := slices.IndexFunc(networks, has); at >= 0 {
		best = append(best, networks[at])
	}
	if best == nil {
		return known[0]
	}
	return strings.Join(best, "+")
}

// Append encodes one architecture: the groups of the encoding one after another behind dst.
func Append(dst []float64, e evolve.Encoder, encoding string, a evolve.Arch) (_ []float64, err error) {
	for group := range strings.SplitSeq(encoding, "+") {
		if dst, err = e.Encode(dst, group, a); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// Coder encodes the architectures of a space one at a time. It is not safe for concurrent use.
type Coder struct {
	encoder  evolve.Encoder
	encoding string
	groups   []Group
	row      []float64
}

// NewCoder refuses a space that is no Encoder and an encoding that the space does not have.
func NewCoder(s evolve.Space, encoding string) (*Coder, error) {
	if err := evolve.Encodes.Check(evolve.Problem{Space: s}); err != nil {
		return nil, err
	}
	if encoding == Auto {
		encoding = Best(s)
	}
	c := &Coder{encoder: s.(evolve.Encoder), encoding: encoding}
	known, sample := c.encoder.Encodings(), s.Sample(evolve.Stream(0, "features"))
	for name := range strings.SplitSeq(encoding, "+") {
		if !slices.Contains(known, name) {
			return nil, evolve.Unknown("encoding of "+s.Name(), name, known)
		}
		from := len(c.row)
		var err error
		if c.row, err = c.encoder.Encode(c.row, name, sample); err != nil {
			return nil, err
		}
		c.groups = append(c.groups, Group{name, from, len(c.row)})
	}
	return c, nil
}

// Groups are the groups of the encoding, in order. The caller does not change them.
func (c *Coder) Groups() []Group { return c.groups }

// Cols is how many numbers an architecture has.
func (c *Coder) Cols() int { return c.groups[len(c.groups)-1].To }

// Encode appends the features of an architecture to dst.
func (c *Coder) Encode(dst []float32, a evolve.Arch) ([]float32, error) {
	var err error
	if c.row, err = Append(c.row[:0], c.encoder, c.encoding, a); err != nil {
		return dst, err
	}
	if len(c.row) != c.Cols() {
		return dst, fmt.Errorf("features: %s of %s has %d numbers, others have %d: %w",
			c.encoding, a, len(c.row), c.Cols(), evolve.ErrInvalid)
	}
	for _, x := range c.row {
		dst = append(dst, float32(x))
	}
	return dst, nil
}

// Table is the features of all architectures of a space, in the space's order, row by row. Nobody changes it.
type Table struct {
	Groups     []Group
	Rows, Cols int
	X          []float32
}

// Row is the features of architecture i.
func (t *Table) Row(i int) []float32 { return t.X[i*t.Cols : (i+1)*t.Cols : (i+1)*t.Cols] }

// Whole encodes all architectures of a space that is Encoder and Enumerable. An encoding of a space is done once a
// process, whoever asks for it. Two spaces that are equal are the same.
func Whole(s evolve.Space, encoding string) (*Table, error) {
	if err := (evolve.Encodes | evolve.Lists).Check(evolve.Problem{Space: s}); err != nil {
		return nil, err
	}
	return Once(&tables, s, encoding, whole)
}

func whole(s evolve.Space, encoding string) (*Table, error) {
	c, err := NewCoder(s, encoding)
	if err != nil {
		return nil, err
	}
	all := s.(evolve.Enumerable)
	t := &Table{Groups: c.Groups(), Rows: all.Size(), Cols: c.Cols()}
	t.X = make([]float32, 0, t.Rows*t.Cols)
	for i := range t.Rows {
		if t.X, err = c.Encode(t.X, all.At(i)); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Memo keeps what [Once] has made, by space and encoding.
type Memo struct{ sync.Map }

type memoKey struct {
	space    evolve.Space
	encoding string
}

var tables, scales, standards Memo

// Once makes something of a space and an encoding, which is never auto, once a process. A space that cannot be compared
// is not remembered: each run has its own, and what is made of it goes with the run.
func Once[T any](m *Memo, s evolve.Space, encoding string, do func(evolve.Space, string) (T, error)) (T, error) {
	if encoding == Auto {
		encoding = Best(s)
	}
	if !reflect.ValueOf(s).Comparable() {
		return do(s, encoding)
	}
	key := memoKey{s, encoding}
	get, ok := m.Load(key)
	if !ok {
		get, _ = m.LoadOrStore(key, sync.OnceValues(func() (T, error) { return do(s, encoding) }))
	}
	return get.(func() (T, error))()
}
