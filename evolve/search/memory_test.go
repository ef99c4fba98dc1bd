package search

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// A memory says the same of an architecture and of its number, whether it was asked by numbers early or late.
func TestMemoryByNumber(t *testing.T) {
	graph, _, err := evolve.Spaces.Open(evolve.Spec{Name: "graph"})
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		for _, sp := range []evolve.Space{space.NB201{}, graph} {
			e := sp.(evolve.Enumerable)
			var m memory
			same := rapid.SampledFrom([]string{sameGenome, sameNetwork}).Draw(t, "same")
			if err := m.begin("x", sp, evolve.Stream(1, "x"), repeatSkip, same); err != nil {
				t.Fatal(err)
			}
			places := rapid.SliceOfN(rapid.IntRange(0, e.Size()-1), 1, 40).Draw(t, "places")
			from := rapid.IntRange(0, len(places)-1).Draw(t, "asked by numbers from")
			networks := map[evolve.Arch]bool{}
			for n, i := range places {
				a := e.At(i)
				id := a
				if same == sameNetwork {
					id, _ = sp.Canon(a)
				}
				if isNew := m.mark(a); isNew == networks[id] {
					t.Fatalf("%s is new: %t", a, isNew)
				}
				networks[id] = true
				for _, j := range append(slices.Clone(places), 0, e.Size()-1) {
					if n >= from && m.has(e.At(j)) != m.hasAt(j) {
						t.Fatalf("%s was proposed: %t, by its number %t", e.At(j), m.has(e.At(j)), m.hasAt(j))
					}
				}
			}
		}
	})
}

// Under charge and cache nothing counts as proposed before.
func TestMemoryWithoutSkip(t *testing.T) {
	for _, repeat := range []string{"", repeatCharge, repeatCache} {
		var m memory
		if err := m.begin("x", space.NB201{}, evolve.Stream(1, "x"), repeat, sameNetwork); err != nil {
			t.Fatal(err)
		}
		a := space.NB201{}.At(7)
		first, second := m.mark(a), m.mark(a)
		if !first || !second || m.has(a) || m.hasAt(7) || m.skips() {
			t.Errorf("repeat=%s: an architecture may not be proposed again", repeat)
		}
	}
}

// A memory gives the first answer of all genomes of a network, and keeps what belongs to the pool.
func TestMemoryRecalls(t *testing.T) {
	a := evolve.Arch("")
	var twin evolve.Arch
	s := space.NB201{}
	for i := range s.Size() {
		if c, _ := s.Canon(s.At(i)); c != s.At(i) {
			a, twin = c, s.At(i)
			break
		}
	}
	for same, shared := range map[string]bool{sameGenome: false, sameNetwork: true} {
		var m memory
		if err := m.begin("x", s, nil, repeatCache, same); err != nil {
			t.Fatal(err)
		}
		others := []float64{3}
		m.told(&evolve.Trial{Proposal: evolve.Proposal{Arch: twin}}, &evolve.Result{Loss: .5, Others: others, Cost: 7})
		others[0] = 4
		m.told(&evolve.Trial{Proposal: evolve.Proposal{Arch: twin}}, &evolve.Result{Loss: .25})
		if r := m.recall(twin); r == nil || r.Loss != .5 || r.Others[0] != 3 {
			t.Errorf("same=%s: remembers %+v", same, r)
		}
		if r := m.recall(a); (r != nil) != shared {
			t.Errorf("same=%s: of another genome of the network %+v", same, r)
		}
	}
}

