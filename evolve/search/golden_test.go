package search_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

const goldenTrials = 20

// The first 20 proposals of every registered searcher on every space it fits, with one and
// with three workers. Populations are small so that there are children among them.
func TestGolden(t *testing.T) {
	for _, se := range evolve.Searchers.Entries() {
		var small []evolve.Setting
		for _, p := range se.Params {
			if v, ok := map[string]string{"population": "6", "sample": "3"}[p.Name]; ok {
				small = append(small, evolve.Setting{Key: p.Name, Value: v})
			}
		}
		s, _, err := evolve.Searchers.Open(evolve.Spec{Name: se.Name, Set: small})
		if err != nil {
			t.Fatal(err)
		}
		for _, sp := range evolve.Spaces.Entries() {
			t.Run(se.Name+"/"+sp.Name, func(t *testing.T) { golden(t, s, se.Name, sp.Name) })
		}
	}
}

func golden(t *testing.T, s evolve.Searcher, searcher, name string) {
	sp, _, err := evolve.Spaces.Open(evolve.Spec{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Init(evolve.Problem{Space: sp}, evolve.Stream(1, "search")); isUnsupported(err) {
		t.Skip(err)
	}
	var got bytes.Buffer
	for _, workers := range []int{1, 3} {
		fmt.Fprintf(&got, "workers=%d\ntrial\tparents\ttag\tloss\tarch\n", workers)
		r := (&invented{space: sp}).study(t, s, workers, goldenTrials, 1)
		slices.SortFunc(r, func(a, b evolve.Outcome) int { return a.ID - b.ID })
		for _, o := range r {
			fmt.Fprintf(&got, "%d\t%v\t%d\t%.5f\t%s\n", o.ID, o.Parents, o.Tag, o.Loss, o.Arch)
		}
	}
	path := filepath.Join("testdata", "golden", searcher+"."+name+".txt")
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
}
