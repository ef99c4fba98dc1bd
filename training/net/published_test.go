package net

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// literature are the published cells with a parameter count for CIFAR-10, in the network of
// quark0/darts: 20 cells, 36 filters, without the auxiliary head. Where printed and computed
// digits differ, why says what is known of the reason.
var literature = []struct {
	cell     string
	printed  string // millions, as printed
	from     string
	params   int
	why      string // "": the printed digits are these
	flopsM   int    // printed multiply-adds in millions; 0: none
	flopsWhy string
}{
	{"DARTS_V1", "3.3", "DARTS paper; PC-DARTS README", 3169414, "the released first-order cell is smaller than the paper's number; no reason found", 0, ""},
	{"DARTS_V2", "3.349", "quark0/darts README, released checkpoint", 3349342, "", 0, ""},
	{"DARTS_V2", "3.3", "quark0/darts README", 3349342, "", 528, ""},
	{"PDARTS", "3.43", "FairDARTS", 3433798, "", 532, ""},
	{"PC_DARTS_cifar", "3.6", "PC-DARTS README", 3634678, "", 0, ""},
	{"PC_DARTS_cifar", "3.63", "FairDARTS", 3634678, "", 558, "1.3 M less: the printed ones seem to count average pools, at about 4 a value"},
	{"GDAS_V1", "3.36", "FairDARTS", 3368782, "3.37 when rounded; the printed digits are cut off", 519, ""},
	{"SNAS_mild", "2.66", "FairDARTS", 2661382, "", 422, ""},
	{"SNAS_mild", "2.8", "PC-DARTS README", 2661382, "the number is of SNAS_moderate, 2,847,358 here", 0, ""},
	{"SNAS_moderate", "2.8", "SNAS paper", 2847358, "", 0, ""},
	{"MdeNAS", "3.78", "FairDARTS", 3783286, "", 599, ""},
	{"ASHA200", "2.2", "Li and Talwalkar, UAI 2019", 2243206, "", 0, ""},
	{"NASNet-A", "3.83", "FairDARTS", 4168054, "the number is of the cell with fewer states joined, NASNet-A-DARTS", 0, ""},
	{"NASNet-A-DARTS", "3.83", "FairDARTS", 3830950, "", 608, "4.5 M less, as for PC_DARTS_cifar: three average pools a normal cell"},
	{"ENASNet-FairDARTS", "4.02", "FairDARTS", 4020166, "", 627, "4.9 M less, as for PC_DARTS_cifar: three average pools a normal cell"},
	{"AmoebaNet-A-DARTS", "3.1", "DARTS paper, retrained there", 3145078, "", 0, ""},
	{"AmoebaNet-B", "2.8", "Real et al.", 3031606, "their 3x3 convolution is a bottleneck, ours is plain: 7.94·F² more in each reduction, which would account for it", 0, ""},
}

func TestLiterature(t *testing.T) {
	listed := map[string]bool{}
	for _, l := range literature {
		listed[l.cell] = true
		name, a, ok := space.Published(l.cell)
		if !ok {
			t.Errorf("%s is not among the published cells", l.cell)
			continue
		}
		n := build(t, name, a, Default(name))
		if n.Params() != l.params {
			t.Errorf("%s: %d parameters, want %d", l.cell, n.Params(), l.params)
		}
		_, digits, _ := strings.Cut(l.printed, ".")
		if text := strconv.FormatFloat(float64(n.Params())/1e6, 'f', len(digits), 64); (text == l.printed) != (l.why == "") {
			t.Errorf("%s: %s million parameters, %s prints %s, and the reason is %q", l.cell, text, l.from, l.printed, l.why)
		}
		if l.flopsM > 0 && (int(math.Round(float64(n.MACs())/1e6)) == l.flopsM) != (l.flopsWhy == "") {
			t.Errorf("%s: %d multiply-adds, %s prints %d M, and the reason is %q", l.cell, n.MACs(), l.from, l.flopsM, l.flopsWhy)
		}
	}
	for _, c := range space.PublishedCells() {
		if c.ParamsM != 0 && !listed[c.Name] {
			t.Errorf("%s has a published count, %g million, that is not compared", c.Name, c.ParamsM)
		}
		c2 := Default(c.Space)
		c2.Aux, c2.DropPath = true, 0.2
		with, without := build(t, c.Space, c.Arch, c2), build(t, c.Space, c.Arch, Default(c.Space))
		if with.Params() != without.Params() || with.MACs() != without.MACs() || with.FLOPs() != without.FLOPs() {
			t.Errorf("%s: the auxiliary head is counted", c.Name)
		}
	}
}
