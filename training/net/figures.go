package net

import (
	"slices"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Figure is a published count of a published cell's network. Figures or their N and F that were not
// seen in a text are not here.
type Figure struct {
	Cell   string // a name of space.PublishedCells
	Net    Config // what was counted, as far as is known
	Params string // as printed: "3.2 M"
	MACs   string // multiply-adds of an image as printed; "": none
	Source string
	Moving bool   // running statistics of batch norms are among the parameters
	Gap    string // why the network here prints other digits; "" where it prints these
}

// Figures are the published counts of a cell, those of its paper's skeleton first.
func Figures(cell string) []Figure {
	return slices.DeleteFunc(slices.Clone(figures), func(f Figure) bool { return f.Cell != cell })
}

// Count is what a network counts to by the figure's rule.
func (f *Figure) Count(n *Net) (params, macs int) {
	params = n.Params()
	if f.Moving {
		params += n.Moving()
	}
	return params, n.MACs()
}

// Printed is a count in the digits and the unit of another: 3218266 like "2.8 M" is "3.2 M".
func Printed(count int, like string) string {
	number, unit, _ := strings.Cut(like, " ")
	_, digits, _ := strings.Cut(number, ".")
	return strconv.FormatFloat(float64(count)/map[string]float64{"M": 1e6, "B": 1e9}[unit], 'f', len(digits), 64) +
		" " + unit
}

// Sources of several figures.
const (
	zohCIFAR   = "Zoph et al., CVPR 2018, table 1"
	zohLarge   = "Zoph et al., CVPR 2018, table 2"
	zohMobile  = "Zoph et al., CVPR 2018, table 3"
	realCIFAR  = "Real et al., AAAI 2019, table 1"
	realLarge  = "Real et al., AAAI 2019, table 2"
	gpipe      = "Huang et al., NeurIPS 2019 (GPipe), table 1"
	dartsTable = "second-hand: DARTS paper, table of ImageNet mobile"
	pcREADME   = "PC-DARTS README"
	fair       = "FairDARTS"
)

// Why figures differ.
const (
	otherCode = "all rows with released code agree; that code differs from what this one was counted with"
	noPools   = "average pools are not counted here; the printed ones seem to be, at about 4 a value"
	withHead  = "with the auxiliary head of tensorflow/tpu, of 0.4 of its channels, "
)

// tfCIFAR and tfImageNet are networks of the skeleton tf. dartsCIFAR is the DARTS skeleton's: 20
// cells, 36 channels, without the auxiliary head.
func tfCIFAR(n, f int) Config {
	return Config{Input: cifar, Classes: 10, N: n, F: f, Skeleton: SkeletonTF}
}

func tfImageNet(n, f, stem, side int) Config {
	return Config{Input: Shape{3, side, side}, Classes: 1000, N: n, F: f, Skeleton: SkeletonTF, Stem: stem}
}

var dartsCIFAR = Config{Input: cifar, Classes: 10, N: 6, F: 36}

var figures = []Figure{
	{"AmoebaNet-A", tfCIFAR(6, 36), "3.2 M", "", realCIFAR, false, ""},
	{"AmoebaNet-A", tfCIFAR(6, 32), "2.6 M", "", realCIFAR, false, ""},
	{"AmoebaNet-B", tfCIFAR(6, 36), "2.8 M", "", "second-hand: DARTS paper and " + pcREADME, false, ""},
	{"NASNet-A", tfCIFAR(6, 32), "3.3 M", "", zohCIFAR, false, ""},
	{"NASNet-A", tfCIFAR(7, 96), "27.6 M", "", zohCIFAR, false, otherCode},
	{"PNASNet-5", tfCIFAR(3, 48), "3.2 M", "", "second-hand: Liu et al., ECCV 2018, as later papers print it",
		false, ""},

	{"NASNet-A", tfImageNet(4, 44, 32, 224), "5.3 M", "564 M", zohMobile, false, ""},
	{"NASNet-A", tfImageNet(6, 168, 96, 331), "88.9 M", "23.8 B", zohLarge, true, ""},
	{"NASNet-A", tfImageNet(5, 64, 32, 299), "10.9 M", "2.35 B", zohLarge, false, otherCode},
	{"NASNet-A", tfImageNet(7, 80, 32, 299), "22.6 M", "4.93 B", zohLarge, false, otherCode},
	{"PNASNet-5", tfImageNet(3, 54, 32, 224), "5.1 M", "588 M", dartsTable, false,
		"the parameters agree, the multiply-adds are 0.1 % low; no reason found"},
	{"PNASNet-5", tfImageNet(4, 216, 96, 331), "86.1 M", "25.0 B", realLarge, false,
		"the parameters agree, the multiply-adds are 0.25 % low; no reason found"},
	{"AmoebaNet-A", tfImageNet(6, 190, 32, 331), "86.7 M", "23.1 B", realLarge, false, ""},
	{"AmoebaNet-A", tfImageNet(6, 448, 32, 299), "469 M", "104 B", realLarge, false,
		withHead + "and 1001 classes, 469,041,586"},
	{"AmoebaNet-C", tfImageNet(6, 228, 32, 331), "155 M", "41 B", "second-hand: Tan and Le, ICML 2019 (EfficientNet)",
		false, ""},
	{"AmoebaNet-B", tfImageNet(6, 512, 32, 480), "557 M", "", gpipe, false, ""},
	{"AmoebaNet-D", tfImageNet(6, 208, 32, 224), "82 M", "", gpipe, false, withHead + "82 M"},
	{"AmoebaNet-D", tfImageNet(6, 416, 32, 224), "318 M", "", gpipe, false, ""},
	{"AmoebaNet-D", tfImageNet(6, 544, 32, 224), "542 M", "", gpipe, false,
		withHead + "541 M, 0.2 % less; no reason found"},
	{"AmoebaNet-D", tfImageNet(12, 544, 32, 224), "1.05 B", "", gpipe, false, ""},
	{"AmoebaNet-D", tfImageNet(24, 512, 32, 224), "1.8 B", "", gpipe, false, ""},

	{"DARTS_V1", dartsCIFAR, "3.3 M", "", "DARTS paper; " + pcREADME, false,
		"the released first-order cell is smaller than the paper's number; no reason found"},
	{"DARTS_V2", dartsCIFAR, "3.3 M", "528 M", "quark0/darts README", false, ""},
	{"DARTS_V2", dartsCIFAR, "3.349 M", "", "quark0/darts README, released checkpoint", false, ""},
	{"PDARTS", dartsCIFAR, "3.43 M", "532 M", fair, false, ""},
	{"PC_DARTS_cifar", dartsCIFAR, "3.6 M", "", pcREADME, false, ""},
	{"PC_DARTS_cifar", dartsCIFAR, "3.63 M", "558 M", fair, false, noPools},
	{"GDAS_V1", dartsCIFAR, "3.36 M", "519 M", fair, false, "3.37 when rounded; the printed digits are cut off"},
	{"SNAS_mild", dartsCIFAR, "2.66 M", "422 M", fair, false, ""},
	{"SNAS_mild", dartsCIFAR, "2.8 M", "", pcREADME, false, "the number is of SNAS_moderate, 2,847,358 here"},
	{"SNAS_moderate", dartsCIFAR, "2.8 M", "", "SNAS paper", false, ""},
	{"MdeNAS", dartsCIFAR, "3.78 M", "599 M", fair, false, ""},
	{"ASHA200", dartsCIFAR, "2.2 M", "", "Li and Talwalkar, UAI 2019", false, ""},
	{"NASNet-A", dartsCIFAR, "3.83 M", "", fair, false,
		"the number is of the cell with fewer states joined, NASNet-A-DARTS"},
	{"NASNet-A-DARTS", dartsCIFAR, "3.83 M", "608 M", fair, false, noPools},
	{"ENASNet-FairDARTS", dartsCIFAR, "4.02 M", "627 M", fair, false, noPools},
	{"AmoebaNet-A-DARTS", dartsCIFAR, "3.1 M", "", "DARTS paper, retrained there", false, ""},
}

// Published is the network that a cell was published in on CIFAR-10, or on ImageNet: the first of
// its figures with so many cells and channels, where 0 stands for any. Where no figure fits ok is
// false, and the network is that of the first figure on these images, or else the space's default in
// the skeleton of the cell's other figures.
func Published(cell string, imageNet bool, n, f int) (c Config, ok bool) {
	all := slices.DeleteFunc(Figures(cell), func(f Figure) bool { return (f.Net.Classes == 1000) != imageNet })
	fits := func(g Figure) bool { return (n == 0 || g.Net.N == n) && (f == 0 || g.Net.F == f) }
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i].Net, true
	}
	if len(all) > 0 {
		return all[0].Net, false
	}
	of, _, _ := space.Published(cell)
	c = Default(of)
	if others := Figures(cell); len(others) > 0 {
		c.Skeleton = others[0].Net.Skeleton
	}
	return c, false
}
