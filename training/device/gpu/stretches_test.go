package gpu

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is taken and given, stretches never overlap, nothing is lost, neighbours are one, and the best fit is taken.
func TestStretches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const units = 64
		s, owner := newStretches(units), [units]int{} // by unit: 1 + the place of the stretch it belongs to
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if n := rapid.IntRange(1, 12).Draw(t, "take"); rapid.Bool().Draw(t, "taking") {
				var fits []int // lengths of the holes that are long enough
				for _, h := range holes(owner[:]) {
					if h >= n {
						fits = append(fits, h)
					}
				}
				at, ok := s.take(n)
				if ok != (len(fits) > 0) {
					t.Fatalf("%d units: %v, and the holes that fit are %v", n, ok, fits)
				}
				if !ok {
					continue
				}
				hole := 0
				for from := at; from < units && owner[from] == 0; from++ {
					hole++
				}
				if hole != slices.Min(fits) {
					t.Fatalf("%d units from a hole of %d, and there are %v", n, hole, fits)
				}
				for i := range n {
					owner[at+i] = 1 + at
				}
			} else if len(s.used) > 0 {
				var places []int
				for at := range s.used {
					places = append(places, at)
				}
				slices.Sort(places)
				at := rapid.SampledFrom(places).Draw(t, "give")
				if !s.give(at) || s.give(at) {
					t.Fatal("a stretch is given back once")
				}
				for i := range owner {
					if owner[i] == 1+at {
						owner[i] = 0
					}
				}
			}
			want := holes(owner[:])
			if len(s.free) != len(want) || s.largest() != slices.Max(append(want, 0)) {
				t.Fatalf("free %v, and the holes are %v", s.free, want)
			}
		}
	})
}

// holes are the lengths of the stretches that nobody owns.
func holes(owner []int) (out []int) {
	for i, o := range owner {
		if o == 0 && i > 0 && owner[i-1] == 0 {
			out[len(out)-1]++
		} else if o == 0 {
			out = append(out, 1)
		}
	}
	return out
}
