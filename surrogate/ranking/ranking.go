package ranking

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate/truth"
)

// Scores are what one checkpoint, asked in one way, says of the cells of a truth.
type Scores struct {
	Checkpoint string // the name of its file
	Seed       uint64 // of the supernet
	Epoch      int    // 0 of weights that were never trained
	Variant    string // how the weights were trained and asked, the same of all seeds
	Shuffled   bool   // trained on labels that were shuffled
	// Values are in the order of the truth's cells, greater for the better.
	Values []float64
}

// Options say how much is computed.
type Options struct {
	Resamplings int // of the cells, for the interval of one checkpoint
	Tables      int // simulated for the limit
	Seed        uint64
	Procs       int // goroutines; at least 1
}

// Report is how checkpoints order cells, as --json prints it. The View that it begins with is the first of the truth:
// by loss where the truth has losses, of all cells.
type Report struct {
	Truth     string `json:"truth"`
	Space     string `json:"space"`
	Part      string `json:"part"`
	Seeds     int    `json:"truth_seeds"`
	Intervals string `json:"intervals"` // over what
	// Differs says in what the networks of the supernets differ from those of the truth; empty of the same protocol.
	Differs []string `json:"protocol_differs"`
	*View
	Others []*View `json:"other_views"`
}

// View is how checkpoints order cells in one order of the truth.
type View struct {
	By          string       `json:"by"`
	Live        bool         `json:"without_dead"`
	Cells       int          `json:"cells"`
	Results     []Result     `json:"results"`
	Means       []Mean       `json:"means"`
	Differences []Difference `json:"differences"`
	Controls    []Control    `json:"controls"`
	OneRun      truth.Agreed `json:"one_run"`
	Limit       truth.Agreed `json:"limit"`
	Params      truth.Agreed `json:"parameters"`
}

// Result is of one checkpoint. Its intervals are over cells.
type Result struct {
	Checkpoint string `json:"checkpoint"`
	Seed       uint64 `json:"seed"`
	Epoch      int    `json:"epoch"`
	Variant    string `json:"variant"`
	truth.Agreed
}

// Distinct is nil where no two scores are of one variant, seed and epoch, which need no values yet, and else wraps
// [evolve.ErrInvalid], as of no scores.
func Distinct(all []Scores) error {
	if len(all) == 0 {
		return fmt.Errorf("no checkpoint to judge: %w", evolve.ErrInvalid)
	}
	seen := map[string]string{}
	for i := range all {
		s := &all[i]
		key := fmt.Sprintf("%s, seed %d, epoch %d", s.Variant, s.Seed, s.Epoch)
		if was, twice := seen[key]; twice {
			return fmt.Errorf("%s and %s are both of %s: want other seeds: %w", was, s.Checkpoint, key,
				evolve.ErrInvalid)
		}
		seen[key] = s.Checkpoint
	}
	return nil
}

// Of judges scores by a truth. The error is that of [Distinct], wraps [evolve.ErrInvalid] where scores are not one of
// each cell, and is that of ctx when it ends.
func Of(ctx context.Context, t *truth.Truth, all []Scores, o Options) (*Report, error) {
	if err := Distinct(all); err != nil {
		return nil, err
	}
	for i := range all {
		if s := &all[i]; len(s.Values) != len(t.Cells) {
			return nil, fmt.Errorf("%s: %d scores of %d cells: %w", s.Checkpoint, len(s.Values), len(t.Cells),
				evolve.ErrInvalid)
		}
	}
	// Groups stand in the order in which they are read: a variant's epochs together.
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b Scores) int {
		return cmp.Or(strings.Compare(a.Variant, b.Variant), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Seed, b.Seed))
	})
	views := make([]*View, len(t.Views))
	var jobs []func()
	for i, v := range t.Views {
		views[i] = &View{By: v.By, Live: v.Live, Cells: len(v.Cells), Results: make([]Result, len(all))}
		jobs = append(jobs, func() { views[i].refer(v, o) })
		for k := range all {
			jobs = append(jobs, func() { views[i].Results[k] = judge(v, &all[k], o) })
		}
	}
	if err := do(ctx, o.Procs, jobs); err != nil {
		return nil, err
	}
	groups := groupsOf(all)
	for _, v := range views {
		v.sum(groups)
	}
	return &Report{Truth: t.Name, Space: t.Space.Name(), Part: t.Part, Seeds: t.Seeds, View: views[0],
		Others: views[1:], Differs: []string{}, Intervals: intervals(groups, o.Resamplings) + limits(t, o.Tables)}, nil
}

