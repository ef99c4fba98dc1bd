package surrogate

import (
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// runsOf checks a table of three test accuracies a network against the file, which may have
// fewer digits: four after the point, of per cent.
func runsOf(t *testing.T, b *lookup, s sheet, prefix string) {
	t.Helper()
	if len(s.rows) != b.space.Size() {
		t.Fatalf("%d networks, want %d", b.space.Size(), len(s.rows))
	}
	for i := range s.rows {
		a := evolve.Arch(s.text(i, "arch"))
		want := 1 - s.float(i, "mean")/100
		r := asks(t, b, of(a))
		if math.Abs(r.Loss-want) > 5.1e-7 || r.Cost != 1 {
			t.Fatalf("%s: %+v, want loss %v at cost 1", a, r, want)
		}
		if got := scored(t, b, a); got != (evolve.Score{Val: r.Loss, Test: r.Loss}) {
			t.Fatalf("%s: %+v, want %v twice", a, got, r.Loss)
		}
		if i%101 > 0 {
			continue
		}
		f := facts(t, b, a)
		for _, column := range []string{"mean", "std", "test_acc_s0", "test_acc_s1", "test_acc_s2", "params", "flops"} {
			name := prefix + column
			if column == evolve.ParamsObjective || column == evolve.FLOPsObjective {
				name = column // objectives have one name on every benchmark
			}
			if x, ok := f[name]; !ok || math.Abs(x.Value-s.float(i, column)) > 5.1e-5 {
				t.Fatalf("%s: %s is %+v, want %v", a, column, x, s.float(i, column))
			}
		}
		for k, column := range []string{"params", "flops"} {
			if x, err := b.Problem().Proxies[k].Score(a); err != nil || x != s.float(i, column) {
				t.Fatalf("%s: proxy %s is %v, %v", a, column, x, err)
			}
		}
	}
}

func TestMacroIsThePublishedTable(t *testing.T) {
	needImported(t, "macro")
	b := ofRows(t, "macro")
	runsOf(t, b, readSheet(t, "nasbench-macro", "nasbench_macro_cifar10.csv.gz"), "")
	near(t, "best", 100*(1-b.About().BestTest), 93.1267, 5e-5)
	if s := scored(t, b, "22212220"); s.Test != b.About().BestTest || s.Val != b.About().BestVal {
		t.Errorf("22212220 is not the best: %+v", s)
	}
	if a := b.About(); a.Epochs != 50 || a.Kind != "table" || a.Metric.Name() != "accuracy" || a.Dataset != "" {
		t.Errorf("%+v", a)
	}
}

// Genomes of one network have one record, also as published.
func TestMacroNetworks(t *testing.T) {
	needImported(t, "macro")
	b := ofRows(t, "macro")
	for i := range b.space.Size() {
		a := space.Macro{}.At(i)
		c, err := b.space.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		if scored(t, b, a) != scored(t, b, c) {
			t.Fatalf("%s and %s, one network, differ", a, c)
		}
	}
}

func TestMacroObjective(t *testing.T) {
	needImported(t, "macro")
	s := readSheet(t, "nasbench-macro", "nasbench_macro_cifar10.csv.gz")
	for _, name := range []string{"params", "flops"} {
		b := ofRows(t, "macro,objectives=error+"+name)
		for i := 0; i < len(s.rows); i += 97 {
			r := asks(t, b, of(evolve.Arch(s.text(i, "arch"))))
			if len(r.Others) != 1 || r.Others[0] != s.float(i, name) {
				t.Fatalf("%s: %+v", s.text(i, "arch"), r)
			}
		}
		if o := evolve.ObjectiveNames(b.Problem().Objectives); len(o) != 2 || o[1] != name {
			t.Errorf("objectives %v", o)
		}
	}
	for text, near := range map[string]string{"macro,objectives=error+param": "params", "macro,objectives=error+std": "", "macro:cifar10": ""} {
		_, err := tryOpen(text)
		if near == "" {
			oneLine(t, err, evolve.ErrUnknown)
			continue
		}
		oneLine(t, err, evolve.ErrUnknown, `did you mean "`+near+`"?`)
	}
}
