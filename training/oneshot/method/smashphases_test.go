package method

import (
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// threes is a loss of cells of nb201: the number of edges without operation 3.
func threes(a evolve.Arch) float64 {
	loss := 6.
	for i := range len(a) {
		if a[i] == '3' {
			loss--
		}
	}
	return loss
}

func changes(a, b evolve.Arch) (n int) {
	for i := range len(a) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

func TestSmashPhases(t *testing.T) {
	s := &smashPhases{random: 40, perturbed: 30, chained: 50, chance: .05}
	if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search")); err != nil {
		t.Fatal(err)
	}
	var all []evolve.Trial
	tell := func(i int) {
		if err := s.Tell(&all[i], &evolve.Result{Loss: threes(all[i].Arch)}); err != nil {
			t.Fatal(err)
		}
	}
	ask := func() bool {
		var p evolve.Proposal
		if !s.Ask(&p) {
			return false
		}
		all = append(all, evolve.Trial{ID: len(all) + 1, Proposal: p})
		return true
	}
	for range 40 {
		if !ask() {
			t.Fatal("no random cell")
		}
	}
	for i := range 40 { // told in another order than asked
		if ask() {
			t.Fatal("a perturbation before all random cells were scored")
		}
		tell(39 - i)
	}
	base := all[0]
	for _, c := range all {
		if threes(c.Arch) < threes(base.Arch) {
			base = c
		}
	}
	for ask() {
	}
	if len(all) != 70 {
		t.Fatalf("%d cells before the chain, want 70", len(all))
	}
	sum := 0
	for _, c := range all[40:] {
		if c.Parents[0] != base.ID || changes(c.Arch, base.Arch) == 0 {
			t.Errorf("trial %d, %s, is of trial %d, the first best of the random ones is %d, %s", c.ID, c.Arch,
				c.Parents[0], base.ID, base.Arch)
		}
		sum += changes(c.Arch, base.Arch)
	}
	if sum > 45 { // 1.1 each where something differs: six edges, 4/5 of 0.05 each
		t.Errorf("30 perturbations change %d edges", sum)
	}
	for i := 40; i < 70; i++ {
		tell(i)
	}
	stands := base
	for _, c := range all {
		if threes(c.Arch) < threes(stands.Arch) {
			stands = c
		}
	}
	for range 50 {
		if !ask() {
			t.Fatal("the chain has ended")
		}
		if ask() {
			t.Fatal("a link of the chain before the last one was scored")
		}
		c := all[len(all)-1]
		if c.Parents[0] != stands.ID {
			t.Fatalf("trial %d goes on from %d, want %d", c.ID, c.Parents[0], stands.ID)
		}
		tell(len(all) - 1)
		if threes(c.Arch) < threes(stands.Arch) {
			stands = c
		}
	}
	if ask() {
		t.Error("a proposal after the chain")
	}
	if a, ok := s.Recommend(); !ok || a != stands.Arch {
		t.Errorf("recommends %s, %v, want %s", a, ok, stands.Arch)
	}
}

func TestSmashPhasesWithoutAnyScore(t *testing.T) {
	s := &smashPhases{random: 2, perturbed: 2, chained: 2, chance: .05}
	if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search")); err != nil {
		t.Fatal(err)
	}
	for id := 1; id <= 6; id++ {
		var p evolve.Proposal
		if !s.Ask(&p) {
			t.Fatalf("no trial %d", id)
		}
		if err := s.Tell(&evolve.Trial{ID: id, Proposal: p}, &evolve.Result{Loss: math.Inf(1)}); err != nil {
			t.Fatal(err)
		}
	}
	if a, ok := s.Recommend(); ok {
		t.Errorf("recommends %s of nothing", a)
	}
}