// do does jobs, so many at a time, until ctx ends.
func do(ctx context.Context, procs int, jobs []func()) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range max(1, procs) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(jobs)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				jobs[i]()
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// refer measures the references of a view, as a report of its truth does.
func (v *View) refer(of *truth.View, o Options) {
	one, limit, params := of.References(o.Resamplings, o.Tables, o.Seed)
	v.OneRun, v.Limit, v.Params = truth.AgreedOf(one), truth.AgreedOf(limit), truth.AgreedOf(params)
}

// judge measures one checkpoint. Its resamplings are a stream of what it is, whatever is computed beside it.
func judge(v *truth.View, s *Scores, o Options) Result {
	values := make([]float64, len(v.Cells))
	for i, cell := range v.Cells {
		values[i] = s.Values[cell]
	}
	row := v.Judge(values, o.Resamplings, v.Stream(o.Seed, fmt.Sprintf("rank/%s/%d/%d", s.Variant, s.Epoch, s.Seed)))
	return Result{s.Checkpoint, s.Seed, s.Epoch, s.Variant, truth.AgreedOf(row)}
}

// group is the checkpoints of one variant and epoch, by places among all.
type group struct {
	variant  string
	epoch    int
	shuffled bool
	at       []int
	seeds    []uint64
}

func groupsOf(all []Scores) (groups []group) {
	for i := range all {
		s := &all[i]
		n := len(groups)
		if n == 0 || groups[n-1].variant != s.Variant || groups[n-1].epoch != s.Epoch {
			groups, n = append(groups, group{variant: s.Variant, epoch: s.Epoch, shuffled: s.Shuffled}), n+1
		}
		groups[n-1].at, groups[n-1].seeds = append(groups[n-1].at, i), append(groups[n-1].seeds, s.Seed)
	}
	return groups
}

// FewSeeds is the number of supernets below which an interval over them is called one of few.
const FewSeeds = 10

// intervals says over what the intervals are.
func intervals(groups []group, resamplings int) string {
	cells := "none over cells"
	if resamplings > 1 {
		cells = "95 %, over cells, " + number.Count(resamplings, "resampling") + " of the bootstrap"
	}
	least, most := len(groups[0].at), len(groups[0].at)
	for _, g := range groups {
		least, most = min(least, len(g.at)), max(most, len(g.at))
	}
	if most < 2 {
		return "of one supernet each: " + cells
	}
	n := number.Count(most, "supernet")
	if least < most {
		n = fmt.Sprintf("%d to %d supernets", least, most)
	}
	text := fmt.Sprintf("of means: 95 %%, over the seeds of %s, Student's t; of single ones: %s", n, cells)
	if least < FewSeeds {
		text += fmt.Sprintf("; fewer than %d seeds say little", FewSeeds)
	}
	return text
}

// limits says over what the intervals of the limit are, which has none over cells.
func limits(t *truth.Truth, tables int) string {
	switch {
	case t.Known != "":
		return "; of the limit: what those of one run leave"
	case tables > 1:
		return "; of the limit: the middle 95 % of " + number.Count(tables, "simulated table")
	}
	return "; of the limit: none of one simulated table"
}

// taus are tau-b of a group's checkpoints.
func (v *View) taus(g group) (xs []float64) {
	for _, i := range g.at {
		xs = append(xs, float64(v.Results[i].TauB))
	}
	return xs
}

// trained says whether a group is none of the controls.
func (g *group) trained() bool { return !g.shuffled && g.epoch > 0 }

// describe is the mean with its interval over seeds, or of one checkpoint its own numbers, interval and all.
func (v *View) describe(g group) truth.Agreed {
	if len(g.at) == 1 {
		return v.Results[g.at[0]].Agreed
	}
	var rows []truth.Agreed
	for _, i := range g.at {
		rows = append(rows, v.Results[i].Agreed)
	}
	return truth.MeanOf(rows, func(xs []float64) (mean, low, high float64) {
		s := stats.Describe(xs)
		return s.Mean, s.Mean - s.CI, s.Mean + s.CI
	})
}
