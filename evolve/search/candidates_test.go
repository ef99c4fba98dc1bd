package search

import (
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// A space within the bound is looked at whole; another is not.
func TestCandidatesWhole(t *testing.T) {
	r := evolve.Stream(1, "test")
	for _, x := range []struct {
		of   evolve.Space
		most int
		want int
	}{
		{space.NB201{}, wholeBound, 15_625},
		{space.NB201{}, 1000, 0},
		{space.NB101{}, wholeBound, 0},
		{space.DARTS{}, wholeBound, 0},
	} {
		if got := newCandidates(x.of, x.most, r).whole(); got != x.want {
			t.Errorf("%s up to %d: %d numbered, want %d", x.of.Name(), x.most, got, x.want)
		}
	}
}

// All that is drawn is valid, different and not taken, and most of it is near the best.
func TestCandidatesNear(t *testing.T) {
	for _, s := range []evolve.Space{space.NB201{}, space.NB101{}, space.DARTS{}, space.NASNet{}} {
		r := evolve.Stream(2, "test")
		c := newCandidates(s, 0, r)
		var ranked []evolve.Arch
		told := map[evolve.Arch]bool{}
		for len(ranked) < 30 {
			if a := s.Sample(r); !told[a] {
				told[a] = true
				ranked = append(ranked, a)
			}
		}
		got := c.near(nil, 100, ranked, func(a evolve.Arch) bool { return told[a] })
		if len(got) != 100 {
			t.Fatalf("%s: %d candidates, want 100", s.Name(), len(got))
		}
		known := map[evolve.Arch]bool{}
		for _, a := range got {
			if _, err := s.Canon(a); err != nil || known[a] || told[a] {
				t.Errorf("%s: %s: %v, twice %v, taken %v", s.Name(), a, err, known[a], told[a])
			}
			known[a] = true
		}
		first := map[evolve.Arch]bool{}
		if m, ok := s.(evolve.Neighborer); ok {
			for _, a := range ranked[:5] {
				for _, b := range m.Neighbors(nil, a) {
					first[b] = true
				}
			}
			near := 0
			for _, a := range got {
				if first[a] {
					near++
				}
			}
			if near < 15 {
				t.Errorf("%s: %d of 100 are neighbours of the five best, want at least 15", s.Name(), near)
			}
		}
	}
}

// Of a space that is nearly used up what is left is found, and then nothing.
func TestCandidatesUsedUp(t *testing.T) {
	s := space.Bits{Length: 4}
	r := evolve.Stream(3, "test")
	c := newCandidates(s, 0, r)
	left := s.Sample(r)
	got := c.near(nil, 5, []evolve.Arch{left}, func(a evolve.Arch) bool { return a != left })
	if len(got) != 1 || got[0] != left {
		t.Errorf("%v, want %s alone", got, left)
	}
	if got := c.near(nil, 5, []evolve.Arch{left}, func(evolve.Arch) bool { return true }); len(got) != 0 {
		t.Errorf("%v of a space that is used up", got)
	}
}
