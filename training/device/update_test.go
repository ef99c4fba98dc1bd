package device

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/training/device/launch"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// do runs calls as one step of the CPU.
func do[T kernel.Float](t *testing.T, calls ...Call) {
	t.Helper()
	s, err := CPU[T]().Record(calls)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
}

// slab lays tensors out as a model does, each at a multiple of the unit.
func slab[T kernel.Float](tensors ...[]T) (out []T) {
	for _, v := range tensors {
		out = append(out, v...)
		out = append(out, make([]T, kernel.Pad(len(out))-len(out))...)
	}
	return out
}

// Two steps on two tensors, of which the first decays, in numbers that a float64 holds exactly: rate 1/4, momentum
// 1/2, decay 1/2, gradients 2 and 4 summed up over two batches.
func TestUpdateByHand(t *testing.T) {
	for name, c := range map[string]struct {
		edit                   func(*Update[float64])
		first, second, average float64 // the first weight of each tensor after two steps, and the first's average
	}{
		// d = 1 + 1/2·1, w = 1 - 3/8; d = 1 + 5/16, w = 5/8 - 21/64. Without decay 2 - 2/4 twice.
		"plain": {func(u *Update[float64]) { u.Momentum = 0 }, 19. / 64, 1, (1+5./8)/4 + 19./128},
		// m = 3/2, w = 5/8; m = 3/4 + 21/16 = 33/16, w = 5/8 - 33/64. m = 2, w = 3/2; m = 3, w = 3/4.
		"momentum": {func(u *Update[float64]) {}, 7. / 64, 0.75, (1+5./8)/4 + 7./128},
		// d + m/2: 9/4, w = 7/16; d = 39/32, m = 63/32, d + m/2 = 141/64. 3, w = 5/4; m = 3, 7/2, w = 3/8.
		"nesterov": {func(u *Update[float64]) { u.Nesterov = true }, -29. / 256, 0.375, (1+7./16)/4 - 29./512},
		// The norm is sqrt(1² + 2² + 2²·5) = 5, cut to 5/2: as half of the gradients.
		// m = 1, w = 3/4; m = 1/2 + 1/2 + 3/8 = 11/8, w = 3/4 - 11/32. m = 1, w = 7/4; m = 3/2, w = 11/8.
		"clipped": {func(u *Update[float64]) { u.Clip = 2.5 }, 13. / 32, 1.375, (1+3./4)/4 + 13./64},
	} {
		u := Update[float64]{Kind: "sgd", W: slab([]float64{1}, []float64{2, 2, 2, 2, 2, 2}), M: make([]float64, 32),
			Average: slab([]float64{1}, make([]float64, 6)), Decays: []launch.Span{{From: 0, To: 1}},
			Momentum: 0.5, Decay: 0.5, Keep: 0.5, Divide: 2,
			Scalars: make([]float64, ScalarCount), Results: make([]float64, 3*ResultCount)}
		u.Scalars[ScalarRate], u.Scalars[ScalarRow] = 0.25, 2
		u.G = make([]float64, len(u.W))
		c.edit(&u)
		call := u.CPU().Forward(nil)
		for range 2 {
			copy(u.G, slab([]float64{2}, []float64{4, 4, 4, 4, 4, 4}))
			do[float64](t, call)
			if slices.ContainsFunc(u.G, func(g float64) bool { return g != 0 }) {
				t.Errorf("%s: the gradients are left %v", name, u.G)
			}
		}
		if u.W[0] != c.first || u.W[16] != c.second || u.W[21] != c.second || u.Average[0] != c.average {
			t.Errorf("%s: %v, %v, average %v, want %v, %v, %v",
				name, u.W[0], u.W[16], u.Average[0], c.first, c.second, c.average)
		}
		if want := slices.Concat(make([]float64, 2*ResultCount), []float64{2: 5, 3: 0}); !slices.Equal(u.Results, want) {
			t.Errorf("%s: results %v, want the norm in the last row: %v", name, u.Results, want)
		}
		gap := slices.Concat(u.W[1:16], u.M[1:16], u.Average[1:16], u.W[22:])
		if slices.Max(gap) != 0 || slices.Min(gap) != 0 {
			t.Errorf("%s: between the tensors is %v", name, gap)
		}
	}
}

