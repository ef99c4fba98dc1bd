package surrogate

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/net"
)

// anyNASNet draws an architecture with any operation and, now and then, an output that departs from the rule.
func anyNASNet(t *rapid.T) evolve.Arch {
	var text []byte
	for i := range 2 {
		if i > 0 {
			text = append(text, '-')
		}
		for k := range 10 {
			text = append(text, byte('0'+rapid.IntRange(0, 1+k/2).Draw(t, "state")),
				byte('a'+rapid.IntRange(0, len(space.NASNetOps)-1).Draw(t, "operation")))
		}
		if rapid.Bool().Draw(t, "by rule") {
			continue
		}
		text = append(text, ':')
		set := rapid.IntRange(4, 127).Draw(t, "output")
		for s := range 7 {
			if set>>s&1 == 1 {
				text = append(text, byte('0'+s))
			}
		}
	}
	return evolve.Arch(text)
}

// The sums over the pieces of an architecture are what is counted of its network, layer by layer.
func TestNASNetSizesAreTheNetworks(t *testing.T) {
	embedded := openRungs(t, "nasnet-digits").network
	for _, c := range []net.Config{embedded, net.Default("nasnet"),
		{Input: net.Shape{C: 3, H: 16, W: 8}, Classes: 7, Layers: 9, F: 5, Aux: false},
		{Input: net.Shape{C: 1, H: 16, W: 16}, Classes: 3, N: 2, F: 4, Aux: true, DropPath: .1}} {
		s, err := newNASNetSizes(c)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			a := anyNASNet(t)
			n, err := net.Build("nasnet", a, c)
			if err != nil {
				t.Fatal(err)
			}
			for k := range net.Counts {
				if got, err := s.of(a, k); err != nil || got != float64(net.Counts[k].Of(n)) {
					t.Fatalf("%s of %s in %+v: %.0f, %v, want %d", net.Counts[k].Objective, a, c, got, err, net.Counts[k].Of(n))
				}
			}
		})
	}
	if _, err := newNASNetSizes(net.Config{}); err == nil {
		t.Error("a network without channels has sizes")
	}
}

// A search asks for sizes at every trial.
func TestNASNetSizesAllocateNothing(t *testing.T) {
	s, err := newNASNetSizes(openRungs(t, "nasnet-digits").network)
	if err != nil {
		t.Fatal(err)
	}
	a := space.NASNet{}.Sample(evolve.Stream(1, "sizes"))
	if n := testing.AllocsPerRun(100, func() {
		if _, err := s.of(a, 0); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
