package main

import (
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	spaces "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training"
)

// One network has one number of flops, whoever is asked: what count counts, and one for each bias of the classifier.
func TestFLOPsAreTheSameEverywhere(t *testing.T) {
	for _, c := range []struct {
		benchmark   string
		space, arch string
		data        string
		n, f        int
		classes     int
		flops       float64 // 0: what is counted
	}{
		{"digits201", "nb201", "000001", "digits", 1, 8, 10, 0},
		{"train:digits", "nb201", "301003", "digits", 1, 8, 10, 0},
		{"train:digits,F=4", "nb201", "301003", "digits", 1, 4, 10, 86442},
		{"train:digits,N=2,F=16", "nb201", "301003", "digits", 2, 16, 10, 0},
		{"train:digits,space=nasnet,N=1,F=4,skeleton=darts", "nasnet", "amoebanet-a", "digits", 1, 4, 10, 0},
		{"nasnet-digits", "nasnet", "amoebanet-a", "digits", 1, 8, 10, 0},
		{"nb201:cifar10,source=surrogate", "nb201", "333333", "cifar10", 5, 16, 10, 220119690},
		{"nb201:cifar100,source=surrogate", "nb201", "301003", "cifar100", 5, 16, 100, 0},
	} {
		spec, err := evolve.ParseSpec(c.benchmark)
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := evolve.Benchmarks.Open(spec)
		if err != nil {
			t.Fatal(err)
		}
		_, _, arch, err := spaces.OpenArch(c.space, true, c.arch)
		if err != nil {
			t.Fatal(err)
		}
		of := training.Counting{Space: c.space, Arch: arch, Data: c.data,
			Recipe: training.DefaultRecipe()}
		of.Net.N, of.Net.F = c.n, c.f
		counted, err := of.Count(c.arch)
		if err != nil {
			t.Fatal(err)
		}
		if counted.Objective != counted.FLOPs+c.classes {
			t.Errorf("%s: %d as an objective, %d multiply-adds, %d classes", c.benchmark, counted.Objective,
				counted.FLOPs, c.classes)
		}
		if c.flops != 0 && float64(counted.Objective) != c.flops {
			t.Errorf("%s: %d, want %g", c.benchmark, counted.Objective, c.flops)
		}
		q, ok := evolve.As[evolve.Querier](b)
		if !ok {
			t.Fatalf("%s answers no query", c.benchmark)
		}
		facts, err := q.Query(of.Arch)
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, f := range facts {
			want := map[string]int{evolve.FLOPsObjective: counted.Objective, evolve.ParamsObjective: counted.Params}
			if x, ok := want[f.Name]; ok {
				if told++; f.Value != float64(x) {
					t.Errorf("%s: a query tells %s %.0f, its network has %d", c.benchmark, f.Name, f.Value, x)
				}
			}
		}
		if told != 2 {
			t.Errorf("%s: a query tells %v, want params and flops", c.benchmark, facts)
		}
	}
}
