package net

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Candidates see a quarter of the channels, and the others pass every edge that has a candidate.
func TestPartial(t *testing.T) {
	for _, c := range []struct {
		space string
		arch  evolve.Arch
	}{{"nb201", "103402"}, {"darts", "04150415042304130415041504251431"}} {
		config := Config{Input: cifar, Classes: 10, N: 1, F: 8, Unscaled: true}
		s, err := Partial(c.space, config, 4)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := Super(c.space, config)
		if err != nil {
			t.Fatal(err)
		}
		if s.Shares() != s.Edges*(len(s.Ops)+1) || whole.Shares() != s.Edges*len(s.Ops) {
			t.Errorf("%s: %d shares, of the whole %d", c.space, s.Shares(), whole.Shares())
		}
		if s.Params() >= whole.Params() || s.Layers[s.Output].Out != whole.Layers[whole.Output].Out {
			t.Errorf("%s: %d parameters, the whole has %d", c.space, s.Params(), whole.Params())
		}
		open, err := s.Path(c.arch)
		if err != nil {
			t.Fatal(err)
		}
		used := map[int]bool{} // edges that the architecture has, by an open candidate
		for i, g := range s.Gates {
			if candidates := s.Edges * len(s.Ops); g >= 0 && g < candidates && open[i] {
				used[g/len(s.Ops)] = true
			}
		}
		passed := 0
		for i, l := range s.Layers {
			switch w, weighs := l.Op.(Weigh); {
			case weighs && w.Gate < s.Edges*len(s.Ops):
				if 4*l.Out.C != cellWidth(s, l.Name) {
					t.Fatalf("%s: %s has %d channels", c.space, l.Name, l.Out.C)
				}
			case weighs:
				edge := w.Gate - s.Edges*len(s.Ops)
				if none := c.space == "nb201" && c.arch[edge] == '0'; open[i] != (used[edge] || none) {
					t.Errorf("%s: %s is open: %v", c.space, l.Name, open[i])
				}
				if open[i] {
					passed++
				}
			}
		}
		if passed == 0 {
			t.Errorf("%s: nothing passes the candidates by", c.space)
		}
	}
	ok := Config{Input: cifar, Classes: 10, N: 1, F: 8}
	odd := ok
	odd.F = 6
	for _, c := range []struct {
		space  string
		config Config
		k      int
		want   error
	}{{"nb201", ok, 1, evolve.ErrInvalid}, {"nb201", odd, 4, evolve.ErrInvalid}, {"enas", ok, 4, evolve.ErrUnsupported},
		{"nb201", Config{Input: cifar, Classes: 10, N: 1}, 4, evolve.ErrInvalid}} {
		if _, err := Partial(c.space, c.config, c.k); !errors.Is(err, c.want) {
			t.Errorf("%s, k=%d: %v", c.space, c.k, err)
		}
	}
}

// cellWidth is the number of channels of the cell that a layer is in, which its first node has.
func cellWidth(s *Supernet, name string) int {
	parts := strings.Split(name, "/")
	cell := strings.Join(parts[:slices.IndexFunc(parts, func(p string) bool { return strings.HasPrefix(p, "edge") })], "/")
	for _, l := range s.Layers {
		if strings.HasPrefix(l.Name, cell+"/node") && strings.HasSuffix(l.Name, "/shift") {
			return l.Out.C
		}
	}
	return 0
}

// An edge's probe is that of the node that it leads to.
func TestProbed(t *testing.T) {
	for space, want := range map[string][]int{"nb201": {0, 1, 1, 2, 2, 2},
		"darts": {0, 0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 7}} {
		s, err := Probed(space, Config{Input: cifar, Classes: 10, N: 1, F: 8})
		if err != nil {
			t.Fatal(err)
		}
		first := s.Edges * len(s.Ops)
		for edge, place := range want {
			if got := s.Probe(edge) - first; got != place {
				t.Errorf("%s: the probe of edge %d is %d, want %d", space, edge, got, place)
			}
		}
		if s.Shares() != first+want[len(want)-1]+1 {
			t.Errorf("%s: %d shares of %d candidates", space, s.Shares(), first)
		}
	}
}
