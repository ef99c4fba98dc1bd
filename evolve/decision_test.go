package evolve_test

import (
	"errors"
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

// Whole numbers have equal parts of the range, or of its logarithms, and come back from anywhere in their own.
func TestUnitOfWholeNumbers(t *testing.T) {
	d := evolve.Decision{Lo: 2, Hi: 5, Int: true}
	for u, x := range map[float64]float64{0: 2, .24: 2, .26: 3, .49: 3, .51: 4, .74: 4, .76: 5, 1: 5} {
		if got := d.FromUnit(u); got != x {
			t.Errorf("at %v is %v, want %v", u, got, x)
		}
	}
	if got := d.Unit(3); got != .375 {
		t.Errorf("3 is at %v, want .375", got)
	}
	log := evolve.Decision{Lo: 1, Hi: 1024, Int: true, Log: true}
	// exp(log 0.5 + 0.2·(log 1024.5 - log 0.5)) is 2.3.
	if got := log.FromUnit(.2); got != 2 {
		t.Errorf("at .2 is %v, want 2", got)
	}
	for _, d := range []evolve.Decision{d, log} {
		for x := d.Lo; x <= d.Hi; x++ {
			if got := d.FromUnit(d.Unit(x)); got != x {
				t.Errorf("%+v: %v comes back as %v", d, x, got)
			}
		}
	}
	if err := evolve.CheckChoices([]evolve.Decision{d}, []float64{2.5}); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("2.5: %v, want ErrInvalid", err)
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
