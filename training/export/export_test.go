package export

import (
	"math/rand/v2"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/graph"
	"github.com/amoeba-nas/amoeba/training/net"
)

var (
	digits = net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, N: 1, F: 8}
	images = net.Config{Input: net.Shape{C: 3, H: 32, W: 32}, Classes: 100, N: 2, F: 5}
	spaces = map[string]evolve.Space{"nb101": space.NB101{Unique: true}, "nb201": space.NB201{}, "nasnet": space.NASNet{}, "darts": space.DARTS{}}
)

func build(t testing.TB, name string, a evolve.Arch, c net.Config) *net.Net {
	t.Helper()
	n, err := net.Build(name, a, c)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// random is a network of a random architecture, with a head and drop path where there can be.
func random(t testing.TB, name string, c net.Config, r *rand.Rand) (evolve.Arch, *net.Net) {
	if name == "nasnet" || name == "darts" {
		c.Aux, c.DropPath = r.IntN(2) == 0, float64(r.IntN(2))/5
	}
	a := spaces[name].Sample(r)
	return a, build(t, name, a, c)
}

// weighted draws a model whose every number matters: scales, shifts and running statistics too.
func weighted(n *net.Net, r *rand.Rand) *graph.Model[float32] {
	m := graph.NewModel[float32](n, r)
	for _, w := range m.Weights {
		if !w.Decay {
			for i := range w.Data {
				w.Data[i] += float32(.2 * r.NormFloat64())
			}
		}
	}
	for _, s := range m.Stats {
		for i := range s {
			if i < len(s)/2 {
				s[i] = float32(.3 * r.NormFloat64())
			} else {
				s[i] = .5 + r.Float32()
			}
		}
	}
	return m
}
