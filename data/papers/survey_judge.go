package papers

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Levels of a survey's claims: that one beats another, and that none beats who cannot be beaten.
const surveyLevel = 0.001

// Standing is a pair's row in the table of its experiment.
type Standing struct {
	*Pair
	Means, SEs []float64    // by column; the standard errors of the means
	Found      int          // runs that had found something by the end
	Effect     stats.Effect // the chance that it ends better than who all are held against; zero of that one itself
	P          float64      // two-sided
	Verdicts   []Judged
}

// Judged is a limit with what is to be said of it.
type Judged struct {
	Limit
	Want string // in words
	Met  bool
	Miss string // where and by how much it is missed; "" where it is met
	Open bool   // of too few runs to say either
}

// Short says whether a survey is of too few runs for any of its demands to be judged.
func (s *Surveyed) Short() bool { return s.Quick || s.Seeds > 0 && s.Seeds < LeastRuns }

// Standings are the rows of an experiment, best first; those that cannot run or have not are left out. A searcher with
// a run that found nothing has no mean and stands last.
func (s *Surveyed) Standings(a *Arena) (rows []Standing) {
	against := a.Pair(s.Paper.Survey.Against)
	for i := range a.Pairs {
		p := &a.Pairs[i]
		if !p.Ran() || a.Part == Speed {
			continue
		}
		row := Standing{Pair: p, P: math.NaN()}
		for _, xs := range p.Values {
			mean, sd := stats.MeanSD(xs)
			row.Means, row.SEs = append(row.Means, mean), append(row.SEs, sd/math.Sqrt(float64(len(xs))))
		}
		for _, x := range p.Final() {
			if !math.IsNaN(x) {
				row.Found++
			}
		}
		if against != nil && against != p {
			row.Effect = stats.A12(against.Final(), p.Final())
			row.P = stats.MannWhitney(against.Final(), p.Final()).P
		}
		row.Verdicts = s.judge(a, row)
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(x, y Standing) int { return ascending(last(x.Means), last(y.Means)) })
	return rows
}

// ascending compares two numbers where one that is missing comes after all that there are.
func ascending(x, y float64) int {
	if math.IsNaN(x) || math.IsNaN(y) {
		return -cmp.Compare(x, y)
	}
	return cmp.Compare(x, y)
}

func last(xs []float64) float64 { return xs[len(xs)-1] }

// judge holds a row to its limits.
func (s *Surveyed) judge(a *Arena, row Standing) (all []Judged) {
	for _, l := range s.Paper.Survey.Limits {
		if l.Experiment != a.Name || l.Algo != row.Label || l.Seconds > 0 {
			continue
		}
		j := Judged{Limit: l, Met: true}
		var misses []string
		switch {
		case l.Over != "":
			j.Want = "≤ " + l.Over
			other := a.Pair(l.Over)
			if other == nil {
				j.Met, j.Miss = false, l.Over+" has not run"
				break
			}
			mean, p := stats.Mean(other.Final()), stats.MannWhitney(other.Final(), row.Final()).P
			better := stats.A12(other.Final(), row.Final()).A12 > .5
			if l.P > 0 {
				j.Want = fmt.Sprintf("< %s, p < %g", l.Over, l.P)
			}
			switch {
			case l.P > 0 && better && p < l.P, l.P == 0 && last(row.Means) <= mean:
			case l.P > 0 && better:
				misses = append(misses, "p "+number.P(p))
			default:
				misses = append(misses, fmt.Sprintf("%s > %s", number.Fixed(last(row.Means), 3), number.Fixed(mean, 3)))
			}
		case l.Beside != "":
			j.Want = fmt.Sprintf("not above %s, p ≥ %g", l.Beside, l.P)
			theirs := s.Paper.besides(a.Benchmark, l.Beside)
			if theirs == nil {
				j.Met, j.Miss = false, l.Beside+" has not run"
				break
			}
			if p := stats.Below(theirs, row.Final()); !(p >= l.P) {
				misses = append(misses, fmt.Sprintf("%s > %s, p %s", number.Fixed(last(row.Means), 3),
					number.Fixed(stats.Mean(theirs), 3), number.P(p)))
			}
		case l.Runs > 0:
			most, n := last(l.Most), 0
			for _, x := range row.Final() {
				if x <= most {
					n++
				}
			}
			j.Want = fmt.Sprintf("≤ %s in %s", number.Brief(most), number.Count(l.Runs, "run"))
			if n < l.Runs {
				misses = append(misses, fmt.Sprintf("in %s", number.Count(n, "run")))
			}
		default:
			var want []string
			for c, most := range l.Most {
				if most == 0 || c >= len(row.Means) {
					want = append(want, "–")
					continue
				}
				want = append(want, number.Brief(most))
				if !(row.Means[c] <= most) {
					misses = append(misses, fmt.Sprintf("%s at %s", number.Fixed(row.Means[c], 3), a.Columns[c]))
				}
			}
			j.Want = "≤ " + strings.Join(want, " / ")
		}
		if s.Short() || l.Runs > row.Runs {
			j.Open, j.Met, j.Miss, misses = true, false, "", nil
		}
		if len(misses) > 0 {
			j.Met, j.Miss = false, strings.Join(misses, ", ")
		}
		all = append(all, j)
	}
	return all
}

