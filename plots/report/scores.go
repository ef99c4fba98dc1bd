package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/scores"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Scores is what amoeba stats tells of a table of scores.
type Scores struct {
	File        string      `json:"file"`
	Rows        int         `json:"rows"`
	Better      string      `json:"better"` // higher or lower
	Methods     []MeanRank  `json:"methods"`
	Friedman    Statistic   `json:"friedman"`
	Corrected   Statistic   `json:"friedman_tie_corrected"`
	F           Statistic   `json:"iman_davenport"`
	FCorrected  Statistic   `json:"iman_davenport_tie_corrected"`
	CD          nullable    `json:"critical_difference"`
	Alpha       float64     `json:"alpha"`
	Resamplings int         `json:"bootstrap,omitempty"`
	Pairs       []ScorePair `json:"pairs"`
	Notes       []string    `json:"notes,omitempty"`
}

type nullable = number.Nullable

// MeanRank is a method's average rank.
type MeanRank struct {
	Method string   `json:"method"`
	Rank   nullable `json:"rank"`
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
	Notes       []string   `json:"notes,omitempty"`
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
	k := len(t.Methods)
	chi := []int{k - 1}
	f := []int{k - 1, (k - 1) * (len(t.Rows) - 1)}
	r := &Scores{File: file, Rows: len(t.Rows), Better: "higher", CD: nullable(c.CD), Alpha: stats.Alpha,
		Resamplings: c.Resamplings, Notes: c.Notes,
		Friedman:   Statistic{nullable(c.Plain.Chi2), chi, nullable(c.Plain.PChi2)},
		Corrected:  Statistic{nullable(c.Corrected.Chi2), chi, nullable(c.Corrected.PChi2)},
		F:          Statistic{nullable(c.Plain.F), f, nullable(c.Plain.PF)},
		FCorrected: Statistic{nullable(c.Corrected.F), f, nullable(c.Corrected.PF)}}
	if c.Lower {
		r.Better = "lower"
	}
	for i, m := range t.Methods {
		r.Methods = append(r.Methods, MeanRank{m, nullable(c.Ranks[i])})
	}
	for _, p := range c.Pairs {
		x := ScorePair{A: p.A, B: p.B, Difference: nullable(p.Difference), PNemenyi: nullable(p.PNemenyi),
			W: nullable(p.Signed.W), Differing: p.Signed.N, Exact: p.Signed.Exact, PSigned: nullable(p.Signed.P),
			PSignedHolm: nullable(p.PSignedHolm), P: nullable(p.Test.P), PHolm: nullable(p.PHolm),
			Effect: effectOf(p.Effect)}
		for _, notes := range [][]string{prefixed("Wilcoxon: ", p.Signed.Notes),
			prefixed("Mann-Whitney: ", p.Test.Notes), prefixed("A12: ", p.Effect.Notes)} {
			x.Notes = append(x.Notes, notes...)
		}
		if c.Resamplings > 0 {
			x.Resampled = effectOf(p.Resampled)
			if !slices.Equal(p.Resampled.Notes, p.Effect.Notes) {
				x.Notes = append(x.Notes, prefixed("bootstrap: ", p.Resampled.Notes)...)
			}
		}
		r.Pairs = append(r.Pairs, x)
	}
	return r
}

func prefixed(by string, notes []string) (all []string) {
	for _, n := range notes {
		all = append(all, by+n)
	}
	return all
}

// WriteText prints the comparison.
func (r *Scores) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s of %s, %s is better\n\n", words.Plain(r.File), number.Count(r.Rows, "row"),
		number.Count(len(r.Methods), "method"), r.Better)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "method\taverage rank")
	for _, m := range r.Methods {
		fmt.Fprintf(t, "%s\t%s\n", m.Method, number.Fixed(m.Rank, 3))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	t = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range []struct {
		name, of string
		Statistic
	}{
		{"Friedman's chi-square", "plain", r.Friedman}, {"Friedman's chi-square", "tie-corrected", r.Corrected},
		{"Iman-Davenport's F", "of the plain chi-square", r.F},
		{"Iman-Davenport's F", "of the tie-corrected chi-square", r.FCorrected},
	} {
		fmt.Fprintf(t, "%s\t%s\t%s\tp %s\t(%s of freedom)\n", s.name, s.of, statistic(s.Value),
			number.P(s.P), degrees(s.DF))
	}
	fmt.Fprintf(t, "critical difference\tof average ranks (Nemenyi)\t%s\tp < %g\n", number.Fixed(r.CD, 2), r.Alpha)
	if err := t.Flush(); err != nil {
		return err
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, "note:", n)
	}
	return r.writePairs(w)
}

// statistic prints a statistic with two digits. One without bound is no missing one.
func statistic(x nullable) string {
	if math.IsInf(float64(x), 1) {
		return "∞"
	}
	return number.Fixed(x, 2)
}

func degrees(of []int) string {
	if len(of) == 1 {
		return number.Count(of[0], "degree")
	}
	return fmt.Sprintf("%d and %s", of[0], number.Count(of[1], "degree"))
}

func (r *Scores) writePairs(w io.Writer) error {
	fmt.Fprintln(w, `
Pairs of methods. Wilcoxon's signed ranks take the rows for pairs, as data sets are. Mann-Whitney's U and A12, the
chance that the first is better with its 95 % interval (DeLong), take them for independent runs. Holm corrects each
test for all pairs.`)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := "first\tsecond\trank difference\tp (Nemenyi)\tp (Wilcoxon)\tHolm\tp (Mann-Whitney)\tHolm\tA12 [95 %]"
	if r.Resamplings > 0 {
		head += fmt.Sprintf("\tA12 [95 %%, %d resamplings]", r.Resamplings)
	}
	fmt.Fprintln(t, head)
	var notes []string
	for _, p := range r.Pairs {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", p.A, p.B, number.Signed(p.Difference, 3),
			number.P(p.PNemenyi), number.P(p.PSigned), number.P(p.PSignedHolm), number.P(p.P), number.P(p.PHolm),
			p.Effect.text())
		if r.Resamplings > 0 {
			fmt.Fprint(t, "\t", p.Resampled.text())
		}
		for i, n := range p.Notes {
			at := slices.Index(notes, n)
			if at < 0 {
				at, notes = len(notes), append(notes, n)
			}
			if i == 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprintf(t, "[%d]", at+1)
		}
		fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, n := range notes {
		if _, err := fmt.Fprintf(w, "[%d] %s\n", i+1, n); err != nil {
			return err
		}
	}
	return nil
}
