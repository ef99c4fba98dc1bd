package surrogate

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/amoeba-nas/amoeba/evolve"
)

// madeUp are cells whose one validation is the mean test accuracy, half a point up, plus noise
// that is wider for poorer cells.
func madeUp(n int) (test, val []float64) {
	r := evolve.Stream(1, "noise")
	for range n {
		x := .80 + .14*math.Sqrt(r.Float64())
		test = append(test, x)
		val = append(val, min(x+.005+(.95-x)/10*r.NormFloat64(), 1))
	}
	return test, val
}

// evenSeeds are n seeds at equal distances, each in the middle of its part.
func evenSeeds(n int) []uint64 {
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = uint64((float64(i) + .5) / float64(n) * (1 << 63) * 2)
	}
	return seeds
}

// checkNoise is what holds of every noise: a better cell has no worse validation in the mean,
// the mean is that of the draws, and nothing is above 1 or below 0.
func checkNoise(t *testing.T, n *NB101Noise) {
	t.Helper()
	tests := []float64{0, 1e-9, .05, .1, 1, math.Nextafter(1, 0)}
	for x := .3; x < 1; x += .00137 {
		tests = append(tests, x)
	}
	tests = append(tests, n.Centers...)
	slices.Sort(tests)
	seeds := evenSeeds(20 * noiseSteps) // the same number in each interval between quantiles
	lastMean := 0.0
	for _, test := range tests {
		sum, clipped := 0.0, false
		for k, seed := range seeds {
			x := n.draw(test, seed)
			if !(x >= 0 && x <= 1) {
				t.Fatalf("test %g: seed %d draws %g", test, seed, x)
			}
			if k > 0 && x < n.draw(test, seeds[k-1])-1e-12 {
				t.Fatalf("test %g: seed %d draws %g, a lower seed more", test, seed, x)
			}
			sum, clipped = sum+x, clipped || x == 0 || x == 1
		}
		m := n.Mean(test)
		if m < lastMean-1e-12 || !(m >= 0 && m <= 1) {
			t.Fatalf("test %g: mean %g, of a poorer cell %g", test, m, lastMean)
		}
		if mean := sum / float64(len(seeds)); !clipped && math.Abs(m-mean) > 1e-9 {
			t.Fatalf("test %g: mean %g, of draws %g", test, m, mean)
		}
		lastMean = m
	}
}

func TestNoiseOfMadeUpCells(t *testing.T) {
	test, val := madeUp(20_001)
	n, err := fitNoise(test, val)
	if err != nil {
		t.Fatal(err)
	}
	checkNoise(t, n)
	// What was put in comes out: shift, and spread by accuracy.
	seeds := evenSeeds(1000)
	for _, c := range []float64{.85, .88, .9, .92} {
		sum, squares := 0.0, 0.0
		for _, seed := range seeds {
			d := n.draw(c, seed) - c
			sum, squares = sum+d, squares+d*d
		}
		mean := sum / 1000
		near(t, "shift", mean, .005, .001)
		near(t, "spread", math.Sqrt(squares/1000-mean*mean), (.95-c)/10, .001)
		near(t, "mean", n.Mean(c), c+mean, 1e-4)
	}
}

// Beyond the last centre validation goes on as the test does, seed by seed, up to 1; below the
// first it stays.
func TestNoiseGoesOn(t *testing.T) {
	n, err := fitNoise(madeUp(5000))
	if err != nil {
		t.Fatal(err)
	}
	first, last := n.Centers[0], n.Centers[noiseBins-1]
	for _, seed := range []uint64{0, 1 << 62, 1 << 63, math.MaxUint64} {
		for _, d := range []float64{0, .001, .01, .05, .2} {
			near(t, "above", n.draw(last+d, seed), min(n.draw(last, seed)+d, 1), 1e-12)
			near(t, "below", n.draw(first-d, seed), n.draw(first, seed), 1e-12)
		}
	}
	for _, d := range []float64{.001, .02} {
		near(t, "mean above", n.Mean(last+d), n.Mean(last)+d, 1e-12)
		near(t, "mean below", n.Mean(first-d), n.Mean(first), 1e-12)
	}
}

