package evolve_test

import (
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"pgregory.net/rapid"
)

func TestUnit(t *testing.T) {
	linear, log := evolve.Decision{Lo: -1, Hi: 3}, evolve.Decision{Lo: 1e-4, Hi: 1, Log: true}
	for _, c := range []struct {
		d    evolve.Decision
		x, u float64
	}{
		{linear, -1, 0}, {linear, 0, .25}, {linear, 1, .5}, {linear, 3, 1},
		{log, 1e-4, 0}, {log, 1e-3, .25}, {log, 1e-2, .5}, {log, 1, 1},
	} {
		u, x := c.d.Unit(c.x), c.d.FromUnit(c.u)
		if math.Abs(u-c.u) > 1e-15 || math.Abs(x-c.x) > 1e-15 || (c.u == 0 || c.u == 1) && (u != c.u || x != c.x) {
			t.Errorf("%+v: %v is at %v, and at %v is %v", c.d, c.x, u, c.u, x)
		}
	}
	// Out of range is the nearer end, and what is not decided stays so.
	for _, d := range []evolve.Decision{linear, log} {
		for x, u := range map[float64]float64{-5: 0, math.Inf(-1): 0, 5: 1, math.Inf(1): 1} {
			if got := d.Unit(x); got != u {
				t.Errorf("%+v: %v is at %v, want %v", d, x, got, u)
			}
		}
		if d.FromUnit(-.1) != d.Lo || d.FromUnit(1.1) != d.Hi {
			t.Errorf("%+v: %v and %v beyond the ends", d, d.FromUnit(-.1), d.FromUnit(1.1))
		}
		if !math.IsNaN(d.Unit(math.NaN())) || !math.IsNaN(d.FromUnit(math.NaN())) {
			t.Errorf("%+v: NaN becomes a number", d)
		}
	}
}

// A number and its place are each other's way back, larger numbers lie farther up, and nothing leaves its range.
func TestUnitBackAndForth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := evolve.Decision{Log: rapid.Bool().Draw(t, "log")}
		if d.Log {
			d.Lo = math.Pow(10, rapid.Float64Range(-12, 12).Draw(t, "lo"))
			d.Hi = d.Lo * math.Pow(10, rapid.Float64Range(.01, 24).Draw(t, "by"))
		} else {
			d.Lo = rapid.Float64Range(-1e6, 1e6).Draw(t, "lo")
			d.Hi = d.Lo + rapid.Float64Range(.01, 1e6).Draw(t, "by")
		}
		u, v := rapid.Float64Range(0, 1).Draw(t, "u"), rapid.Float64Range(0, 1).Draw(t, "v")
		x, y := d.FromUnit(u), d.FromUnit(v)
		if x < d.Lo || x > d.Hi || u < v && x > y {
			t.Fatalf("%+v: %v is at %v, %v at %v", d, x, u, y, v)
		}
		if back := d.Unit(x); back < 0 || back > 1 || math.Abs(back-u) > 1e-7 {
			t.Fatalf("%+v: %v comes back as %v", d, u, back)
		}
		if again := d.FromUnit(d.Unit(x)); math.Abs(again-x) > 1e-9*max(math.Abs(d.Lo), math.Abs(d.Hi)) {
			t.Fatalf("%+v: %v comes back as %v", d, x, again)
		}
	})
}
