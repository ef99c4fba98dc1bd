package plots

import (
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestGraphCells(t *testing.T) {
	for text, want := range map[string]string{
		"0000:gat,gcn,gin,cheb":   "input, gat, gcn, gin, cheb, output\n0>1, 0>2, 0>3, 0>4, 1>5, 2>5, 3>5, 4>5",
		"0012:gat,gcn,fc,skip":    "input, gat, gcn, fc, skip, output\n0>1, 0>2, 1>3, 2>4, 3>5, 4>5",
		"0123:sage,arma,graph,fc": "input, sage, arma, graph, fc, output\n0>1, 1>2, 2>3, 3>4, 4>5",
		"0113:skip,gat,gat,gat":   "input, skip, gat, gat, gat, output\n0>1, 1>2, 1>3, 2>4, 3>5, 4>5", // 0112 in the published order
	} {
		if got := describe(drawn(t, "graph", text)[0]); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", text, got, want)
		}
	}
	g := drawn(t, "graph", "0012:gat,gcn,fc,skip")[0]
	if got, want := kinds(g), []string{"conv", "conv", "dense", "skip"}; g.Title != "0012:gat,gcn,fc,skip" || !slices.Equal(got, want) {
		t.Errorf("%s: kinds %v, want %v", g.Title, got, want)
	}
}

// TestGraphLinks: nothing is dead in any link structure, since what no node reads goes to
// the output.
func TestGraphLinks(t *testing.T) {
	for link := range 9 {
		g := graphCell(evolve.Arch([]byte{byte('0' + link), '0', '1', '2', '3'}))[0]
		before := describe(g)
		if after := describe(g.markDead()); after != before {
			t.Errorf("link structure %d:\n%s\nhas what is dead:\n%s", link, before, after)
		}
	}
}
