package parzen

import (
	"math"
	"slices"
)

// begin makes room for the kernels of real numbers of all points, and marks the rows.
func (d *Density) begin() {
	d.changed = d.changed[:0]
	if d.p.reals == nil {
		return
	}
	for len(d.member) < d.p.Len() {
		d.member, d.peaks = append(d.member, false), append(d.peaks, 0)
		for range d.p.reals {
			d.sd, d.over, d.log = append(d.sd, 0), append(d.over, 0), append(d.log, 0)
		}
	}
	clear(d.member)
	for _, row := range d.rows {
		d.member[row] = true
	}
}

// spread decides the widths of the kernels on an axis of real numbers. The one between two others is as wide as the way
// to the farther one; the outermost look inwards, and a single one at both ends of the range. None is wider than the
// range, nor narrower than Fit says.
func (d *Density) spread(axis int) {
	a, s := d.p.axes[axis], &d.axes[axis]
	x, cols, real := d.p.real, len(d.p.reals), d.p.first[axis]
	d.inOrder(axis)
	n := len(d.order)
	span := a.Hi - a.Lo
	if mean := a.Lo + float64(span/2); s.sd != span || s.mean != mean {
		s.mean, s.sd, s.log = mean, span, peak(a, mean, span)
	}
	least := span / min(100, float64(n+2))
	if d.Narrow {
		least = span * max(.03, 1/float64((n+2)*(n+2)))
	}
	left := 0.0
	for k, row := range d.order {
		at := row*cols + real
		v, right := x[at], 0.0
		switch {
		case n == 1:
			left, right = v-a.Lo, a.Hi-v
		case k < n-1:
			right = x[d.order[k+1]*cols+real] - v
		}
		if sd := min(max(left, right, least), span); d.sd[at] != sd {
			d.sd[at], d.over[at], d.log[at] = sd, 1/sd, peak(a, v, sd)
			d.changed = append(d.changed, row)
		}
		left = right
	}
}

// inOrder lists the rows that say something of an axis of real numbers, by their numbers there: picked from all points,
// which are in order, or sorted where the rows are few.
func (d *Density) inOrder(axis int) {
	d.order = d.order[:0]
	const few = 16 // to walk by a point takes a part of what it takes to sort a row in
	if all := d.p.order[axis]; few*len(d.rows) >= len(all) {
		for _, row := range all {
			if d.member[row] {
				d.order = append(d.order, row)
			}
		}
		return
	}
	x, cols, real := d.p.real, len(d.p.reals), d.p.first[axis]
	for _, row := range d.rows {
		v := x[row*cols+real]
		if v != v {
			continue
		}
		at := len(d.order)
		for ; at > 0; at-- {
			if before := d.order[at-1]; x[before*cols+real] < v || x[before*cols+real] == v && before < row {
				break
			}
		}
		d.order = slices.Insert(d.order, at, row)
	}
}

// peak is the log density at its mean of a normal distribution that is cut to an axis.
func peak(a Axis, mean, sd float64) float64 {
	below := func(x float64) float64 { return math.Erf((x - mean) / (sd * math.Sqrt2)) }
	return -math.Log(sd * math.Sqrt(2*math.Pi) * (below(a.Hi) - below(a.Lo)) / 2)
}

// logAbove is logAt where neither the row nor x has a gap, or any number that is not above least where that is not.
func (d *Density) logAbove(row int, x []float64, least float64) float64 {
	p, point := d.p, d.rows[row]
	n, log := len(p.reals), d.logs[row]+d.peaks[point]
	if n < len(p.axes) {
		for i, v := range x {
			if p.axes[i].Options > 0 {
				log += d.at(i, row, v)
			}
		}
	}
	v, m, over := d.x[:n], p.real[point*n:][:n], d.over[point*n:][:n]
	for len(v) >= 8 && len(m) >= 8 && len(over) >= 8 {
		s, x := (v[0]-m[0])*over[0], (v[1]-m[1])*over[1]
		y, z := (v[2]-m[2])*over[2], (v[3]-m[3])*over[3]
		sum := float64(s*s) + float64(x*x) + (float64(y*y) + float64(z*z))
		s, x = (v[4]-m[4])*over[4], (v[5]-m[5])*over[5]
		y, z = (v[6]-m[6])*over[6], (v[7]-m[7])*over[7]
		sum += float64(s*s) + float64(x*x) + (float64(y*y) + float64(z*z))
		if log -= float64(sum / 2); log <= least {
			return log
		}
		v, m, over = v[8:], m[8:], over[8:]
	}
	for i := range v {
		z := (v[i] - m[i]) * over[i]
		log -= float64(z * z / 2)
	}
	return log
}
