package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// PageKind is the kind of the page of a survey.
func PageKind(p *papers.Paper) durable.Kind {
	return durable.Begins("page of "+p.Name, "# "+p.Title+"\n")
}

// page writes Markdown.
type page struct {
	bytes.Buffer
	s *papers.Surveyed
	// Sources that numbers point to, in the order of their first mention.
	sources []string
}

// WriteSurvey writes the page of a survey, in Markdown. What was measured in real seconds stands in its last part but
// one; all else is the same whenever it is computed again.
func WriteSurvey(w io.Writer, s *papers.Surveyed) error {
	p := &page{s: s}
	p.head()
	for _, part := range []struct {
		name, title, text string
		write             func(*papers.Arena)
	}{
		{papers.ByTrials, "Equal numbers of trials",
			"The mean of the runs' results ± its standard error after so many trials, the best row first. *Must* " +
				"is what was demanded before these runs, *goal* what was wished for." + p.others(), p.standings},
		{papers.BySeconds, "Equal seconds",
			"For searchers that choose how long they train. All may spend the same simulated seconds; columns " +
				"are points of that budget. A dash means that some run had trained nothing yet.", p.standings},
		{papers.Blind, "Nobody looks where he did not pay",
			"Results are shuffled over architectures, so that none says anything of another: whoever is better " +
				"than random search that pays for nothing twice has looked at values that it did not ask for. p is " +
				"one-sided, corrected by Holm's method for all searchers of the table; a searcher passes with p of " +
				"0.001 or more.", p.blindness},
		{papers.Speed, "Seconds (measured)",
			"Seconds of a processor for one run, search and look-ups together, everything that happens but once " +
				"in a process left out. They are measured: another machine, or another day, gives others.", p.speeds},
	} {
		of := func(a papers.Arena) bool { return a.Part == part.name }
		if slices.ContainsFunc(s.Arenas, of) {
			fmt.Fprintf(p, "\n## %s\n\n%s\n", part.title, part.text)
		}
		for i := range s.Arenas {
			if a := &s.Arenas[i]; of(*a) {
				p.arena(a, part.write)
			}
		}
		if slices.ContainsFunc(s.Arenas, func(a papers.Arena) bool { return of(a) && a.Ranked }) {
			p.ranks(part.name, "Mean ranks at equal "+part.name)
		}
		if part.name == papers.BySeconds {
			p.claims()
		}
	}
	p.measured()
	p.foot()
	_, err := w.Write(p.Bytes())
	return err
}

// head says what was done and how much of it is met.
func (p *page) head() {
	paper := p.s.Paper
	fmt.Fprintf(p, "# %s\n\n", paper.Title)
	fmt.Fprintf(p, "Made by `amoeba reproduce %s`; seed %d. The unit is %s, unless a table says another.\n",
		paper.Name, p.s.Seed, paper.Unit)
	if p.s.Seeds > 0 {
		fmt.Fprintf(p, "\n**Shrunk to %s of each searcher: what follows shows that the page can be made, and "+
			"decides nothing.**\n",
			number.Count(p.s.Seeds, "run"))
	}
	if p.s.Quick {
		fmt.Fprint(p, "\n**The quick form, a run of each searcher in a few experiments: what follows shows that the "+
			"page can be made, and decides nothing.**\n")
	}
	if p.s.Waiting > 0 {
		fmt.Fprintf(p, "\n**Unfinished: %s of a searcher and an experiment have not run yet.**\n",
			number.Count(p.s.Waiting, "pair"))
	}
	met, missed, open := p.s.Demands()
	switch {
	case p.s.Quick: // which has no demands
	case p.s.Short():
		fmt.Fprintf(p, "\nNone of %s is judged. %s\n", number.Count(len(open), "demand"), papers.WhyLeast)
		open = nil
	default:
		fmt.Fprintf(p, "\nOf %s %d are met, %d missed and %d open%s.\n",
			number.Count(met+len(missed)+len(open), "demand"), met, len(missed), len(open), unrun(len(open)))
	}
	for _, list := range []struct {
		what  string
		lines []string
	}{{"Missed", missed}, {"Open", open}} {
		if len(list.lines) > 0 {
			fmt.Fprintf(p, "\n%s:\n\n- %s\n", list.what, strings.Join(list.lines, "\n- "))
		}
	}
	if absent := p.s.Absent(); len(absent) > 0 {
		fmt.Fprintf(p, "\nNot in this build, and in no table: `%s`.\n", strings.Join(absent, "`, `"))
	}
	fmt.Fprint(p, "\n## Protocol\n\n")
	for _, line := range paper.Protocol {
		fmt.Fprintf(p, "- %s\n", line)
	}
	fmt.Fprint(p, "\nWhat this page cannot show:\n\n")
	for _, line := range paper.Differences {
		fmt.Fprintf(p, "- %s\n", line)
	}
}

