package kernel

func conv32(y, x, packed []float32, t *Taps, s Shape, floor float32) {
	if len(t.X) == 0 {
		clear(y)
		return
	}
	a := tileArgs{x: &x[0], xs: &t.X[0], ws: &t.W[0], channels: s.C, row: 4 * s.Row, yStep: 4 * s.O * s.Row,
		xBlock: 4 * s.C * s.Row, floor: floor}
	m, lanes := tile[float32](s.Row), 16
	if m == 8 {
		lanes = 32
	}
	a.wBlock = 4 * s.C * m
	step, n := chunk(s.C*s.Row), t.Pixels()
	_, _ = y[n*s.O*s.Row-1], packed[(s.O+m-1)/m*m*s.C*s.T-1]
	for p := 0; p < n; p += step {
		a.pixels, a.start = min(step, n-p), &t.Start[p]
		for o := 0; o < s.O; o += m {
			a.w, a.rows = &packed[o*s.C*s.T], min(m, s.O-o)
			for b := 0; b < s.Row; b += lanes {
				// The last lanes may overlap those before: computed again, they are the same.
				at := min(b, s.Row-lanes)
				a.y, a.x = &y[(p*s.O+o)*s.Row+at], &x[at]
				if m == 8 {
					tile8x32(&a)
				} else {
					tile4x16(&a)
				}
			}
		}
	}
}

func convGrad32(gw, dy, x []float32, pairs []Pairs, s Shape, floor float32) {
	var sums [16]float32
	a := dotArgs{y: &dy[0], x: &x[0], yBlock: 4 * s.O * s.Row, xBlock: 4 * s.C * s.Row, row: 4 * s.Row, out: &sums[0],
		floor: floor}
	cols := 2
	if avx512 {
		cols = 4
	}
	step := chunk((s.C + s.O) * s.Row)
	longest := 0
	for t := range pairs {
		longest = max(longest, len(pairs[t].Y))
	}
	for from := 0; from < longest; from += step {
		for t := range pairs {
			q := &pairs[t]
			if from >= len(q.Y) {
				continue
			}
			a.ys, a.xs, a.pairs = &q.Y[from], &q.X[from], min(step, len(q.Y)-from)
			for o := 0; o < s.O; o += 4 {
				// Rows past the last repeat it and are thrown away.
				for k := range a.yo {
					a.yo[k] = 4 * s.Row * min(o+k, s.O-1)
				}
				for c := 0; c < s.C; c += cols {
					for k := range a.xo {
						a.xo[k] = 4 * s.Row * min(c+k, s.C-1)
					}
					if avx512 {
						dots4x4(&a)
					} else {
						dots4x2(&a)
					}
					for i := range min(4, s.O-o) {
						for j := range min(cols, s.C-c) {
							gw[((o+i)*s.C+c+j)*s.T+t] += sums[i*cols+j]
						}
					}
				}
			}
		}
	}
}

func depthArgsOf(y, x, w []float32, t *Taps, s Shape, floor float32) depthArgs {
	_ = y[t.Pixels()*s.C*s.Row-1]
	return depthArgs{y: &y[0], x: &x[0], w: &w[0], start: &t.Start[0], xs: &t.X[0], ws: &t.W[0], pixels: t.Pixels(),
		block: 4 * s.C * s.Row, row: 4 * s.Row, channels: s.C, wStep: 4 * s.T, floor: floor}
}

func depth32(y, x, w []float32, t *Taps, s Shape, floor float32) {
	if len(t.X) == 0 {
		clear(y)
		return
	}
	a := depthArgsOf(y, x, w, t, s, floor)
	if avx512 {
		depth5(&a)
	} else {
		depth2(&a)
	}
}

func depthGrad32(gw, dy, x, scratch []float32, t *Taps, s Shape, floor float32) {
	if len(t.X) == 0 {
		return
	}
	scratch = scratch[:DepthScratch(s)]
	clear(scratch)
	a := depthArgsOf(dy, x, scratch, t, s, floor)
	a.wStep *= 8
	depthGrad2(&a)
	for i := range gw[:s.C*s.T] {
		v := scratch[8*i : 8*i+8]
		gw[i] += ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]))
	}
}
