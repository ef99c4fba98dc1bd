package ranking

import (
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate/truth"
)

// Mean is of the checkpoints of a variant and an epoch: the mean over their seeds with its 95 % interval, or of a
// single one its numbers with the interval over cells.
type Mean struct {
	Variant string `json:"variant"`
	Epoch   int    `json:"epoch"`
	Seeds   int    `json:"seeds"`
	truth.Agreed
}

// Difference is how much more tau-b one variant has than another after the same epoch: the mean over the seeds that
// both have, each paired with itself, with its 95 % interval.
type Difference struct {
	A     string       `json:"a"`
	B     string       `json:"b"`
	Epoch int          `json:"epoch"`
	Seeds int          `json:"seeds"`
	TauB  number.Short `json:"tau_b"`
	Low   number.Short `json:"tau_b_low"`
	High  number.Short `json:"tau_b_high"`
}

// Says is the verdict of a difference: which of the two orders better, if its interval leaves 0 out.
func (d *Difference) Says() string {
	switch {
	case d.Low > 0:
		return "the first orders better"
	case d.High < 0:
		return "the second orders better"
	}
	return "not told apart"
}

// Control is of weights that cannot know the order of cells from their labels.
type Control struct {
	Kind    string       `json:"control"` // Shuffled or Untrained
	Variant string       `json:"variant"`
	Epoch   int          `json:"epoch"`
	Seeds   int          `json:"seeds"`
	TauB    number.Short `json:"tau_b"` // the mean over seeds
	Low     number.Short `json:"tau_b_low"`
	High    number.Short `json:"tau_b_high"`
	// Within says of shuffled labels whether the mean lies within ±[ShuffledMost]; null of untrained weights, which
	// are a zero-cost proxy and may order cells.
	Within *bool `json:"within"`
	// P is how likely trained weights are, were they no better, to lie as far above untrained ones: the one-sided U
	// test of Mann and Whitney over seeds, of the variant's last epoch. Null of shuffled labels.
	P number.Short `json:"trained_above_p"`
}

// Kinds of controls.
const (
	Shuffled  = "shuffled labels"
	Untrained = "untrained"
)

// ShuffledMost is how far from 0 the mean tau-b of weights that were trained on shuffled labels may lie.
const ShuffledMost = 0.05

// sum fills in what is said of groups.
func (v *View) sum(groups []group) {
	v.Means, v.Differences, v.Controls = []Mean{}, []Difference{}, []Control{} // no null in JSON
	for i, g := range groups {
		v.Means = append(v.Means, Mean{g.variant, g.epoch, len(g.at), v.describe(g)})
		if !g.trained() {
			v.Controls = append(v.Controls, v.control(g, groups))
			continue
		}
		for _, h := range groups[i+1:] {
			if h.trained() && h.epoch == g.epoch {
				if d := v.difference(g, h); d.Seeds > 1 {
					v.Differences = append(v.Differences, d)
				}
			}
		}
	}
}

// difference pairs the seeds that two groups share.
func (v *View) difference(a, b group) Difference {
	var xs []float64
	for i, seed := range a.seeds {
		if k := slices.Index(b.seeds, seed); k >= 0 {
			xs = append(xs, float64(v.Results[a.at[i]].TauB-v.Results[b.at[k]].TauB))
		}
	}
	s := stats.Describe(xs)
	return Difference{a.variant, b.variant, a.epoch, s.N, number.Short(s.Mean), number.Short(s.Mean - s.CI),
		number.Short(s.Mean + s.CI)}
}

// control sums up a group that is one.
func (v *View) control(g group, groups []group) Control {
	of := v.describe(g)
	c := Control{Kind: Untrained, Variant: g.variant, Epoch: g.epoch, Seeds: len(g.at), TauB: of.TauB, Low: of.TauBLow,
		High: of.TauBHigh, P: number.Short(math.NaN())}
	if g.shuffled {
		within := math.Abs(float64(of.TauB)) <= ShuffledMost
		c.Kind, c.Within = Shuffled, &within
		return c
	}
	for _, h := range groups { // the last of them is that of the last epoch
		if h.trained() && h.variant == g.variant {
			c.P = number.Short(stats.Below(v.taus(g), v.taus(h)))
		}
	}
	return c
}
