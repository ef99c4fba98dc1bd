package plots

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "lineage",
		Doc: "an evolution: each trial at its birth, joined to its parents, with the ancestors of the best and the " +
			"family that it is of",
		Paper: "Real, Moore, Selle, Saxena, Leon Suematsu, Tan, Le and Kurakin, ICML 2017, arXiv:1703.01041, figure 1",
		Params: []evolve.Param{
			evolve.Text("run", bestRun,
				"the run's number, from 0 on; best: the run that ends with the best validation"),
			evolve.Choice("x", "the birth: when a trial was asked for, by number, or when it began",
				"trials", "seconds"),
		},
		New: func(o evolve.Options) (Figure, error) {
			f := lineage{o.Text("run"), o.Text("x")}
			if _, err := strconv.ParseUint(f.run, 10, 31); err != nil && f.run != bestRun {
				return nil, fmt.Errorf("figure lineage: run=%s: want a number from 0 on, or best: %w", f.run,
					evolve.ErrInvalid)
			}
			return f, nil
		},
	})
}

const bestRun = "best"

// lineage is a figure of who descends from whom.
type lineage struct{ run, x string }

func (lineage) Needs() Needs { return Needs{Trials: true, Single: true} }

// mostFamilies is how many algorithms have a panel each.
const mostFamilies = 3

func (f lineage) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	s := sets[0]
	var all []*descent
	for i := range s.Arms {
		d, err := f.read(s, &s.Arms[i])
		if err != nil {
			return nil, err
		}
		if d != nil {
			all = append(all, d)
		}
	}
	switch {
	case len(all) == 0:
		return nil, fmt.Errorf("figure lineage: no trial of %s has a parent: want a run of a searcher that breeds, "+
			"such as regevo: %w", folder(s), evolve.ErrInvalid)
	case len(all) > mostFamilies:
		return nil, fmt.Errorf("figure lineage: %d algorithms of %s breed and the figure has room for %d: "+
			"choose some with --algo: %w", len(all), folder(s), mostFamilies, evolve.ErrInvalid)
	}
	fig := &scene{title: cmp.Or(o.Title, heading(sets, "who descends from whom")), keys: lineageKeys()}
	fig.table.Header = []string{"algorithm", "run", "trial", "arch", "parent1", "parent2", "from", "x", "y", "role"}
	note := "Lines lead from parents to children; the family of the best are all that descend from a first trial " +
		"which it descends from; results worse than the axis lie at its edge"
	for _, d := range all {
		p := d.panel(s, f.x)
		if p.width = lineageWidth; len(all) > 1 {
			p.width = openFramesWidth
			p.title = d.arm.Label
		}
		fig.panels = append(fig.panels, p)
		d.tabulate(&fig.table)
		note += ". " + d.note()
	}
	fig.note = caption(sets, func(*trace.Set) string { return note })
	return fig, nil
}

const lineageWidth = 15 * vg.Centimeter // a run has hundreds of births

// read is the descent of a run of an algorithm; nil where nothing was bred.
func (f lineage) read(s *trace.Set, a *trace.Arm) (*descent, error) {
	run, err := f.pick(s, a)
	if err != nil || run < 0 {
		return nil, err
	}
	trials, err := s.RunTrials(a.Algo, run)
	if err != nil {
		return nil, err
	}
	bred := func(t journal.Trial) bool { return t.Parent1 > 0 || t.Parent2 > 0 }
	if !slices.ContainsFunc(trials, bred) {
		return nil, nil
	}
	return newDescent(s.About.Metric, a, run, trials, f.x), nil
}

// pick is the number of the run to draw; -1 where the algorithm found nothing.
func (f lineage) pick(s *trace.Set, a *trace.Arm) (int, error) {
	if f.run != bestRun {
		k, _ := strconv.Atoi(f.run) // New has read it
		if k >= len(a.Runs) {
			return 0, fmt.Errorf("figure lineage: run=%d: %s of %s has runs 0 to %d: %w", k, a.Label, folder(s),
				len(a.Runs)-1, evolve.ErrInvalid)
		}
		return k, nil
	}
	best, y := -1, s.Validation()
	for i := range a.Runs {
		r := &a.Runs[i]
		if r.Found() && (best < 0 || y.Better(y.End(r), y.End(&a.Runs[best]))) {
			best = i
		}
	}
	return best, nil
}

// A birth is a trial with its place in the figure.
type birth struct {
	journal.Trial
	x, y     float64
	ancestor bool // of the winner, or the winner itself
	family   bool // it descends from a first trial that the winner descends from
}

// A descent is a run with all its trials.
type descent struct {
	arm    *trace.Arm
	run    int
	births []birth // by number; failed ones are left out
	at     map[int64]int
	winner int
	// Ancestors of the winner, and the longest line of parents among them.
	ancestors, generations int
}

