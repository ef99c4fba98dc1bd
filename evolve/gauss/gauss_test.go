package gauss

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// grid are n rows of so many features with values 0, 1 or 2, many of them alike in a group.
func grid(r *rand.Rand, n, cols int) []float32 {
	x := make([]float32, n*cols)
	for i := range x {
		x[i] = float32(r.IntN(3)) * .7
	}
	return x
}

func apart(x []float32, cols, from, to, i, j int) (sum float64) {
	for f := from; f < to; f++ {
		d := float64(x[i*cols+f]) - float64(x[j*cols+f])
		sum += d * d
	}
	return sum
}

func ExampleExpectedImprovement() {
	for _, z := range []float64{0, 1, -1} {
		fmt.Printf("%.6f\n", ExpectedImprovement(z, 1, 0))
	}
	fmt.Println(ExpectedImprovement(3, 0, 1), ExpectedImprovement(0, 0, 1))
	// Output:
	// 0.398942
	// 1.083315
	// 0.083315
	// 2 0
}

// The logarithm agrees with the improvement where that can be computed, rises with mean and deviation on both sides of
// where another formula takes over, and is finite far below.
func TestLogExpectedImprovement(t *testing.T) {
	for _, z := range []float64{-7.9, -5, -1, 0, 2} {
		want := math.Log(ExpectedImprovement(z*1.5, 1.5, 0))
		if got := LogExpectedImprovement(z*1.5, 1.5, 0); math.Abs(got-want) > 1e-6 {
			t.Errorf("z = %v: %v, want %v", z, got, want)
		}
	}
	last := math.Inf(-1)
	for z := -40.; z < 5; z += .03125 {
		v := LogExpectedImprovement(z, 1, 0)
		if !(v > last) || LogExpectedImprovement(z, 1.1, 0) <= v {
			t.Fatalf("z = %v: %v after %v, with more deviation %v", z, v, last, LogExpectedImprovement(z, 1.1, 0))
		}
		last = v
	}
	// log φ(40)/(40²+3), by mpmath.
	if got, want := LogExpectedImprovement(-40, 1, 0), -800.918938533-math.Log(1603); math.Abs(got-want) > 1e-6 {
		t.Errorf("%v, want %v", got, want)
	}
}

// Every kernel is 1 at 0, falls, and makes positive semi-definite matrices; a table says the same to a millionth.
func TestKernels(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const n, cols = 40, 6
	x := grid(r, n, cols)
	for i := range n { // length 1, which the cosine takes for granted
		norm := 0.
		for _, v := range x[i*cols : (i+1)*cols] {
			norm += float64(v * v)
		}
		for f := range cols {
			x[i*cols+f] /= float32(math.Sqrt(max(norm, 1e-12)))
		}
	}
	for name, k := range map[string]*Kernel{"matern": Matern, "hamming": Hamming, "cosine": Cosine} {
		if k.at(0) != 1 || k.at(.5) >= 1 || k.at(1) >= k.at(.5) {
			t.Errorf("%s: %v at 0, %v at ½, %v at 1", name, k.at(0), k.at(.5), k.at(1))
		}
		for s := 0.; s < 90; s += .0137 {
			if got := float64(lookup(k.table(), float32(s))); math.Abs(got-k.at(s)) > 1.2e-6 {
				t.Fatalf("%s at %v: %v by table, %v", name, s, got, k.at(s))
			}
		}
		gram := mat.NewSymDense(n, nil)
		for i := range n {
			for j := range i + 1 {
				gram.SetSym(i, j, k.at(apart(x, cols, 0, cols, i, j)))
			}
		}
		var eigen mat.EigenSym
		if !eigen.Factorize(gram, false) {
			t.Fatal("no eigenvalues")
		}
		if least := eigen.Values(nil)[0]; least < -1e-6 {
			t.Errorf("%s: an eigenvalue of %v", name, least)
		}
	}
	if got, want := Matern.at(1), (1+math.Sqrt(5)+5./3)*math.Exp(-math.Sqrt(5)); math.Abs(got-want) > 1e-15 {
		t.Errorf("Matérn at 1: %v, want %v", got, want)
	}
	if got, want := Hamming.at(2), math.Exp(-2); got != want {
		t.Errorf("Hamming at 2: %v, want %v", got, want)
	}
}

// Almost without noise the posterior at a row that is known has its target as mean and no variance; far away it has the
// prior's.
func TestPosterior(t *testing.T) {
	x := []float64{0, 1, 2.5, 3}
	y := []float64{1, -1, 2, 0}
	p := New(Matern, 1)
	at := func(to float64) func(int, int) float64 {
		return func(_, j int) float64 { return (to - x[j]) * (to - x[j]) }
	}
	for _, v := range x {
		p.Add(at(v))
	}
	p.noise = -30
	p.Condition(y)
	for i, v := range x {
		mean, sd := p.Predict(at(v))
		if math.Abs(mean-y[i]) > 1e-5 || sd > 3e-3 || math.Abs(p.Fitted(i, y[i])-mean) > 1e-6 {
			t.Errorf("at row %d: mean %v, want %v; deviation %v; fitted %v", i, mean, y[i], sd, p.Fitted(i, y[i]))
		}
	}
	mean, sd := p.Predict(at(100))
	if math.Abs(mean-p.mean) > 1e-9 || math.Abs(sd-p.scale) > 1e-9 {
		t.Errorf("far away: %v ± %v, the prior's are %v ± %v", mean, sd, p.mean, p.scale)
	}
}

