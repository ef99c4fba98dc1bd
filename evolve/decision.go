package evolve

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Decider is a space whose architectures are a fixed number of decisions. It is the way back from
// numbers to architectures, where [Encoder] goes one way only.
//
// The number x[i] is the choice of decision i: the number of an option, 0..Options-1, or a real number
// Lo..Hi, which has no fraction where the decision is Int. A decision whose condition does not hold does not
// apply: Choose ignores its number and Choices gives NaN for it. Choices gives NaN also where a valid
// architecture has what no option stands for, such as a published cell with an operation that is not searched,
// and Choose refuses that. For all others Choose(Choices(a)) is a, or another genome of the same Canon.
type Decider interface {
	// Decisions are the same at every call. The caller does not change them.
	Decisions() []Decision
	// Choose returns the architecture of one number for each decision. The error wraps ErrInvalid and
	// names the decision whose number is not allowed, or the rule of the space that the numbers break
	// together; a searcher then draws again.
	Choose(x []float64) (Arch, error)
	// Choices appends to dst the number of each decision of a valid architecture.
	Choices(dst []float64, a Arch) []float64
}

// Decision is one choice among numbered options or, where Options is 0, of a real number in a range.
type Decision struct {
	Name    string    // unique in its space
	Options int       // how many there are to choose from; 0: a real number
	Lo, Hi  float64   // the range of a real number, both included
	Log     bool      // a real number whose logarithm is evenly spread; Lo is above 0
	Int     bool      // a real number without a fraction; neither have Lo and Hi one
	If      Condition // what must have been decided for this decision to apply
}

// ends are the ends of a real decision's range, or their logarithms where these are evenly spread. A whole number has a
// part of the range to itself, from half a number below it to half a number above.
func (d *Decision) ends() (lo, hi float64) {
	lo, hi = d.Lo, d.Hi
	if d.Int {
		lo, hi = lo-.5, hi+.5
	}
	if d.Log {
		lo, hi = math.Log(lo), math.Log(hi)
	}
	return lo, hi
}

// Unit is where a number of a real decision lies in its range: 0 at Lo, 1 at Hi, halfway in between at the mean or,
// where logarithms are evenly spread, at the geometric mean. A whole number of an Int decision lies within its own part
// of the range: of n numbers each has 1/n of it, or what the logarithms of its ends leave. A number out of range is at
// the nearer end, NaN stays NaN.
func (d *Decision) Unit(x float64) float64 {
	lo, hi := d.ends()
	x = min(max(x, d.Lo), d.Hi)
	if d.Log {
		x = math.Log(x)
	}
	return min(max((x-lo)/(hi-lo), 0), 1)
}

// FromUnit is the number of a real decision that lies at a place of its range, the way back from [Decision.Unit].
func (d *Decision) FromUnit(u float64) float64 {
	switch {
	case u <= 0:
		return d.Lo
	case u >= 1:
		return d.Hi
	}
	lo, hi := d.ends()
	x := lo + float64(u*(hi-lo))
	if d.Log {
		x = math.Exp(x)
	}
	if d.Int {
		x = math.Round(x)
	}
	return min(max(x, d.Lo), d.Hi)
}

// Draw draws an option, or a number of the range, all equally likely.
func (d *Decision) Draw(r *rand.Rand) float64 {
	if d.Options > 0 {
		return float64(r.IntN(d.Options))
	}
	return d.FromUnit(r.Float64())
}

// Redraw draws each of the numbers x anew with a chance, and all that are NaN, whose decisions did not apply and may
// now. What is drawn may be what was there.
func Redraw(all []Decision, x []float64, chance float64, r *rand.Rand) {
	for i := range x {
		if r.Float64() < chance || math.IsNaN(x[i]) {
			x[i] = all[i].Draw(r)
		}
	}
}

// Condition holds where the decision of an earlier place applies and chose one of the options. The zero
// Condition always holds.
type Condition struct {
	Place   int
	Options []int
}

// Applies says whether decision i of all applies to the numbers x.
func Applies(all []Decision, x []float64, i int) bool {
	c := all[i].If
	return len(c.Options) == 0 || Applies(all, x, c.Place) &&
		slices.ContainsFunc(c.Options, func(o int) bool { return x[c.Place] == float64(o) })
}

// CheckChoices says which decision has a number that is not allowed. The numbers of decisions that do not
// apply are not looked at. The error wraps ErrInvalid.
func CheckChoices(all []Decision, x []float64) error {
	if len(x) != len(all) {
		return fmt.Errorf("want %d numbers, one for each decision, got %d: %w", len(all), len(x), ErrInvalid)
	}
	for i := range all {
		d := &all[i]
		switch v := x[i]; {
		case !Applies(all, x, i):
		case d.Options == 0 && !(v >= d.Lo && v <= d.Hi):
			return fmt.Errorf("decision %s: %s, want a number from %v to %v: %w",
				d.Name, numberText(v), d.Lo, d.Hi, ErrInvalid)
		case d.Int && v != math.Trunc(v):
			return fmt.Errorf("decision %s: %v, want a whole number from %v to %v: %w",
				d.Name, v, d.Lo, d.Hi, ErrInvalid)
		case d.Options > 0 && !(v >= 0 && v < float64(d.Options) && v == math.Trunc(v)):
			return fmt.Errorf("decision %s: %s, want the number of an option, 0 to %d: %w",
				d.Name, numberText(v), d.Options-1, ErrInvalid)
		}
	}
	return nil
}

// numberText is what stands for a decision, in words: NaN is how nothing is written there.
func numberText(v float64) string {
	if math.IsNaN(v) {
		return "no number"
	}
	return fmt.Sprint(v)
}

// OptionNamer is a Decider whose options have names, as the literature writes them.
type OptionNamer interface {
	Decider
	// OptionName names an option 0..Options-1 of a decision, by its place among Decisions.
	OptionName(decision, option int) string
}
