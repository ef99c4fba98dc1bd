package net

import (
	"fmt"
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// dartsCounts are the parameters of the cells with a figure of the DARTS skeleton.
var dartsCounts = map[string]int{
	"DARTS_V1": 3169414, "DARTS_V2": 3349342, "PDARTS": 3433798, "PC_DARTS_cifar": 3634678, "GDAS_V1": 3368782, "SNAS_mild": 2661382,
	"SNAS_moderate": 2847358, "MdeNAS": 3783286, "ASHA200": 2243206, "NASNet-A": 4168054, "NASNet-A-DARTS": 3830950,
	"ENASNet-FairDARTS": 4020166, "AmoebaNet-A-DARTS": 3145078, "AmoebaNet-A": 3534022, "AmoebaNet-B": 3031606,
}

// gaps are the figures that are not met, by how much in per cent: parameters, multiply-adds.
var gaps = map[string][2]float64{
	"NASNet-A 27.6 M": {18.08, 0}, "NASNet-A 10.9 M": {12.36, 8.61}, "NASNet-A 22.6 M": {8.83, 6.02},
	"PNASNet-5 5.1 M": {-0.70, -0.12}, "PNASNet-5 86.1 M": {-0.05, -0.25}, "AmoebaNet-A 469 M": {-0.18, -0.11},
	"AmoebaNet-D 82 M": {-1.05, 0}, "AmoebaNet-D 542 M": {-0.33, 0}, "DARTS_V1 3.3 M": {-3.96, 0}, "PC_DARTS_cifar 3.63 M": {0.13, -0.24},
	"GDAS_V1 3.36 M": {0.26, 0.08}, "SNAS_mild 2.8 M": {-4.95, 0}, "NASNet-A 3.83 M": {8.83, 0}, "NASNet-A-DARTS 3.83 M": {0.02, -0.75},
	"ENASNet-FairDARTS 4.02 M": {0.00, -0.77},
}

// value is what a printed figure says.
func value(t *testing.T, printed string) float64 {
	var x float64
	var unit string
	if _, err := fmt.Sscan(printed, &x, &unit); err != nil {
		t.Fatal(printed, err)
	}
	return x * map[string]float64{"M": 1e6, "B": 1e9}[unit]
}

// TestFigures counts every figure's network: it prints the published digits, or misses them by the
// gap that is known and says why.
func TestFigures(t *testing.T) {
	met := 0
	for _, f := range figures {
		of, a, ok := space.Published(f.Cell)
		if !ok {
			t.Errorf("%s is not among the published cells", f.Cell)
			continue
		}
		n := build(t, of, a, f.Net)
		params, macs := f.Count(n)
		same, off := Printed(params, f.Params) == f.Params, [2]float64{100 * (float64(params)/value(t, f.Params) - 1)}
		if f.MACs != "" {
			same = same && Printed(macs, f.MACs) == f.MACs
			off[1] = 100 * (float64(macs)/value(t, f.MACs) - 1)
		}
		if same {
			met++
		}
		want, known := gaps[f.Cell+" "+f.Params]
		switch {
		case same == (f.Gap != "") || same == known:
			t.Errorf("%s (%d, %d): %d parameters and %d multiply-adds, %s prints %s and %s, and the reason is %q", f.Cell, f.Net.N, f.Net.F, params, macs, f.Source, f.Params, f.MACs, f.Gap)
		case known:
			t.Logf("%s %s: %d parameters, %+.2f %%; %d multiply-adds, %+.2f %%: %s", f.Cell, f.Params, params, off[0], macs, off[1], f.Gap)
			if math.Abs(off[0]-want[0]) > .006 || math.Abs(off[1]-want[1]) > .006 {
				t.Errorf("%s %s: off by %+.2f and %+.2f %%, want %+.2f and %+.2f", f.Cell, f.Params, off[0], off[1], want[0], want[1])
			}
		}
	}
	t.Logf("%d of %d figures agree in every printed digit", met, len(figures))
}

// TestFiguresWithHead: two figures need the auxiliary head of tensorflow/tpu, and one misses it.
func TestFiguresWithHead(t *testing.T) {
	for f, want := range map[int]string{208: "82 M", 416: "318 M", 544: "541 M"} {
		g, c := cellsOf(t, "AmoebaNet-D"), tfImageNet(6, f, 32, 224)
		c.Aux = true
		b := &blocks{NewBuilder(c.Input), BatchNorm{0.1, 1e-5, true}, 0}
		out, aux, err := b.tf(&g, c, 0.4)
		if err != nil {
			t.Fatal(err)
		}
		n, err := b.Net(out, aux)
		if got := Printed(all(n), "1 M"); err != nil || got != want {
			t.Errorf("AmoebaNet-D (6, %d): %s, %v, want %s", f, got, err, want)
		}
	}
}

// TestDARTSSkeleton: today's networks keep their counts, and heads are not counted.
func TestDARTSSkeleton(t *testing.T) {
	for cell, want := range dartsCounts {
		of, a, _ := space.Published(cell)
		if n := build(t, of, a, Default(of)); n.Params() != want || n.Cells != 20 {
			t.Errorf("%s: %d parameters, want %d; %d cells", cell, n.Params(), want, n.Cells)
		}
	}
	for _, c := range space.PublishedCells() {
		for _, skeleton := range []string{"", SkeletonTF} {
			plain := Default(c.Space)
			plain.Skeleton = skeleton
			headed := plain
			headed.Aux, headed.DropPath = true, 0.2
			with, without := build(t, c.Space, c.Arch, headed), build(t, c.Space, c.Arch, plain)
			if with.Params() != without.Params() || with.MACs() != without.MACs() || with.FLOPs() != without.FLOPs() || with.Moving() != without.Moving() {
				t.Errorf("%s: the auxiliary head is counted", c.Name)
			}
		}
	}
}

// TestPublishedNetworks: where a cell's network is not said, it is its paper's.
func TestPublishedNetworks(t *testing.T) {
	larger := func(skeleton string) Config {
		c := Default("nasnet")
		c.Skeleton = skeleton
		return c
	}
	for _, e := range []struct {
		cell     string
		imageNet bool
		n, f     int
		want     Config
		ok       bool
	}{
		{"AmoebaNet-A", false, 0, 0, tfCIFAR(6, 36), true},
		{"AmoebaNet-A", false, 0, 32, tfCIFAR(6, 32), true},
		{"AmoebaNet-A", false, 5, 0, tfCIFAR(6, 36), false},
		{"AmoebaNet-B", false, 0, 0, tfCIFAR(6, 36), true},
		{"NASNet-A", false, 0, 0, tfCIFAR(6, 32), true},
		{"NASNet-A", false, 7, 96, tfCIFAR(7, 96), true},
		{"PNASNet-5", false, 0, 0, tfCIFAR(3, 48), true},
		{"DARTS_V2", false, 0, 0, dartsCIFAR, true},
		{"AmoebaNet-D", false, 0, 0, larger(SkeletonTF), false},
		{"NAONet-A", false, 0, 0, larger(""), false},
		{"NASNet-A", true, 0, 0, tfImageNet(4, 44, 32, 224), true},
		{"NASNet-A", true, 6, 0, tfImageNet(6, 168, 96, 331), true},
		{"DARTS_V2", true, 0, 0, Default("darts"), false},
	} {
		if got, ok := Published(e.cell, e.imageNet, e.n, e.f); got != e.want || ok != e.ok {
			t.Errorf("%s, ImageNet %v, (%d, %d): %+v, %v, want %+v, %v", e.cell, e.imageNet, e.n, e.f, got, ok, e.want, e.ok)
		}
	}
}
