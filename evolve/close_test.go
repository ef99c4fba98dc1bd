package evolve_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
)

// held is a searcher that breaks in Ask or in Tell, or hangs in Ask until it is closed.
type held struct {
	asks, tells int // before it breaks; -1 is never
	hangs       bool
	closed      chan struct{}
	inner       evolve.Searcher
}

func (h *held) Init(evolve.Problem, *rand.Rand) error { h.closed = make(chan struct{}, 9); return nil }

func (h *held) Ask(p *evolve.Proposal) bool {
	if h.asks == 0 {
		if h.hangs {
			<-h.closed
		}
		return false
	}
	h.asks--
	p.Arch = "0"
	return true
}

func (h *held) Tell(*evolve.Trial, *evolve.Result) error {
	if h.tells == 0 {
		return fmt.Errorf("told: %w", evolve.ErrBroken)
	}
	h.tells--
	return nil
}

func (h *held) Within() []evolve.Searcher {
	if h.inner == nil {
		return nil
	}
	return []evolve.Searcher{h.inner}
}

func (h *held) Close() error {
	h.closed <- struct{}{}
	if !h.hangs && h.asks == 0 { // a hanging Ask may be at work
		return fmt.Errorf("asked: %w", evolve.ErrBroken)
	}
	return nil
}

// A study closes its searcher and those within it, however it ends, and says that one broke.
func TestStudyCloses(t *testing.T) {
	for name, c := range map[string]struct {
		s    held
		want string
	}{
		"whole":                  {held{asks: -1, tells: -1}, ""},
		"broke when asked":       {held{asks: 3, tells: -1}, "asked: broken"},
		"broke when told":        {held{asks: -1, tells: 2}, "trial 3: tell: told: broken"},
		"one within broke":       {held{asks: -1, tells: -1, inner: &held{}}, "asked: broken"},
		"one within it is whole": {held{asks: -1, tells: -1, inner: &held{asks: -1}}, ""},
	} {
		s := c.s
		if in, ok := s.inner.(*held); ok {
			in.closed = make(chan struct{}, 9)
		}
		study := evolve.Study{Searcher: &s, Pool: evolve.Simulate(&costs{list: []float64{1}}, 2), Trials: 5}
		_, err := study.Run(context.Background())
		if text := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && (text != c.want || !errors.Is(err, evolve.ErrBroken)) {
			t.Errorf("%s: %v", name, err)
		}
		if in, ok := s.inner.(*held); len(s.closed) == 0 || ok && len(in.closed) == 0 {
			t.Errorf("%s: it was not closed", name)
		}
	}
}

// A searcher that waits for its program is closed when the study is stopped, and what it says then is that.
func TestStudyClosesOnStop(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &held{asks: 2, tells: -1, hangs: true}
	study := evolve.Study{Searcher: s, Pool: evolve.Simulate(&costs{list: []float64{1}}, 1), Trials: 5}
	time.AfterFunc(10*time.Millisecond, cancel)
	if sum, err := study.Run(ctx); !errors.Is(err, context.Canceled) || sum.Trials != 2 {
		t.Errorf("%d trials, %v", sum.Trials, err)
	}
}