// Claimed is what a searcher does against the one that all are held against, over the experiments of equal cost.
type Claimed struct {
	Label    string
	Better   []string // experiments in which it is better, p below 0.001
	Worse    []string
	Tried    int
	Holds    bool // better in two or more
	Why      string
	Declared int // claims that its entry makes, which the conformance suite holds it to
}

// Claims sums up the tests of all experiments of equal cost, searcher by searcher in the order of the survey.
func (s *Surveyed) Claims() (all []Claimed) {
	at := map[string]int{}
	for i := range s.Arenas {
		a := &s.Arenas[i]
		if a.Part != ByTrials && a.Part != BySeconds {
			continue
		}
		for _, row := range s.Standings(a) {
			if row.Label == s.Paper.Survey.Against {
				continue
			}
			k, seen := at[row.Label]
			if !seen {
				k = len(all)
				at[row.Label], all = k, append(all, Claimed{Label: row.Label})
				if spec, err := evolve.ParseSpec(row.Algo); err == nil {
					if e, err := evolve.Searchers.Lookup(spec.Name); err == nil {
						all[k].Declared = len(e.Claims)
					}
				}
			}
			all[k].Tried++
			switch {
			case row.P < surveyLevel && row.Effect.A12 > .5:
				all[k].Better = append(all[k].Better, a.Name)
			case row.P < surveyLevel:
				all[k].Worse = append(all[k].Worse, a.Name)
			}
		}
	}
	for k := range all {
		all[k].Holds = len(all[k].Better) >= 2
		for _, silent := range s.Paper.Survey.Silent {
			if silent.Algo == all[k].Label {
				all[k].Why = silent.Why
			}
		}
	}
	return all
}

// Blinded is a searcher where values are shuffled.
type Blinded struct {
	*Pair
	Mean, SE float64
	Effect   stats.Effect // the chance that it ends better than the control
	P, PHolm float64      // one-sided; NaN where it cannot be judged
	Same     bool         // every run ends alike, as of a searcher that draws nothing: they are one sample and not many
	Passes   bool
}

// Blindness are the rows of an experiment with shuffled values, and the control's mean with its standard error, which
// is NaN where it has not run.
func (s *Surveyed) Blindness(a *Arena) (rows []Blinded, mean, se float64) {
	control := a.Pair(s.Paper.Survey.Control)
	if control == nil {
		return nil, math.NaN(), math.NaN()
	}
	var ps []float64
	for i := range a.Pairs {
		p := &a.Pairs[i]
		if !p.Ran() || p == control {
			continue
		}
		mean, sd := stats.MeanSD(p.Final())
		b := Blinded{Pair: p, Mean: mean, SE: sd / math.Sqrt(float64(p.Runs)), P: stats.Below(p.Final(),
			control.Final()),
			Effect: stats.A12(control.Final(), p.Final()), Same: p.Runs > 1 && sd == 0}
		if b.Same {
			b.P = math.NaN()
		}
		rows, ps = append(rows, b), append(ps, b.P)
	}
	for i, p := range stats.Holm(ps) {
		rows[i].PHolm, rows[i].Passes = p, p >= surveyLevel
	}
	mean, sd := stats.MeanSD(control.Final())
	return rows, mean, sd / math.Sqrt(float64(control.Runs))
}

