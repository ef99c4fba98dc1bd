package search

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// The first generation is what another searcher proposes, told as its own; where it is done, samples follow. A searcher
// that waits for its own trials is waited for.
func TestOpening(t *testing.T) {
	p := evolve.Problem{Space: space.NB201{}}
	p.Proxies = []evolve.Proxy{{Name: "digits", Score: func(a evolve.Arch) (float64, error) {
		return float64(strings.Count(string(a), "3")), nil
	}}}
	for name, c := range map[string]struct {
		from evolve.Searcher
		own  int // of the first generation, proposed by from
	}{
		"pick":            {&Pick{By: "auto", Drawn: 1000}, 20},
		"a short pick":    {&Pick{By: "auto", Drawn: 7}, 7},
		"waits for tells": {&RegEvo{Population: 5, Sample: 2}, 20},
	} {
		for _, workers := range []int{1, 8} {
			for _, start := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, workers=%d, stream=%t", name, workers, start), func(t *testing.T) {
					w := &witness{Searcher: c.from, t: t}
					got := climbOn(t, p, &RegEvo{Population: 20, Sample: 5, First: w, Stream: start}, invented{}, workers, 60, 1)
					if len(w.asked) != c.own || len(w.told) != c.own {
						t.Fatalf("asked for %d and told of %d, want %d", len(w.asked), len(w.told), c.own)
					}
					for i, q := range w.asked {
						if at := slices.IndexFunc(got, func(o evolve.Outcome) bool { return o.ID == i+1 }); got[at].Arch != q.Arch {
							t.Errorf("trial %d is of %s, want %s", i+1, got[at].Arch, q.Arch)
						}
					}
					for _, o := range got {
						if o.ID > 20 && (o.Parents[0] == 0 || !isNeighbor(byID(got, o.Parents[0]).Arch, o.Arch)) {
							t.Errorf("trial %d, %s, is no child of its parents %v", o.ID, o.Arch, o.Parents)
						}
					}
				})
			}
		}
	}
}

// A searcher that has the option begins with what another one proposes, which is told of that and of nothing else.
func TestOpenings(t *testing.T) {
	b := &evolvetest.Invented{Space: space.NB201{}, Rungs: true}
	p := b.Problem().At(9)
	p.Proxies = []evolve.Proxy{{Name: "digits", Score: func(a evolve.Arch) (float64, error) {
		return float64(strings.Count(string(a), "3")), nil
	}}}
	const own = 8
	first := climbOn(t, p, &Pick{By: "auto", Drawn: 1000}, b, 1, own, 1)
	all := []string{"conformal,start=8", "ehvi,start=8", "gp,start=8", "lemonade,start=8", "nsga2,population=8",
		"regevo,population=8", "smac,start=8", "weaknas,start=8"}
	for _, e := range evolve.Searchers.Entries() {
		has := slices.ContainsFunc(e.Params, func(p evolve.Param) bool { return p.Name == "init" })
		if has != slices.ContainsFunc(all, func(text string) bool { return strings.HasPrefix(text, e.Name+",") }) {
			t.Errorf("%s has the option: %t, and is tested: %t", e.Name, has, !has)
		}
	}
	for _, text := range all {
		for _, workers := range []int{1, 3} {
			s := evolvetest.Open(t, evolve.Searchers, text+",init=pick")
			w := &witness{Searcher: &Pick{By: "auto", Drawn: 1000}, t: t}
			reflect.ValueOf(s).Elem().FieldByName("First").Set(reflect.ValueOf(w))
			got := climbOn(t, p, s, b, workers, 2*own, 1)
			// Until enough is told a model has nothing to say, and idle workers take more of them.
			if n := len(w.asked); n < own || n >= own+workers || len(w.told) != n {
				t.Errorf("%s, %d workers: asked for %d and told of %d, want %d", text, workers, n, len(w.told), own)
			}
			for id := range own {
				if a, want := byID(got, id+1).Arch, byID(first, id+1).Arch; a != want {
					t.Errorf("%s, %d workers: trial %d is of %s, want %s", text, workers, id+1, a, want)
				}
			}
		}
	}
}

func byID(all record, id int) evolve.Outcome {
	return all[slices.IndexFunc(all, func(o evolve.Outcome) bool { return o.ID == id })]
}

// A default that is written out is the default.
func TestOpeningDefault(t *testing.T) {
	for text, want := range map[string]bool{"regevo": false, "regevo,init=random": false, "regevo,init=(random,repeats=no)": true, "regevo,init=pick": true} {
		if got := evolvetest.Open(t, evolve.Searchers, text).(*RegEvo).First != nil; got != want {
			t.Errorf("%s: another searcher begins: %t, want %t", text, got, want)
		}
	}
}

// What begins is shown one fidelity, and what does not fit is refused with its place.
func TestOpeningRefuses(t *testing.T) {
	err := (&RegEvo{Population: 5, Sample: 2, First: &ASHA{Eta: 3}}).Init(ladder{}.Problem(), evolve.Stream(1, "search"))
	if want := "regevo: init: asha: there is no second fidelity"; !errors.Is(err, evolve.ErrUnsupported) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
}

// With start=stream no worker is idle: a child is bred as soon as one of the first generation is told, and with one
// worker nothing changes. A tournament is among those that are told.
func TestStartStream(t *testing.T) {
	p := evolve.Problem{Space: space.NB201{}}
	for _, distinct := range []bool{false, true} {
		barrier := RegEvo{Population: 30, Sample: 10, Distinct: distinct}
		stream := barrier
		stream.Stream = true
		if a, b := climbOn(t, p, &barrier, invented{}, 1, 100, 1), climbOn(t, p, &stream, invented{}, 1, 100, 1); !slices.EqualFunc(a, b, func(a, b evolve.Outcome) bool { return a.Trial == b.Trial }) {
			t.Error("with one worker stream proposes something else")
		}
		const workers = 50 // more than members
		a, b := climbOn(t, p, &barrier, invented{}, workers, 500, 1), climbOn(t, p, &stream, invented{}, workers, 500, 1)
		if a[len(a)-1].End <= b[len(b)-1].End {
			t.Errorf("%d workers take %g s in a stream, %g s with a barrier", workers, b[len(b)-1].End, a[len(a)-1].End)
		}
		first := byID(b, 31)
		if first.Start >= byID(b, 30).End || first.Parents[0] == 0 {
			t.Errorf("the first child, of %v, starts at %g s, the first generation ends at %g s or later", first.Parents, first.Start, byID(b, 30).End)
		}
	}
}
