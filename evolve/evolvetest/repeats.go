package evolvetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// twins is a space of few architectures, where 0 and 1, 2 and 3 and so on are one network each.
type twins struct{ few }

func (s twins) Canon(a evolve.Arch) (evolve.Arch, error) {
	if _, err := s.few.Canon(a); err != nil {
		return "", err
	}
	return s.At(s.Index(a) &^ 1), nil
}

// withRepeat is the searcher's settings with repeat and same. It skips the test where the searcher has no such option,
// where repeat is given, where another searcher begins, which has a repeat of its own, and where another setting stands
// against it.
func (c *searcher) withRepeat(t *testing.T, repeat, same string) []evolve.Setting {
	t.Helper()
	given := func(s evolve.Setting) bool { return s.Key == "repeat" || s.Key == "repeats" || s.Key == "init" }
	if !c.may || slices.ContainsFunc(c.set, given) {
		t.Skip("it has no option repeat, or that or init is given")
	}
	set := slices.DeleteFunc(slices.Clone(c.set), func(s evolve.Setting) bool { return s.Key == "same" })
	set = append(set, evolve.Setting{Key: "repeat", Value: repeat})
	if same != "" {
		set = append(set, evolve.Setting{Key: "same", Value: same})
	}
	if _, err := open(c.entry, "", set); errors.Is(err, evolve.ErrInvalid) {
		t.Skip(err)
	}
	return set
}

// again: a training that was proposed before, of an architecture for so many epochs, is paid for again (repeat=charge),
// answered with the first result at no cost (cache), or not proposed (skip), and a search that has nothing new to
// propose ends. With same=network another genome of the network counts as proposed before. A training that goes on is
// held to nothing, and a searcher within another need not be told of one.
func (c *searcher) again(t *testing.T) {
	const genomes, trials = 12, 60
	b := &Invented{Space: twins{few{genomes}}, Rungs: true}
	for _, x := range []struct {
		repeat, same string
		all          int // that may be proposed
	}{
		{"charge", "", genomes}, {"cache", "genome", genomes}, {"cache", "network", genomes / 2},
		{"skip", "genome", genomes}, {"skip", "network", genomes / 2},
	} {
		t.Run(x.repeat+" "+x.same, func(t *testing.T) {
			set := c.withRepeat(t, x.repeat, x.same)
			if err := Fits(c.entry, b, set...); err != nil {
				t.Skip(err)
			}
			var r tape
			study := evolve.Study{Problem: b.Problem(), Searcher: mustOpen(t, c.entry, "", set),
				Pool: evolve.Simulate(b, 1), Recorder: &r, Seed: suiteSeed, Trials: trials}
			if _, err := study.Run(context.Background()); errors.Is(err, evolve.ErrUnsupported) {
				t.Skip(err) // it says why this space is none of its own
			} else if err != nil {
				t.Fatal(err)
			}
			type training struct {
				arch   evolve.Arch
				epochs int
			}
			first, archs := map[training]evolve.Outcome{}, map[evolve.Arch]bool{}
			for _, o := range r.outcomes {
				id := training{o.Arch, o.Epochs}
				if x.same == "network" {
					id.arch, _ = b.Space.Canon(o.Arch)
				}
				archs[id.arch] = true
				was, seen := first[id]
				if seen && was.From != 0 && o.Known == nil {
					seen = false
				}
				if !seen {
					first[id] = o
				}
				if o.From != 0 {
					continue
				}
				if known := o.Known != nil; known != (seen && x.repeat == "cache") || known && o.Loss != was.Loss ||
					known == (o.Cost > 0) || seen && x.repeat == "skip" {
					t.Fatalf("repeat=%s, same=%s: trial %d, %s, proposed before %t: "+
						"from memory %t, cost %g, loss %g after %g",
						x.repeat, x.same, o.ID, o.Arch, seen, known, o.Cost, o.Loss, was.Loss)
				}
			}
			// One that draws a part and proposes the best of it (pick) draws half of the space at most.
			if n := len(archs); x.repeat == "skip" && (2*n < x.all || n > x.all || len(r.outcomes) == trials) {
				t.Errorf("repeat=skip, same=%s: %d of %d architectures in %d trials", x.same, n, x.all, len(r.outcomes))
			}
		})
	}
}
