package search

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// The brackets are Hyperband's. In the first sweep, and in no other, who is trained longer goes on with its training, and
// is among the best of its rung.
func TestDEHBBrackets(t *testing.T) {
	c := curves{epochs: []int{4, 12, 36, 108}, loss: preserved}
	for _, workers := range []int{1, 5} {
		r := c.on(t, &DEHB{Eta: 3, F: .5, CR: .5}, workers, 130, 1)
		sizes := map[int]int{}
		byID, from := map[int]evolve.Outcome{}, map[int]bool{}
		slices.SortFunc(r, func(a, b evolve.Outcome) int { return a.ID - b.ID })
		for _, o := range r {
			byID[o.ID] = o
		}
		promoted := 0
		for _, o := range r {
			if o.ID <= 65 {
				sizes[o.Epochs]++
			}
			if o.From == 0 {
				continue
			}
			promoted++
			f := byID[o.From]
			if o.ID > 65+workers || from[o.From] || f.Arch != o.Arch || f.Epochs*3 != o.Epochs || o.Trained != f.Epochs {
				t.Errorf("%d workers: trial %+v goes on from %+v", workers, o.Trial, f.Trial)
			}
			from[o.From] = true
		}
		// 27, 9, 3, 1 and 9, 3, 1 and 6, 2 and 4 of 4, 12, 36 and 108 epochs.
		if workers == 1 && (sizes[4] != 27 || sizes[12] != 18 || sizes[36] != 12 || sizes[108] != 8) {
			t.Errorf("trials of the first sweep by epochs %v", sizes)
		}
		if want := 9 + 3 + 1 + 3 + 1 + 2; promoted > want || promoted < want-4 {
			t.Errorf("%d workers: %d trials go on, want %d, less those that were there already", workers, promoted, want)
		}
	}
}

// At a bracket's first rung it is plain differential evolution: a rival of the next member in turn, made of three of the
// population, which takes the member's place if it is as good. Already the first trials are rivals.
func TestDEHBEvolves(t *testing.T) {
	s := &DEHB{Eta: 3, F: .5, CR: 1}
	if err := s.Init(curves{epochs: []int{4, 12, 36, 108}}.Problem(), evolve.Stream(2, "search")); err != nil {
		t.Fatal(err)
	}
	members := s.floors[0].members
	for id := 1; id <= 27; id++ {
		before := slices.Clone(members)
		p := ask27(t, s)
		f := &s.flights.of[p.Tag]
		if f.target != id-1 || p.From != 0 || p.Epochs != 4 {
			t.Fatalf("trial %d is a rival of member %d: %+v", id, f.target, p)
		}
		// With CR = 1 it is the mutant: some three members make it, but for numbers that were out of range.
		if !slices.ContainsFunc(before, func(a dehbMember) bool {
			return slices.ContainsFunc(before, func(b dehbMember) bool {
				return slices.ContainsFunc(before, func(c dehbMember) bool { return made(f.v, a.v, b.v, c.v) })
			})
		}) {
			t.Fatalf("trial %d, %v, is no mutant of the population", id, f.v)
		}
		if err := s.Tell(&evolve.Trial{ID: id, Proposal: p}, &evolve.Result{Loss: .5}); err != nil {
			t.Fatal(err)
		}
		if m := members[id-1]; m.id != id || m.arch != p.Arch {
			t.Fatalf("member %d is %+v, want trial %d: it had no loss yet", id-1, m, id)
		}
	}
	// The second bracket's first rung: the members of 12 epochs, of which those that were promoted are told.
	floor := &s.floors[1]
	floor.members[0].loss, floor.members[1].loss = .5, .4
	for i, want := range []bool{true, false} { // as good takes its place; worse does not
		b := &dehbBracket{number: 99, first: 1, level: 1, size: 9, left: 5, running: 1}
		s.v[0] = .123
		tag, f := s.flights.begin()
		*f = dehbFlight{slices.Clone(s.v), b, i}
		if err := s.Tell(&evolve.Trial{ID: 100 + i, Proposal: evolve.Proposal{Arch: "000000", Tag: tag}}, &evolve.Result{Loss: .5}); err != nil {
			t.Fatal(err)
		}
		if got := floor.members[i].id == 100+i; got != want {
			t.Errorf("a rival of the loss 0.5 takes the place of %v: %v, want %v", []float64{.5, .4}[i], got, want)
		}
	}
}

