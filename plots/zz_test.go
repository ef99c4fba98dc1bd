package plots

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sort"
	"testing"
	"time"
)

func quant(c []float64, q float64) float64 { return c[int(q*float64(len(c)-1))] }
func sample(kind string) (ss []Series) {
	names := []string{"random search", "regularized evolution", "local search", "REINFORCE", "TPE", "BOHB", "hyperband", "bananas"}
	rates := []float64{.35, .75, .65, .5, .7, .45, .55, .6}
	n := 4
	if kind == "eight" || kind == "zero8" {
		n = 8
	}
	for k := range n {
		rng := rand.New(rand.NewPCG(uint64(k), 1))
		const R, T = 100, 1000
		cur := make([][]float64, R)
		for r := range cur {
			cur[r] = make([]float64, T)
			best := 60.0
			for t := range T {
				v := 10 * math.Exp(.5*rng.NormFloat64()) * math.Pow(float64(t+1), -rates[k])
				if t < 3 && kind == "acc" {
					v *= 4
				}
				if kind[0] == 'z' && v < .2 {
					v = 0
				}
				best = min(best, v)
				cur[r][t] = best
			}
		}
		var s Series
		s.Name = names[k]
		s.Baseline = k == 0
		for i := 0; i < 300; i++ {
			t := int(math.Pow(1000, float64(i)/299)+.5) - 1
			if kind == "acc" {
				t = i * 999 / 299
			}
			c := make([]float64, R)
			for r := range c {
				c[r] = cur[r][t]
				if kind == "acc" {
					c[r] = 94.4 - c[r]*.7
				}
			}
			sort.Float64s(c)
			s.X = append(s.X, float64(t+1))
			s.Mid = append(s.Mid, quant(c, .5))
			s.Lo = append(s.Lo, quant(c, .25))
			s.Hi = append(s.Hi, quant(c, .75))
		}
		ss = append(ss, s)
	}
	return
}
func TestSamples(t *testing.T) {
	dir := os.Getenv("PLOTS_OUT")
	if dir == "" {
		t.Skip()
	}
	two := Figure{Title: "NAS-Bench-201, CIFAR-10", Note: "embedded surrogate, 500 seeds, median and quartile band", Panels: []Panel{
		{Title: "test regret", XLabel: "architectures evaluated", YLabel: "test regret (%)", LogX: true, LogY: true, Series: sample("log")},
		{Title: "test accuracy", XLabel: "architectures evaluated", YLabel: "test accuracy (%)", Series: sample("acc"), Lines: []Line{{"best of the space", 94.37}}}}}
	sec := sample("log")
	for i := range sec {
		for j := range sec[i].X {
			sec[i].X[j] *= 137
		}
	}
	figs := map[string]Figure{"two": two,
		"one":    {Title: "NAS-Bench-201", Panels: []Panel{{XLabel: "simulated seconds", YLabel: "regret (%)", LogX: true, LogY: true, Series: sec}}},
		"eight":  {Note: "a long note that should be wrapped over several lines because it is much longer than the figure is wide; embedded surrogate, 500 seeds, median and quartile band", Panels: []Panel{{XLabel: "trials", YLabel: "regret (%)", LogX: true, LogY: true, Series: sample("eight")}}},
		"zero":   {Panels: []Panel{{XLabel: "trials", YLabel: "regret (%)", LogX: true, LogY: true, Series: sample("zero8")}, {XLabel: "trials", YLabel: "regret (%)", LogX: true, LogY: false, Series: sample("zero")}}},
		"narrow": {Width: 17 * 72 / 2.54, Height: 6 * 72 / 2.54, Title: "set width", Note: two.Note, Panels: two.Panels},
	}
	for name, f := range figs {
		for _, fm := range []string{"png", "svg", "pdf"} {
			var b bytes.Buffer
			t0 := time.Now()
			if err := f.Write(&b, fm); err != nil {
				t.Error(name, err)
				continue
			}
			t.Log(name, fm, time.Since(t0), b.Len())
			os.WriteFile(filepath.Join(dir, name+"."+fm), b.Bytes(), 0o644)
		}
	}
}
