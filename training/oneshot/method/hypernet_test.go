package method

import (
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/net"
)

// tinySupernet is one of few channels and three classes.
func tinySupernet(t testing.TB, space string) *net.Supernet {
	t.Helper()
	s, err := net.Super(space, net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 3, N: 1, F: 2})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ones is a first table without a supernet.
func ones(layer int, into []float64) error {
	for i := range into {
		into[i] = 1 + float64(layer%7)/8 + float64(i%5)/16
	}
	return nil
}

func tinyHypernetwork(t testing.TB, s *net.Supernet, rank int) *hypernetwork {
	t.Helper()
	h := layHypernetwork(s, rank)
	if err := h.draw(smashAdam, ones, evolve.Stream(1, "hyper")); err != nil {
		t.Fatal(err)
	}
	return h
}

// pathOf are the open layers of an architecture.
func pathOf(t testing.TB, s *net.Supernet, a evolve.Arch) []bool {
	t.Helper()
	open, err := s.Path(a)
	if err != nil {
		t.Fatal(err)
	}
	return open
}

// weighed is a sum of all kernels of an architecture's open layers, each number with a weight of its own.
func weighed(h *hypernetwork, open []bool, weight func(layer, i int) float64) (sum float64) {
	h.fill(open, func(layer int, kernel []float64) error {
		for i, v := range kernel {
			sum += weight(layer, i) * v
		}
		return nil
	})
	return sum
}

func TestHypernetworkGradient(t *testing.T) {
	for _, rank := range []int{0, 3} {
		s := tinySupernet(t, "nb201")
		h := tinyHypernetwork(t, s, rank)
		weight := func(layer, i int) float64 { return math.Sin(float64(layer*31 + i)) }
		open := pathOf(t, s, "213230")
		a := h.read(open)
		tables := map[int][]float64{}
		for n, k := range h.kernels {
			if !open[k.layer] {
				continue
			}
			grad := make([]float64, s.Sizes(k.layer))
			for i := range grad {
				grad[i] = weight(k.layer, i)
			}
			tables[n] = make([]float64, len(k.table))
			a.back(k, grad, tables[n])
		}
		const step = 1e-5
		differs := func(at *float64) float64 {
			x := *at
			*at = x + step
			up := weighed(h, open, weight)
			*at = x - step
			down := weighed(h, open, weight)
			*at = x
			return (up - down) / (2 * step)
		}
		moved := 0
		for i := range h.trunk {
			want := differs(&h.trunk[i])
			if got := h.trunkGrad[i]; math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
				t.Fatalf("rank %d: the gradient in the trunk's number %d is %g, by differences %g", rank, i, got, want)
			}
			if want != 0 {
				moved++
			}
		}
		if (moved > 0) != (rank > 0) {
			t.Errorf("rank %d: %d numbers of the trunk have a gradient", rank, moved)
		}
		for _, n := range slices.Sorted(maps.Keys(tables)) {
			for i := 0; i < len(tables[n]); i += 7 {
				want := differs(&h.kernels[n].table[i])
				if got := tables[n][i]; math.Abs(got-want) > 1e-6*(1+math.Abs(want)) {
					t.Fatalf("rank %d: the gradient in number %d of table %d is %g, by differences %g", rank, i, n, got,
						want)
				}
			}
		}
	}
}

// Two cells that share an edge's operation get different weights there, unless the hypernetwork is a table of choices.
func TestHypernetworkLooksAtTheWholeCell(t *testing.T) {
	s := tinySupernet(t, "nb201")
	for rank, wantSame := range map[int]bool{0: true, 2: false} {
		h := tinyHypernetwork(t, s, rank)
		kernelOf := func(a evolve.Arch) (all []float64) {
			h.fill(pathOf(t, s, a), func(layer int, kernel []float64) error {
				if s.Gates[layer] == s.Gate(0, 3) { // nor_conv_3x3 of the first edge
					all = append(all, kernel...)
				}
				return nil
			})
			return all
		}
		a, b := kernelOf("311111"), kernelOf("311112")
		if len(a) == 0 || len(a) != len(b) {
			t.Fatalf("kernels of %d and %d numbers", len(a), len(b))
		}
		differ := 0
		for i := range a {
			if a[i] != b[i] {
				differ++
			}
		}
		if same := differ == 0; same != wantSame {
			t.Errorf("rank %d: %d of %d numbers differ", rank, differ, len(a))
		}
		if again := kernelOf("311111"); !slices.Equal(a, again) {
			t.Errorf("rank %d: what was written between changes a kernel", rank)
		}
	}
}

// The kernels of each space have inputs of their own, and the size is bounded.
func TestHypernetworkInputs(t *testing.T) {
	for _, space := range net.SuperSpaces() {
		c := net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, N: 1, F: 8}
		if space != "nb201" {
			c.N, c.Layers = 0, 5
		}
		s, err := net.Super(space, c)
		if err != nil {
			t.Fatal(err)
		}
		h := tinyHypernetwork(t, s, 4)
		own := map[[3]int]string{}
		for _, k := range h.kernels {
			name := s.Layers[k.layer].Name
			if other, ok := own[k.own]; ok {
				t.Errorf("%s: %s and %s have the same inputs", space, other, name)
			}
			own[k.own] = name
		}
		for i := range s.Layers {
			if _, conv := s.Layers[i].Op.(net.Conv); conv && s.Gates[i] >= 0 {
				if !slices.ContainsFunc(h.kernels, func(k *written) bool { return k.layer == i }) {
					t.Errorf("%s: nobody writes %s", space, s.Layers[i].Name)
				}
			}
		}
		if most := 10 * s.Params(); h.params() > most { // the bound that this project has set itself
			t.Errorf("%s: %d parameters of the hypernetwork, %d of the supernet", space, h.params(), s.Params())
		}
	}
}

func TestHypernetworkState(t *testing.T) {
	s := tinySupernet(t, "nb201")
	h := tinyHypernetwork(t, s, 2)
	state := map[string][]float64{}
	h.trunkAdam.Step(h.trunk, make([]float64, len(h.trunk)))
	h.save(state)
	other := layHypernetwork(s, 2)
	if err := other.draw(smashAdam, ones, evolve.Stream(2, "hyper")); err != nil {
		t.Fatal(err)
	}
	if err := other.load(state); err != nil {
		t.Fatal(err)
	}
	again := map[string][]float64{}
	other.save(again)
	for name, want := range state {
		if !slices.Equal(again[name], want) {
			t.Errorf("%s is not as it was saved", name)
		}
	}
	if err := tinyHypernetwork(t, s, 1).load(state); err == nil {
		t.Error("a hypernetwork of another rank took the state")
	}
}