// A memory with all answers of a space that can be counted is over, and one that gives answer after answer is stuck.
func TestMemoryIsOver(t *testing.T) {
	tell := func(m *memory, a evolve.Arch) {
		m.told(&evolve.Trial{Proposal: evolve.Proposal{Arch: a}}, &evolve.Result{Loss: .5})
	}
	listed := []evolve.Arch{}
	for i := range space.NB201Size {
		listed = append(listed, space.NB201{}.At(space.NB201Size-1-i))
	}
	for _, c := range []struct {
		space evolve.Space
		all   []evolve.Arch
	}{{space.NB201{}, listed}, {space.Bits{Length: 2}, []evolve.Arch{"00", "01", "11", "10"}}} {
		for _, repeat := range []string{repeatCharge, repeatCache, repeatSkip} {
			var m memory
			if err := m.begin("x", c.space, nil, repeat, sameGenome); err != nil {
				t.Fatal(err)
			}
			for i, a := range c.all {
				if m.over() || m.stuck() {
					t.Fatalf("%s, repeat=%s: over with %d answers", c.space.Name(), repeat, i)
				}
				tell(&m, a)
				tell(&m, a)
			}
			if want := repeat == repeatCache; m.over() != want || m.stuck() != want {
				t.Errorf("%s, repeat=%s: with all answers over: %t, stuck: %t", c.space.Name(), repeat, m.over(), m.stuck())
			}
		}
	}
	var m memory
	if err := m.begin("x", space.NB201{}, nil, repeatCache, sameGenome); err != nil {
		t.Fatal(err)
	}
	known, fresh := space.NB201{}.At(7), space.NB201{}.At(8)
	tell(&m, known)
	for range 2 {
		for i := range maxAgain {
			if m.stuck() {
				t.Fatalf("stuck after %d answers", i)
			}
			m.recall(known)
		}
		if !m.stuck() || m.over() {
			t.Errorf("after %d answers stuck: %t, over: %t", maxAgain, m.stuck(), m.over())
		}
		if m.recall(fresh); m.stuck() {
			t.Error("stuck though the last was new")
		}
	}
}

func TestMemoryRefuses(t *testing.T) {
	for _, c := range [][2]string{{"never", ""}, {"", "cell"}} {
		var m memory
		if err := m.begin("x", space.NB201{}, nil, c[0], c[1]); !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("repeat=%s, same=%s: %v", c[0], c[1], err)
		}
	}
}

// What counts as the same has no effect on who pays for everything, and an old spelling does not contradict the new.
func TestRepeatOptions(t *testing.T) {
	for text, want := range map[string]error{
		"random,same=network":                      evolve.ErrUnsupported,
		"regevo,same=network":                      evolve.ErrUnsupported,
		"regevo,repeat=skip,same=network":          nil,
		"random,repeats=no,same=network":           nil,
		"random,repeats=yes":                       nil,
		"random,repeats=no,repeat=skip":            nil,
		"random,repeats=no,repeat=cache":           evolve.ErrInvalid,
		"random,repeats=yes,repeat=cache":          evolve.ErrInvalid,
		"eaopt,mutate=0,mutation=nats":             evolve.ErrUnsupported,
		"eaopt,mutate=0,mutation=nats,repeat=skip": nil,
		"pick,repeat=charge":                       nil,
		"pick,same=network":                        nil,
	} {
		if _, err := evolvetest.TryOpen(evolve.Searchers, text); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}

// What was asked for and not told yet stays in the order of asking.
func TestPending(t *testing.T) {
	var p pending
	for _, a := range []evolve.Arch{"a", "b", "a", "c"} {
		p.ask(a)
	}
	p.tell("a")
	p.tell("z")
	if want := (pending{"b", "a", "c"}); !slices.Equal(p, want) {
		t.Errorf("%v, want %v", p, want)
	}
}

// Of three trials at a time there are three numbers, however many there are in the end, and each keeps its own.
func TestFlights(t *testing.T) {
	var f flights[string]
	begin := func(text string) int {
		number, of := f.begin()
		*of = text
		return number
	}
	a, b := begin("a"), begin("b")
	for _, text := range []string{"c", "d", "e"} {
		if got := *f.end(begin(text)); got != text {
			t.Errorf("%q of %q", got, text)
		}
	}
	if x, y := *f.end(a), *f.end(b); x != "a" || y != "b" || len(f.of) != 3 || len(f.free) != 3 {
		t.Errorf("%q and %q; %d numbers, %d of them free", x, y, len(f.of), len(f.free))
	}
}
