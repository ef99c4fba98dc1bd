package surrogate

import (
	"testing"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// The file is of the protocol that the project promises: one cell of each of 300 classes.
func TestFashion201(t *testing.T) {
	r := ownRuns(t, fashion201Runs)
	if len(r.Cells) != 300 || r.Seeds != 2 || r.Epochs != 6 || r.Space != "nb201" || r.Data != "fashion-mnist" ||
		r.Images != (ownruns.Images{Train: 4992, Val: 10_000, Test: 10_000}) {
		t.Errorf("%d cells with %d seeds and %d epochs of %s on %s: %+v", len(r.Cells), r.Seeds, r.Epochs, r.Space,
			r.Data, r.Images)
	}
	classes := map[evolve.Arch]bool{}
	for _, a := range r.Cells {
		c, err := space.NB201{}.Canon(a)
		if err != nil || classes[c] {
			t.Errorf("%s: its class %s is there twice, or %v", a, c, err)
		}
		classes[c] = true
	}
}
