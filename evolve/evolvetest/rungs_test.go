package evolvetest_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/search"
)

// The rungs of every benchmark, of those that can be opened here. One that is not in the table fails the test. Those at
// which the training of the rung below does not go on are below zero.
func TestRungsOfBenchmarks(t *testing.T) {
	want := map[string][]int{
		"accel": nil, "ackley": nil, "bits": nil, "branin": nil, "channel": nil, "darts": nil, "graph": nil,
		"hartmann6": nil, "macro": nil, "nb101": nil, "rosenbrock": nil, "size": nil, "tnb101-macro": nil, "tnb101-micro": nil,
		"nb101,source=table,val=measured": {4, -12, -36, -108},
		"nb201":                           {12, -200},
		"nb201:cifar100,source=surrogate": {12, -200},
		"nats-tss":                        {1, 4, 12},
		"digits201":                       {1, 2, 7, 20},
		"digits201,epochs=9":              {1, 3, 9},
		"nasnet-digits":                   {1, 4},
		"nlp":                             {1, 2, 6, 17, 50},
		"train":                           {1, 2, 7, 20},
		"train:digits,epochs=9":           {1, 3, 9},
	}
	for _, e := range evolve.Benchmarks.Entries() {
		if _, ok := want[e.Name]; !ok && e.Takes() == "" {
			t.Errorf("the table says nothing of benchmark %s", e.Name)
		}
	}
	for text, want := range want {
		b, err := evolvetest.TryOpen(evolve.Benchmarks, text)
		if errors.Is(err, fs.ErrNotExist) {
			t.Log(err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := search.Rungs(b.Problem(), 3)
		var epochs []int
		for i, f := range got {
			if i > 0 && !f.Resumes {
				f.Epochs = -f.Epochs
			}
			epochs = append(epochs, f.Epochs)
		}
		if !slices.Equal(epochs, want) || errors.Is(err, evolve.ErrUnsupported) != (want == nil) {
			t.Errorf("%s: rungs %v, %v, want %v", text, epochs, err, want)
		}
	}
}