// newDescent finds the winner, which is the trial of the lowest loss among those trained longest, and its ancestors.
func newDescent(m evolve.Metric, a *trace.Arm, run int, trials []journal.Trial, x string) *descent {
	d := &descent{arm: a, run: run, at: map[int64]int{}}
	slices.SortFunc(trials, func(a, b journal.Trial) int { return cmp.Compare(a.ID, b.ID) })
	for _, t := range trials {
		if t.Error != "" {
			continue
		}
		b := birth{Trial: t, x: float64(t.ID), y: m.Value(float64(t.Loss))}
		if x == "seconds" {
			b.x = t.Start
		}
		d.at[t.ID] = len(d.births)
		d.births = append(d.births, b)
		w := &d.births[d.winner]
		longer := cmp.Compare(epochsOf(t), epochsOf(w.Trial))
		if longer > 0 || longer == 0 && t.Loss < w.Loss {
			d.winner = len(d.births) - 1
		}
	}
	d.generations = d.climb()
	for i := range d.births {
		b, parents := &d.births[i], d.parents(i)
		if b.ancestor {
			d.ancestors++
		}
		b.family = b.ancestor && len(parents) == 0
		for _, p := range parents {
			b.family = b.family || d.births[p].family
		}
	}
	d.ancestors-- // the winner is marked too
	return d
}

// epochsOf orders trials by how long they trained: 0 is the benchmark's last fidelity.
func epochsOf(t journal.Trial) int32 {
	if t.Epochs == 0 {
		return math.MaxInt32
	}
	return t.Epochs
}

// parents are the places of the trials that a trial was bred from, or whose training it goes on with. Each has a lower
// number.
func (d *descent) parents(i int) (all []int) {
	b := &d.births[i]
	for _, id := range []int64{b.Parent1, b.Parent2, b.From} {
		if k, known := d.at[id]; known && id < b.ID && !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all
}

// climb marks the winner and its ancestors and returns the longest line of parents above it.
func (d *descent) climb() (generations int) {
	d.births[d.winner].ancestor = true
	// By falling numbers, so that each is looked at once: a line of parents may be as long as the run.
	for i := d.winner; i >= 0; i-- {
		if d.births[i].ancestor {
			for _, p := range d.parents(i) {
				d.births[p].ancestor = true
			}
		}
	}
	above := make([]int, d.winner+1) // the longest line of parents above each trial
	for i := range above {
		for _, p := range d.parents(i) {
			above[i] = max(above[i], above[p]+1)
		}
	}
	return above[d.winner]
}

// note says what a panel is of.
func (d *descent) note() string {
	family := 0
	for _, b := range d.births {
		if b.family {
			family++
		}
	}
	w := d.births[d.winner]
	least, most := w.Epochs, w.Epochs // the winner is trained longest
	for _, b := range d.births {
		least = min(least, b.Epochs)
	}
	budgets := ""
	if least > 0 && least < most {
		budgets = fmt.Sprintf("; trials of %d to %d epochs share the axis", least, most)
	}
	return fmt.Sprintf("Run %d of %s: the best of %s trials, trial %s, has %s over %s; "+
		"its family are %s %% of the trials%s",
		d.run, d.arm.Label, number.Grouped(len(d.births)), number.Grouped(int(w.ID)),
		number.Count(d.ancestors, "ancestor"), number.Count(d.generations, "generation"),
		threeDigits(100*float64(family)/float64(len(d.births))), budgets)
}

// role says what a trial is to the winner.
func (d *descent) role(i int) string {
	switch b := d.births[i]; {
	case i == d.winner:
		return "best"
	case b.ancestor:
		return "ancestor"
	case b.family:
		return "family"
	}
	return "other"
}

func (d *descent) tabulate(t *Table) {
	for i, b := range d.births {
		t.Add(d.arm.Label, d.run, b.ID, b.Arch, b.Parent1, b.Parent2, b.From, b.x, b.y, d.role(i))
	}
}

// limits are those of the results: what lies below the worst twentieth, and is no ancestor, lies at the edge.
func (d *descent) limits(falls bool) axis {
	var all []float64
	low, high := math.Inf(1), math.Inf(-1)
	for _, b := range d.births {
		all = append(all, b.y)
		if b.ancestor {
			low, high = min(low, b.y), max(high, b.y)
		}
	}
	slices.Sort(all)
	from, to := stats.Quantile(all, .05), all[len(all)-1]
	if falls {
		from, to = all[0], stats.Quantile(all, .95)
	}
	low, high = min(low, from), max(high, to)
	air := max((high-low)/20, 1e-6*math.Abs(high), 1e-9)
	return axis{min: low - air, max: high + air}
}