// arena prints an experiment: its heading, its table and who is not in it.
func (p *page) arena(a *papers.Arena, table func(*papers.Arena)) {
	fmt.Fprintf(p, "\n### %s (`%s`)\n\n", a.Title, a.Name)
	if a.Lacks != "" {
		fmt.Fprintf(p, "`%s` does not run here: %s.\n", a.Benchmark, a.Lacks)
		return
	}
	bound := number.Count(a.Trials, "trial")
	if a.Budget > 0 {
		bound = number.Grouped(int(a.Budget)) + " simulated seconds"
	}
	runs, fewest := 0, 0
	for _, x := range a.Pairs {
		if x.Ran() {
			runs = max(runs, x.Runs)
			fewest = min(cmp.Or(fewest, x.Runs), x.Runs)
		}
	}
	if runs == 0 {
		fmt.Fprint(p, "Has not run yet.\n")
	} else {
		fmt.Fprintf(p, "`--benchmark %s`, %s of %s each", a.Benchmark, number.Count(runs, "run"), bound)
		if fewest < runs {
			fmt.Fprintf(p, ", but %d of a searcher that fits models", fewest)
		}
		if a.What != "" {
			fmt.Fprintf(p, "; %s", a.What)
		}
		fmt.Fprint(p, ".\n\n")
		table(a)
	}
	for _, n := range a.Notes {
		fmt.Fprintf(p, "\n%s\n", n)
	}
	p.missing(a)
}

// missing names the searchers that are not in an experiment's table, those of one reason together.
func (p *page) missing(a *papers.Arena) {
	var waiting, reasons []string
	by := map[string][]string{}
	for _, x := range a.Pairs {
		switch name := "`" + x.Label + "`"; {
		case x.Lacks == papers.Absent: // the head of the page tells of them
		case x.Waiting:
			waiting = append(waiting, name)
		case x.Lacks != "":
			if by[x.Lacks] == nil {
				reasons = append(reasons, x.Lacks)
			}
			by[x.Lacks] = append(by[x.Lacks], name)
		}
	}
	for i, why := range reasons {
		if i == 0 {
			fmt.Fprint(p, "\nNot here:\n\n")
		}
		fmt.Fprintf(p, "- %s: %s\n", strings.Join(by[why], ", "), why)
	}
	some := slices.ContainsFunc(a.Pairs, func(x papers.Pair) bool { return x.Ran() })
	if some && len(waiting) > 0 {
		fmt.Fprintf(p, "\nNot run yet: %s.\n", strings.Join(waiting, ", "))
	}
}

// row prints a row of a table.
func (p *page) row(cells ...string) { fmt.Fprintf(p, "| %s |\n", strings.Join(cells, " | ")) }

// worded are the heads of columns of words, beside each table's first; the others are of numbers.
var worded = []string{"must, goal", "verdict", "lacks", "better", "worse", "claim"}

// header prints the first two lines of a table.
func (p *page) header(cells ...string) {
	p.row(cells...)
	rule := slices.Repeat([]string{"---:"}, len(cells))
	for i, cell := range cells {
		if i == 0 || slices.Contains(worded, cell) {
			rule[i] = "---"
		}
	}
	fmt.Fprintf(p, "|%s|\n", strings.Join(rule, "|"))
}

