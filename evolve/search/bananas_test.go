package search_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// The published budget: ten random architectures and fourteen rounds of ten are 150, of which none is evaluated twice.
// All of a round are mutants of what was told before it, and a round whose model is a coin is one of mutants all the
// same.
func TestMutantsBudget(t *testing.T) {
	for _, text := range []string{"bananas,acquisition=random,round=10,same=genome", "bananas,round=10,same=genome"} {
		r := (&invented{space: space.NB201{}}).study(t, evolvetest.Open(t, evolve.Searchers, text), 1, 150, 1)
		if n := r.distinct(); n != 150 {
			t.Errorf("%s: %d different architectures in 150 trials", text, n)
		}
		for i, o := range r {
			round := 0 // the number of trials before this one's round
			if i >= 10 {
				round = i / 10 * 10
			}
			if p := o.Parents[0]; i < 10 && p != 0 || i >= 10 && (p < 1 || p > round || !isChild(r[p-1].Arch, o.Arch)) {
				t.Fatalf("%s: trial %d, %s, is a mutant of trial %d", text, o.ID, o.Arch, p)
			}
		}
	}
}

// Mutants are of the best architecture as long as it has new ones, and only then of the second best.
func TestMutantsAreOfTheBest(t *testing.T) {
	s := &search.Bananas{Acquisition: "random", Start: 3, Round: 4, Candidates: 12, Parents: 2, Repeat: "skip"}
	begin(t, s, space.Bits{Length: 6}, 1)
	for id, loss := range []float64{.3, .1, .2} {
		told(t, s, ask(t, s), id+1, loss)
	}
	// Six mutants of the best are drawn with twelve draws now and then all, and then the second best is not mutated.
	from := map[int]int{}
	for id := 4; id <= 13; id++ {
		p := ask(t, s)
		from[p.Parents[0]]++
		told(t, s, p, id, .9)
	}
	if from[2] < 4 || from[3] == 0 || from[1] != 0 || from[2] > 6 {
		t.Errorf("mutants by the trial of their parent: %v, want up to six of 2, then 3, and none of 1", from)
	}
}

// What failed has no mutants: here one trial alone has, and when its mutants are used up random architectures follow.
func TestMutantsOfFailures(t *testing.T) {
	s := evolvetest.Open(t, evolve.Searchers, "bananas,start=4,same=genome")
	begin(t, s, space.NB201{}, 1)
	for id := 1; id <= 30; id++ {
		loss := math.Inf(1)
		if id == 2 {
			loss = .5
		}
		p := ask(t, s)
		if parent := p.Parents[0]; id > 4 && id <= 28 && parent != 2 || (id <= 4 || id > 28) && parent != 0 {
			t.Errorf("trial %d is a mutant of trial %d; trial 2, which alone did not fail, has 24 mutants", id, parent)
		}
		told(t, s, p, id, loss)
	}
}

// With several workers nobody waits, and nothing is proposed twice.
func TestMutantsWorkers(t *testing.T) {
	r := (&invented{space: space.NB201{}}).study(t, evolvetest.Open(t, evolve.Searchers, "bananas"), 20, 100, 1)
	if n := r.distinct(); n != 100 {
		t.Errorf("%d different architectures in 100 trials", n)
	}
}

// Every acquisition finds what a sum of decisions hides, which random draws do not.
func TestBananasAcquisitions(t *testing.T) {
	for _, a := range []string{"its", "ucb", "ei", "ts", "random"} {
		_, ones := toy(t, evolvetest.Open(t, evolve.Searchers, "bananas,acquisition="+a), 0, true, 100, 3)
		if slices.Min(ones) < 66 { // random search has 62.5 on average after so many
			t.Errorf("%s: %v ones of 100 after 100 evaluations", a, ones)
		}
	}
}

// The published networks and losses make searches as well.
func TestBananasPublished(t *testing.T) {
	for _, loss := range []string{"mae", "mse", "relative"} {
		r := (&invented{space: space.NB101{}}).study(t, evolvetest.Open(t, evolve.Searchers, "bananas,preset=published,round=10,loss="+loss), 1, 20, 1)
		if len(r) != 20 || r[19].Parents[0] == 0 {
			t.Errorf("loss=%s: %d trials, the last is %+v", loss, len(r), r[len(r)-1])
		}
	}
}

func TestBananasRefuses(t *testing.T) {
	p := evolve.Problem{Space: space.NB201{}}
	for want, s := range map[error]*search.Bananas{
		evolve.ErrInvalid: {Start: 1, Round: 1, Candidates: 1},
		evolve.ErrUnknown: {Acquisition: "luck", Start: 1, Round: 1, Candidates: 1, Parents: 1},
	} {
		if err := s.Init(p, evolve.Stream(1, "search")); !errors.Is(err, want) {
			t.Errorf("%+v: %v, want %v", s, err, want)
		}
	}
	for _, text := range []string{"bananas,acquisition=random,loss=mse", "bananas,round=0", "bananas,preset=large"} {
		if _, err := evolvetest.TryOpen(evolve.Searchers, text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	if err := evolvetest.Open(t, evolve.Searchers, "bananas").Init(evolve.Problem{Space: bare{}}, evolve.Stream(1, "search")); !isUnsupported(err) {
		t.Errorf("a space without mutations: %v", err)
	}
}

// A run of 150 trials.
func BenchmarkBananas(b *testing.B) {
	for _, sp := range []evolve.Space{space.NB201{}, space.NB101{}} {
		b.Run("space="+sp.Name(), func(b *testing.B) {
			s, in := evolvetest.Open(b, evolve.Searchers, "bananas"), &invented{space: sp}
			for i := range b.N {
				in.study(b, s, 1, 150, uint64(i))
			}
		})
	}
}
