package plots

import (
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/google/go-cmp/cmp"
)

// sampleNASNet has all colours of the space, a state in the output that is an input, dead
// blocks and a zero.
const sampleNASNet evolve.Arch = "0b1e1a2g3h1r0i0q4c1l:046-0a0b1c1r2d2d0b0b2r1d"

func init() { samples["nasnet"] = nasnetCells(sampleNASNet) }

func TestNASNetCells(t *testing.T) {
	_, a, _ := space.Published("amoebanet-a")
	cs := drawn(t, "nasnet", string(a))
	want := []string{
		"c_{k-2}, c_{k-1}, 2, 3, 4, 5, 6, concat/c_k\n1>2 avg_pool_3x3, 1>2 max_pool_3x3, 0>3 sep_conv_3x3, 0>3 skip_connect, 1>4 skip_connect, 0>4 avg_pool_3x3, 1>5 sep_conv_3x3, 2>5 sep_conv_5x5, 5>6 avg_pool_3x3, 1>6 sep_conv_3x3, 0>7, 3>7, 4>7, 6>7",
		"c_{k-2}, c_{k-1}, 2, 3, 4, 5, 6, concat/c_k\n0>2 sep_conv_3x3, 1>2 avg_pool_3x3, 1>3 max_pool_3x3, 2>3 sep_conv_7x7, 0>4 max_pool_3x3, 1>4 max_pool_3x3, 4>5 sep_conv_3x3, 1>5 conv_1x7_7x1, 0>6 avg_pool_3x3, 1>6 sep_conv_7x7, 2>7, 3>7, 4>7, 5>7, 6>7",
	}
	if len(cs) != 2 {
		t.Fatalf("%d graphs, want the normal and the reduction cell", len(cs))
	}
	for i, g := range cs {
		if diff := cmp.Diff(want[i], describe(g)); diff != "" {
			t.Errorf("cell %d (-want +got):\n%s", i, diff)
		}
	}
	if cs[0].Title != "normal 1e1f0b0a1a0e1b2c5e1b:0346" || cs[1].Title != "reduction 0b1e1f2d0f1f4b1h0e1d:23456" {
		t.Errorf("titles %q, %q", cs[0].Title, cs[1].Title)
	}
}

// What only a zero or a block outside the output reads is dead.
func TestNASNetDead(t *testing.T) {
	got := describe(nasnetCells("0b1b2b2b3r1b0c0c0d0d:46-0a0a0a0a0a0a0a0a0a0a")[0])
	want := "c_{k-2}, c_{k-1}, 2!, 3!, 4, 5!, 6, concat/c_k\n0>2! sep_conv_3x3, 1>2! sep_conv_3x3, 2>3! sep_conv_3x3, 2>3! sep_conv_3x3, 3>4! none, 1>4 sep_conv_3x3, 0>5! sep_conv_5x5, 0>5! sep_conv_5x5, 0>6 sep_conv_7x7, 0>6 sep_conv_7x7, 4>7, 6>7"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNASNetKinds(t *testing.T) {
	want := []string{"skip", "conv", "conv", "conv", "pool", "pool", "dilated", "large", "large", "large", "large", "pool", "pool", "pool", "pool", "dilated", "dilated", "skip"}
	var got []string
	for _, op := range space.NASNetOps {
		got = append(got, nasnetKind(op))
	}
	if !slices.Equal(got, want) {
		t.Errorf("kinds %v, want %v", got, want)
	}
}
