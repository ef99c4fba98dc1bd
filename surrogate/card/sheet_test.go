package card

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve/sheet"
)

var update = flag.Bool("update", false, "write the golden files")

// People read the page: it does not change by accident.
func TestSheetGolden(t *testing.T) {
	s := tinyCard(t)
	s.Set, s.Benchmark = "cifar10", "tiny:cifar10"
	c := Card{Table: "tiny", Holds: "four cells", Rows: 4, Measured: "all", Licences: []string{"MIT"}, Hash: "abc",
		Sources: []data.Source{{Repository: "o/n", Commit: "0123456789", Path: "a.csv", Licence: "MIT"}, {Path: "b.csv", Licence: "none"}},
		Sets:    []Set{s, {Set: "columns alone", Columns: s.Columns, Correlations: s.Correlations[:1]}}}
	var b bytes.Buffer
	if err := c.Sheet().WriteText(&b); err != nil {
		t.Fatal(err)
	}
	path := "testdata/sheet.txt"
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Error(d)
	}
}

// A long architecture is broken behind commas, and the rest of a very long one left out.
func TestArchLines(t *testing.T) {
	if got := archLines("short, one"); len(got) != 1 || got[0] != "short, one" {
		t.Errorf("%q", got)
	}
	part := strings.Repeat("x", 40) + ", "
	got := archLines(strings.Repeat(part, 4))
	if len(got) != 2 || strings.HasPrefix(got[1], " ") || got[0]+" "+got[1] != strings.Repeat(part, 4) {
		t.Errorf("%q", got)
	}
	got = archLines(strings.Repeat(part, 100))
	if len(got) != maxArchLines || got[maxArchLines-1] != "… (whole with --json)" {
		t.Errorf("%q", got)
	}
	for _, line := range got {
		if len(line) > sheet.Width {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}
