package method

import (
	"context"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The searcher within spos proposes what it proposes by itself on the same weights, and is told the same.
func TestSPOSSearchesAsItsInner(t *testing.T) {
	for _, inner := range []string{"regevo,population=5,sample=2", "local", "eaopt,model=spos,population=10,repeat=skip"} {
		dir := t.TempDir()
		got, _, err := run(t, context.Background(), tiny, "spos,epochs=2,trials=30,inner=("+inner+")", dir, 1, 1<<20, nil)
		if err != nil {
			t.Fatal(err)
		}
		path, _ := checkpoint(t, dir)
		want, _, err := run(t, context.Background(), tiny+",weights="+path, inner, t.TempDir(), 1, 30, nil)
		if err != nil {
			t.Fatal(err)
		}
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
	dir := t.TempDir()
	got, s, err := run(t, context.Background(), tiny, "rsws,epochs=1,lr=1e-6,lr_min=0,candidates=40,batches=0,finalists=0",
		dir, 1, 1<<20, nil)
	if err != nil {
		t.Fatal(err)
	}
	path, _ := checkpoint(t, dir)
	want, _, err := run(t, context.Background(), tiny+",weights="+path, "random", t.TempDir(), 1, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	best := want[0]
	for i, o := range want {
		if got[i].Arch != o.Arch || got[i].Loss != o.Loss {
			t.Errorf("candidate %d is %s with %g, random search's %s with %g", i, got[i].Arch, got[i].Loss, o.Arch, o.Loss)
		}
		if o.Loss < best.Loss {
			best = o
		}
	}
	if answer, _ := s.(evolve.Recommender).Recommend(); answer != best.Arch || len(got) != n {
		t.Errorf("the answer is %s of %d, that of random search %s of %d", answer, len(got), best.Arch, n)
	}
}
