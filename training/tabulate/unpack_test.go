package tabulate

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/training"
)

// TestUnpack: a packed table packs to the same bytes again, and a build adds a seed to it.
func TestUnpack(t *testing.T) {
	archs, err := Cells("nb201", "sample=3")
	if err != nil {
		t.Fatal(err)
	}
	p := Protocol{Space: "nb201", Data: "digits", Recipe: training.DefaultRecipe(), Seeds: 1, Cells: "sample=3"}
	p.Net.N, p.Net.F, p.Recipe.Epochs = 1, 2, 2
	packed := func(dir string, seeds int) (*ownruns.Table, []byte) {
		t.Helper()
		table, _, err := Pack(dir, seeds, "")
		if err != nil {
			t.Fatal(err)
		}
		text, err := table.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		return table, text
	}
	first, second := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "b")
	if err := Build(t.Context(), first, p, archs, 1, nil); err != nil {
		t.Fatal(err)
	}
	table, text := packed(first, 0)
	p.Seeds = 2
	if err := Unpack(second, table, p.Seeds); err != nil {
		t.Fatal(err)
	}
	if _, again := packed(second, 1); !bytes.Equal(text, again) {
		t.Error("packed again, the runs are other bytes")
	}
	fresh := 0
	if err := Build(t.Context(), second, p, archs, 1, func(_, _ int, r Run) {
		if fresh++; r.Seed != 2 {
			t.Errorf("trained %s with seed %d again", r.Arch, r.Seed)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if fresh != 3 {
		t.Errorf("%d runs were trained, want 3", fresh)
	}
	before, _ := os.ReadFile(filepath.Join(second, runsName))
	if err := Unpack(second, table, p.Seeds); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(filepath.Join(second, runsName)); !bytes.Equal(before, after) {
		t.Error("a folder with runs was begun anew")
	}
}
