package lab

import (
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/front"
)

// The file of fronts has every run's front; the exact front is known of an experiment that was read back where its
// benchmark is here with the same data.
func TestFrontsOfAFolder(t *testing.T) {
	s := Default()
	s.Benchmark, s.Algos, s.Seeds, s.Trials = "nb201:cifar10,source=surrogate,objectives=error+params", []string{"random", "b=nsga2,population=6"}, 2, 60
	e, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := e.Run(context.Background(), Options{Procs: 2, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	o, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	path, err := o.WriteFronts(dir)
	if err != nil || path != filepath.Join(dir, FrontFile) {
		t.Fatal(path, err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || !slices.Equal(rows[0], []string{"algorithm", "run", "trial", "arch", "error", "params"}) {
		t.Fatal(rows, err)
	}
	var want [][]string
	for _, a := range o.Set.Arms {
		for run := range a.Runs {
			for _, p := range o.Set.Front(&a.Runs[run], run) {
				want = append(want, []string{a.Label, strconv.Itoa(run), strconv.FormatInt(p.Entry.Trial, 10), p.Entry.Arch,
					strconv.FormatFloat(p.Entry.ValError, 'g', -1, 64), strconv.FormatFloat(p.Entry.Others[0], 'g', -1, 64)})
			}
		}
	}
	if len(want) < 8 || !slices.EqualFunc(rows[1:], want, slices.Equal) {
		t.Errorf("%v, want %v", rows[1:], want)
	}
	exact, ok := front.Exact(e.Bench)
	if got := o.Set.ExactFront(); !ok || len(got) != len(exact) || !slices.Equal(got[0], exact[0].Values) {
		t.Errorf("%v, want %v", got, exact)
	}
	for what, change := range map[string]func(*Experiment){
		"other data":   func(e *Experiment) { e.About.Hash = "0" },
		"no benchmark": func(e *Experiment) { e.Spec.Benchmark = "gone" },
		"an objective": func(e *Experiment) { e.Objectives = e.Objectives[:1] },
	} {
		x := *o.Experiment
		change(&x)
		if got, ok := x.exactFront(); ok {
			t.Errorf("%s: %d points", what, len(got))
		}
	}
}
