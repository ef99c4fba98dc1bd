package papers

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	_ "github.com/amoeba-nas/amoeba/training/oneshot/method"
)

// A method and a searcher beside it, on supernets of a few hundred weights: the same answers whatever runs at a time,
// looked up in a table, and seconds that the others were given and have kept to.
func TestSharing(t *testing.T) {
	const text = "sharing,shared=(oneshot:digits,F=2,images=64,batch=32,answer_epochs=1)," +
		"alone=(train:digits,F=2,images=64,batch=32,epochs=1),methods=\"A=rsws,epochs=40,candidates=3,batches=1," +
		"finalists=0; spos,epochs=1,trials=2\",beside=random,truth=(digits201,metric=loss)"
	one := measured(t, text, Asked{Repeats: 2, Seed: 1, Procs: 1})
	two := measured(t, text, Asked{Repeats: 2, Seed: 1, Procs: 2})
	for _, n := range []string{"val", "test", "skips", "dead", "loss", "quantile"} {
		for _, label := range []string{"A", "spos"} {
			a, b := one[label+" "+n].Values, two[label+" "+n].Values
			if len(a) != 2 || !slices.Equal(a, b) {
				t.Errorf("%s %s: %v with one core, %v with two", label, n, a, b)
			}
		}
	}
	for k := range 2 {
		mean := (one["A seconds"].Values[k] + one["spos seconds"].Values[k]) / 2
		if got := one["random seconds"].Values[k]; mean <= 0 || got > mean {
			t.Errorf("seed %d: random search took %g s, the methods %g in the mean", k, got, mean)
		}
		for _, x := range []float64{one["A quantile"].Values[k], one["A dead"].Values[k]} {
			if !(x >= 0 && x <= 1) {
				t.Errorf("seed %d: a quantile or a dead answer of %g", k, x)
			}
		}
	}
	if s := one["A loss"]; !s.Falls || one["A test"].Falls || one["A test"].Unit != "%" {
		t.Errorf("%+v, %+v", s, one["A test"])
	}
}

// A share of the table is better than a result, of equals none; quick methods train one epoch.
func TestSharingParts(t *testing.T) {
	known := &truth{sorted: []float64{1, 2, 2, 3}}
	for result, want := range map[float64]float64{0.5: 0, 1: 0, 2: 0.25, 2.5: 0.75, 4: 1} {
		if got := known.better(result); got != want {
			t.Errorf("a share of %g is better than %g, want %g", got, result, want)
		}
	}
	if got := known.better(math.NaN()); !math.IsNaN(got) {
		t.Errorf("a share of %g is better than what is not known", got)
	}
	all, err := labelled("RSWS=rsws,epochs=20,steps=7,candidates=3; darts")
	if err != nil || len(all) != 2 || all[0].label != "RSWS" || all[1].label != "darts" {
		t.Fatalf("%v, %v", all, err)
	}
	if got := all[0].quickly().spec.String(); got != "rsws,epochs=1,candidates=3" {
		t.Errorf("quickly %s", got)
	}
	_, _, err = Measurements.OpenText(`sharing,methods="rsws; A=darts; rsws,epochs=3"`)
	if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "two searchers are called rsws: want LABEL=rsws for one") {
		t.Errorf("two of one label: %v", err)
	}
	for _, text := range []string{"a b=rsws", "rsws,epochs", "rsws;"} {
		if _, err := labelled(text); err == nil {
			t.Errorf("%q is read", text)
		}
	}
	table, err := openTruth(evolve.Spec{Name: "digits201", Set: []evolve.Setting{{Key: "metric", Value: "loss"}}})
	if err != nil || len(table.sorted) != 6466 || table.sorted[0] >= table.sorted[6465] {
		t.Errorf("digits201: %d cells, %v", len(table.sorted), err)
	}
}