// The posterior is the textbook's, by gonum's matrices: mean m + kᵀ(K+σ²)⁻¹(y-m), variance s²(1 - kᵀ(K+σ²)⁻¹k), with the
// mean and the variance of the most likely process. Rows that are added to a factor give what a factor of all gives.
func TestAgainstMatrices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		n, groups := rapid.IntRange(3, 14).Draw(t, "rows"), rapid.IntRange(1, 3).Draw(t, "groups")
		cols := 2 * groups
		x := grid(r, n+1, cols)
		p := New(Matern, groups)
		for g := range p.lengths {
			p.lengths[g] = r.NormFloat64() * .5
		}
		p.weigh(p.weights, p.lengths, 0)
		y := make([]float64, n)
		between := func(i int) func(g, j int) float64 {
			return func(g, j int) float64 { return apart(x, cols, 2*g, 2*g+2, i, j) }
		}
		for i := range n {
			y[i] = r.NormFloat64()
			p.Add(between(i))
			p.Condition(y[:i+1])
		}
		k := func(i, j int) float64 {
			s := 0.
			for g := range groups {
				s += apart(x, cols, 2*g, 2*g+2, i, j) * math.Exp(-2*p.lengths[g])
			}
			return Matern.at(s)
		}
		a := mat.NewSymDense(n, nil)
		ones, target, cross := mat.NewVecDense(n, nil), mat.NewVecDense(n, y), mat.NewVecDense(n, nil)
		for i := range n {
			for j := range i {
				a.SetSym(i, j, k(i, j))
			}
			a.SetSym(i, i, 1+p.share()+jitter)
			ones.SetVec(i, 1)
			cross.SetVec(i, k(n, i))
		}
		var c mat.Cholesky
		if !c.Factorize(a) {
			t.Fatal("not positive definite")
		}
		solve := func(b *mat.VecDense) *mat.VecDense {
			out := new(mat.VecDense)
			if err := c.SolveVecTo(out, b); err != nil {
				t.Fatal(err)
			}
			return out
		}
		m := mat.Dot(target, solve(ones)) / mat.Dot(ones, solve(ones))
		rest := new(mat.VecDense)
		rest.AddScaledVec(target, -m, ones)
		variance := mat.Dot(rest, solve(rest)) / float64(n)
		wantMean := m + mat.Dot(cross, solve(rest))
		wantSD := math.Sqrt(variance * (1 - mat.Dot(cross, solve(cross))))
		if mean, sd := p.Predict(between(n)); math.Abs(mean-wantMean) > 1e-7 || math.Abs(sd-wantSD) > 1e-6 {
			t.Fatalf("%v ± %v, want %v ± %v", mean, sd, wantMean, wantSD)
		}
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		want := .5*float64(n)*math.Log(variance) + .5*c.LogDet()
		for _, l := range p.lengths {
			want += .5 * l * l / (lengthSD * lengthSD)
		}
		if got := p.unlikely(all, y); math.Abs(got-want) > 1e-6 {
			t.Fatalf("unlikely %v, want %v", got, want)
		}
		smooth := p.Smooth(all, y)
		for i, v := range smooth {
			if math.Abs(v-p.Fitted(i, y[i])) > 1e-7 {
				t.Fatalf("smooth %v, fitted %v", v, p.Fitted(i, y[i]))
			}
		}
	})
}

// A fit makes the targets likelier, finds which of two groups matters, and how noisy the targets are.
func TestFit(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	const n, cols = 80, 2
	x := make([]float32, n*cols)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for _, noise := range []float64{0, 1} {
		p := New(Matern, 2)
		all, y := make([]int, n), make([]float64, n)
		for i := range n {
			all[i] = i
			y[i] = math.Sin(2*float64(x[i*cols])) + noise*r.NormFloat64()
			p.Add(func(g, j int) float64 { return apart(x, cols, g, g+1, i, j) })
		}
		before := p.unlikely(all, y)
		p.Fit(all, y)
		after, w := p.unlikely(all, y), p.weights
		if after >= before || 4*w[1] > w[0] || (p.share() < .02) != (noise == 0) || p.fits != 1 {
			t.Errorf("noise %v: unlikely %v, was %v; weights %v; noise %v", noise, after, before, w, p.share())
		}
	}
}

// Of a kernel without length-scales the group that explains the targets is chosen.
func TestFitChooses(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	const n = 60
	angle := make([][3]float64, n)
	p := New(Cosine, 3)
	all, y := make([]int, n), make([]float64, n)
	for i := range n {
		all[i] = i
		for g := range angle[i] {
			angle[i][g] = r.Float64() * math.Pi / 2
		}
		y[i] = math.Cos(angle[i][1])
		p.Add(func(g, j int) float64 { return 2 - 2*math.Cos(angle[i][g]-angle[j][g]) })
	}
	p.Fit(all, y)
	if w := p.weights; w[0] != 0 || w[1] != 1 || w[2] != 0 {
		t.Errorf("weights %v, want the second group alone", w)
	}
}