// Adam's first step has the length of the rate, whatever the gradient, but for epsilon: 1/4·g/(|g|+ε).
func TestAdamByHand(t *testing.T) {
	for kind, decayed := range map[string]float64{"adam": 1 - 0.25, "adamw": 1 - 0.25 - 0.125} {
		u := Update[float64]{Kind: kind, W: slab([]float64{1}, []float64{1}), G: slab([]float64{3}, []float64{-1e-8}),
			M: make([]float64, 32), V: make([]float64, 32), Decays: []launch.Span{{From: 0, To: 1}}, Decay: 0.5,
			Scalars: make([]float64, ScalarCount), Results: make([]float64, ResultCount)}
		u.Scalars[ScalarRate], u.Scalars[ScalarEpsilon] = 0.25*math.Sqrt(1-0.999)/(1-0.9), 1e-8*math.Sqrt(1-0.999)
		u.Scalars[ScalarApart] = 0.25 * 0.5
		do[float64](t, u.CPU().Forward(nil))
		g := 3.0
		if kind == "adam" {
			g += 0.5 // the decay is part of the gradient
		}
		for _, c := range []struct{ what, got, want float64 }{
			{0, u.W[0], decayed + 0.25*1e-8/g}, {16, u.W[16], 1 + 0.25/2}, {100, u.M[0], 0.1 * g}, {200, u.V[0], 0.001 * g * g},
			{300, u.Results[ResultNorm], 3},
		} {
			if !(math.Abs(c.got-c.want) < 1e-14) {
				t.Errorf("%s, %v: %.17g, want %.17g", kind, c.what, c.got, c.want)
			}
		}
	}
}

// apart is the step of weights that lie each on its own, one after another in the order of the model.
type apart struct {
	Update[float32]
	w, g, m, v, average [][]float32
	decays              []bool
}

func (a *apart) step() float64 {
	square := 0.0
	for i := range a.g {
		for j := range a.g[i] {
			if a.Divide > 1 {
				a.g[i][j] /= float32(a.Divide)
			}
		}
		for _, v := range a.g[i] {
			square += float64(float64(v) * float64(v))
		}
	}
	norm, scale := math.Sqrt(square), float32(1)
	if a.Clip > 0 && norm > a.Clip {
		scale = float32(a.Clip / norm)
	}
	rate, eps, mu, keep := a.Scalars[ScalarRate], a.Scalars[ScalarEpsilon], float32(a.Momentum), float32(a.Keep)
	for i, w := range a.w {
		decay, apart := float32(0), float32(0)
		if a.decays[i] && a.Kind == "adamw" {
			apart = a.Scalars[ScalarApart]
		} else if a.decays[i] {
			decay = float32(a.Decay)
		}
		for j := range w {
			d := float32(a.g[i][j]*scale) + float32(decay*w[j])
			m := &a.m[i][j]
			if a.Kind != "sgd" {
				v := &a.v[i][j]
				*m = float32(0.9**m) + float32((1-0.9)*d)
				*v = float32(0.999**v) + float32((1-0.999)*d*d)
				w[j] -= rate**m/(float32(math.Sqrt(float64(*v)))+eps) + float32(apart*w[j])
			} else {
				*m = float32(mu**m) + d
				if d = *m; a.Nesterov {
					d = float32(a.g[i][j]*scale) + float32(decay*w[j]) + float32(mu**m)
				}
				w[j] -= float32(rate * d)
			}
			a.average[i][j] = float32(keep*a.average[i][j]) + float32((1-keep)*w[j])
			a.g[i][j] = 0
		}
	}
	return norm
}

