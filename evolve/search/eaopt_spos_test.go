package search

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Of each generation after the first half are mutants and half crossovers of the best ten of all earlier ones, and
// nothing is proposed twice.
func TestEAOptSPOS(t *testing.T) {
	e := EAOpt{Model: "spos", Population: 50, Parents: sposParents, Redraw: sposRedraw, Repeat: "skip"}
	one, eight := watch(t, e, 1, 400), watch(t, e, 8, 400)
	if !slices.Equal(one.asked, eight.asked) {
		t.Error("eight workers change what is proposed")
	}
	loss := func(id int) float64 { return (invented{}).loss(one.asked[id-1].Arch) }
	seen := map[evolve.Arch]bool{}
	for i, p := range one.asked {
		if seen[p.Arch] {
			t.Errorf("trial %d is %s again", i+1, p.Arch)
		}
		seen[p.Arch] = true
		generation, place := i/50, i%50
		if generation == 0 {
			if p.Parents != [2]int{} {
				t.Errorf("trial %d of the first generation has the parents %v", i+1, p.Parents)
			}
			continue
		}
		if wants := 1 + place/25; slices.Contains(p.Parents[:wants], 0) || wants == 1 && p.Parents[1] != 0 {
			t.Errorf("trial %d has the parents %v, want %d", i+1, p.Parents, wants)
		}
		best := make([]int, generation*50)
		for k := range best {
			best[k] = k + 1
		}
		slices.SortStableFunc(best, func(a, b int) int { return cmp.Compare(loss(a), loss(b)) })
		for _, id := range p.Parents {
			if id != 0 && !slices.Contains(best[:10], id) {
				t.Errorf("trial %d descends from trial %d, which is not among the best ten before it", i+1, id)
			}
		}
		for k := 0; k < 6 && place >= 25; k++ {
			a, b := one.asked[p.Parents[0]-1].Arch, one.asked[p.Parents[1]-1].Arch
			if p.Arch[k] != a[k] && p.Arch[k] != b[k] {
				t.Errorf("trial %d: operation %d of %s is neither of %s nor of %s", i+1, k, p.Arch, a, b)
			}
		}
	}
}

// A mutant draws each decision anew with the chance that was given, the old option among the new ones.
func TestSPOSMutation(t *testing.T) {
	const n = 20_000
	mutate, r := sposMutation(space.NB201{}, 0.1), rand.New(rand.NewPCG(1, 2))
	changed := 0
	for range n {
		child := mutate("012340", r)
		for k := range child {
			if child[k] != "012340"[k] {
				changed++
			}
		}
	}
	// Six decisions with chance 1/10 × 4/5 each; five standard deviations.
	mean, sd := 6*n*0.08, math.Sqrt(6*n*0.08*0.92)
	if d := float64(changed) - mean; math.Abs(d) > 5*sd {
		t.Errorf("%d decisions have changed, want %.0f ± %.0f", changed, mean, sd)
	}
}

func TestEAOptSPOSOptions(t *testing.T) {
	for text, want := range map[string]error{
		"eaopt,model=spos":                          nil,
		"eaopt,model=spos,parents=5,redraw=0.2":     nil,
		"eaopt,model=spos,population=9":             evolve.ErrInvalid, // less than ten parents
		"eaopt,model=spos,redraw=0":                 evolve.ErrInvalid,
		"eaopt,model=spos,sample=3":                 evolve.ErrUnsupported,
		"eaopt,model=spos,mutate=0.5":               evolve.ErrUnsupported,
		"eaopt,model=spos,mutation=nats":            evolve.ErrUnsupported,
		"eaopt,parents=5":                           evolve.ErrUnsupported,
		"eaopt,model=down-to-size,redraw=0.2":       evolve.ErrUnsupported,
		"eaopt,model=spos,islands=2,population=20":  nil,
		"eaopt,model=spos,repeat=cache,islands=100": nil,
	} {
		if _, err := evolvetest.TryOpen(evolve.Searchers, text); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}
