package method

import "testing"

// The searcher within spos proposes what it proposes by itself on the same weights, and is told the same.
func TestSPOSSearchesAsItsInner(t *testing.T) {
	for _, inner := range []string{"regevo,population=5,sample=2", "local", "eaopt,model=spos,population=10,repeat=skip"} {
		within := studied(t, tiny, "spos,epochs=2,trials=30,inner=("+inner+")", 0)
		path, _ := checkpoint(t, within.dir)
		got, want := within.outcomes, studied(t, tiny+",weights="+path, inner, 30).outcomes
		if got[0].Epochs != 2 {
			t.Errorf("%s: the first trial is of %d epochs, the weights were trained for 2", inner, got[0].Epochs)
		}
		got[0].Epochs = 0 // what the inner searcher asked for
		if !same(got, want) {
			t.Errorf("%s: within spos\n%v\nby itself\n%v", inner, bare(got), bare(want))
		}
	}
}

// With weights that nobody has trained, the answer of random search with weight sharing is that of random search at the
// given budget of batches: of the same samples the one that these weights give the lowest error.
func TestRSWSIsRandomSearch(t *testing.T) {
	const n = 40
	shared := studied(t, tiny, "rsws,epochs=1,lr=1e-6,lr_min=0,candidates=40,batches=0,finalists=0", 0)
	path, _ := checkpoint(t, shared.dir)
	got, want := shared.outcomes, studied(t, tiny+",weights="+path, "random", n).outcomes
	best := want[0]
	for i, o := range want {
		if got[i].Arch != o.Arch || got[i].Loss != o.Loss {
			t.Errorf("candidate %d is %s with %g, random search's %s with %g", i, got[i].Arch, got[i].Loss, o.Arch, o.Loss)
		}
		if o.Loss < best.Loss {
			best = o
		}
	}
	if answer := shared.answer(); answer != best.Arch || len(got) != n {
		t.Errorf("the answer is %s of %d, that of random search %s of %d", answer, len(got), best.Arch, n)
	}
}
