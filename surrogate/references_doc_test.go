package surrogate

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

var update = flag.Bool("update", false, "write the table of reference points into docs/objectives.md")

// referenceTable is the table of corners as people read it.
func referenceTable() string {
	var b strings.Builder
	fmt.Fprint(&b, "| benchmark | reference point |\n|---|---|\n")
	row := func(name string, c corner) {
		names := slices.Sorted(maps.Keys(c))
		slices.SortStableFunc(names, func(a, b string) int { return trainedFirst(a) - trainedFirst(b) })
		var parts []string
		for _, n := range names {
			o := evolve.NewObjective(n)
			parts = append(parts, n+" "+o.Text(o.Value(c[n]))) // a value's loss is what a loss's value is
		}
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, strings.Join(parts, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(corners)) {
		row(name, corners[name])
	}
	row("nb201", nb201Corner)
	return b.String()
}

// The documentation has the table as it is; go test -update writes it.
func TestReferencesAreDocumented(t *testing.T) {
	const path, begin, end = "../docs/objectives.md", "<!-- reference points -->\n", "<!-- end -->\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no %q … %q", path, begin, end)
	}
	if want := referenceTable(); table != want {
		if !*update {
			t.Fatalf("%s has\n%s\nwant (-update writes it)\n%s", path, table, want)
		}
		if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
