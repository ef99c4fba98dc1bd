package gauss

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Points are numbered rows of features, all of which are asked about again and again. They know how far apart they are.
// Nobody changes them.
type Points struct {
	n      int
	groups []columns
}

// columns are one group's features of all points. Points that agree in all of them are one look. The distance does not
// change when a number is added to a column, so the most frequent value of each is 0 here and most of it is left out.
type columns struct {
	look  []int32 // of each point; nil where every point has its own
	looks int
	norm  []float32 // by look: the sum of squares
	dense []denseColumn
	thin  []thinColumn
}

type denseColumn []float32 // by look

type thinColumn struct {
	at []int32 // looks, rising, of values that are not 0
	v  []float32
}

// NewPoints takes rows of cols features each, one after another. ends are the places at which the groups end.
func NewPoints(x []float32, cols int, ends []int) *Points {
	p := &Points{n: len(x) / cols}
	from := 0
	for _, to := range ends {
		p.groups = append(p.groups, newColumns(x, p.n, cols, from, to))
		from = to
	}
	return p
}

func newColumns(x []float32, n, cols, from, to int) (c columns) {
	// Equal rows become one look.
	known := make(map[string]int32, n)
	c.look = make([]int32, n)
	var first []int // point of each look
	key := make([]byte, 4*(to-from))
	for i := range n {
		for f, v := range x[i*cols+from : i*cols+to] {
			b := math.Float32bits(v + 0)
			key[4*f], key[4*f+1], key[4*f+2], key[4*f+3] = byte(b), byte(b>>8), byte(b>>16), byte(b>>24)
		}
		look, ok := known[string(key)]
		if !ok {
			look = int32(len(first))
			known[string(key)] = look
			first = append(first, i)
		}
		c.look[i] = look
	}
	if c.looks = len(first); c.looks == n {
		c.look = nil
	}
	c.norm = make([]float32, c.looks)
	column := make([]float32, c.looks)
	var sorted []float32
	for f := from; f < to; f++ {
		for k, i := range first {
			column[k] = x[i*cols+f]
		}
		sorted = append(sorted[:0], column...)
		slices.Sort(sorted)
		often := stats.Mode(sorted)
		var thin thinColumn
		for k, v := range column {
			if v -= often; v != 0 {
				thin.at, thin.v = append(thin.at, int32(k)), append(thin.v, v)
				c.norm[k] += float32(v * v)
			}
		}
		switch {
		case thin.at == nil: // it tells nothing apart
		case len(thin.at) > c.looks/4:
			dense := make(denseColumn, c.looks)
			for j, k := range thin.at {
				dense[k] = thin.v[j]
			}
			c.dense = append(c.dense, dense)
		default:
			c.thin = append(c.thin, thin)
		}
	}
	return c
}

// lookOf is the look of a point.
func (c *columns) lookOf(i int) int {
	if c.look == nil {
		return i
	}
	return int(c.look[i])
}

// distances returns the squared distances of a look from all, in dst. Products are rounded before they are added.
func (c *columns) distances(dst []float32, look int) []float32 {
	dst = append(dst[:0], c.norm...)
	own := c.norm[look]
	for k := range dst {
		dst[k] += own
	}
	for _, column := range c.dense {
		if v := column[look]; v != 0 {
			axpy(-2*v, column, dst)
		}
	}
	for _, column := range c.thin {
		if j, ok := slices.BinarySearch(column.at, int32(look)); ok {
			v := -2 * column.v[j]
			for j, k := range column.at {
				dst[k] += float32(v * column.v[j])
			}
		}
	}
	for k, d := range dst {
		dst[k] = max(d, 0)
	}
	dst[look] = 0
	return dst
}
