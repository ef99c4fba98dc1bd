package space

import "math/bits"

// poolPoints are encodings of whole numbers 0..255, kept so that L1 distances are quick: in
// unary, a bit for each step up to the largest number that stands at that place. The distance
// of two is the number of bits in which they differ.
type poolPoints struct {
	tops  []uint8 // largest number at each place
	words int     // of a point
	all   []uint64
}

func newPoolPoints(rows [][]float64) *poolPoints {
	p := &poolPoints{tops: make([]uint8, len(rows[0]))}
	for _, v := range rows {
		for k, x := range v {
			p.tops[k] = max(p.tops[k], inByte(x))
		}
	}
	steps := 0
	for _, top := range p.tops {
		steps += int(top)
	}
	p.words = steps/64 + 1
	for _, v := range rows {
		p.all = append(p.all, p.point(v)...)
	}
	return p
}

func inByte(x float64) uint8 { return uint8(min(max(x, 0), 255)) }

// point packs an encoding. What lies above all that was kept counts as the largest.
func (p *poolPoints) point(v []float64) []uint64 {
	at, row := 0, make([]uint64, p.words)
	for k, x := range v {
		for i := range int(min(inByte(x), p.tops[k])) {
			row[(at+i)/64] |= 1 << ((at + i) % 64)
		}
		at += int(p.tops[k])
	}
	return row
}

// of is a point that was kept.
func (p *poolPoints) of(i int) []uint64 { return p.all[i*p.words : (i+1)*p.words] }

// distance is that of point i from another.
func (p *poolPoints) distance(i int, to []uint64) (d int) {
	for k, w := range p.of(i) {
		d += bits.OnesCount64(w ^ to[k])
	}
	return d
}