// source numbers a source.
func (p *page) source(text string) string {
	at := slices.Index(p.sources, text)
	if at < 0 {
		at, p.sources = len(p.sources), append(p.sources, text)
	}
	return fmt.Sprintf("[^%d]", at+1)
}

func (p *page) standings(a *papers.Arena) {
	rows := p.s.Standings(a)
	limited := slices.ContainsFunc(rows, func(r papers.Standing) bool { return len(r.Verdicts) > 0 })
	head := append([]string{"searcher"}, a.Columns...)
	shares := a.Measure == trace.GapMeasure
	if shares {
		head = append(head, "share (%)", "gap (log10)")
	}
	if limited {
		head = append(head, "must, goal", "verdict")
	}
	p.header(append(head, "A12 against `"+p.s.Paper.Survey.Against+"`", "p")...)
	var peers []papers.Peer
	for _, x := range p.s.Paper.Survey.Peers {
		if x.Experiment == a.Name {
			peers = append(peers, x)
		}
	}
	slices.SortStableFunc(peers, func(x, y papers.Peer) int { return compare(end(x.Values), end(y.Values)) })
	for _, r := range rows {
		for len(peers) > 0 && end(peers[0].Values) < end(r.Means) {
			p.peer(peers[0], len(a.Columns), limited)
			peers = peers[1:]
		}
		cells := []string{"`" + r.Label + "`"}
		for c := range r.Means {
			cells = append(cells, plusMinus(r.Means[c], r.SEs[c]))
		}
		if missing := end(r.Means); shares {
			cells = append(cells, number.Fixed(100-missing, 3), number.Fixed(math.Log10(missing/100), 3))
		}
		if limited {
			want, verdict := verdicts(r.Verdicts)
			cells = append(cells, want, verdict)
		}
		effect, test := "–", "–"
		if r.Label != p.s.Paper.Survey.Against && !math.IsNaN(r.P) {
			effect, test = effectOf(r.Effect).text(), number.P(r.P)
		}
		if r.Found < r.Runs {
			effect = fmt.Sprintf("%d of %d runs found nothing", r.Runs-r.Found, r.Runs)
		}
		p.row(append(cells, effect, test)...)
	}
	for _, x := range peers {
		p.peer(x, len(a.Columns), limited)
	}
	if slices.ContainsFunc(rows, func(r papers.Standing) bool { return r.Effect.OneSided }) {
		fmt.Fprint(p, "\n\\* The runs of the two do not overlap: the interval is one-sided.\n")
	}
}

// others says how to tell rows of other programs, where there are any.
func (p *page) others() string {
	if len(p.s.Paper.Survey.Peers) == 0 {
		return ""
	}
	return " Rows in italics are other programs."
}

func end(xs []float64) float64 {
	if len(xs) == 0 {
		return math.NaN()
	}
	return xs[len(xs)-1]
}

