package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// thesis is claims that assert the same of different experiments.
type thesis []papers.Verdict

// theses puts claims that share a text together, in the order of first appearance; any other claim is one of its own.
func theses(claims []papers.Verdict) (all []thesis) {
	for _, c := range claims {
		at := slices.IndexFunc(all, func(t thesis) bool { return c.Thesis != "" && t[0].Thesis == c.Thesis })
		if at < 0 {
			at, all = len(all), append(all, nil)
		}
		all[at] = append(all[at], c)
	}
	return all
}

// sum counts the verdicts, such as "holds in 4 of 6 experiments, does not hold in 1, cannot be judged in 1".
func (t thesis) sum() string {
	var kinds []string
	count := map[string]int{}
	for _, c := range t {
		kind := c.Holds
		if strings.HasPrefix(kind, "skipped") {
			kind = "skipped"
		}
		if count[kind]++; count[kind] == 1 && kind != papers.Holds {
			kinds = append(kinds, kind)
		}
	}
	text := fmt.Sprintf("%s in %d of %s", papers.Holds, count[papers.Holds], number.Count(len(t), "experiment"))
	for _, kind := range kinds {
		text += fmt.Sprintf(", %s in %d", kind, count[kind])
	}
	return text
}

// writeClaims prints what became of the claims: those of one thesis as a table below it, others a line each.
func writeClaims(w io.Writer, claims []papers.Verdict) error {
	if len(claims) > 0 {
		fmt.Fprintln(w, "\nClaims")
	}
	for _, x := range theses(claims) {
		if len(x) == 1 {
			c := x[0]
			fmt.Fprintf(w, "  %s: %s (%s)%s\n", c.Claim, c.Holds, c.Result, source(c.Source))
			continue
		}
		fmt.Fprintf(w, "  %s: %s%s\n", x[0].Thesis, x.sum(), source(x[0].Source))
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, c := range x {
			fmt.Fprintf(t, "    %s\t%s\t%s\n", c.Experiment, c.Holds, c.Result)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}
