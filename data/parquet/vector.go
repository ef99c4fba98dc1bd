package parquet

import (
	"github.com/parquet-go/parquet-go/format"
)

// Vector holds the values of a column of a group of rows; one of the slices of values is not
// nil.
type Vector struct {
	ints     []int64
	floats   []float64
	texts    []string
	null     []bool // of a column whose cells can be null; its values have zeros there
	unsigned bool
}

func newVector(l *leaf) Vector {
	v := Vector{unsigned: l.unsigned}
	switch l.kind {
	case format.ByteArray:
		v.texts = []string{}
	case format.Float, format.Double:
		v.floats = []float64{}
	default:
		v.ints = []int64{}
	}
	if l.optional {
		v.null = []bool{}
	}
	return v
}

func (v *Vector) len() int { return max(len(v.ints), len(v.floats), len(v.texts)) }

// A Kind is what a cell is.
type Kind uint8

// The kinds of cells.
const (
	Null Kind = iota
	Text
	Float
	Whole
)

// Value is a cell: the field of its kind holds it.
type Value struct {
	Kind  Kind
	Text  string
	Float float64
	Whole int64
}

// At returns cell i. An unsigned number too large for Whole is a Float.
func (v *Vector) At(i int) Value {
	switch {
	case v.null != nil && v.null[i]:
		return Value{}
	case v.texts != nil:
		return Value{Kind: Text, Text: v.texts[i]}
	case v.ints != nil && v.unsigned && v.ints[i] < 0:
		return Value{Kind: Float, Float: float64(uint64(v.ints[i]))}
	case v.ints != nil:
		return Value{Kind: Whole, Whole: v.ints[i]}
	}
	return Value{Kind: Float, Float: v.floats[i]}
}

// take appends value i of another Vector of the same type.
func (v *Vector) take(from *Vector, i int) {
	switch {
	case v.texts != nil:
		v.texts = append(v.texts, from.texts[i])
	case v.ints != nil:
		v.ints = append(v.ints, from.ints[i])
	default:
		v.floats = append(v.floats, from.floats[i])
	}
	if v.null != nil {
		v.null = append(v.null, false)
	}
}

// takeNull appends an empty cell.
func (v *Vector) takeNull() {
	switch {
	case v.texts != nil:
		v.texts = append(v.texts, "")
	case v.ints != nil:
		v.ints = append(v.ints, 0)
	default:
		v.floats = append(v.floats, 0)
	}
	v.null = append(v.null, true)
}
