package plots

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// nlpCell is the recipe: the sources x and h_prev_i, a node for each operation, and the
// results h_new_i. The inputs of blend are named as in a·b + (1-a)·c: of all operations
// only there their order counts.
func nlpCell(a evolve.Arch) Cells {
	var recipe map[string]struct {
		Op    string
		Input []string
	}
	// What Format prints of a valid genome is JSON of this shape.
	_ = json.Unmarshal([]byte(space.NLP{}.Format(a)), &recipe)
	var g Graph
	place := map[string]int{}
	add := func(name string, n Node) {
		place[name] = len(g.Nodes)
		g.Nodes = append(g.Nodes, n)
	}
	add("x", Node{Label: "x", Kind: "input"})
	var results []string // counted from 0 without a gap, as many as there are sources h_prev_i
	for i := range len(recipe) {
		name := fmt.Sprintf("h_new_%d", i)
		if _, ok := recipe[name]; !ok {
			break
		}
		results = append(results, name)
		prev := fmt.Sprintf("h_prev_%d", i)
		add(prev, Node{Label: prev, Kind: "input"})
	}
	names := slices.Sorted(maps.Keys(recipe))
	for _, name := range names {
		kind, label, long := strings.Cut(recipe[name].Op, "_")
		if !long {
			label = kind
		}
		add(name, Node{Label: label, Kind: kind})
	}
	for _, name := range names {
		for i, input := range recipe[name].Input {
			e := Edge{From: place[input], To: place[name]}
			if recipe[name].Op == "blend" {
				e.Label = "abc"[i : i+1]
			}
			g.Edges = append(g.Edges, e)
		}
	}
	for _, name := range results {
		g.Edges = append(g.Edges, Edge{From: place[name], To: len(g.Nodes)})
		g.Nodes = append(g.Nodes, Node{Label: name, Kind: "output"})
	}
	return Cells{g.markDead()}
}
