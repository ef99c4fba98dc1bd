package evolvetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// toy is a space of a kind of solver, its rate and, of one kind, a momentum: real numbers, one of them by
// its logarithm, and a condition. An Arch is the numbers that apply with commas between them.
type toy struct{ all []evolve.Decision }

func newToy() *toy {
	return &toy{[]evolve.Decision{
		{Name: "solver", Options: 3},
		{Name: "rate", Lo: 1e-4, Hi: 1, Log: true},
		{Name: "momentum", Lo: 0, Hi: .99, If: evolve.Condition{Place: 0, Options: []int{0, 2}}},
		{Name: "nesterov", Options: 2, If: evolve.Condition{Place: 0, Options: []int{2}}},
	}}
}

func (*toy) Name() string                      { return "toy" }
func (s *toy) Decisions() []evolve.Decision    { return s.all }
func (s *toy) Sample(r *rand.Rand) evolve.Arch { return s.arch(drawChoices(s.all, r)) }

func (s *toy) arch(x []float64) evolve.Arch {
	var parts []string
	for i, v := range x {
		if evolve.Applies(s.all, x, i) {
			parts = append(parts, strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	return evolve.Arch(strings.Join(parts, ","))
}

func (s *toy) Canon(a evolve.Arch) (evolve.Arch, error) { return s.Choose(s.Choices(nil, a)) }

func (s *toy) Choose(x []float64) (evolve.Arch, error) {
	if err := evolve.CheckChoices(s.all, x); err != nil {
		return "", fmt.Errorf("toy: %w", err)
	}
	return s.arch(x), nil
}

func (s *toy) Choices(dst []float64, a evolve.Arch) []float64 {
	parts, x := strings.Split(string(a), ","), make([]float64, len(s.all))
	for i := range x {
		if x[i] = math.NaN(); evolve.Applies(s.all, x, i) && len(parts) > 0 {
			x[i], _ = strconv.ParseFloat(parts[0], 64)
			parts = parts[1:]
		}
	}
	return append(dst, x...)
}

func toySamples(s evolve.Space) (all []evolve.Arch) {
	r := stream()
	for range 50 {
		all = append(all, s.Sample(r))
	}
	return all
}

func TestDecider(t *testing.T) {
	s := newToy()
	if broken := decides(s, toySamples(s)); broken != "" {
		t.Error(broken)
	}
	if got := s.Choices(nil, "1,0.01"); got[0] != 1 || got[1] != .01 || !math.IsNaN(got[2]) || !math.IsNaN(got[3]) {
		t.Errorf("%v", got)
	}
}

// A list of decisions that cannot be meant is noticed.
func TestDecisionsSaid(t *testing.T) {
	for want, change := range map[string]func(all []evolve.Decision) []evolve.Decision{
		"no decisions":             func([]evolve.Decision) []evolve.Decision { return nil },
		`has the name ""`:          func(all []evolve.Decision) []evolve.Decision { all[1].Name = ""; return all },
		`has the name "solver"`:    func(all []evolve.Decision) []evolve.Decision { all[1].Name = "solver"; return all },
		"1 options":                func(all []evolve.Decision) []evolve.Decision { all[0].Options = 1; return all },
		"3 options from 0 to 1":    func(all []evolve.Decision) []evolve.Decision { all[0].Hi = 1; return all },
		"rate: from 1 to 1":        func(all []evolve.Decision) []evolve.Decision { all[1].Lo = 1; return all },
		"rate: from 0 to 1":        func(all []evolve.Decision) []evolve.Decision { all[1].Lo = 0; return all },
		"rate: from 0.0001 to NaN": func(all []evolve.Decision) []evolve.Decision { all[1].Hi = math.NaN(); return all },
		"on decision 2: want":      func(all []evolve.Decision) []evolve.Decision { all[2].If.Place = 2; return all },
		"on decision 1: want":      func(all []evolve.Decision) []evolve.Decision { all[2].If.Place = 1; return all },
		"on decision 1 without":    func(all []evolve.Decision) []evolve.Decision { all[3].If = evolve.Condition{Place: 1}; return all },
		"on options [0 3]":         func(all []evolve.Decision) []evolve.Decision { all[2].If.Options = []int{0, 3}; return all },
		"on options [2 0]":         func(all []evolve.Decision) []evolve.Decision { all[2].If.Options = []int{2, 0}; return all },
	} {
		if broken := decisionsSaid(change(newToy().all)); !strings.Contains(broken, want) {
			t.Errorf("%q, want %q", broken, want)
		}
	}
}

// broken is the toy with one method that does what it should not.
type broken struct {
	*toy
	choose  func(*toy, []float64) (evolve.Arch, error)
	choices func(*toy, []float64, evolve.Arch) []float64
	changes bool
}

func (b *broken) Decisions() []evolve.Decision {
	if b.changes {
		b.all = slices.Clone(b.all)
		b.all[1].Hi++
	}
	return b.all
}

func (b *broken) Choose(x []float64) (evolve.Arch, error) {
	if b.choose == nil {
		return b.toy.Choose(x)
	}
	return b.choose(b.toy, x)
}

func (b *broken) Choices(dst []float64, a evolve.Arch) []float64 {
	if b.choices == nil {
		return b.toy.Choices(dst, a)
	}
	return b.choices(b.toy, dst, a)
}

// Every part of the contract is held: a space that breaks it is told so.
func TestDeciderBroken(t *testing.T) {
	for name, c := range map[string]struct {
		want string
		broken
	}{
		"changing": {"change from call to call", broken{changes: true}},
		"another architecture": {"Choose(Choices(", broken{choose: func(s *toy, x []float64) (evolve.Arch, error) {
			a, err := s.Choose(x)
			if err == nil && x[0] == 1 {
				a = "1,0.5"
			}
			return a, err
		}}},
		"no append": {"do not append", broken{choices: func(s *toy, _ []float64, a evolve.Arch) []float64 { return s.Choices(nil, a) }}},
		"no NaN": {"want NaN where it does not apply", broken{choices: func(s *toy, dst []float64, a evolve.Arch) []float64 {
			n := len(dst)
			dst = s.Choices(dst, a)
			for i := range dst[n:] {
				if math.IsNaN(dst[n+i]) {
					dst[n+i] = 0
				}
			}
			return dst
		}}},
		"what does not apply is checked": {"with other numbers where decisions do not apply", broken{choose: func(s *toy, x []float64) (evolve.Arch, error) {
			if x[2] < 0 {
				return "", evolve.ErrInvalid
			}
			return s.Choose(x)
		}}},
		"two lines": {"want one line", broken{choose: func(s *toy, x []float64) (evolve.Arch, error) {
			if x[0] == 1 && !math.IsNaN(x[3]) {
				return "", fmt.Errorf("no\n%w", evolve.ErrInvalid)
			}
			return s.Choose(x)
		}}},
		"another error": {"ErrInvalid", broken{choose: func(s *toy, x []float64) (evolve.Arch, error) {
			a, err := s.Choose(x)
			if err != nil {
				err = fmt.Errorf("toy: %v", err)
			}
			return a, err
		}}},
		"fractions": {"decision solver: ", broken{choose: func(s *toy, x []float64) (evolve.Arch, error) {
			if len(x) > 0 {
				x = slices.Clone(x)
				x[0] = math.Floor(x[0])
			}
			return s.Choose(x)
		}}},
		"too many numbers": {"want 4 numbers", broken{choose: func(s *toy, x []float64) (evolve.Arch, error) { return s.Choose(x[:min(len(x), 4)]) }}},
		"out of range": {"decision rate: ", broken{choose: func(s *toy, x []float64) (evolve.Arch, error) {
			if len(x) == 4 {
				x = slices.Clone(x)
				x[1] = min(max(x[1], 1e-4), 1)
			}
			return s.Choose(x)
		}}},
		"nothing": {"", broken{}},
	} {
		c.toy = newToy()
		samples := toySamples(c.toy)
		if got := decides(&c.broken, samples); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	never := &broken{toy: newToy(), choose: func(*toy, []float64) (evolve.Arch, error) { return "", evolve.ErrInvalid }}
	if got := decides(never, nil); !strings.Contains(got, "none of 1000") {
		t.Errorf("never: %q", got)
	}
}
