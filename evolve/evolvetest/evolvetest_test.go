package evolvetest_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/shared"
	"github.com/amoeba-nas/amoeba/surrogate/fit"
	_ "github.com/amoeba-nas/amoeba/training"
)

// What is embedded, so that an imported table of the user's changes nothing here.
var settings = map[string][]evolve.Setting{
	"nb201":         {{Key: "source", Value: "surrogate"}},
	"nb101":         {{Key: "source", Value: "surrogate"}, {Key: "noise", Value: "mean"}},
	"accel":         {{Key: "source", Value: "surrogate"}},
	"nasnet-digits": {{Key: "source", Value: "surrogate"}},
	"train":         {{Key: "epochs", Value: "2"}}, // on the digits; no other images are here
}

// published are the files of tables, which stand beside the repository or not at all.
var published = filepath.Join(shared.Dir, "data")

// TestMain imports the small tables into a home of the tests' own.
func TestMain(m *testing.M) {
	home, err := os.MkdirTemp("", "amoeba")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(home)
	os.Setenv("AMOEBA_DATA", home)
	if _, err := os.Stat(published); err == nil {
		for _, t := range data.Tables() {
			if t.Rows > 100_000 || len(t.Sources) == 0 { // nb101 has a surrogate; of official folders there is none
				continue
			}
			f, _, err := t.Import(context.Background(), published)
			if err == nil {
				_, err = f.Write()
			}
			if err != nil {
				panic(err)
			}
		}
	}
	m.Run() // the caller of TestMain exits with its result
}

// benchmarks are those that can be opened here, each with its settings; the others are skipped.
func benchmarks(t *testing.T) []evolve.Entry[evolve.Benchmark] {
	var all []evolve.Entry[evolve.Benchmark]
	for _, e := range evolve.Benchmarks.Entries() {
		if e.File { // a file of the user's takes the place of a data set
			e.File, e.Variants = false, []string{userFile(t, e.Name)}
		}
		if _, err := tryOpen(e); errors.Is(err, fs.ErrNotExist) {
			t.Run(e.Name, func(t *testing.T) { shared.Need(t, published); t.Skip(err) })
			continue
		}
		all = append(all, e)
	}
	return all
}

func tryOpen(e evolve.Entry[evolve.Benchmark]) (evolve.Benchmark, error) {
	r := new(evolve.Registry[evolve.Benchmark])
	r.Register(e)
	b, _, err := r.Open(evolve.Spec{Name: e.Name, Set: settings[e.Name]})
	return b, err
}

// userFile is a file such as a user has: a table, a surrogate fitted on it, or runs.
func userFile(t *testing.T, name string) string {
	t.Helper()
	if name == "runs" {
		return filepath.Join("..", "..", "surrogate", "nasnetdigits.bin")
	}
	path := filepath.Join(t.TempDir(), "own.csv")
	text := "arch,val,test,cost\n"
	s := space.NB201{}
	for i := range 400 {
		a := s.At(i)
		conv := strings.Count(string(a), "3")
		text += fmt.Sprintf("%s,%d.%d,%d.5,%d\n", s.Format(a), 50+6*conv, i%10, 49+6*conv, 10+conv)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if name == "table" {
		return path
	}
	file, _, err := fit.File(context.Background(), path, nil, fit.Options{Train: .75, Seed: 1, Procs: 1})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "own.model")
	if err := os.WriteFile(path, file, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// Mutations that, as published, may leave the parent as it is.
var lazy = map[string][]string{
	"nb101":  {"notebook", "naszilla"},
	"size":   {"nats"},
	"darts":  {"naszilla", "randomnas"},
	"nasnet": {"real2019", "redraw"},
}

func TestSpaces(t *testing.T) {
	for _, e := range evolve.Spaces.Entries() {
		t.Run(e.Name, func(t *testing.T) { evolvetest.Space(t, e, lazy[e.Name]...) })
	}
}

func TestBenchmarks(t *testing.T) {
	for _, e := range benchmarks(t) {
		t.Run(e.Name, func(t *testing.T) { evolvetest.Benchmark(t, e, settings[e.Name]...) })
	}
}

// The whole contract on what is embedded: a synthetic function, and tables' surrogates.
func TestSearchers(t *testing.T) {
	for _, name := range []string{"bits", "nb201", "nb101"} {
		if name == "nb101" && testing.Short() {
			continue // all its cells are indexed first
		}
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

// The negative control of every benchmark itself: its shuffled values help nobody.
func TestBlindOnPermuted(t *testing.T) {
	if testing.Short() {
		t.Skip("a million trials on every benchmark")
	}
	for _, e := range benchmarks(t) {
		if !slices.ContainsFunc(e.Params, func(p evolve.Param) bool { return p.Name == "permute" }) {
			continue
		}
		set := append(slices.Clone(settings[e.Name]), evolve.Setting{Key: "permute", Value: "7"})
		if e.Name == "accel" || e.Name == "nasnet-digits" {
			set[0].Value = "table" // the surrogate of a space without end cannot be permuted
		}
		r := new(evolve.Registry[evolve.Benchmark])
		r.Register(e)
		b, _, err := r.Open(evolve.Spec{Name: e.Name, Set: set})
		if errors.Is(err, fs.ErrNotExist) { // accel's, without the shared data
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range evolve.Searchers.Entries() {
			if s.Name == "pick" {
				continue // it evaluates much the same in every run: one permutation says nothing
			}
			t.Run(e.Name+"/"+s.Name, func(t *testing.T) { evolvetest.Blind(t, s, b) })
		}
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
