// Package nettest is what several packages test networks with.
package nettest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// SuperNames gives the layers of an architecture's network of nb201 or darts the names that they have in the supernet.
func SuperNames(t testing.TB, spaceName string, a evolve.Arch, layers int) *strings.Replacer {
	t.Helper()
	var pairs []string
	if spaceName == "nb201" {
		for e, edge := range space.NB201Edges {
			path := fmt.Sprintf("/edge%d-%d", edge[0], edge[1])
			pairs = append(pairs, path, path+"/"+space.NB201Ops[a[e]-'0'])
		}
		return strings.NewReplacer(pairs...)
	}
	g, err := space.DARTS{}.Genotype(a)
	if err != nil {
		t.Fatal(err)
	}
	for i := range layers {
		cell := g.Normal
		if i == layers/3 || i == 2*layers/3 {
			cell = g.Reduce
		}
		for k, block := range cell.Blocks {
			for side, e := range block {
				pairs = append(pairs, fmt.Sprintf("cell%d/block%d/%s/", i, k, [2]string{"left", "right"}[side]),
					fmt.Sprintf("cell%d/edge%d-%d/%s/", i, e.In, 2+k, e.Op))
			}
		}
	}
	return strings.NewReplacer(pairs...)
}
