package evolvetest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// How many draws of choices are tried. A space whose rules refuse all of them is no use to a searcher that
// draws again: of the spaces here the strictest refuse half.
const deciderDraws = 1000

func (c *spaceSuite) decisions(t *testing.T) {
	if broken := decides(c.Space, c.archs); broken != "" {
		t.Fatal(broken)
	}
}

// decides says how a space that is a Decider breaks the contract, tried on its samples; "" if it keeps it.
func decides(s evolve.Space, samples []evolve.Arch) (broken string) {
	d := s.(evolve.Decider)
	all := d.Decisions()
	if broken := decisionsSaid(all); broken != "" {
		return broken
	}
	if !slices.EqualFunc(all, d.Decisions(), sameDecision) {
		return "the decisions change from call to call"
	}
	for _, a := range samples {
		if broken := roundTrip(s, all, a); broken != "" {
			return broken
		}
	}
	r, made := stream(), 0
	for range deciderDraws {
		x := drawChoices(all, r)
		a, err := d.Choose(x)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) || a != "" || strings.Contains(err.Error(), "\n") {
				return fmt.Sprintf("Choose(%v) is %q, %v: want one line and ErrInvalid", x, a, err)
			}
			continue
		}
		made++
		if broken := roundTrip(s, all, a); broken != "" {
			return broken
		}
		for i := range x {
			if !evolve.Applies(all, x, i) {
				x[i] = [...]float64{math.NaN(), -7, 1e300}[r.IntN(3)]
			}
		}
		if b, err := d.Choose(x); err != nil || b != a {
			return fmt.Sprintf("Choose(%v) is %q, %v, and %q with other numbers where decisions do not apply",
				x, b, err, a)
		}
	}
	if made == 0 {
		return fmt.Sprintf("none of %d drawn choices is an architecture", deciderDraws)
	}
	return refused(d, all, d.Choices(nil, samples[0]))
}

// decisionsSaid says what is wrong with a list of decisions.
func decisionsSaid(all []evolve.Decision) string {
	if len(all) == 0 {
		return "no decisions"
	}
	names := map[string]bool{}
	for i, d := range all {
		if d.Name == "" || names[d.Name] {
			return fmt.Sprintf("decision %d has the name %q: want one of its own", i, d.Name)
		}
		names[d.Name] = true
		switch {
		case d.Options != 0 && (d.Options < 2 || d.Lo != 0 || d.Hi != 0 || d.Log || d.Int):
			return fmt.Sprintf("decision %s: %d options from %v to %v, log %v: want at least two options and no range",
				d.Name, d.Options, d.Lo, d.Hi, d.Log)
		case d.Int && (d.Lo != math.Trunc(d.Lo) || d.Hi != math.Trunc(d.Hi)):
			return fmt.Sprintf("decision %s: from %v to %v: want whole ends of a range of whole numbers",
				d.Name, d.Lo, d.Hi)
		case d.Options == 0 && (!finite(d.Lo) || !finite(d.Hi) || d.Lo >= d.Hi || d.Log && d.Lo <= 0):
			return fmt.Sprintf(
				"decision %s: from %v to %v, log %v: want a finite range, above 0 where it is of logarithms",
				d.Name, d.Lo, d.Hi, d.Log)
		}
		if len(d.If.Options) == 0 {
			if d.If.Place != 0 {
				return fmt.Sprintf("decision %s: a condition on decision %d without options", d.Name, d.If.Place)
			}
			continue
		}
		if d.If.Place < 0 || d.If.Place >= i || all[d.If.Place].Options == 0 {
			return fmt.Sprintf("decision %s: a condition on decision %d: want an earlier one that has options",
				d.Name, d.If.Place)
		}
		for k, o := range d.If.Options {
			if o < 0 || o >= all[d.If.Place].Options || k > 0 && o <= d.If.Options[k-1] {
				return fmt.Sprintf(
					"decision %s: a condition on options %v: want rising numbers of options of decision %s",
					d.Name, d.If.Options, all[d.If.Place].Name)
			}
		}
	}
	return ""
}

func sameDecision(a, b evolve.Decision) bool {
	condition := a.If.Place == b.If.Place && slices.Equal(a.If.Options, b.If.Options)
	a.If, b.If = evolve.Condition{}, evolve.Condition{}
	return condition && reflect.DeepEqual(a, b)
}

// roundTrip says how an architecture and its choices differ.
func roundTrip(s evolve.Space, all []evolve.Decision, a evolve.Arch) string {
	d := s.(evolve.Decider)
	want, err := s.Canon(a)
	if err != nil {
		return fmt.Sprintf("%q: %v", a, err)
	}
	x := d.Choices([]float64{-7}, a)
	if len(x) != len(all)+1 || x[0] != -7 {
		return fmt.Sprintf("Choices of %q do not append %d numbers: %v", a, len(all), x)
	}
	x = x[1:]
	for i := range all {
		if evolve.Applies(all, x, i) == math.IsNaN(x[i]) {
			return fmt.Sprintf("Choices of %q: decision %s is %v: want NaN where it does not apply and only there",
				a, all[i].Name, x[i])
		}
	}
	b, err := d.Choose(x)
	if err != nil {
		return fmt.Sprintf("Choose(Choices(%q)): %v", a, err)
	}
	if got, err := s.Canon(b); err != nil || got != want {
		return fmt.Sprintf("Choose(Choices(%q)) is %q, which is %q, %v, and not %q", a, b, got, err, want)
	}
	return ""
}

// drawChoices draws a value for each decision, also for those that do not apply.
func drawChoices(all []evolve.Decision, r *rand.Rand) []float64 {
	x := make([]float64, len(all))
	for i, d := range all {
		if d.Options > 0 {
			x[i] = float64(r.IntN(d.Options))
			continue
		}
		if x[i] = d.Lo + float64(r.Float64()*(d.Hi-d.Lo)); d.Int {
			x[i] = math.Round(x[i])
		}
	}
	return x
}

// refused says which choices that are none are accepted, or refused without saying why.
func refused(d evolve.Decider, all []evolve.Decision, good []float64) string {
	no := func(x []float64, name string) string {
		a, err := d.Choose(x)
		if a != "" || !errors.Is(err, evolve.ErrInvalid) || strings.Contains(err.Error(), "\n") ||
			!strings.Contains(err.Error(), name) {
			return fmt.Sprintf("Choose(%v) is %q, %v: want ErrInvalid and %q in its line", x, a, err, name)
		}
		return ""
	}
	for _, x := range [][]float64{nil, good[1:], append(slices.Clone(good), 0)} {
		if broken := no(x, fmt.Sprintf("want %d numbers", len(all))); broken != "" {
			return broken
		}
	}
	for i := range all {
		if !evolve.Applies(all, good, i) {
			continue
		}
		bad := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, .5, float64(all[i].Options)}
		if all[i].Options == 0 {
			below, above := math.Nextafter(all[i].Lo, math.Inf(-1)), math.Nextafter(all[i].Hi, math.Inf(1))
			if bad = []float64{math.NaN(), math.Inf(1), math.Inf(-1), below, above}; all[i].Int {
				bad = append(bad, all[i].Lo+.5)
			}
		}
		for _, v := range bad {
			x := slices.Clone(good)
			x[i] = v
			if broken := no(x, "decision "+all[i].Name+": "); broken != "" {
				return broken
			}
		}
	}
	return ""
}
