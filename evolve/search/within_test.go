package search_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// holding is random search that holds something and breaks after a few proposals.
type holding struct {
	search.Random
	left int
	held *int // searchers that began and were not closed
	open bool
}

var errHolding = errors.New("the program died")

func (h *holding) Init(p evolve.Problem, r *rand.Rand) error {
	h.left = 5
	if !h.open {
		h.open = true
		*h.held++
	}
	return h.Random.Init(p, r)
}

func (h *holding) Ask(p *evolve.Proposal) bool {
	if h.left--; h.left < 0 {
		return false
	}
	return h.Random.Ask(p)
}

func (h *holding) Close() error {
	if h.open {
		h.open = false
		*h.held--
	}
	if h.left < 0 {
		return errors.Join(errHolding, evolve.ErrBroken)
	}
	return nil
}

// Whatever searcher holds another one: at the end of the study that one is closed, and where it broke the run is told
// so.
func TestWithinIsClosed(t *testing.T) {
	b := &evolvetest.Invented{Space: space.NB201{}, Rungs: true}
	held, tested := 0, 0
	within := func() (evolve.Searcher, error) { return &holding{held: &held}, nil }
	for _, e := range evolve.Searchers.Entries() {
		for _, p := range e.Params {
			if p.Kind != evolve.NestedParam || p.Of != "searcher" {
				continue
			}
			s := evolvetest.Open(t, evolve.Searchers, e.Name)
			field := reflect.ValueOf(s).Elem().FieldByName(map[string]string{"inner": "Inner", "init": "First"}[p.Name])
			if field.Kind() == reflect.Func {
				field.Set(reflect.ValueOf(within))
			} else {
				field.Set(reflect.ValueOf(&holding{held: &held}))
			}
			study := evolve.Study{Problem: b.Problem(), Searcher: s, Pool: evolve.Simulate(b, 2), Trials: 60, Seed: 1}
			_, err := study.Run(context.Background())
			if held != 0 || !errors.Is(err, evolve.ErrBroken) || !errors.Is(err, errHolding) {
				t.Errorf("%s,%s=: %d are held after the study, which ended with %v", e.Name, p.Name, held, err)
			}
			held, tested = 0, tested+1
		}
	}
	if tested < 9 {
		t.Errorf("%d searchers that take another one, of nine", tested)
	}
}