// Ranks are the average ranks of searchers over the experiments of a part.
type Ranks struct {
	Searchers []string // the ranked ones, best first
	Names     []string // of the experiments that rank them
	All       stats.Ranking
	Blocks    stats.Ranking // experiments of one block counted as one, by the mean of their ranks
	BlockRows int
	Left      []string // experiments that a ranked searcher did not run in, with whose lack it is
	Others    []OtherRank
}

// OtherRank is the average rank that a further searcher would have among the ranked ones.
type OtherRank struct {
	Label string
	Rank  float64 // NaN where it ran in none of the experiments
	On    int     // experiments
	Lacks []string
}

// Ranking ranks the searchers of a part by their means in the end. Ranked are those that the survey names, or all where
// it names none of this part, as long as they ran in at least half of the experiments; an experiment counts where all
// ranked searchers ran and every run of theirs found something, since only then all of them have a mean.
func (s *Surveyed) Ranking(part string) *Ranks {
	var arenas []*Arena
	var labels []string
	for i := range s.Arenas {
		a := &s.Arenas[i]
		if a.Part != part || !a.Ranked || !slices.ContainsFunc(a.Pairs, func(p Pair) bool { return p.Ran() }) {
			continue
		}
		arenas = append(arenas, a)
		for _, p := range a.Pairs {
			if !slices.Contains(labels, p.Label) {
				labels = append(labels, p.Label)
			}
		}
	}
	ran := func(label string) (n int) {
		for _, a := range arenas {
			if a.Pair(label) != nil {
				n++
			}
		}
		return n
	}
	r := &Ranks{}
	for _, label := range labels {
		named := part == BySeconds || slices.Contains(s.Paper.Survey.Ranked, label)
		if named && 2*ran(label) >= len(arenas) && len(arenas) > 0 {
			r.Searchers = append(r.Searchers, label)
		}
	}
	var counted []*Arena
	for _, a := range arenas {
		var lack, empty []string
		for _, label := range r.Searchers {
			switch p := a.Pair(label); {
			case p == nil:
				lack = append(lack, label)
			case !p.hasMean():
				empty = append(empty, label)
			}
		}
		var why []string
		if len(lack) > 0 {
			why = append(why, "for want of "+strings.Join(lack, ", "))
		}
		if len(empty) > 0 {
			why = append(why, "where a run found nothing of "+strings.Join(empty, ", "))
		}
		if len(why) > 0 {
			r.Left = append(r.Left, a.Name+", "+strings.Join(why, " and "))
			continue
		}
		counted, r.Names = append(counted, a), append(r.Names, a.Name)
	}
	r.All, r.Blocks, r.BlockRows = rankMeans(counted, r.Searchers)
	order := make([]int, len(r.Searchers))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(r.All.Ranks[i], r.All.Ranks[j]) })
	reorder := func(x *stats.Ranking) {
		ranks := slices.Clone(x.Ranks)
		for to, from := range order {
			x.Ranks[to] = ranks[from]
		}
	}
	reorder(&r.All)
	reorder(&r.Blocks)
	names := slices.Clone(r.Searchers)
	for to, from := range order {
		r.Searchers[to] = names[from]
	}
	for _, label := range labels {
		if slices.Contains(r.Searchers, label) {
			continue
		}
		o := OtherRank{Label: label, Rank: math.NaN()}
		var some []*Arena
		for _, a := range arenas {
			switch at := slices.IndexFunc(a.Pairs, func(p Pair) bool { return p.Label == label }); {
			case at < 0:
			case a.Pairs[at].Ran() && !a.Pairs[at].hasMean():
				o.Lacks = append(o.Lacks, a.Name+": a run found nothing")
			case a.Pairs[at].Ran():
				if slices.Contains(counted, a) {
					some = append(some, a)
				}
			case a.Pairs[at].Lacks != "" && a.Pairs[at].Lacks != Absent:
				o.Lacks = append(o.Lacks, a.Name+": "+a.Pairs[at].Lacks)
			}
		}
		if o.On = len(some); o.On > 0 {
			with, _, _ := rankMeans(some, append(slices.Clone(r.Searchers), label))
			o.Rank = last(with.Ranks)
		}
		if o.On > 0 || len(o.Lacks) > 0 {
			r.Others = append(r.Others, o)
		}
	}
	return r
}