func ask27(t *testing.T, s evolve.Searcher) (p evolve.Proposal) {
	t.Helper()
	if !s.Ask(&p) {
		t.Fatal("proposes nothing")
	}
	return p
}

// made says whether v is a + (b-c)/2 wherever that is in range, with three different vectors.
func made(v, a, b, c []float64) bool {
	if &a[0] == &b[0] || &b[0] == &c[0] || &a[0] == &c[0] {
		return false
	}
	for i := range v {
		if x := a[i] + .5*(b[i]-c[i]); x >= 0 && x <= 1 && v[i] != x {
			return false
		}
	}
	return true
}

// Populations are as large as the most trials that a bracket has at their rung.
func TestDEHBPopulations(t *testing.T) {
	s := &DEHB{Eta: 3, F: .5, CR: .5}
	if err := s.Init(curves{epochs: []int{4, 12, 36, 108}}.Problem(), evolve.Stream(2, "search")); err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, f := range s.floors {
		got = append(got, len(f.members))
	}
	if want := []int{27, 9, 6, 4}; !slices.Equal(got, want) {
		t.Errorf("populations %v, want %v", got, want)
	}
}

// A failure is never promoted; where all fail the search goes on.
func TestDEHBFailures(t *testing.T) {
	for _, workers := range []int{1, 6} {
		byID := map[int]evolve.Outcome{}
		r := climb(t, &DEHB{Eta: 3, F: .5, CR: .5}, ladder{fails: true}, workers, 300, 1)
		for _, o := range r {
			byID[o.ID] = o
		}
		for _, o := range r {
			if o.From != 0 && byID[o.From].Err != nil {
				t.Errorf("trial %d goes on from trial %d, which failed", o.ID, o.From)
			}
		}
	}
}

// What structure there is it finds: with the same brackets its architectures are better than random ones.
func TestDEHBLearns(t *testing.T) {
	p := evolve.Problem{Space: space.Bits{Length: 30}, Fidelities: schedulesOf(4, 12, 36, 108)}
	ones := func(s evolve.Searcher) (sum float64) {
		for seed := range uint64(5) {
			for _, o := range climbOn(t, p, s, zeros{}, 1, 400, seed)[200:] {
				sum += float64(space.Ones(o.Arch)) / 1000
			}
		}
		return sum
	}
	if de, random := ones(&DEHB{Eta: 3, F: .5, CR: .5}), ones(&Hyperband{Eta: 3}); de < random+2 {
		t.Errorf("%g of 30 ones, Hyperband %g", de, random)
	}
}

// Of a space that is soon used up every architecture is trained at every rung, and then the search ends.
func TestDEHBUsesUpEveryRung(t *testing.T) {
	p := evolve.Problem{Space: dials{N: 2, K: 3}, Fidelities: schedulesOf(1, 3, 9)}
	for _, workers := range []int{1, 4} {
		const bound = 2000
		r := climbOn(t, p, &DEHB{Eta: 3, F: .5, CR: .5, Repeat: repeatSkip}, zeros{}, workers, bound, 1)
		times := map[int]map[evolve.Arch]int{1: {}, 3: {}, 9: {}}
		for _, o := range r {
			if times[o.Epochs][o.Arch]++; o.Epochs == 1 && times[1][o.Arch] > 1 {
				t.Errorf("%d workers: %s is trained for an epoch again", workers, o.Arch)
			}
		}
		if len(times[1]) != 9 || len(times[3]) != 9 || len(times[9]) != 9 || len(r) == bound {
			t.Errorf("%d workers: of 9 architectures %d, %d and %d in %d trials",
				workers, len(times[1]), len(times[3]), len(times[9]), len(r))
		}
	}
}

func TestDEHBRefuses(t *testing.T) {
	for _, c := range []struct {
		s    *DEHB
		p    evolve.Problem
		want string
		kind error
	}{
		{&DEHB{Eta: 1}, ladder{}.Problem(), "dehb: eta=1", evolve.ErrInvalid},
		{&DEHB{Eta: 3, F: 3}, ladder{}.Problem(), "dehb: f=3, cr=0: want 0 to 2 and 0 to 1", evolve.ErrInvalid},
		{&DEHB{Eta: 3}, ladder{}.Problem().At(9), "dehb: there is no second fidelity", evolve.ErrUnsupported},
	} {
		if err := c.s.Init(c.p, evolve.Stream(1, "search")); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.s, err, c.want)
		}
	}
}
