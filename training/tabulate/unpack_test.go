package tabulate

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
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
	if err := Build(t.Context(), first, p, archs, Options{Procs: 1}); err != nil {
		t.Fatal(err)
	}
	table, text := packed(first, 0)
	if err := Build(t.Context(), second, p, archs, Options{Procs: 1, From: table, Observer: evolve.On(func(Built) { t.Error("trained again") })}); err != nil {
		t.Fatal(err)
	}
	if _, again := packed(second, 0); !bytes.Equal(text, again) {
		t.Error("packed again, the runs are other bytes")
	}
	fresh, dir := 0, filepath.Join(t.TempDir(), "c")
	o := Options{Procs: 1, From: table, Observer: evolve.On(func(b Built) {
		if fresh++; b.Run.Seed != 2 || b.Done != 3+fresh || b.Of != 6 {
			t.Errorf("trained %+v", b)
		}
	})}
	p.Seeds = 2
	for range 2 { // and a folder with runs is left as it is
		if err := Build(t.Context(), dir, p, archs, o); err != nil {
			t.Fatal(err)
		}
	}
	if fresh != 3 {
		t.Errorf("%d runs were trained, want 3", fresh)
	}
	part := filepath.Join(t.TempDir(), "part") // a cell that is not built does not come along
	q := p
	q.Cells, q.Seeds = listed(archs[1:]), 1
	if err := Build(t.Context(), part, q, archs[1:], Options{Procs: 1, From: table}); err != nil {
		t.Fatal(err)
	}
	if runs, err := Runs(part); err != nil || len(runs) != 2 || runs[0].Arch == archs[0] || runs[1].Arch == archs[0] {
		t.Errorf("%+v, %v", runs, err)
	}
	more, _ := packed(dir, 0)
	for says, edit := range map[string]func(*Protocol){
		"has 2 seeds: want at least as many, not 1": func(p *Protocol) { p.Seeds = 1 },
		`says "F": 2 and this build "F": 3`:         func(p *Protocol) { p.Net.F = 3 },
	} {
		q, dir := p, filepath.Join(t.TempDir(), "d")
		edit(&q)
		if err := Build(t.Context(), dir, q, archs, Options{Procs: 1, From: more}); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: a folder was made", says)
		}
	}
}
