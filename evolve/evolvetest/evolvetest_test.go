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
		if e.File { // as in benchmarks
			e.File, e.Variants = false, []string{filepath.Join("..", "hyper", "testdata", "joint.yaml")}
		}
		t.Run(e.Name, func(t *testing.T) { evolvetest.Space(t, e, lazy[e.Name]...) })
	}
}

func TestBenchmarks(t *testing.T) {
	for _, e := range benchmarks(t) {
		t.Run(e.Name, func(t *testing.T) { evolvetest.Benchmark(t, e, settings[e.Name]...) })
	}
}

// contractBenchmarks are what the searchers' contract is checked on: one that offers all that a searcher may need, a
// synthetic function, and tables' surrogates.
func contractBenchmarks(t *testing.T) []named {
	return []named{
		{"invented", &evolvetest.Invented{Space: space.NB201{}, Rungs: true}},
		{"nb201", open(t, "nb201", settings["nb201"]...)},
		{"bits", open(t, "bits", settings["bits"]...)},
		{"nb101", open(t, "nb101", settings["nb101"]...)},
	}
}

type named struct {
	name string
	evolve.Benchmark
}

// Every searcher keeps the contract on every benchmark that offers what it needs, and there is one. The first holds it
// to all of it. The others hold one that fits models to the heart of it, and nb101, all of whose cells are indexed
// first, is of the long tests where another one is there.
func TestSearchers(t *testing.T) {
	all := contractBenchmarks(t)
	for _, e := range evolve.Searchers.Entries() {
		held := 0
		for _, b := range all {
			if err := evolvetest.Fits(e, b); err != nil {
				t.Logf("not on %s: %v", b.name, err)
				continue
			}
			if held > 0 && b.name == "nb101" && testing.Short() {
				continue
			}
			whole := held == 0 || !e.Models
			held++
			t.Run(e.Name+"/"+b.name, func(t *testing.T) {
				t.Parallel()
				if whole {
					evolvetest.Searcher(t, e, b)
					t.Run("blind", func(t *testing.T) { evolvetest.Blind(t, e, evolvetest.Shuffled(b)) })
				} else {
					evolvetest.Contract(t, e, b)
				}
			})
		}
		if held == 0 {
			t.Errorf("searcher %s fits no benchmark here: nothing holds it to the contract", e.Name)
		}
	}
}

// On a space of real, whole and conditional decisions beside those of an architecture every searcher keeps the heart of
// the contract, or is refused; those that tune hyper-parameters are not.
func TestSearchersOnHyper(t *testing.T) {
	b := &evolvetest.Invented{Space: evolvetest.Open(t, evolve.Spaces, "hyper:../hyper/testdata/joint.yaml"), Rungs: true}
	for _, e := range evolve.Searchers.Entries() {
		err := evolvetest.Fits(e, b)
		must := slices.Contains([]string{"random", "tpe", "gp", "smac", "de", "kde", "bohb", "regevo", "bananas", "nsga2"}, e.Name)
		switch {
		case err == nil:
			t.Run(e.Name, func(t *testing.T) {
				t.Parallel()
				evolvetest.Contract(t, e, b)
			})
		case must || !errors.Is(err, evolve.ErrUnsupported):
			t.Errorf("%s: %v", e.Name, err)
		default:
			t.Logf("not %s: %v", e.Name, err)
		}
	}
}

// Every searcher is better at what it claims to be better at.
func TestClaims(t *testing.T) {
	for _, e := range evolve.Searchers.Entries() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			evolvetest.Claims(t, e)
		})
	}
}

// On functions of real parameters these are better than random search. Differential evolution needs some generations
// of its population of 20: on Hartmann's function it is no better after 100 trials.
func TestClaimsOnFunctions(t *testing.T) {
	for name, c := range map[string]evolve.Claim{
		"tpe": {On: "hartmann6", Budget: 60}, "gp": {On: "branin", Budget: 30}, "smac": {On: "branin", Budget: 40},
		"kde": {On: "hartmann6", Budget: 100}, "de": {On: "hartmann6", Budget: 300},
		"regevo": {On: "hartmann6", Budget: 300}, "eaopt": {On: "hartmann6", Budget: 300},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, _ := entryOf(t, name)
			c.By, c.Over = evolve.ByTrials, "random"
			e.Claims = []evolve.Claim{c}
			evolvetest.Claims(t, e)
		})
	}
}

// The options that change what a searcher does are held to the same contract, on a space so small that architectures
// come again, and to the same claims.
func TestSearcherOptions(t *testing.T) {
	b := open(t, "bits", evolve.Setting{Key: "length", Value: "16"})
	for _, text := range []string{
		"random,repeats=no",
		"regevo,kill=worst", "regevo,kill=random", "regevo,replace=no", "regevo,population=10,sample=3,repeat=cache", "regevo,population=10,sample=3,repeat=skip",
		"random,repeat=cache", "regevo,start=stream,repeat=cache,same=network",
		"eaopt,population=20,crossover=0", "eaopt,population=20,mutate=0.1",
		"eaopt,population=20,model=down-to-size,repeat=skip", "eaopt,population=20,model=mutation-only", "eaopt,population=20,model=steady",
		"eaopt,population=20,model=aging,offspring=8", "eaopt,population=10,islands=3,migrate=2",
		"eaopt,population=20,model=spos,repeat=skip",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			e, set := entryOf(t, text)
			evolvetest.Searcher(t, e, b, set...)
			evolvetest.Blind(t, e, evolvetest.Shuffled(b), set...)
			if !strings.Contains(text, "mutation-only") { // twenty climbers of twenty steps each are no match for 400 draws
				evolvetest.Claims(t, e, set...)
			}
		})
	}
}