// Slabs with gaps change no bit against weights that lie each on its own.
func TestUpdateBits(t *testing.T) {
	lengths, decays := []int{5, 16, 1, 100, 33}, []bool{true, false, true, true, false}
	for name, c := range map[string]Update[float32]{
		"sgd":   {Kind: "sgd", Momentum: 0.9, Decay: 5e-4},
		"clip":  {Kind: "sgd", Momentum: 0.9, Decay: 5e-4, Clip: 5, Nesterov: true, Divide: 3},
		"adam":  {Kind: "adam", Decay: 0.01, Clip: 1},
		"adamw": {Kind: "adamw", Decay: 0.01},
	} {
		r := rand.New(rand.NewPCG(3, 4))
		total := 0
		want := apart{decays: decays}
		for i, n := range lengths {
			w := make([]float32, n)
			for j := range w {
				w[j] = float32(r.NormFloat64())
			}
			want.w, want.average = append(want.w, w), append(want.average, slices.Clone(w))
			want.g, want.m = append(want.g, make([]float32, n)), append(want.m, make([]float32, n))
			want.v = append(want.v, make([]float32, n))
			from := total / launch.Unit
			if total += kernel.Pad(n); decays[i] {
				c.Decays = append(c.Decays, launch.Span{From: int32(from), To: int32(total / launch.Unit)})
			}
		}
		c.W, c.Average, c.G, c.M = slab(want.w...), slab(want.average...), make([]float32, total), make([]float32, total)
		if c.Kind != "sgd" {
			c.V = make([]float32, total)
		}
		c.Keep, c.Scalars, c.Results = 0.99, make([]float32, ScalarCount), make([]float64, ResultCount)
		want.Update = c
		call := c.CPU().Forward(nil)
		for step := range 10 {
			for _, g := range want.g {
				for j := range g {
					g[j] = float32(r.NormFloat64())
				}
			}
			copy(c.G, slab(want.g...))
			c.Scalars[ScalarRate], c.Scalars[ScalarEpsilon], c.Scalars[ScalarApart] = float32(0.1/float64(step+1)), 1e-7, 0.003
			norm := want.step()
			do[float32](t, call)
			if c.Results[ResultNorm] != norm {
				t.Errorf("%s, step %d: norm %v, want %v", name, step, c.Results[ResultNorm], norm)
			}
			for k, v := range [][][]float32{want.w, want.g, want.m, want.average, want.v} {
				got := [][]float32{c.W, c.G, c.M, c.Average, c.V}[k]
				if got != nil && !slices.Equal(got, slab(v...)) {
					t.Fatalf("%s, step %d: operand %d is not that of weights on their own", name, step, k)
				}
			}
		}
	}
}

// A norm that is no finite number is left for the host, and nothing moves.
func TestUpdateStopsAtNoNumber(t *testing.T) {
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		for _, kind := range []string{"sgd", "adam", "adamw"} {
			ones := func() []float32 { return slices.Repeat([]float32{1}, 16) }
			u := Update[float32]{Kind: kind, W: ones(), G: ones(), M: ones(), V: ones(), Average: ones(), Clip: 5, Keep: 0.5,
				Scalars: make([]float32, ScalarCount), Results: make([]float64, ResultCount)}
			u.G[7], u.Scalars[ScalarRate] = bad, 1
			do[float32](t, u.CPU().Forward(nil))
			if norm := u.Results[ResultNorm]; !math.IsNaN(norm) && !math.IsInf(norm, 1) {
				t.Errorf("%s with a gradient of %v: norm %v", kind, bad, norm)
			}
			for _, v := range [][]float32{u.W, u.M, u.V, u.Average} {
				if !slices.Equal(v, ones()) {
					t.Errorf("%s with a gradient of %v: moved to %v", kind, bad, v)
				}
			}
		}
	}
}

// BenchmarkUpdate tells the cost of an element, of as many as six NASNet cells of 8 channels have, in 200 stretches
// that decay and do not.
func BenchmarkUpdate(b *testing.B) {
	for _, kind := range []string{"sgd", "adam"} {
		b.Run("kind="+kind, func(b *testing.B) {
			const n = 113_000 / launch.Unit * launch.Unit
			some := func() []float32 { return make([]float32, n) }
			u := Update[float32]{Kind: kind, W: some(), G: some(), M: some(), V: some(), Clip: 5,
				Scalars: make([]float32, ScalarCount), Results: make([]float64, ResultCount)}
			for i := range int32(100) {
				u.Decays = append(u.Decays, launch.Span{From: 70 * i, To: 70*i + 50})
			}
			u.Scalars[ScalarRate], u.Scalars[ScalarEpsilon] = 0.1, 1e-8
			run := u.CPU().Forward(nil).(func())
			for b.Loop() {
				run()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/element")
		})
	}
}
