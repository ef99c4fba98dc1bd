package space

import (
	"bytes"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// With ENAS's operations no sample, mutation, neighbour or decision has another, and all five come.
func TestNASNetOfENAS(t *testing.T) {
	s := NASNet{Ops: ENASOps}
	r := evolve.Stream(4, t.Name())
	seen := map[byte]bool{}
	all := func(a evolve.Arch) {
		t.Helper()
		g := nasnetRead(a)
		for i := range g {
			for _, p := range g[i].pairs {
				if seen[p.op] = true; !bytes.Contains(enasSearched, []byte{p.op}) {
					t.Fatalf("%s has %s", a, NASNetOps[p.op])
				}
			}
		}
	}
	for range 20 {
		a := s.Sample(r)
		all(a)
		for _, name := range s.Mutations() {
			m, err := s.Mutation(name)
			if err != nil {
				t.Fatal(err)
			}
			all(m(a, r))
		}
		near := s.Neighbors(nil, a)
		for _, b := range near {
			all(b)
		}
		inputs := 2 * 2 * (1 + 2 + 3 + 4 + 5)
		if want := 4*2*nasnetPairs + inputs; len(near) != want {
			t.Errorf("%s has %d neighbours, want %d", a, len(near), want)
		}
		x := s.Choices(nil, a)
		if b, err := s.Choose(x); err != nil || b != a {
			t.Errorf("the choices %v of %s make %s: %v", x, a, b, err)
		}
	}
	if len(seen) != 5 {
		t.Errorf("%d operations came", len(seen))
	}
	if !slices.ContainsFunc(s.Choices(nil, amoebaNetA), func(x float64) bool { return x != x }) {
		t.Error("operations of AmoebaNet-A that ENAS does not have are decided")
	}
}