// What presets and other large options make of a searcher is held to the contract where all of it is offered. Slow ones
// are held to the heart of it, and but for the first five in the long tests alone.
func TestSearcherVariants(t *testing.T) {
	b := &evolvetest.Invented{Space: space.NB201{}, Rungs: true}
	for _, text := range []string{
		"asha,type=stopping", "hyperband,form=jmlr", "halving,n=9,eta=2", "median-stop,min=2,grace=1",
		"local,improvement=best", "local,minimum=continue", "local,draws=1,repeat=charge",
		"reinforce,preset=nb101", "dehb,repeat=charge", "de,population=5,repeat=cache",
		"regevo,scalar=chebyshev:1+0,constraints=params<500",
		"asha,by=front", "asha,by=front,type=stopping",
		"nsga2,start=200", "nsga2,population=10,crossover=0.5,repeat=cache", "lemonade,start=3,children=5,repeat=cache",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			e, set := entryOf(t, text)
			evolvetest.Searcher(t, e, b, set...)
			evolvetest.Blind(t, e, evolvetest.Shuffled(b), set...)
		})
	}
	for i, text := range []string{
		"gp,kernel=wl", "bohb,form=jmlr", "smac,preset=published", "npenas,preset=published,epochs=10,round=10",
		"bananas,preset=published,round=10",
		"gp,kernel=hamming,scale=log", "gp,acquisition=ucb,repeat=charge", "gp,acquisition=thompson",
		"gp,proxies=params,scale=copula", "smac,interleave=0.5,scale=raw", "npenas,variant=bo,each=0",
		"bananas,acquisition=ts,loss=relative", "conformal,held=0", "weaknas,top=20,draw=5,features=onehot",
		"freeze-thaw,start=4,repeat=charge", "auto,for=1000", "tpe,multivariate=no", "kde,width=0.3,repeat=charge",
		"pick,drawn=0",
	} {
		if i >= 5 && testing.Short() {
			break
		}
		t.Run(text, func(t *testing.T) {
			e, set := entryOf(t, text)
			evolvetest.Contract(t, e, b, set...)
		})
	}
}

// A searcher within another is held to the contract of both: asha over every one whose needs are met within it, and the
// others, which hold it in the same nest, over two that know their trials by tags and by numbers.
func TestSearchersWithin(t *testing.T) {
	b := &evolvetest.Invented{Space: space.NB201{}, Rungs: true}
	for _, outer := range evolve.Searchers.Entries() {
		for _, p := range outer.Params {
			if p.Kind != evolve.NestedParam || p.Of != "searcher" {
				continue
			}
			held := 0
			for _, inner := range evolve.Searchers.Entries() {
				if p.Single && inner.Name != "pick" {
					continue // who only proposes the first architectures is all one
				}
				if !p.Single && outer.Name != "asha" && inner.Name != "eaopt" && inner.Name != "regevo" {
					continue
				}
				set := evolve.Setting{Key: p.Name, Value: inner.Name}
				if err := evolvetest.Fits(outer, b, set); err != nil {
					if !errors.Is(err, evolve.ErrUnsupported) {
						t.Errorf("%s,%s=%s: %v", outer.Name, p.Name, inner.Name, err)
					}
					continue
				}
				held++
				t.Run(outer.Name+","+p.Name+"="+inner.Name, func(t *testing.T) {
					t.Parallel()
					if inner.Models || outer.Models {
						evolvetest.Contract(t, outer, b, set)
						return
					}
					evolvetest.Searcher(t, outer, b, set)
					evolvetest.Blind(t, outer, evolvetest.Shuffled(b), set)
				})
			}
			if held == 0 {
				t.Errorf("%s: no searcher fits its %s", outer.Name, p.Name)
			}
		}
	}
}

// entryOf is the entry of a spec with the spec's settings.
func entryOf(t *testing.T, text string) (evolve.Entry[evolve.Searcher], []evolve.Setting) {
	t.Helper()
	s, err := evolve.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	e, err := evolve.Searchers.Lookup(s.Name)
	if err != nil {
		t.Fatal(err)
	}
	return e, s.Set
}

// The negative control of every benchmark itself: its shuffled values help nobody. Who chooses how long to train has
// one in which each schedule is shuffled by itself. Who fits models is shown one benchmark.
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
		each, _, err := r.Open(evolve.Spec{Name: e.Name, Set: append(set, evolve.Setting{Key: "each", Value: "yes"})})
		if several := len(b.Problem().Fidelities) > 1; several != (err == nil) {
			t.Errorf("%s with each=yes: %v", e.Name, err)
		}
		for _, s := range evolve.Searchers.Entries() {
			if s.Name == "pick" {
				t.Logf("not %s: it evaluates much the same in every run, and one permutation says nothing", s.Name)
				continue
			}
			_, o, err := evolve.Searchers.Resolve(evolve.Spec{Name: s.Name})
			if err != nil {
				t.Fatal(err)
			}
			if (s.ModelsOf(o) || s.Name == "kde") && e.Name != "nb201" { // kde's densities cost more with each result
				continue
			}
			if err := evolvetest.Fits(s, b); err != nil {
				t.Logf("%s not on %s: %v", s.Name, e.Name, err)
				continue
			}
			if pool, ok := b.Problem().Space.(evolve.Enumerable); ok && s.Name == "local" && pool.Size() < 1000 {
				t.Logf("not %s on %s: every run sees the same neighbours of many, and one permutation says nothing",
					s.Name, e.Name)
				continue
			}
			on := b
			if s.NeedsOf(o)&evolve.Schedules != 0 {
				on = each
			}
			t.Run(e.Name+"/"+s.Name, func(t *testing.T) { evolvetest.Blind(t, s, on) })
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
