package report

import (
	"fmt"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/scores"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Scores is what amoeba stats tells of a table of scores.
type Scores struct {
	File       string         `json:"file,omitempty"`        // of the scores
	Folders    []string       `json:"experiments,omitempty"` // or the experiments whose runs were asked
	What       string         `json:"what,omitempty"`        // the scores of runs, in words
	Rows       int            `json:"rows"`
	Better     string         `json:"better"`            // higher or lower
	Summary    scores.Summary `json:"summary,omitempty"` // of the runs on a row, where there are several
	Blocks     scores.Blocks  `json:"ranked_on"`
	Methods    []MeanRank     `json:"methods"`
	Friedman   Statistic      `json:"friedman"`
	Corrected  Statistic      `json:"friedman_tie_corrected"`
	F          Statistic      `json:"iman_davenport"`
	FCorrected Statistic      `json:"iman_davenport_tie_corrected"`
	CD         nullable       `json:"critical_difference"`
	Groups     [][]string     `json:"not_told_apart"` // by the critical difference
	Alpha      float64        `json:"alpha"`
	// Resamplings of the interquartile means' intervals and, where they were asked for, of the effects'.
	Resamplings int         `json:"bootstrap,omitempty"`
	Table       []ScoreRow  `json:"table,omitempty"` // where a row has several runs
	Pairs       []ScorePair `json:"pairs"`
	Notes       []string    `json:"notes,omitempty"`

	single    *scores.Table // where each row has one score of each method
	resampled bool          // the effects, too
}

type nullable = number.Nullable

// MeanRank is a method's average rank and its interquartile mean.
type MeanRank struct {
	Method string   `json:"method"`
	Rank   nullable `json:"rank"`
	Middle Interval `json:"interquartile_mean"` // of all runs on all rows, by the stratified bootstrap
}

// Interval is a value with its 95 % interval.
type Interval struct {
	Value nullable `json:"value"`
	Low   nullable `json:"low"`
	High  nullable `json:"high"`
}

// ScoreRow is a data set.
type ScoreRow struct {
	Name  string      `json:"name"`
	Cells []ScoreCell `json:"methods"`
}

// ScoreCell sums up the runs of a method on a data set.
type ScoreCell struct {
	Method string   `json:"method"`
	Runs   int      `json:"runs"`
	Summed int      `json:"summed_runs"` // that have a result
	Mean   nullable `json:"mean"`
	CI95   nullable `json:"ci95"` // half the width of the mean's interval
	SD     nullable `json:"sd"`
	Median Interval `json:"median"`
	IQM    nullable `json:"interquartile_mean"`
	Best   bool     `json:"best"` // of the row
	Tied   bool     `json:"not_told_apart_from_best"`
	PHolm  nullable `json:"p_best_holm"` // Mann-Whitney against the best, corrected for all others of the row
	Notes  []string `json:"notes,omitempty"`
}

// Statistic is a test's statistic with its degrees of freedom and its p-value.
type Statistic struct {
	Value nullable `json:"value"`
	DF    []int    `json:"df"`
	P     nullable `json:"p"`
}

// ScorePair is the comparison of two methods.
type ScorePair struct {
	A           string     `json:"a"`
	B           string     `json:"b"`
	Difference  nullable   `json:"rank_difference"`
	PNemenyi    nullable   `json:"p_nemenyi"`
	W           nullable   `json:"wilcoxon_w"`
	Differing   int        `json:"wilcoxon_pairs"`
	Exact       bool       `json:"wilcoxon_exact"`
	PSigned     nullable   `json:"p_wilcoxon"`
	PSignedHolm nullable   `json:"p_wilcoxon_holm"`
	P           nullable   `json:"p_mann_whitney"`
	PHolm       nullable   `json:"p_mann_whitney_holm"`
	Effect      effectSize `json:"a12"`
	Resampled   effectSize `json:"a12_bootstrap,omitzero"`
	DataSets    *Tally     `json:"data_sets,omitempty"` // where there are several, with several runs each
	Notes       []string   `json:"notes,omitempty"`
}

// Tally counts the data sets on which A is better, worse, or not told apart from B.
type Tally struct {
	Wins   int `json:"better"`
	Losses int `json:"worse"`
	Even   int `json:"not_told_apart"`
}

// effectSize is the chance that A is better, with its interval.
type effectSize struct {
	Value    nullable `json:"value"`
	Low      nullable `json:"low"`
	High     nullable `json:"high"`
	OneSided bool     `json:"one_sided"`
}

func effectOf(e stats.Effect) effectSize {
	return effectSize{nullable(e.A12), nullable(e.Low), nullable(e.High), e.OneSided}
}

// text is the chance with its interval, a star behind one that is one-sided.
func (e effectSize) text() string {
	star := ""
	if e.OneSided {
		star = "*"
	}
	return fmt.Sprintf("%s [%s, %s]%s", number.Fixed(e.Value, 3), number.Fixed(e.Low, 3), number.Fixed(e.High, 3), star)
}

// CompareScores compares the methods of a table. Of a table of n rows and k methods χ² has k−1 degrees of freedom, F
// k−1 and (k−1)(n−1).
func CompareScores(file string, t *scores.Table, c *scores.Comparison) *Scores {
	k, n := len(t.Methods), c.Ranking.Rows
	chi := []int{k - 1}
	f := []int{k - 1, (k - 1) * max(0, n-1)}
	r := &Scores{File: file, Rows: len(t.Rows), Better: "higher", Blocks: c.Blocks, CD: nullable(c.CD),
		Alpha: stats.Alpha, Groups: [][]string{},
		Friedman:   Statistic{nullable(c.Plain.Chi2), chi, nullable(c.Plain.PChi2)},
		Corrected:  Statistic{nullable(c.Corrected.Chi2), chi, nullable(c.Corrected.PChi2)},
		F:          Statistic{nullable(c.Plain.F), f, nullable(c.Plain.PF)},
		FCorrected: Statistic{nullable(c.Corrected.F), f, nullable(c.Corrected.PF)}}
	if c.Lower {
		r.Better = "lower"
	}
	if c.Resampled {
		r.Resamplings = c.Question.Resamplings
	}
	r.Notes = append(r.Notes, c.Ranking.Notes...)
	r.Notes = append(r.Notes, c.Notes...)
	for i, m := range t.Methods {
		x := MeanRank{Method: m, Rank: nullable(c.Ranks[i])}
		x.Middle = Interval{nullable(c.IQMs[i].Value), nullable(c.IQMs[i].Low), nullable(c.IQMs[i].High)}
		r.Methods = append(r.Methods, x)
	}
	r.Groups = append(r.Groups, groupNames(c.Groups(), t.Methods)...)
	if c.Cells == nil {
		r.single = t
	} else {
		r.Summary = c.Summary
	}
	for k, cells := range c.Cells {
		r.Table = append(r.Table, scoreRow(t.Rows[k], t.Methods, cells))
	}
	r.resampled = c.Effects
	for i := range c.Pairs {
		x := scorePair(&c.Pairs[i], c.Effects)
		if c.Blocks == scores.ByDataSet {
			x.DataSets = &Tally{c.Pairs[i].Wins, c.Pairs[i].Losses, c.Pairs[i].Even}
		}
		r.Pairs = append(r.Pairs, x)
	}
	return r
}

// groupNames are groups of methods by their names.
func groupNames(groups [][]int, methods []string) (all [][]string) {
	for _, g := range groups {
		var names []string
		for _, i := range g {
			names = append(names, methods[i])
		}
		all = append(all, names)
	}
	return all
}

// scoreRow is a data set's row.
func scoreRow(name string, methods []string, cells []scores.Cell) ScoreRow {
	row := ScoreRow{Name: name}
	for i := range cells {
		x := &cells[i]
		row.Cells = append(row.Cells, ScoreCell{Method: methods[i], Runs: x.Runs, Summed: x.N, Mean: nullable(x.Mean),
			CI95: nullable(x.CI), SD: nullable(x.Std), IQM: nullable(x.IQM),
			Median: Interval{nullable(x.Median), nullable(x.MedianLow), nullable(x.MedianHigh)},
			Best:   x.Best, Tied: x.Tied(), PHolm: nullable(x.PHolm), Notes: x.Against.Notes})
	}
	return row
}

// scorePair is the comparison of two methods, with the effect by the bootstrap where there is one.
func scorePair(p *scores.Pair, resampled bool) ScorePair {
	x := ScorePair{A: p.A, B: p.B, Difference: nullable(p.Difference), PNemenyi: nullable(p.PNemenyi),
		W: nullable(p.Signed.W), Differing: p.Signed.N, Exact: p.Signed.Exact, PSigned: nullable(p.Signed.P),
		PSignedHolm: nullable(p.PSignedHolm), P: nullable(p.Test.P), PHolm: nullable(p.PHolm),
		Effect: effectOf(p.Effect)}
	for _, notes := range [][]string{prefixed("Wilcoxon: ", p.Signed.Notes),
		prefixed("Mann-Whitney: ", p.Test.Notes), prefixed("A12: ", p.Effect.Notes)} {
		x.Notes = append(x.Notes, notes...)
	}
	if resampled {
		x.Resampled = effectOf(p.Resampled)
		if !slices.Equal(p.Resampled.Notes, p.Effect.Notes) {
			x.Notes = append(x.Notes, prefixed("bootstrap: ", p.Resampled.Notes)...)
		}
	}
	return x
}

func prefixed(by string, notes []string) (all []string) {
	for _, n := range notes {
		all = append(all, by+n)
	}
	return all
}
