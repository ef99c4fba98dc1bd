package landscape

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Ruler measures how many decisions lie between an architecture and the nearest of some others.
type Ruler struct {
	encoder evolve.Encoder
	to      [][]float64 // encodings
	alone   int         // first places of an encoding that are a decision each
	buf     []float64
}

// loneBits counts by space the first places of an encoding that are a decision each: in nb101 the edges of seven
// vertices, in bits all places. Elsewhere a decision has a bit for each value.
var loneBits = map[string]int{"nb101": 7 * 6 / 2, "bits": space.MaxBits}

// Measurable says whether a space has an encoding of its decisions, onehot, by which a [Ruler] measures.
func Measurable(s evolve.Space) bool {
	e, ok := s.(evolve.Encoder)
	return ok && slices.Contains(e.Encodings(), "onehot")
}

// NewRuler measures the distance to the nearest of some architectures of a [Measurable] space. The error wraps
// ErrUnsupported for another space and ErrInvalid where an architecture is not valid or none is given.
func NewRuler(s evolve.Space, to []evolve.Arch) (*Ruler, error) {
	if !Measurable(s) {
		return nil, fmt.Errorf("space %s has no encoding onehot, by which distances are measured: %w",
			s.Name(), evolve.ErrUnsupported)
	}
	if len(to) == 0 {
		return nil, fmt.Errorf("a distance to no architecture: %w", evolve.ErrInvalid)
	}
	full, _ := space.Base(s)
	r := &Ruler{encoder: s.(evolve.Encoder), alone: loneBits[full.Name()]}
	for _, a := range to {
		v, err := r.encoder.Encode(nil, "onehot", a)
		if err != nil {
			return nil, err
		}
		r.to = append(r.to, v)
	}
	return r, nil
}

// Distance is the least number of decisions of a valid architecture to change to get to one of those of the ruler.
func (r *Ruler) Distance(a evolve.Arch) (least float64, err error) {
	if r.buf, err = r.encoder.Encode(r.buf[:0], "onehot", a); err != nil {
		return 0, err
	}
	least = math.Inf(1)
	for _, b := range r.to {
		least = min(least, changes(r.buf, b, r.alone))
	}
	return least, nil
}

// changes is the number of decisions that differ between two encodings: a changed decision clears one bit and sets
// another.
func changes(a, b []float64, alone int) (n float64) {
	for i := range a {
		switch {
		case a[i] == b[i]:
		case i < alone:
			n++
		default:
			n += .5
		}
	}
	return n
}
