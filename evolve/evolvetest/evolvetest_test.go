package evolvetest_test

import (
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	_ "github.com/amoeba-nas/amoeba/evolve/space"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

// What is embedded, so that an imported table of the user's changes nothing here.
var settings = map[string][]evolve.Setting{
	"nb201": {{Key: "source", Value: "surrogate"}},
}

// Mutations that, as published, may leave the parent as it is.
var lazy = map[string][]string{
	"nb101": {"notebook", "naszilla"},
	"size":  {"nats"},
	"darts": {"naszilla", "randomnas"},
}

func TestSpaces(t *testing.T) {
	for _, e := range evolve.Spaces.Entries() {
		t.Run(e.Name, func(t *testing.T) { evolvetest.Space(t, e, lazy[e.Name]...) })
	}
}

func TestBenchmarks(t *testing.T) {
	for _, e := range evolve.Benchmarks.Entries() {
		t.Run(e.Name, func(t *testing.T) { evolvetest.Benchmark(t, e, settings[e.Name]...) })
	}
}

func TestSearchers(t *testing.T) {
	for _, name := range evolve.Benchmarks.Names() {
		b := open(t, name, settings[name]...)
		for _, e := range evolve.Searchers.Entries() {
			t.Run(e.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				evolvetest.Searcher(t, e, b)
			})
		}
	}
}

// The options that change what a searcher does are held to the same contract, on a space so
// small that architectures come again.
func TestSearcherOptions(t *testing.T) {
	b := open(t, "bits", evolve.Setting{Key: "length", Value: "16"})
	for _, text := range []string{
		"random,repeats=no",
		"regevo,kill=worst", "regevo,kill=random", "regevo,replace=no", "regevo,population=10,sample=3,repeat=cache", "regevo,population=10,sample=3,repeat=skip",
		"eaopt,population=20,crossover=0", "eaopt,population=20,mutate=0.1",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			s, err := evolve.ParseSpec(text)
			if err != nil {
				t.Fatal(err)
			}
			e, err := evolve.Searchers.Lookup(s.Name)
			if err != nil {
				t.Fatal(err)
			}
			evolvetest.Searcher(t, e, b, s.Set...)
		})
	}
}

// The negative control of the benchmark itself: its shuffled values help nobody.
func TestBlindOnPermutedNB201(t *testing.T) {
	b := open(t, "nb201", append(settings["nb201"], evolve.Setting{Key: "permute", Value: "7"})...)
	for _, e := range evolve.Searchers.Entries() {
		t.Run(e.Name, func(t *testing.T) { evolvetest.Blind(t, e, b) })
	}
}

func open(t *testing.T, name string, set ...evolve.Setting) evolve.Benchmark {
	t.Helper()
	b, _, err := evolve.Benchmarks.Open(evolve.Spec{Name: name, Set: set})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