func compare(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// peer prints a row of another program.
func (p *page) peer(x papers.Peer, columns int, limited bool) {
	cells := []string{fmt.Sprintf("*%s* (%d runs)%s", x.Name, x.Seeds, p.source(x.Source))}
	for _, v := range x.Values {
		cells = append(cells, "*"+number.Fixed(v, 3)+"*")
	}
	for len(cells) < columns+1 {
		cells = append(cells, "")
	}
	if limited {
		cells = append(cells, "", "")
	}
	p.row(append(cells, "", "")...)
}

// plusMinus is a mean with its standard error.
func plusMinus(mean, se float64) string {
	if math.IsNaN(mean) {
		return "–"
	}
	if math.IsNaN(se) {
		return number.Fixed(mean, 3)
	}
	return number.Fixed(mean, 3) + " ± " + number.Fixed(se, 3)
}

// verdicts are a row's limits and what is said of them, demands before goals.
func verdicts(all []papers.Judged) (want, verdict string) {
	var wants, said []string
	for _, v := range all {
		text, met := v.Want, "met"
		if v.Goal {
			text, met = "goal "+text, "goal met"
		}
		switch {
		case v.Open:
			met = papers.TooShort
		case !v.Met:
			met = "**missed**: " + v.Miss
			if v.Goal {
				met = "goal missed: " + v.Miss
			}
		}
		wants, said = append(wants, text), append(said, met)
	}
	return strings.Join(wants, "<br>"), strings.Join(said, "<br>")
}

// unrun says why demands are open.
func unrun(open int) string {
	if open == 0 {
		return ""
	}
	return ", since their searcher has not run here"
}

func (p *page) blindness(a *papers.Arena) {
	rows, mean, se := p.s.Blindness(a)
	control := p.s.Paper.Survey.Control
	if rows == nil {
		fmt.Fprintf(p, "`%s`, which all are held against, has not run.\n", control)
		return
	}
	p.header("searcher", "in the end", "A12 against `"+control+"`", "p", "p (Holm)", "verdict")
	p.row("`"+control+"`", plusMinus(mean, se), "–", "–", "–", "the control")
	for _, r := range rows {
		verdict := "passes"
		if !r.Passes {
			verdict = "**sees what it did not pay for**"
		}
		switch {
		case r.Same:
			verdict = "cannot be judged: every run ends alike, by one stroke of luck"
		case math.IsNaN(r.PHolm):
			verdict = "cannot be judged: a run found nothing"
		}
		p.row("`"+r.Label+"`", plusMinus(r.Mean, r.SE), effectOf(r.Effect).text(), number.P(r.P),
			number.P(r.PHolm), verdict)
	}
}

func (p *page) speeds(a *papers.Arena) {
	p.header("searcher", "s a run", "must, goal", "verdict")
	for _, r := range p.s.Paces(a) {
		var want, verdict []string
		for _, l := range r.Limits {
			text, met, missed := fmt.Sprintf("≤ %g", l.Seconds), "met", "**missed**"
			if l.Goal {
				text, met, missed = "goal "+text, "goal met", "goal missed"
			}
			want = append(want, text)
			if r.Seconds <= l.Seconds {
				verdict = append(verdict, met)
			} else {
				verdict = append(verdict, missed)
			}
		}
		p.row("`"+r.Label+"`", number.Brief(r.Seconds), strings.Join(want, "<br>"), strings.Join(verdict, "<br>"))
	}
	for _, x := range p.s.Paper.Survey.Peers {
		if x.Experiment == a.Name {
			p.row(fmt.Sprintf("*%s*%s", x.Name, p.source(x.Source)), "*"+number.Brief(x.Seconds)+"*", "", "")
		}
	}
}

// ranks prints the average ranks of a part.
func (p *page) ranks(part, title string) {
	r := p.s.Ranking(part)
	fmt.Fprintf(p, "\n### %s\n\n", title)
	if len(r.Names) < 2 || len(r.Searchers) < 2 {
		fmt.Fprint(p, "Fewer than two experiments have run all of the ranked searchers.\n")
	} else {
		fmt.Fprintf(p, "Ranks of the means in the end, 1 the best, over %s: %s. Two searchers differ (p < %g) "+
			"where their ranks are "+
			"further apart than Nemenyi's critical difference. In the second column experiments with one table "+
			"count as one, by the "+
			"mean of their ranks: %s.\n\n", number.Count(len(r.Names), "experiment"), strings.Join(r.Names, ", "+
			""), stats.Alpha,
			number.Count(r.BlockRows, "row"))
		p.header("searcher", "mean rank", "mean rank, a table once")
		for i, name := range r.Searchers {
			p.row("`"+name+"`", number.Fixed(r.All.Ranks[i], 2), number.Fixed(r.Blocks.Ranks[i], 2))
		}
		p.row("critical difference", "**"+number.Fixed(r.All.CD, 2)+"**", "**"+number.Fixed(r.Blocks.CD, 2)+"**")
		fmt.Fprintln(p)
		for _, x := range []struct {
			what string
			stats.Ranking
		}{{"Over all experiments", r.All}, {"With a table once", r.Blocks}} {
			fmt.Fprintf(p, "- %s: χ² %s (p %s), corrected for ties %s (p %s); Iman and Davenport's F of it %s (p "+
				"%s).\n", x.what,
				number.Fixed(x.Plain.Chi2, 2), number.P(x.Plain.PChi2), number.Fixed(x.Corrected.Chi2, 2),
				number.P(x.Corrected.PChi2), statistic(nullable(x.Corrected.F)),
				number.P(x.Corrected.PF))
		}
	}
	if len(r.Left) > 0 {
		fmt.Fprintf(p, "\nLeft out of the ranking: %s.\n", strings.Join(r.Left, "; "))
	}
	if len(r.Others) == 0 {
		return
	}
	fmt.Fprint(p, "\nOther searchers, each by the rank that it alone would have among these on the experiments "+
		"in which it ran:\n\n")
	p.header("searcher", "mean rank", "of experiments", "lacks")
	for _, o := range r.Others {
		rank := "–"
		if o.On > 0 && len(r.Searchers) > 0 {
			rank = number.Fixed(o.Rank, 2)
		}
		lacks := o.Lacks
		if len(lacks) > 2 && same(lacks) { // one reason everywhere
			_, why, _ := strings.Cut(lacks[0], ": ")
			lacks = []string{"everywhere: " + why}
		}
		p.row("`"+o.Label+"`", rank, fmt.Sprintf("%d of %d", o.On, len(r.Names)), strings.Join(lacks, "<br>"))
	}
}

// same says whether all lacks have the same reason.
func same(lacks []string) bool {
	_, first, _ := strings.Cut(lacks[0], ": ")
	return !slices.ContainsFunc(lacks, func(l string) bool {
		_, why, _ := strings.Cut(l, ": ")
		return why != first
	})
}

// claims sums up who beats random search.
func (p *page) claims() {
	all := p.s.Claims()
	against := p.s.Paper.Survey.Against
	fmt.Fprintf(p, "\n## Who beats `%s`\n\nAt equal trials, or at equal seconds where a searcher chooses how "+
		"long it trains: the "+
		"experiments above in which a searcher ends better with p < 0.001. It claims to do so in two at least; "+
		"A12 with its "+
		"interval and p stand in the table of each.\n\n", against)
	if len(all) == 0 {
		fmt.Fprint(p, "Nothing has run yet.\n")
		return
	}
	p.header("searcher", "better", "worse", "of", "claim")
	for _, c := range all {
		verdict := "holds"
		switch {
		case c.Holds:
		case c.Why != "":
			verdict = "makes none: " + c.Why
		default:
			verdict = "**does not hold**"
		}
		p.row("`"+c.Label+"`", listed(c.Better), listed(c.Worse), fmt.Sprint(c.Tried), verdict)
	}
}

func listed(names []string) string {
	if len(names) == 0 {
		return "–"
	}
	return fmt.Sprintf("%d: %s", len(names), strings.Join(names, ", "))
}

// measured prints the tables of the runs that had other programs beside ours.
func (p *page) measured() {
	all := p.s.Paper.Beside()
	if len(all) > 0 {
		fmt.Fprint(p, "\n## Optuna and rustuna beside ours (measured)\n")
	}
	for _, b := range all {
		p.beside(b)
	}
}

func (p *page) beside(b papers.Besides) {
	fmt.Fprintf(p, "\nOne run of `evolve/compare/peers.py`: %s. %s\n\n", b.Table, b.Note)
	head := []string{"searcher"}
	for _, at := range b.At {
		head = append(head, fmt.Sprint(at))
	}
	p.header(append(head, "seeds", "s a run")...)
	for _, r := range b.Rows {
		cells := []string{r.Name}
		for i := range r.Mean {
			cells = append(cells, plusMinus(r.Mean[i], r.SE[i]))
		}
		p.row(append(cells, fmt.Sprint(r.Seeds), number.Brief(r.Seconds))...)
	}
}

// foot prints the sources of other programs' numbers.
func (p *page) foot() {
	if len(p.sources) > 0 {
		fmt.Fprintln(p)
	}
	for i, s := range p.sources {
		fmt.Fprintf(p, "[^%d]: Not measured for this page, but once before on the same table: %s.\n", i+1, s)
	}
}
