package search_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// bags are up to size letters of four, in any order: a genome has them sorted. A bag grows by a letter.
type bags struct{ size int }

const bagLetters = "abcd"

func (b bags) Name() string { return "bags" }

func (b bags) Sample(r *rand.Rand) evolve.Arch {
	text := make([]byte, 1+r.IntN(b.size))
	for i := range text {
		text[i] = bagLetters[r.IntN(len(bagLetters))]
	}
	return sorted(text)
}

func sorted(text []byte) evolve.Arch {
	slices.Sort(text)
	return evolve.Arch(text)
}

func (b bags) Canon(a evolve.Arch) (evolve.Arch, error) { return sorted([]byte(a)), nil }

func (b bags) Grow(dst []evolve.Arch, a evolve.Arch) []evolve.Arch {
	for i := range bagLetters {
		if len(a) < b.size {
			dst = append(dst, sorted([]byte(string(a)+bagLetters[i:i+1])))
		}
	}
	return dst
}

func (b bags) Encodings() []string { return []string{"counts"} }

func (b bags) Encode(dst []float64, _ string, a evolve.Arch) ([]float64, error) {
	for i := range bagLetters {
		dst = append(dst, float64(strings.Count(string(a), bagLetters[i:i+1])))
	}
	return dst, nil
}

// Evaluate is a sum over the letters: d is best.
func (b bags) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	r.Loss, r.Cost = 1, 1
	for _, c := range t.Arch {
		r.Loss -= .02 * float64(c-'a')
	}
	return nil
}

// bagged runs pnas until it is done.
func bagged(t *testing.T, size, keep, workers int) tape {
	b := bags{size}
	return run(t, evolve.Problem{Space: b}, &search.PNAS{Keep: keep}, b, workers, 10_000, 1)
}

// Where blocks add up, growing greedily is optimal: with few kept at a level the best of all bags is found on the way.
func TestPNASGreedyIsOptimal(t *testing.T) {
	r := bagged(t, 8, 3, 1)
	if at := slices.IndexFunc(r, func(o evolve.Outcome) bool { return o.Arch == "dddddddd" }); at < 0 || at >= 4+7*3 {
		t.Errorf("the best bag is trial %d, want one of the first %d", at+1, 4+7*3)
	}
	for _, o := range r { // each is grown from what was evaluated
		if p := o.Parents[0]; len(o.Arch) > 1 && (p == 0 || len(r[p-1].Arch) != len(o.Arch)-1) {
			t.Errorf("%s comes of trial %d", o.Arch, p)
		}
	}
}

// With all kept the search is an enumeration, without repetitions: 4 + 10 + 20 bags of up to three letters, and of the
// cells those of three and four vertices.
func TestPNASKeepsAll(t *testing.T) {
	for _, workers := range []int{1, 5} {
		if r := bagged(t, 3, 1000, workers); len(r) != 34 || r.distinct() != 34 {
			t.Errorf("%d workers: %d trials of %d bags, want 34 of 34", workers, len(r), r.distinct())
		}
	}
	r := (&invented{space: space.NB101{}}).study(t, &search.PNAS{Keep: 84}, 1, 90, 1)
	for i, o := range r {
		g, err := space.NB101{}.Graph(o.Arch)
		if want := 3 + min(i/6, 1); err != nil || g.Len() != want {
			t.Fatalf("trial %d, %s, has %d vertices, want %d: %v", o.ID, o.Arch, g.Len(), want, err)
		}
	}
	if n := r.distinct(); n != 90 {
		t.Errorf("%d different cells of 90", n)
	}
}

// Levels are 6 cells of three vertices and then as many as are kept, up to seven vertices, where the search goes on.
func TestPNASLevels(t *testing.T) {
	r := (&invented{space: space.NB101{}}).study(t, &search.PNAS{Keep: 5}, 1, 40, 1)
	for i, o := range r {
		want := 3
		if i >= 6 {
			want = min(4+(i-6)/5, 7)
		}
		if g, _ := (space.NB101{}).Graph(o.Arch); g.Len() != want {
			t.Errorf("trial %d, %s, has %d vertices, want %d", o.ID, o.Arch, g.Len(), want)
		}
	}
	if n := r.distinct(); n != 40 {
		t.Errorf("%d different cells of 40", n)
	}
}

// Other spaces are refused, with the name of what would do.
func TestPNASRefuses(t *testing.T) {
	err := (&search.PNAS{Keep: 5}).Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search"))
	if !isUnsupported(err) || !strings.Contains(err.Error(), "nb101") || !strings.Contains(err.Error(), "nb201") {
		t.Errorf("nb201: %v", err)
	}
	if err := (&search.PNAS{}).Init(evolve.Problem{Space: space.NB101{}}, evolve.Stream(1, "search")); !isRefusal(err) {
		t.Errorf("keep 0: %v", err)
	}
}

// What it learns was paid for: nothing grows to it, and it is left out of what else is at a level.
func TestPNASLearns(t *testing.T) {
	s := &search.PNAS{Keep: 1}
	begin(t, s, bags{2}, 1)
	learn := func(a evolve.Arch) {
		s.Learn(&evolve.Trial{ID: -1, Proposal: evolve.Proposal{Arch: a}}, &evolve.Result{Loss: 1})
	}
	learn("dd")
	asked := []evolve.Arch{}
	for id := 1; ; id++ {
		var p evolve.Proposal
		if !s.Ask(&p) {
			break
		}
		asked = append(asked, p.Arch)
		told(t, s, p, id, .5)
		if len(asked) == 5 { // of the second level by now
			for _, a := range []evolve.Arch{"aa", "ab"} {
				if !slices.Contains(asked, a) {
					learn(a)
					break
				}
			}
		}
	}
	if len(asked) != 4+10-2 || slices.Contains(asked, "dd") || slices.Contains(asked, "aa") && slices.Contains(asked, "ab") {
		t.Errorf("proposes %v, after learning of two others", asked)
	}
}
