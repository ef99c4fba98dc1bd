package plots

import (
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func dead(t *testing.T, a evolve.Arch) (edges []int) {
	t.Helper()
	cs, err := Cell(space.NB201{}, a)
	if err != nil {
		t.Fatal(err)
	}
	for e, edge := range cs[0].Edges {
		if edge.Dead {
			edges = append(edges, e)
		}
	}
	return edges
}

// Edges are 0→1, 0→2, 1→2, 0→3, 1→3, 2→3.
func TestNB201DeadEdges(t *testing.T) {
	for _, c := range []struct {
		why  string
		arch evolve.Arch
		dead []int
	}{
		{"all alive", "333333", nil},
		{"nothing at all", "000000", []int{0, 1, 2, 3, 4, 5}},
		{"none passes nothing on", "303333", []int{1}},
		{"node 1 gets nothing, so gives nothing", "033333", []int{0, 2, 4}},
		{"node 2 is not used", "333330", []int{1, 2, 5}},
		{"a signal from nowhere to the output", "033030", []int{0, 1, 2, 3, 4, 5}},
		{"the input reaches node 2, the output hears node 1", "330030", []int{1, 2, 3, 5}},
		{"a signal that stops at node 2", "111000", []int{0, 1, 2, 3, 4, 5}},
		{"only the direct edge", "000100", []int{0, 1, 2, 4, 5}},
		{"the long way", "102001", []int{1, 3, 4}},
	} {
		if got := dead(t, c.arch); !slices.Equal(got, c.dead) {
			t.Errorf("%s, %s: dead edges %v, want %v", c.why, c.arch, got, c.dead)
		}
	}
}

// alive walks every way from a node to the output and marks the edges of those that arrive.
func alive(a evolve.Arch, node int, way []int, mark *[6]bool) {
	if node == 3 {
		for _, e := range way {
			mark[e] = true
		}
	}
	for e, ft := range space.NB201Edges {
		if ft[0] == node && a[e] != '0' {
			alive(a, ft[1], append(slices.Clone(way), e), mark)
		}
	}
}

// All cells have a drawing, and its edges live exactly when some way from input to output
// goes through them.
func TestNB201AllCells(t *testing.T) {
	for i := range space.NB201Size {
		a := space.NB201{}.At(i)
		cs, err := Cell(space.NB201{}, a)
		if err != nil {
			t.Fatal(err)
		}
		g := cs[0]
		if _, err := g.layers(); err != nil {
			t.Fatalf("%s: %v", a, err)
		}
		var mark [6]bool
		alive(a, 0, nil, &mark)
		for e, edge := range g.Edges {
			if edge.Dead == mark[e] {
				t.Fatalf("%s: edge %d has dead %t, a walk says %t", a, e, edge.Dead, !mark[e])
			}
			if edge.Label != space.NB201Ops[a[e]-'0'] || [2]int{edge.From, edge.To} != space.NB201Edges[e] {
				t.Fatalf("%s: edge %d is %+v", a, e, edge)
			}
		}
		for i := range g.Nodes {
			used := i == 0 || i == 3 || slices.ContainsFunc(g.Edges, func(e Edge) bool { return e.From == i && !e.Dead })
			if g.Nodes[i].Dead == used {
				t.Fatalf("%s: node %d has dead %t", a, i, used)
			}
		}
		var formats []string
		if i%100 == 0 {
			formats = append(formats, "dot", "mermaid")
		}
		if i%2500 == 0 { // these take milliseconds
			formats = append(formats, "svg", "png", "pdf")
		}
		for _, format := range formats {
			if len(render(t, g, format)) == 0 {
				t.Fatalf("%s: an empty %s", a, format)
			}
		}
	}
}
