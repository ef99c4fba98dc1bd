package papers

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Verdicts on a claim; one that is neither, nor skipped, is Unjudged or TooShort.
const (
	Holds = "holds"
	Fails = "does not hold"
)

// Verdict says whether a claim holds here.
type Verdict struct {
	Claim      string `json:"claim"`
	Experiment string `json:"experiment"`
	Thesis     string `json:"thesis,omitempty"` // the claim's text, which several claims may share
	Source     string `json:"source,omitempty"`
	Result     string `json:"result"`
	Holds      string `json:"verdict"`
}

// claim judges a claim.
func (r *Reproduction) claim(c *Claim) (v Verdict, err error) {
	if command := r.command(c.Experiment); command != "" {
		return Verdict{Claim: c.says(), Experiment: c.Experiment, Thesis: c.Text, Source: c.Source,
			Holds: skippedVerdict + command, Result: "not run"}, nil
	}
	a, falls, err := r.values(c.Experiment, c.A, c.Metric, "", nil)
	if err != nil {
		return v, err
	}
	runs, exact := len(a), c.Relation == "better"
	switch c.Relation {
	case "above", "below":
		v = c.bounded(a)
		_, exact = trues(a)
	case "passes", "sooner":
		if v, err = r.course(c); err != nil {
			return v, err
		}
	default:
		b, _, err := r.values(c.Experiment, c.B, c.Metric, "", nil)
		if err != nil {
			return v, err
		}
		v, runs = c.judge(a, b, falls), min(runs, len(b))
	}
	v.Claim, v.Experiment, v.Thesis, v.Source = c.says(), c.Experiment, c.Text, c.Source
	if r.Quick || !exact && r.tooFew(runs) {
		v.Holds = TooShort
	}
	return v, nil
}

// says is the claim in words.
func (c *Claim) says() string {
	text := c.Experiment + ": "
	if c.Text != "" {
		text += c.Text + ": "
	}
	on := ""
	if c.Metric != "" {
		on = " on " + c.Metric
	}
	switch c.Relation {
	case "same":
		return text + fmt.Sprintf("%s and %s are equivalent%s within %g", c.A, c.B, on, c.Margin)
	case "not better":
		return text + fmt.Sprintf("%s is not better than %s%s by more than %g", c.A, c.B, on, c.Margin)
	case "passes":
		return text + fmt.Sprintf("%s passes %s%s for good near %s s, within a factor of %g", c.A, c.B, on,
			brief(c.Value), c.Factor)
	case "sooner":
		return text + fmt.Sprintf("%s is where %s ends%s about %g times sooner, within a factor of %g", c.A, c.B, on,
			c.Value, c.Factor)
	case "above", "below":
		return text + fmt.Sprintf("the mean of %s%s is %s %g", c.A, on, c.Relation, c.Value)
	}
	return text + fmt.Sprintf("%s beats %s%s (p < %g)", c.A, c.B, on, c.P)
}

// judge says whether the claim holds of the values of A and of B, which are better when they fall or else when they
// rise.
func (c *Claim) judge(a, b []float64, falls bool) Verdict {
	da, db := stats.Describe(a), stats.Describe(b)
	test := stats.MannWhitney(a, b)
	p, a12 := test.P, test.A12
	if falls { // the chance that a is better
		a12 = 1 - a12
	}
	diff, ci := stats.Difference(da.Mean, da.Std, da.N, db.Mean, db.Std, db.N)
	v := Verdict{Holds: Unjudged, Result: fmt.Sprintf("difference %s ± %s, A12 %s, p %s",
		number.Signed(diff, 3), number.Fixed(ci, 3), number.Fixed(a12, 3), number.P(p))}
	if c.Relation == "not better" {
		if falls {
			diff = -diff
		}
		switch {
		case diff+ci <= c.Margin:
			v.Holds = Holds
		case diff-ci > c.Margin:
			v.Holds = Fails
		}
		return v
	}
	if c.Relation == "same" {
		switch verdict(diff, ci, c.Margin) {
		case Equivalent:
			v.Holds = Holds
		case Differs:
			v.Holds = Fails
		}
		return v
	}
	switch {
	case p < c.P && a12 > .5:
		v.Holds = Holds
	case p < c.P:
		v.Holds = Fails
	}
	return v
}

// bounded says whether the whole 95 % interval of the values' mean lies above the claim's value, or below it. Where all
// values are 0 or 1 the mean is a share, whose interval is the exact one.
func (c *Claim) bounded(xs []float64) Verdict {
	d := stats.Describe(xs)
	low, high := d.Mean-d.CI, d.Mean+d.CI
	if k, share := trues(xs); share {
		low, high = stats.Proportion(k, len(xs))
	}
	v := Verdict{Holds: Unjudged, Result: fmt.Sprintf("mean %s, 95 %% interval %s to %s, of %s",
		number.Fixed(d.Mean, 3), number.Fixed(low, 3), number.Fixed(high, 3), number.Count(d.N, "value"))}
	above, below := low > c.Value, high < c.Value
	if c.Relation == "below" {
		above, below = below, above
	}
	switch {
	case above:
		v.Holds = Holds
	case below:
		v.Holds = Fails
	}
	return v
}

// trues counts the ones among values, and says whether all are 0 or 1.
func trues(xs []float64) (k int, share bool) {
	for _, x := range xs {
		switch x {
		case 1:
			k++
		case 0:
		default:
			return 0, false
		}
	}
	return k, len(xs) > 0
}