// The field's best point, found by bounds, is the best of all posteriors, at every step of a search; distances of looks
// are the features' own; and what rows ask about one after another says the same.
func TestFieldAndRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
		const n, cols = 200, 7
		ends := []int{3, 7}
		x := grid(r, n, cols)
		points := NewPoints(x, cols, ends)
		from := 0
		for g, to := range ends {
			c := &points.groups[g]
			i, j := r.IntN(n), r.IntN(n)
			d := c.distances(nil, c.lookOf(i))
			if got, want := float64(d[c.lookOf(j)]), apart(x, cols, from, to, i, j); math.Abs(got-want) > 1e-5 {
				t.Fatalf("group %d: distance %v, want %v", g, got, want)
			}
			from = to
		}
		f, rows := NewField(Matern, points), NewRows(Matern, ends)
		told := make([]bool, n)
		var y []float64
		show := func(i int) {
			f.Show(i)
			rows.Show(x[i*cols : (i+1)*cols])
			told[i] = true
			y = append(y, math.Sin(float64(x[i*cols]+2*x[i*cols+4]))+.1*r.NormFloat64())
		}
		for range 5 {
			show(r.IntN(n))
		}
		for step := range 12 {
			if step%4 == 1 { // the first step is by the hyper-parameters of a new process
				all := make([]int, len(y))
				for i := range all {
					all[i] = i
				}
				f.Fit(all, y)
				rows.Fit(all, y)
			}
			f.Condition(y)
			rows.Condition(y)
			best := y[0]
			for _, v := range y {
				best = max(best, v)
			}
			promise := func(mean, sd float64) float64 { return LogExpectedImprovement(mean, sd, best) }
			got := f.Max(promise, func(i int) bool { return told[i] })
			want, top := -1, math.Inf(-1)
			f.All(func(i int) bool { return told[i] }, func(i int, mean, sd float64) {
				if v := Round(promise(mean, sd)); v > top || want < 0 {
					want, top = i, v
				}
				m, s := rows.Predict(func(g, j int) float64 {
					return float64(f.dist[g][j][points.groups[g].lookOf(i)])
				})
				if math.Abs(m-mean) > 1e-3 || math.Abs(s-sd) > 1e-2 {
					t.Fatalf("point %d: %v ± %v, by rows %v ± %v", i, mean, sd, m, s)
				}
			})
			if got != want {
				t.Fatalf("step %d: point %d, want %d", step, got, want)
			}
			var left [][]float32
			for i := range n {
				if !told[i] {
					left = append(left, x[i*cols:(i+1)*cols])
				}
			}
			if a, b := rows.Max(left, promise, true), rows.Max(left, promise, false); a != b {
				t.Fatalf("step %d: row %d by bounds, %d", step, a, b)
			}
			show(got)
		}
		if at := f.Max(func(m, _ float64) float64 { return m }, func(int) bool { return true }); at != -1 {
			t.Fatalf("point %d of none", at)
		}
	})
}

// The assembly gives the bits of the language's own rules.
func TestAxpy(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for n := range 70 {
		x, a, b := make([]float32, n), make([]float32, n), make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
			a[i] = float32(r.NormFloat64())
			b[i] = a[i]
		}
		axpy(1.7, x, a)
		axpySlow(1.7, x, b)
		for i := range a {
			if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
				t.Fatalf("%d numbers, the %d-th: %v and %v", n, i, a[i], b[i])
			}
		}
	}
}

func TestRound(t *testing.T) {
	for _, x := range []float64{1, -3.25, 1e9, 0, math.Inf(-1)} {
		if got := Round(x); got != x {
			t.Errorf("%v becomes %v", x, got)
		}
	}
	third := 1. / 3
	if Round(third) != Round(math.Nextafter(third, 1)) || math.Abs(Round(third)-third) > 1e-9*third {
		t.Errorf("%v becomes %v", third, Round(third))
	}
	if !math.IsNaN(Round(math.NaN())) {
		t.Error("NaN becomes a number")
	}
}

// A step of a search over a listed space: a row is shown, the factor continued, the best of all found.
func BenchmarkField(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 7))
	for _, n := range []int{1000, 16000} {
		b.Run(fmt.Sprintf("points=%d", n), func(b *testing.B) {
			const cols = 60
			points := NewPoints(grid(r, n, cols), cols, []int{30, cols})
			var f *Field
			var y []float64
			for i := range b.N {
				if i%100 == 0 {
					f, y = NewField(Matern, points), y[:0]
				}
				f.Show(i % n)
				y = append(y, r.NormFloat64())
				f.Condition(y)
				f.Max(func(m, s float64) float64 { return LogExpectedImprovement(m, s, 1) }, func(int) bool { return false })
			}
		})
	}
}
