package surrogate

import (
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/net"
)

// The sizes of the smallest cell are those counted over all.
func TestNB101SizesReach(t *testing.T) {
	least := [2]float64{math.Inf(1), math.Inf(1)}
	for i := range space.NB101Size {
		s := nb101Sizes(space.NB101{}.At(i))
		for k := range s {
			least[k] = min(least[k], s[k])
		}
	}
	if least != nb101Least {
		t.Errorf("from %.0f, said to be from %.0f", least, nb101Least)
	}
}

// What benchmarks count of a cell is what its network counts to, layer by layer.
func TestSizesAreTheNetworks(t *testing.T) {
	r := evolve.Stream(1, "sizes")
	for range 30 {
		a := space.NB101{}.Sample(r)
		c, err := space.NB101{}.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		n, err := net.Build("nb101", c, net.Default("nb101"))
		if err != nil {
			t.Fatal(err)
		}
		if s := nb101Sizes(c); s != [2]float64{float64(n.Params()), float64(n.FLOPs())} {
			t.Fatalf("nb101 %s: %.0f, its network has %d parameters and %d multiply-adds", c, s, n.Params(), n.FLOPs())
		}
	}
	for set, name := range data.NB201Sets {
		c := net.Default("nb201")
		if c.Classes = [3]int{10, 100, 120}[set]; name == "imagenet16" {
			c.Input.H, c.Input.W = 16, 16
		}
		b := open(t, "nb201:"+name+",source=surrogate,objectives=error+params+flops")
		for range 30 {
			a := space.NB201{}.Sample(r)
			n, err := net.Build("nb201", a, c)
			if err != nil {
				t.Fatal(err)
			}
			if got := asks(t, b, of(a)).Others; !slices.Equal(got, []float64{float64(n.Params()), float64(n.FLOPs())}) {
				t.Fatalf("nb201:%s %s: %.0f, its network has %d parameters and %d multiply-adds", name, a, got, n.Params(), n.FLOPs())
			}
		}
	}
}

// Cells of NAS-Bench-201 without a path from input to output are small and fast: they would lead a front of error and
// latency, and are refused when a search asks for it.
func TestDeadCellsOfNB201(t *testing.T) {
	needImported(t, "nb201", "nb201-hw")
	keep, err := tryOpen("nb201:cifar10,objectives=error+latency:raspi4")
	if err != nil {
		t.Fatal(err)
	}
	refuse, err := tryOpen("nb201:cifar10,objectives=error+latency:raspi4,dead=refuse")
	if err != nil {
		t.Fatal(err)
	}
	dead, fast := 0, 0
	quickest := math.Inf(1)
	for i := range space.NB201Size {
		a := space.NB201{}.At(i)
		ms := asks(t, keep, of(a)).Others[0]
		if !(space.NB201{}).Dead(a) {
			quickest = min(quickest, ms)
			continue
		}
		dead++
		if ms < 1 {
			fast++
		}
		tr := of(a)
		var r evolve.Result
		oneLine(t, refuse.Evaluate(t.Context(), &tr, &r), evolve.ErrFailed, string(a), "no path from input to output")
		if r.Cost != 0 {
			t.Fatalf("%s costs %g", a, r.Cost)
		}
	}
	if dead != 341 || fast != 276 {
		t.Errorf("%d cells are dead and %d of them below 1 ms on raspi4, want 341 and 276", dead, fast)
	}
	all, living := keep.Problem().Objectives[1], refuse.Problem().Objectives[1]
	if !(all.Ideal < 1) || living.Ideal != quickest || living.Reference != all.Reference {
		t.Errorf("ideal %g of all and %g of those alive, want %g; references %g and %g", all.Ideal, living.Ideal, quickest, all.Reference, living.Reference)
	}
}
