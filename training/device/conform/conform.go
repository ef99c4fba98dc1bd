package conform

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// Line is what the comparisons of one part of an operation came to.
type Line struct {
	Operation, Part string
	Count           int     // of cases
	Largest         float64 // difference
	Large           float64 // difference in large shapes
	Apart           int     // cases in which float64 decided that the processor is the less exact side
}

// Report is what a run came to.
type Report struct {
	Lines    []Line
	Failures []string // what went wrong, one line each
}

// String is a table of the lines.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-14s%-10s%6s%12s%12s%7s\n", "operation", "part", "cases", "largest", "large", "apart")
	for _, l := range r.Lines {
		fmt.Fprintf(&b, "%-14s%-10s%6d%12.2g%12.2g%7d\n", l.Operation, l.Part, l.Count, l.Largest, l.Large, l.Apart)
	}
	return b.String()
}

// Count is the number of comparisons.
func (r Report) Count() (n int) {
	for _, l := range r.Lines {
		n += l.Count
	}
	return n
}

// Err is nil where nothing went wrong, else it wraps evolve.ErrFailed.
func (r Report) Err() error {
	if len(r.Failures) == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d comparisons with the processor failed, the first: %s: %w", len(r.Failures), r.Count(),
		r.Failures[0], evolve.ErrFailed)
}

// repetitions is how often a case runs.
const repetitions = 5

// Run compares dev with the processor on so many cases of every operation. Every fourth case has a large shape, and
// every third a NaN among its numbers. The error is the device's own; what it computed wrongly is in the report.
func Run[T kernel.Float](dev device.Device[T], rounds int, rng *rand.Rand) (Report, error) {
	s := suite[T]{dev: dev, at: map[[2]string]int{}}
	for round := range rounds {
		if err := s.round(round%4 == 3, round%3 == 2, rng); err != nil {
			return s.sorted(), err
		}
	}
	return s.sorted(), nil
}

// sorted has the lines in the order of the operations: a part that came late would be the last otherwise.
func (s *suite[T]) sorted() Report {
	order := map[string]int{}
	for i, r := range device.Rows[T]() {
		order[r.Name] = i
	}
	slices.SortStableFunc(s.Lines, func(a, b Line) int { return order[a.Operation] - order[b.Operation] })
	return s.Report
}

type suite[T kernel.Float] struct {
	Report
	dev device.Device[T]
	at  map[[2]string]int // of a line
}

// round compares every operation once, and then all of them in one step.
func (s *suite[T]) round(large, nan bool, rng *rand.Rand) (err error) {
	var trials []*trial[T]
	defer func() {
		for _, t := range trials {
			t.close()
		}
	}()
	var alone [][]part[T]
	for i := range device.Rows[T]() {
		d := drawn{row: i, seed: [2]uint64{rng.Uint64(), rng.Uint64()}, large: large, nan: nan}
		t, err := newTrial(s.dev, draw[T](d))
		if err != nil {
			return fmt.Errorf("%s: %w", d, err)
		}
		trials = append(trials, t)
		parts, err := s.compare(d, t)
		if err != nil {
			return fmt.Errorf("%s: %w", d, err)
		}
		alone = append(alone, parts)
	}
	return s.joined(trials, alone)
}

// joined runs the steps of all trials as one.
func (s *suite[T]) joined(trials []*trial[T], alone [][]part[T]) error {
	steps := make([]device.Step, len(trials))
	for i, t := range trials {
		t.reset()
		steps[i] = t.step
	}
	all, err := s.dev.Join(steps...)
	if err != nil {
		return fmt.Errorf("joined steps: %w", err)
	}
	defer all.Close()
	if err := all.Run(); err != nil {
		return fmt.Errorf("joined steps: %w", err)
	}
	for i, t := range trials {
		parts, err := t.read()
		if err != nil {
			return fmt.Errorf("joined steps: %w", err)
		}
		s.same(device.Rows[T]()[i].Name+" joined with other steps", parts, alone[i])
	}
	return nil
}