// rankMeans ranks searchers by their means in the end of each experiment, and once more with the experiments of a block
// as one row, whose values are the mean ranks within it.
func rankMeans(arenas []*Arena, labels []string) (all, blocks stats.Ranking, rows int) {
	var each [][]float64
	var names []string
	sums := map[string][]float64{}
	for _, a := range arenas {
		row := make([]float64, len(labels))
		for i, label := range labels {
			row[i] = -rounded(stats.Mean(a.Pair(label).Final())) // of values the higher are the better
		}
		each = append(each, row)
		block := cmp.Or(a.Block, a.Name)
		if sums[block] == nil {
			names, sums[block] = append(names, block), make([]float64, len(labels))
		}
		for i, rank := range stats.Friedman([][]float64{row}).Ranks {
			sums[block][i] -= rank
		}
	}
	var together [][]float64
	for _, name := range names {
		together = append(together, sums[name])
	}
	all, blocks = stats.Friedman(each), stats.Friedman(together)
	if len(labels) > 0 && len(arenas) == 0 {
		all.Ranks, blocks.Ranks = make([]float64, len(labels)), make([]float64, len(labels))
	}
	return all, blocks, len(together)
}

// rounded leaves off digits that sums of the same numbers in another order would change, so that ties are ties.
func rounded(x float64) float64 { return math.Round(x*1e9) / 1e9 }

// Pace is what a searcher's run takes.
type Pace struct {
	*Pair
	Limits []Limit // of seconds
}

// Paces are the rows of the part speed, in the order of the survey.
func (s *Surveyed) Paces(a *Arena) (rows []Pace) {
	for i := range a.Pairs {
		p := &a.Pairs[i]
		if !p.Ran() {
			continue
		}
		row := Pace{Pair: p}
		for _, l := range s.Paper.Survey.Limits {
			if l.Experiment == a.Name && l.Algo == p.Label && l.Seconds > 0 {
				row.Limits = append(row.Limits, l)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// Absent are the searchers of the survey that are registered nowhere, by their labels.
func (s *Surveyed) Absent() (labels []string) {
	for _, a := range s.Arenas {
		for _, p := range a.Pairs {
			if p.Lacks == Absent && !slices.Contains(labels, p.Label) {
				labels = append(labels, p.Label)
			}
		}
	}
	return labels
}

// Demands sums up the demands of a survey in a line each: those that are missed, and those that are open, since their
// searcher has not run or has run too short. Goals are none.
func (s *Surveyed) Demands() (met int, missed, open []string) {
	for _, l := range s.Paper.Survey.Limits {
		if l.Goal {
			continue
		}
		at := "`" + l.Algo + "` on " + l.Experiment
		a := s.Arena(l.Experiment)
		p := a.Pair(l.Algo)
		switch {
		case p == nil:
			open = append(open, at)
		case l.Seconds > 0 && s.Short():
			open = append(open, at+": "+TooShort)
		case l.Seconds > 0 && p.Seconds <= l.Seconds:
			met++
		case l.Seconds > 0:
			missed = append(missed, fmt.Sprintf("%s: %s s a run, at most %g (measured)", at,
				number.Brief(p.Seconds), l.Seconds))
		}
	}
	for i := range s.Arenas {
		for _, row := range s.Standings(&s.Arenas[i]) {
			for _, v := range row.Verdicts {
				switch {
				case v.Goal:
				case v.Open:
					open = append(open, "`"+row.Label+"` on "+s.Arenas[i].Name+": "+TooShort)
				case v.Met:
					met++
				default:
					missed = append(missed, fmt.Sprintf("`%s` on %s: %s, want %s", row.Label, s.Arenas[i].Name,
						v.Miss, v.Want))
				}
			}
		}
	}
	return met, missed, open
}