// At a centre a draw is a quantile, between them in proportion; the seed's upper bits decide.
func TestNoiseDraw(t *testing.T) {
	n, err := fitNoise(madeUp(5000))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []int{1, 17, noiseBins - 1} {
		q := n.Quantiles[k]
		for _, c := range []struct {
			seed uint64
			want float64
		}{{0, q[0]}, {1 << 63, q[50]}, {1 << 62, q[25]}, {1<<63 + 1<<62, q[75]}, {1 << 61, (q[12] + q[13]) / 2}, {math.MaxUint64, q[100]}} {
			near(t, "draw", n.draw(n.Centers[k], c.seed), c.want, 1e-9)
		}
		half := (n.Centers[k] + n.Centers[k-1]) / 2
		near(t, "between two", n.draw(half, 1<<63), (q[50]+n.Quantiles[k-1][50])/2, 1e-9)
	}
	a := n.draw(.9, 12345<<11)
	if b := n.draw(.9, 12345<<11|1<<10); a != b {
		t.Errorf("%v and %v differ by a bit that no float64 holds", a, b)
	}
}

// The order of the cells is nothing, and those without validation are not there.
func TestNoiseIsOfTheMeasured(t *testing.T) {
	test, val := madeUp(5000)
	want, err := fitNoise(test, val)
	if err != nil {
		t.Fatal(err)
	}
	rest, none := slices.Repeat([]float64{.5}, 3000), slices.Repeat([]float64{math.NaN()}, 3000)
	test, val = append(rest, test...), append(none, val...)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(test), func(i, j int) { test[i], test[j], val[i], val[j] = test[j], test[i], val[j], val[i] })
	got, err := fitNoise(test, val)
	if err != nil || got.Cells != 5000 {
		t.Fatalf("%d cells, %v", got.Cells, err)
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(NB101Noise{})); d != "" {
		t.Error(d)
	}
}

func TestNoiseRoundTrip(t *testing.T) {
	want, err := fitNoise(madeUp(5000))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got := new(NB101Noise)
	if err := json.Unmarshal(text, got); err != nil {
		t.Fatal(err)
	}
	if err := got.settle(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(NB101Noise{}), cmpopts.EquateApprox(0, 0)); d != "" {
		t.Error(d)
	}
}

func TestNoiseRefuses(t *testing.T) {
	test, val := madeUp(399)
	_, err := fitNoise(test, val)
	oneLine(t, err, evolve.ErrInvalid, "399 measured", "at least 400")
	_, err = fitNoise(slices.Repeat([]float64{.9}, 500), slices.Repeat([]float64{.9}, 500))
	oneLine(t, err, evolve.ErrInvalid, "test accuracy 0.9") // all centres are one
	for name, spoil := range map[string]func(*NB101Noise){
		"no cells":        func(n *NB101Noise) { n.Cells = 0 },
		"few centres":     func(n *NB101Noise) { n.Centers = n.Centers[1:] },
		"few rows":        func(n *NB101Noise) { n.Quantiles = n.Quantiles[1:] },
		"falling centres": func(n *NB101Noise) { slices.Reverse(n.Centers) },
		"equal centres":   func(n *NB101Noise) { n.Centers[3] = n.Centers[2] },
		"few quantiles":   func(n *NB101Noise) { n.Quantiles[7] = n.Quantiles[7][1:] },
		"falling":         func(n *NB101Noise) { slices.Reverse(n.Quantiles[7]) },
		"nothing":         func(n *NB101Noise) { *n = NB101Noise{} },
	} {
		t.Run(name, func(t *testing.T) {
			n, err := fitNoise(madeUp(1000))
			if err != nil {
				t.Fatal(err)
			}
			spoil(n)
			oneLine(t, n.settle(), evolve.ErrInvalid)
		})
	}
}

// The noise of the measured cells, as the embedded file has it too.
func TestNoiseOfTheMeasuredCells(t *testing.T) {
	c := needNB101(t)
	n, err := c.Noise()
	if err != nil {
		t.Fatal(err)
	}
	checkNoise(t, n)
	f, err := readNB101Fitted(nb101Model)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(n, f.(*nb101Fitted).noisy, cmp.AllowUnexported(NB101Noise{})); d != "" {
		t.Errorf("the embedded noise is another: %s", d)
	}
	// In the mean over the measured cells the model is what was measured.
	val, err := c.Floats("val_108")
	if err != nil {
		t.Fatal(err)
	}
	sum, cells := 0.0, 0
	for i, v := range val {
		if !math.IsNaN(v) {
			sum += n.Mean(c.Tests[i]) - v
			cells++
		}
	}
	t.Logf("modelled less measured: %.5f in the mean of %d", sum/float64(cells), cells)
	near(t, "bias", sum/float64(cells), 0, .002)
}
