package net

import (
	"fmt"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// imagenet is the input of the networks with an ImageNet stem.
func imagenet(side int) Shape { return Shape{3, side, side} }

// tfOracles are trainable parameters and multiply-adds of networks of the skeleton tf. Those of 10
// classes on CIFAR and with a stem of 32 on 10 classes are from runs of the authors' code and a
// counter that agrees with all of them; where a table says so the counter stands alone.
var tfOracles = []struct {
	cell         string
	n, layers, f int
	stem, side   int // 0: CIFAR
	classes      int
	params, macs int // 0: not asked
}{
	{"AmoebaNet-A", 1, 0, 8, 0, 0, 10, 59482, 10618112},
	{"AmoebaNet-A", 2, 0, 16, 0, 0, 10, 298410, 50842112},
	{"AmoebaNet-B", 1, 0, 8, 0, 0, 10, 36770, 7079168},
	{"AmoebaNet-B", 2, 0, 16, 0, 0, 10, 219354, 40045056},
	{"AmoebaNet-C", 1, 0, 8, 0, 0, 10, 74610, 12219968},
	{"AmoebaNet-C", 2, 0, 16, 0, 0, 10, 369594, 59133056},
	{"AmoebaNet-D", 1, 0, 8, 0, 0, 10, 27474, 5752064},
	{"AmoebaNet-D", 2, 0, 16, 0, 0, 10, 175754, 32754176},
	{"NASNet-A", 1, 0, 8, 0, 0, 10, 72370, 13567872},
	{"NASNet-A", 2, 0, 16, 0, 0, 10, 363194, 65761024},
	{"PNASNet-5", 1, 0, 8, 0, 0, 10, 41538, 10012224},
	{"PNASNet-5", 2, 0, 16, 0, 0, 10, 271354, 55430272},
	{"AmoebaNet-A", 3, 0, 24, 0, 0, 10, 843322, 0},
	{"AmoebaNet-C", 6, 0, 36, 0, 0, 10, 3979126, 0},
	{"AmoebaNet-D", 6, 0, 36, 0, 0, 10, 2378350, 0},
	{"AmoebaNet-A", 6, 0, 32, 0, 0, 10, 2567754, 407671808},
	{"AmoebaNet-A", 6, 0, 36, 0, 0, 10, 3218266, 509668992},
	{"AmoebaNet-B", 6, 0, 36, 0, 0, 10, 2839186, 454925952},
	{"AmoebaNet-B", 6, 0, 80, 0, 0, 10, 13716250, 2195468800},
	{"AmoebaNet-B", 6, 0, 112, 0, 0, 10, 26744378, 4279715328},
	{"AmoebaNet-B", 6, 0, 128, 0, 0, 10, 34874506, 5580279808},
	{"NASNet-A", 6, 0, 32, 0, 0, 10, 3346538, 544333312},
	{"NASNet-A", 7, 0, 96, 0, 0, 10, 32590954, 5151250944},
	{"NASNet-A", 6, 0, 96, 0, 0, 10, 28213546, 0},
	{"PNASNet-5", 3, 0, 48, 0, 0, 10, 3189082, 574891392},
	{"PNASNet-5", 0, 11, 48, 0, 0, 10, 4283482, 687990144},

	{"AmoebaNet-A", 1, 0, 16, 32, 224, 10, 196470, 0},
	{"AmoebaNet-B", 1, 0, 16, 32, 224, 10, 125803, 0},
	{"AmoebaNet-C", 1, 0, 16, 32, 224, 10, 249862, 0},
	{"AmoebaNet-D", 1, 0, 16, 32, 224, 10, 99503, 0},
	{"NASNet-A", 6, 0, 168, 96, 331, 10, 84760480, 0},
	{"PNASNet-5", 4, 0, 216, 96, 331, 10, 81779878, 0},
	{"NASNet-A", 4, 0, 44, 32, 224, 1000, 5289978, 563638816},
	{"NASNet-A", 6, 0, 168, 96, 331, 1000, 88753150, 23783414658},
	{"NASNet-A", 5, 0, 64, 32, 299, 1000, 12247544, 0},
	{"NASNet-A", 7, 0, 80, 32, 299, 1000, 24595884, 0},
	{"PNASNet-5", 3, 0, 54, 32, 224, 1000, 5064487, 587293200},
	{"PNASNet-5", 4, 0, 216, 96, 331, 1000, 86057668, 24937395792},
	{"AmoebaNet-A", 4, 0, 50, 32, 224, 1000, 5086930, 554687204},
	{"AmoebaNet-B", 3, 0, 62, 32, 224, 1000, 5258700, 555060408},
	{"AmoebaNet-C", 4, 0, 44, 32, 224, 1000, 5056969, 535067904},
	{"AmoebaNet-C", 4, 0, 50, 32, 224, 1000, 6353815, 676936592},
	{"AmoebaNet-A", 6, 0, 190, 32, 331, 1000, 86718797, 23133663507},
	{"AmoebaNet-A", 6, 0, 190, 96, 331, 1000, 86739341, 0},
	{"AmoebaNet-A", 6, 0, 448, 32, 299, 1000, 468151184, 103887693968},
	{"AmoebaNet-A", 6, 0, 204, 32, 331, 1000, 99625282, 26623181694},
	{"AmoebaNet-B", 6, 0, 190, 32, 331, 1000, 79008676, 0},
	{"AmoebaNet-B", 6, 0, 196, 32, 331, 1000, 83960973, 0},
	{"AmoebaNet-C", 6, 0, 228, 32, 331, 1000, 155272667, 41129488875},
	{"AmoebaNet-B", 6, 0, 512, 32, 480, 1000, 557277864, 298794036064},
	{"AmoebaNet-D", 6, 0, 208, 32, 224, 1000, 81137437, 0},
	{"AmoebaNet-D", 6, 0, 416, 32, 224, 1000, 317541696, 0},
	{"AmoebaNet-D", 6, 0, 544, 32, 224, 1000, 540196240, 0},
	{"AmoebaNet-D", 12, 0, 544, 32, 224, 1000, 1053293776, 0},
	{"AmoebaNet-D", 24, 0, 512, 32, 224, 1000, 1842610248, 0},
}

func TestTFOracles(t *testing.T) {
	for _, o := range tfOracles {
		c := Config{Input: cifar, Classes: o.classes, N: o.n, Layers: o.layers, F: o.f, Skeleton: SkeletonTF, Stem: o.stem}
		if o.stem > 0 {
			c.Input = imagenet(o.side)
		}
		of, a, ok := space.Published(o.cell)
		if !ok {
			t.Fatal(o.cell)
		}
		n := build(t, of, a, c)
		if n.Params() != o.params || o.macs > 0 && n.MACs() != o.macs {
			t.Errorf("%s (%d, %d), stem %d: %d parameters and %d multiply-adds, want %d and %d", o.cell, o.n, o.f, o.stem, n.Params(), n.MACs(), o.params, o.macs)
		}
	}
}

// all is every learned number, the auxiliary head's among them.
func all(n *Net) (total int) {
	for i := range n.Layers {
		total += n.Sizes(i)
	}
	return total
}

// cellsOf are the two cells of a published architecture.
func cellsOf(t *testing.T, cell string) space.Genotype {
	t.Helper()
	_, a, _ := space.Published(cell)
	g, err := space.NASNet{}.Genotype(a)
	if err != nil {
		t.Fatal(cell, err)
	}
	return g
}

// TestTFAuxiliaryOracles counts the auxiliary head too: of the runs of the authors' code with its
// default of a whole head, and with the 0.4 of tensorflow/tpu.
func TestTFAuxiliaryOracles(t *testing.T) {
	for _, o := range []struct {
		cell       string
		n, f, stem int
		classes    int
		scale      float64
		want       int
	}{
		{"AmoebaNet-A", 6, 36, 0, 10, 1, 4837476},
		{"AmoebaNet-B", 6, 36, 0, 10, 1, 4458396},
		{"AmoebaNet-C", 6, 36, 0, 10, 1, 5607552},
		{"AmoebaNet-D", 6, 36, 0, 10, 1, 3997560},
		{"NASNet-A", 6, 32, 0, 10, 1, 4978036},
		{"PNASNet-5", 3, 48, 0, 10, 1, 4832868},
		{"AmoebaNet-A", 6, 448, 32, 1001, 0.4, 469041586},
	} {
		c := Config{Input: cifar, Classes: o.classes, N: o.n, F: o.f, Skeleton: SkeletonTF, Stem: o.stem, Aux: true}
		if o.stem > 0 {
			c.Input = imagenet(299)
		}
		g := cellsOf(t, o.cell)
		b := &blocks{NewBuilder(c.Input), BatchNorm{0.1, 1e-5, true}, 0}
		out, aux, err := b.tf(&g, c, o.scale)
		if err != nil {
			t.Fatal(err)
		}
		n, err := b.Net(out, aux)
		if err != nil {
			t.Fatal(err)
		}
		if got := all(n); got != o.want {
			t.Errorf("%s (%d, %d), head of %g: %d parameters, want %d", o.cell, o.n, o.f, o.scale, got, o.want)
		}
	}
}

// TestTFMoving adds the running statistics, as the counts of TensorFlow and Keras have them.
func TestTFMoving(t *testing.T) {
	for _, o := range []struct {
		cell                         string
		n, f, stem, side, classes, w int
	}{
		{"AmoebaNet-A", 6, 36, 0, 0, 10, 3253942},
		{"AmoebaNet-B", 6, 36, 0, 0, 10, 2873458},
		{"NASNet-A", 6, 32, 0, 0, 10, 3383786},
		{"NASNet-A", 4, 44, 32, 224, 1000, 5289978 + 36738},
		{"NASNet-A", 6, 168, 96, 331, 1000, 88949818},
	} {
		c := Config{Input: cifar, Classes: o.classes, N: o.n, F: o.f, Skeleton: SkeletonTF, Stem: o.stem}
		if o.stem > 0 {
			c.Input = imagenet(o.side)
		}
		of, a, _ := space.Published(o.cell)
		if n := build(t, of, a, c); n.Params()+n.Moving() != o.w {
			t.Errorf("%s (%d, %d): %d parameters and %d statistics, want %d together", o.cell, o.n, o.f, n.Params(), n.Moving(), o.w)
		}
	}
}

// TestTFTorchGPipe counts AmoebaNet-D of kakaobrain/torchgpipe v0.0.7: the cells of the skeleton tf
// behind another stem, of F/4 channels and ReLU first, whose two cells have F/2 and F; both inputs
// of the first are prepared.
func TestTFTorchGPipe(t *testing.T) {
	for f, want := range map[int]int{208: 81505540, 416: 319024120, 544: 542734840} {
		g := cellsOf(t, "AmoebaNet-D")
		b := &blocks{NewBuilder(imagenet(224)), BatchNorm{0.1, 1e-5, true}, 0}
		stem := b.convBN("stem", 0, f/4, 3, 2)
		before, last := stem, b.relu("stem/twin", stem) // another layer than the raw stem: it is prepared
		width := f / 4
		add := func(name string, c *space.Cell, stride int) {
			width *= stride
			before, last = last, b.tfCell(name, c, stride, width, before, last)
		}
		add("cell0", &g.Reduce, 2)
		add("cell1", &g.Reduce, 2)
		for stack := range 3 {
			if stack > 0 {
				add(fmt.Sprint("reduction", stack), &g.Reduce, 2)
			}
			for i := range 6 {
				add(fmt.Sprint("stack", stack, "/cell", i), &g.Normal, 1)
			}
		}
		n, err := b.Net(b.logits(last, 1000), -1)
		if err != nil {
			t.Fatal(err)
		}
		if n.Params() != want {
			t.Errorf("(18, %d): %d parameters, want %d", f, n.Params(), want)
		}
	}
}
