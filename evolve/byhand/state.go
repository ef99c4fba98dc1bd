package byhand

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// State is where a study stands.
type State struct {
	Trials int   `json:"trials"` // that were asked for and told, or known
	Open   []int `json:"open"`   // trials that were asked for and not told, rising
	Best   *Best `json:"best"`   // nil where no trial has a loss
}

// Best is the trial of the lowest loss, the earliest of several.
type Best struct {
	Trial int         `json:"trial"`
	Arch  evolve.Arch `json:"arch"`
	Loss  float64     `json:"loss"`
}

// state is what the lines of a journal so far say.
type state struct {
	archs []evolve.Arch // by number, which count from 1
	open  map[int]bool
	best  *Best
	told  int
}

// add takes another line, or refuses it.
func (s *state) add(e event) error {
	switch a, t := e.Ask, e.Tell; {
	case e.Study != nil || (a == nil) == (t == nil):
		return fmt.Errorf("want a question or a result: %w", evolve.ErrInvalid)
	case a != nil:
		if a.Trial != len(s.archs)+1 || a.Arch == "" {
			return fmt.Errorf("a question for trial %d of %q, want one for trial %d: %w",
				a.Trial, a.Arch, len(s.archs)+1, evolve.ErrInvalid)
		}
		s.archs = append(s.archs, a.Arch)
		if a.Known {
			s.told++
			return nil
		}
		if s.open == nil {
			s.open = map[int]bool{}
		}
		s.open[a.Trial] = true
	default:
		if err := s.takes(t.Trial); err != nil {
			return err
		}
		if (t.Loss == nil) == (t.Error == "") || t.Loss != nil && !(math.Abs(*t.Loss) <= math.MaxFloat64) ||
			!(t.Cost >= 0 && t.Cost <= math.MaxFloat64) {
			return fmt.Errorf("trial %d: want a finite loss or why there is none, and a cost of at least 0: %w",
				t.Trial, evolve.ErrInvalid)
		}
		delete(s.open, t.Trial)
		s.told++
		if t.Loss != nil && (s.best == nil || *t.Loss < s.best.Loss ||
			*t.Loss == s.best.Loss && t.Trial < s.best.Trial) {
			s.best = &Best{t.Trial, s.archs[t.Trial-1], *t.Loss}
		}
	}
	return nil
}

// takes refuses a result of a trial that is not open.
func (s *state) takes(trial int) error {
	switch {
	case trial < 1 || trial > len(s.archs):
		return fmt.Errorf("trial %d was not asked for%s: %w", trial, s.openText(), evolve.ErrInvalid)
	case !s.open[trial]:
		return fmt.Errorf("trial %d has its result%s: %w", trial, s.openText(), evolve.ErrInvalid)
	}
	return nil
}

// openText names the open trials as the end of a message.
func (s *state) openText() string {
	if len(s.open) == 0 {
		return ", and no trial is open"
	}
	all, are := s.opened(), " is open"
	if len(all) > 1 {
		are = " are open"
	}
	return ", " + number.Those("trial", all) + are
}

func (s *state) opened() []int {
	all := []int{}
	for id := range s.open {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

// stands is the state for others.
func (s *state) stands() State { return State{s.told, s.opened(), s.best} }