// compare runs a trial and the processor's, and gives the trial's numbers.
func (s *suite[T]) compare(d drawn, t *trial[T]) ([]part[T], error) {
	got, err := t.run()
	if err != nil {
		return nil, err
	}
	for range repetitions - 1 {
		again, err := t.run()
		if err != nil {
			return nil, err
		}
		s.same(d.String()+" repeated", again, got)
	}
	want, err := onCPU[T](d)
	if err != nil {
		return nil, fmt.Errorf("on the processor: %w", err)
	}
	var exact []part[float64]
	for i, p := range got {
		l := s.line(d.name(), p.name)
		l.Count++
		least := 0.0
		if p.name == "dw" {
			least = draw[T](d).Sums
		}
		diff, same := difference(p.v, want[i].v, least)
		if !same {
			s.fail("%s: NaNs of %s are not those of the processor", d, p.name)
			continue
		}
		if bound := s.bound(d.large); diff > bound {
			if exact == nil {
				if exact, err = onCPU[float64](d); err != nil {
					return nil, fmt.Errorf("on the processor: %w", err)
				}
			}
			mine, _ := difference(widen(p.v), exact[i].v, least)
			its, _ := difference(widen(want[i].v), exact[i].v, least)
			if mine > bound && mine > its || is64[T]() {
				s.fail("%s: %s differs by %.2g of the largest magnitude, allowed is %.2g (from float64: %.2g, "+
					"the processor %.2g)", d, p.name, diff, bound, mine, its)
			}
			l.Apart++
			continue
		}
		if d.large {
			l.Large = max(l.Large, diff)
		} else {
			l.Largest = max(l.Largest, diff)
		}
	}
	return got, nil
}

func (s *suite[T]) bound(large bool) float64 {
	switch {
	case is64[T]():
		return 1e-12
	case large:
		return 4e-6
	}
	return 1e-6
}

func (s *suite[T]) line(operation, part string) *Line {
	k := [2]string{operation, part}
	i, ok := s.at[k]
	if !ok {
		i = len(s.Lines)
		s.at[k] = i
		s.Lines = append(s.Lines, Line{Operation: operation, Part: part})
	}
	return &s.Lines[i]
}

func (s *suite[T]) fail(format string, a ...any) {
	s.Failures = append(s.Failures, fmt.Sprintf(format, a...))
}

// same wants the same bits, where any NaN is like another.
func (s *suite[T]) same(what string, got, want []part[T]) {
	equal := func(a, b T) bool { // a zero has a sign
		return math.Float64bits(float64(a)) == math.Float64bits(float64(b)) || a != a && b != b
	}
	for i, p := range got {
		if !slices.EqualFunc(p.v, want[i].v, equal) {
			s.fail("%s: other bits of %s", what, p.name)
		}
	}
}

// difference is the largest between two lists, relative to the largest magnitude in want, or to least where that is
// more; false where one has a NaN or an infinity that the other has not.
func difference[T kernel.Float](got, want []T, least float64) (diff float64, same bool) {
	largest := least
	for i, w := range want {
		g, w := float64(got[i]), float64(w)
		if math.IsNaN(w) || math.IsInf(w, 0) {
			if g != w && !(math.IsNaN(w) && math.IsNaN(g)) {
				return 0, false
			}
			continue
		}
		if math.IsNaN(g) || math.IsInf(g, 0) {
			return 0, false
		}
		diff, largest = max(diff, math.Abs(g-w)), max(largest, math.Abs(w))
	}
	if largest > 0 {
		diff /= largest
	}
	return diff, true
}

func is64[T kernel.Float]() bool {
	var z T
	_, ok := any(z).(float64)
	return ok
}

func widen[T kernel.Float](v []T) []float64 {
	w := make([]float64, len(v))
	for i, x := range v {
		w[i] = float64(x)
	}
	return w
}
