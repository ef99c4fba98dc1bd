package usertable

import (
	"math"

	"github.com/parquet-go/parquet-go/format"
)

// vector holds the values of a column of a group of rows; one of the slices of values is not
// nil.
type vector struct {
	ints     []int64
	floats   []float64
	texts    []string
	null     []bool // of a column whose cells can be null; its values have zeros there
	unsigned bool
}

func newVector(l *leaf) vector {
	v := vector{unsigned: l.unsigned}
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

func (v *vector) len() int { return max(len(v.ints), len(v.floats), len(v.texts)) }

// at is a cell. NaN is what tables in Python have for an empty one.
func (v *vector) at(i int) value {
	switch {
	case v.null != nil && v.null[i]:
	case v.texts != nil:
		return textOf(v.texts[i])
	case v.ints != nil && v.unsigned && v.ints[i] < 0:
		return value{kind: float, float: float64(uint64(v.ints[i]))}
	case v.ints != nil:
		return value{kind: whole, whole: v.ints[i]}
	case !math.IsNaN(v.floats[i]):
		return value{kind: float, float: v.floats[i]}
	}
	return value{}
}

// take appends value i of another vector of the same type.
func (v *vector) take(from *vector, i int) {
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
func (v *vector) takeNull() {
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
