package export

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device"
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
		if r.IntN(2) == 0 {
			c.Skeleton, c.Input.H, c.Input.W = net.SkeletonTF, c.Input.H-r.IntN(3), c.Input.W-r.IntN(3) // odd sides are rounded up
		}
	}
	a := spaces[name].Sample(r)
	if n, ok := spaces[name].(evolve.Notation); ok && (name == "nasnet" || name == "darts") && r.IntN(2) == 0 {
		var err error
		if a, err = n.Parse(genotype(name, r)); err != nil {
			t.Fatal(err)
		}
	}
	return a, build(t, name, a, c)
}

// genotype draws cells of all operations, those too that are in published cells alone.
func genotype(name string, r *rand.Rand) string {
	ops, blocks, from := space.DARTSOps[:], 4, 2
	if name == "nasnet" {
		ops, blocks, from = space.NASNetOps[:], 5, r.IntN(3)
	}
	var text []string
	for _, kind := range []string{"normal", "reduce"} {
		var edges, states []string
		for b := range blocks {
			in := r.Perm(b + 2)
			for k := range 2 {
				edges = append(edges, fmt.Sprintf("('%s', %d)", ops[r.IntN(len(ops))], in[k]))
			}
		}
		for s := from; s < blocks+2; s++ {
			states = append(states, strconv.Itoa(s))
		}
		text = append(text, fmt.Sprintf("%s=[%s], %[1]s_concat=[%[3]s]", kind, strings.Join(edges, ", "), strings.Join(states, ", ")))
	}
	return "Genotype(" + strings.Join(text, ", ") + ")"
}

// weighted draws a model whose every number matters: scales, shifts and running statistics too.
func weighted(n *net.Net, r *rand.Rand) *graph.Model[float32] {
	m, err := graph.NewModel(n, r, device.CPU[float32]())
	if err != nil {
		panic(err) // the processor has room
	}
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
