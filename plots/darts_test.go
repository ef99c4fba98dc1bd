package plots

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
)

// dartsPlain are the edges to the output, where all nodes live.
const dartsPlain = ", 2>6, 3>6, 4>6, 5>6"

func TestDARTSV2(t *testing.T) {
	var genotype struct{ Normal, Reduce [][2]any }
	if err := json.Unmarshal(published(t, "DARTS_V2"), &genotype); err != nil {
		t.Fatal(err)
	}
	list := func(pairs [][2]any) string {
		var all []string
		for _, p := range pairs {
			all = append(all, fmt.Sprintf("('%s', %v)", p[0], p[1]))
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	cs := drawn(t, "darts", "Genotype(normal="+list(genotype.Normal)+", normal_concat=[2, 3, 4, 5], reduce="+list(genotype.Reduce)+", reduce_concat=[2, 3, 4, 5])")
	want := []string{
		"0>2 sep_conv_3x3, 1>2 sep_conv_3x3, 0>3 sep_conv_3x3, 1>3 sep_conv_3x3, 1>4 sep_conv_3x3, 0>4 skip_connect, 0>5 skip_connect, 2>5 dil_conv_3x3",
		"0>2 max_pool_3x3, 1>2 max_pool_3x3, 2>3 skip_connect, 1>3 max_pool_3x3, 0>4 max_pool_3x3, 2>4 skip_connect, 2>5 skip_connect, 1>5 max_pool_3x3",
	}
	if len(cs) != 2 {
		t.Fatalf("%d graphs, want the normal and the reduction cell", len(cs))
	}
	for i, g := range cs {
		if diff := cmp.Diff("c_{k-2}, c_{k-1}, 0, 1, 2, 3, c_k\n"+want[i]+dartsPlain, describe(g)); diff != "" {
			t.Errorf("cell %d (-want +got):\n%s", i, diff)
		}
		if got := kinds(g); !slices.Equal(got, []string{"sum", "sum", "sum", "sum"}) {
			t.Errorf("cell %d: kinds %v", i, got)
		}
	}
	if cs[0].Title != "normal 0414041414030326" || cs[1].Title != "reduction 0111231101232311" {
		t.Errorf("titles %q, %q", cs[0].Title, cs[1].Title)
	}
}

func TestDARTSDead(t *testing.T) {
	alive := "0414" + "0414" + "0414" + "0414"
	for _, c := range []struct{ why, cell, want string }{
		{
			"one edge has none", "0410" + "0414" + "0414" + "0414",
			"c_{k-2}, c_{k-1}, 0, 1, 2, 3, c_k\n0>2 sep_conv_3x3, 1>2! none, 0>3 sep_conv_3x3, 1>3 sep_conv_3x3, 0>4 sep_conv_3x3, 1>4 sep_conv_3x3, 0>5 sep_conv_3x3, 1>5 sep_conv_3x3" + dartsPlain,
		},
		{
			"node 0 is zero, so gives node 1 nothing", "0010" + "2404" + "0414" + "2325",
			"c_{k-2}, c_{k-1}, 0!, 1, 2, 3!, c_k\n0>2! none, 1>2! none, 2>3! sep_conv_3x3, 0>3 sep_conv_3x3, 0>4 sep_conv_3x3, 1>4 sep_conv_3x3, 2>5! skip_connect, 2>5! sep_conv_5x5, 2>6!, 3>6, 4>6, 5>6!",
		},
	} {
		if diff := cmp.Diff(c.want, describe(dartsCell("", evolve.Arch(c.cell)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, diff)
		}
		if got := describe(dartsCells(evolve.Arch(alive + c.cell))[1]); got != c.want {
			t.Errorf("%s, as the reduction cell: %s", c.why, got)
		}
	}
}

func TestDARTSKinds(t *testing.T) {
	var got []string
	for _, e := range dartsCell("", "0112020314050617").Edges[:8] {
		got = append(got, e.Kind)
	}
	if want := []string{"pool", "pool", "pool", "skip", "conv", "conv", "dilated", "dilated"}; !slices.Equal(got, want) {
		t.Errorf("kinds %v, want %v", got, want)
	}
}
