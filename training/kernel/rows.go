package kernel

// Rows are the sizes of a block: channels of Row lanes each.
type Rows struct{ C, Row int }

// ptr is what the assembly takes for a slice; n says how long it must be.
func ptr(s []float32, n int) *float32 {
	_ = s[n-1]
	return &s[0]
}

// f32 says whether the assembly serves a slice.
func f32[T Float](s []T) ([]float32, bool) {
	if !avx2 {
		return nil, false
	}
	v, ok := any(s).([]float32)
	return v, ok
}

func as32[T Float](s []T) []float32 { return any(s).([]float32) }

// Add computes y = a + b; y may be one of them.
func Add[T Float](y, a, b []T) {
	if v, ok := f32(y); ok && len(y)%Lanes == 0 && len(y) > 0 {
		add2(&v[0], ptr(as32(a), len(y)), ptr(as32(b), len(y)), len(y))
		return
	}
	a, b = a[:len(y)], b[:len(y)]
	for i := range y {
		y[i] = a[i] + b[i]
	}
}

// Sum adds x's blocks of len(acc) to acc.
func Sum[T Float](acc, x []T) {
	n := len(acc)
	for ; len(x) >= n; x = x[n:] {
		if v, ok := f32(acc); ok {
			sum2(&v[0], ptr(as32(x), n), n)
			continue
		}
		for i, u := range x[:n] {
			acc[i] += u
		}
	}
}

// Square adds (x-m[c])² of every block to acc.
func Square[T Float](acc, x, m []T, r Rows) {
	n := r.C * r.Row
	for ; len(x) >= n; x = x[n:] {
		if v, ok := f32(acc); ok {
			square2(ptr(v, n), ptr(as32(x), n), ptr(as32(m), r.C), r.C, 4*r.Row)
			continue
		}
		for c := range r.C {
			a, u := acc[c*r.Row:][:r.Row], x[c*r.Row:][:r.Row]
			for i := range a {
				d := u[i] - m[c]
				a[i] += T(d * d)
			}
		}
	}
}

// Affine computes y = x·a[c] + b[c] of every block.
func Affine[T Float](y, x, a, b []T, r Rows) {
	n := r.C * r.Row
	for ; len(x) >= n; x, y = x[n:], y[n:] {
		if v, ok := f32(y); ok {
			affine2(ptr(v, n), ptr(as32(x), n), ptr(as32(a), r.C), ptr(as32(b), r.C), r.C, 4*r.Row)
			continue
		}
		for c := range r.C {
			o, u := y[c*r.Row:][:r.Row], x[c*r.Row:][:r.Row]
			for i := range o {
				o[i] = T(u[i]*a[c]) + b[c]
			}
		}
	}
}

// Moments adds dy·(x-m[c]) of every block to g, and dy to b.
func Moments[T Float](g, b, dy, x, m []T, r Rows) {
	n := r.C * r.Row
	for ; len(x) >= n; x, dy = x[n:], dy[n:] {
		if v, ok := f32(g); ok {
			moments2(ptr(v, n), ptr(as32(b), n), ptr(as32(dy), n), ptr(as32(x), n), ptr(as32(m), r.C), r.C, 4*r.Row)
			continue
		}
		for c := range r.C {
			for i := c * r.Row; i < (c+1)*r.Row; i++ {
				g[i] += T(dy[i] * (x[i] - m[c]))
				b[i] += dy[i]
			}
		}
	}
}

// Affine2 computes dx = dy·a[c] + x·k[c] + q[c] of every block.
func Affine2[T Float](dx, dy, x, a, k, q []T, r Rows) {
	n := r.C * r.Row
	for ; len(x) >= n; x, dy, dx = x[n:], dy[n:], dx[n:] {
		if v, ok := f32(dx); ok {
			affine3(ptr(v, n), ptr(as32(dy), n), ptr(as32(x), n), ptr(as32(a), r.C), ptr(as32(k), r.C),
				ptr(as32(q), r.C), r.C, 4*r.Row)
			continue
		}
		for c := range r.C {
			for i := c * r.Row; i < (c+1)*r.Row; i++ {
				dx[i] = T(dy[i]*a[c]) + T(x[i]*k[c]) + q[c]
			}
		}
	}
}

// Mask clears dx where x is zero or below: a rectifier's gradient, and with dx = x the
// rectifier, which lets a NaN through.
func Mask[T Float](dx, x []T) {
	if v, ok := f32(dx); ok && len(dx) > 0 {
		mask2(&v[0], ptr(as32(x), len(dx)), len(dx))
		return
	}
	for i, u := range x[:len(dx)] {
		if u <= 0 {
			dx[i] = 0
		}
	}
}

// Max raises m to x where x is greater, or no number, and notes the tap there; len(m) is whole
// rows.
func Max[T Float](m, arg, x []T, tap T) {
	if v, ok := f32(m); ok {
		max2(&v[0], ptr(as32(arg), len(m)), ptr(as32(x), len(m)), len(m), float32(tap))
		return
	}
	for i, u := range x[:len(m)] {
		if u > m[i] || u != u {
			m[i], arg[i] = u, tap
		}
	}
}

// Route adds dy to dx where arg is the tap: the gradient of [Max].
func Route[T Float](dx, dy, arg []T, tap T) {
	if v, ok := f32(dx); ok {
		route2(&v[0], ptr(as32(dy), len(dx)), ptr(as32(arg), len(dx)), len(dx), float32(tap))
		return
	}
	for i, u := range arg[:len(dx)] {
		if u == tap {
			dx[i] += dy[i]
		}
	}
}
