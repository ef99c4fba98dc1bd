package search_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

// Trials of a golden run. With rungs some reach the third: with η = 3 it takes nine at the first and three at the second.
const (
	goldenTrials = 20
	rungsTrials  = 30
)

// small are options that make generations so small that there are children among the first proposals.
func small(e evolve.Entry[evolve.Searcher]) (set []evolve.Setting) {
	for _, p := range e.Params {
		if v, ok := map[string]string{"population": "6", "sample": "3", "n": "9"}[p.Name]; ok {
			set = append(set, evolve.Setting{Key: p.Name, Value: v})
		}
	}
	return set
}

// The first proposals of every registered searcher, with one and with three workers: on every space that it fits, and on a
// problem with three fidelities, two objectives and a proxy, alone and within asha. A searcher
// that no file shows fails the test.
func TestGolden(t *testing.T) {
	for _, e := range evolve.Searchers.Entries() {
		if e.Chooses != nil {
			continue // the files of the ones that it chooses show it
		}
		shown := 0
		for _, sp := range evolve.Spaces.Entries() {
			if sp.File {
				continue
			}
			shown += golden(t, e, small(e), e.Name, sp.Name, false)
		}
		for _, name := range []string{"darts", "nb201"} {
			shown += golden(t, e, small(e), e.Name, name, true)
		}
		for _, p := range e.Params {
			if p.Kind != evolve.NestedParam || p.Of != "searcher" {
				continue
			}
			for _, inner := range evolve.Searchers.Entries() {
				if inner.Name == p.Default || p.Single && inner.Name != "pick" {
					continue // who only proposes the first architectures is shown by one searcher
				}
				if !p.Single && e.Name != "asha" && inner.Name != "eaopt" && inner.Name != "regevo" {
					continue // one that takes another holds it in the same nest as asha
				}
				if inner.Models || inner.Chooses != nil {
					continue // its own files show what it proposes
				}
				spec := evolve.Spec{Name: inner.Name, Set: small(inner)}
				set := append(small(e), evolve.Setting{Key: p.Name, Value: "(" + spec.String() + ")"})
				// Only a searcher that itself chooses schedules has no place within one that does.
				fits := golden(t, e, set, e.Name+"-"+inner.Name, "nb201", true) == 1
				_, alone, err := evolve.Searchers.Open(spec)
				if err != nil {
					t.Fatal(err)
				}
				if schedules := inner.NeedsOf(alone)&evolve.Schedules != 0; fits == schedules {
					t.Errorf("%s within %s: a golden file %v, chooses schedules %v", inner.Name, e.Name, fits, schedules)
				}
			}
		}
		if shown == 0 {
			t.Errorf("no golden file shows searcher %s", e.Name)
		}
	}
}

// golden compares a file and returns 1, or 0 where the searcher does not fit the problem.
func golden(t *testing.T, e evolve.Entry[evolve.Searcher], set []evolve.Setting, searcher, name string, rungs bool) int {
	sp, _, err := evolve.Spaces.Open(evolve.Spec{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	b := &evolvetest.Invented{Space: sp, Rungs: rungs}
	p, trials, file := evolve.Problem{Space: sp}, goldenTrials, searcher+"."+name+".txt"
	if rungs {
		p, trials, file = b.Problem(), rungsTrials, searcher+"."+name+".rungs.txt"
	}
	s, o, err := evolve.Searchers.Open(evolve.Spec{Name: e.Name, Set: set})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Fit(o, p); errors.Is(err, evolve.ErrUnsupported) {
		return 0
	}
	t.Run(file, func(t *testing.T) {
		var got bytes.Buffer
		for _, workers := range []int{1, 3} {
			fmt.Fprintf(&got, "workers=%d\ntrial\tparents\ttag\tloss\t", workers)
			if rungs {
				fmt.Fprint(&got, "params\tepochs\tfrom\ttrained\t")
			}
			fmt.Fprintln(&got, "arch")
			r := run(t, p, s, b, workers, trials, 1)
			slices.SortFunc(r, func(a, b evolve.Outcome) int { return a.ID - b.ID })
			for _, o := range r {
				fmt.Fprintf(&got, "%d\t%v\t%d\t%.5f\t", o.ID, o.Parents, o.Tag, o.Loss)
				if rungs {
					fmt.Fprintf(&got, "%g\t%d\t%d\t%d\t", o.Others[0], o.Epochs, o.From, o.Trained)
				}
				fmt.Fprintln(&got, o.Arch)
			}
		}
		path := filepath.Join("testdata", "golden", file)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v; write it with: go test ./evolve/search -update", err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	})
	return 1
}
