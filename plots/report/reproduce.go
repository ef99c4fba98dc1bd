package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/plots"
)

// WritePapers lists the papers that can be reproduced, a line each.
func WritePapers(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, name := range papers.Names() {
		p, err := papers.Get(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(t, "%s\t%s\treferences %s\t%s\n", name, p.Title, papers.Origins[p.References], p.Paper)
	}
	return t.Flush()
}

// WriteReproduction prints a paper's numbers beside ours, with a verdict each. The real seconds of the runs, which
// differ from one run to the next, are printed on request.
func WriteReproduction(w io.Writer, r *papers.Reproduction, real bool) error {
	p := r.Paper
	fmt.Fprintf(w, "%s\n%s\n\n", p.Title, p.Paper)
	for _, part := range []struct {
		title string
		lines []string
	}{{"Sizes here, less than the protocol's", r.Shrunk}, {"Protocol", p.Protocol}, {"Not repeated", p.Differences},
		{"Numbers from", r.Sources}, {"Notes", r.Notes}} {
		if len(part.lines) > 0 {
			fmt.Fprintln(w, part.title)
		}
		for _, s := range part.lines {
			fmt.Fprintln(w, "  -", s)
		}
	}
	for _, t := range p.Tables {
		if err := writeTable(w, &t); err != nil {
			return err
		}
	}
	write := writeRows
	if len(r.Rows) == 0 {
		write = writeMeans
	}
	if err := cmp.Or(write(w, r), writeSamples(w, r)); err != nil {
		return err
	}
	if err := writeClaims(w, r.Claims); err != nil {
		return err
	}
	for _, s := range r.Skipped {
		fmt.Fprintf(w, "\nExperiment %s is skipped: %s\n", s.Experiment, s.Command)
	}
	if err := writeCosts(w, r, real); err != nil {
		return err
	}
	if len(r.Files) > 0 {
		WriteFiles(w, r.Files)
	}
	return nil
}

// writeRows prints the table of published numbers and ours.
func writeRows(w io.Writer, r *papers.Reproduction) error {
	p := r.Paper
	fmt.Fprintf(w, "\nUnit: %s. Column %s: %s.\n", p.Unit, p.Column(), p.Reference)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "row\t"+p.Column()+" ± sd\tours ± sd\t95 % interval\tdifference\tverdict (margin)")
	var notes []string
	count := map[string]int{}
	for _, v := range r.Rows {
		name, _, _ := strings.Cut(ruled(v), ": ") // of a table that is absent
		count[name]++
		note := ""
		if v.Note != "" {
			at := slices.Index(notes, v.Note)
			if at < 0 {
				at, notes = len(notes), append(notes, v.Note)
			}
			note = fmt.Sprintf(" [%d]", at+1)
		}
		reference := asPrinted(v.Published)
		if v.N > 0 {
			reference += " ± " + asPrinted(float64(v.SD))
		}
		if v.Seeds == 0 {
			fmt.Fprintf(t, "%s\t%s\t–\t–\t–\t%s%s\n", v.Label, reference, v.Verdict, note)
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s ± %s\t[%s, %s]\t%s ± %s\t%s (%g)%s\n", v.Label, reference,
			number.Fixed(v.Ours, 3), number.Fixed(v.OursSD, 3), number.Fixed(v.Ours-v.CI95,
				3), number.Fixed(v.Ours+v.CI95, 3),
			number.Signed(v.Diff, 3), number.Fixed(v.DiffCI95, 3), ruled(v), float64(v.Margin), note)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, n := range notes {
		fmt.Fprintf(w, "[%d] %s\n", i+1, n)
	}
	fmt.Fprintf(w, "%s equivalent, %d differ, %d cannot be judged",
		number.Count(count[papers.Equivalent], "row"), count[papers.Differs], count[papers.Unjudged])
	for _, more := range []struct{ verdict, text string }{
		{papers.Equivalent + tuned, "equivalent but tuned here"}, {papers.Differs + tuned, "differ though tuned here"},
		{papers.Unjudged + tuned, "tuned here cannot be judged"}, {papers.Incomparable, "not comparable"},
		{"skipped", "skipped"},
		{papers.Unverified, "have no verified reference"}, {papers.Missing, "cannot be reproduced"},
		{papers.TooShort, "were run too short to judge"}, {papers.TooShort + tuned, "tuned here were run too short"}} {
		if n := count[more.verdict]; n > 0 {
			fmt.Fprintf(w, ", %d %s", n, more.text)
		}
	}
	_, err := fmt.Fprintln(w, ".")
	if !r.Quick && count[papers.TooShort]+count[papers.TooShort+tuned] > 0 {
		_, err = fmt.Fprintln(w, papers.WhyLeast)
	}
	return err
}

// tuned is added to the verdict on a row whose setting was chosen against the numbers that it is compared with.
const tuned = ", tuned here"

// ruled is the verdict on a row.
func ruled(v papers.RowVerdict) string {
	if v.Tuned {
		return v.Verdict + tuned
	}
	return v.Verdict
}

// asPrinted writes a number of a paper with the decimals that it is given with, and at least two.
func asPrinted(x float64) string {
	if text := strconv.FormatFloat(x, 'f', -1, 64); len(text)-strings.IndexByte(text+".", '.') > 3 {
		return text
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

// writeMeans prints what each algorithm reached, of a paper without numbers to compare with.
func writeMeans(w io.Writer, r *papers.Reproduction) error {
	if !slices.ContainsFunc(r.Paper.Experiments, compared(r)) {
		return nil
	}
	fmt.Fprintf(w, "\nUnit: %s. The paper gives %s.\n", r.Paper.Unit, r.Paper.Reference)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "experiment\talgorithm\tvalidation ± 95 %\ttest ± 95 %\truns")
	for _, x := range r.Paper.Experiments {
		if !compared(r)(x) {
			continue
		}
		o, err := r.Outcome(x.Name)
		if err != nil {
			return err
		}
		for _, arm := range o.Set.Arms {
			a := arm.Summed()
			val, test := stats.Describe(a.Ends(o.Set.Validation())), stats.Describe(a.Ends(o.Set.Test()))
			fmt.Fprintf(t, "%s\t%s\t%s ± %s\t%s ± %s\t%d\n", x.Name, a.Label,
				number.Fixed(val.Mean, 3), number.Fixed(val.CI, 3), number.Fixed(test.Mean,
					3), number.Fixed(test.CI, 3), val.N)
		}
	}
	return t.Flush()
}

// compared says whether an experiment is a comparison that has run.
func compared(r *papers.Reproduction) func(papers.Experiment) bool {
	return func(x papers.Experiment) bool {
		return x.Measurement == "" && !slices.ContainsFunc(r.Skipped, func(s papers.Skipped) bool {
			return s.Experiment == x.Name
		})
	}
}

// writeSamples prints what measurements found.
func writeSamples(w io.Writer, r *papers.Reproduction) error {
	if len(r.Samples) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "experiment\tmeasured\tmean ± 95 %\tunit\tvalues")
	for _, s := range r.Samples {
		fmt.Fprintf(t, "%s\t%s\t%s ± %s\t%s\t%d\n", s.Experiment, s.Label, number.Fixed(s.Mean, 3),
			number.Fixed(s.CI95, 3), cmp.Or(s.Unit, "–"), s.N)
	}
	return t.Flush()
}

// writeTable prints a table of text. The sources and notes of its rows stand below it, by number.
func writeTable(w io.Writer, x *papers.Table) error {
	fmt.Fprintf(w, "\n%s\n", x.Title)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, strings.Join(x.Columns, "\t")+"\tsource")
	var notes []string
	for _, row := range x.Rows {
		line := strings.Join(row.Cells, "\t") + "\t" + row.Source
		if row.Note != "" {
			at := slices.Index(notes, row.Note)
			if at < 0 {
				at, notes = len(notes), append(notes, row.Note)
			}
			line += fmt.Sprintf(" [%d]", at+1)
		}
		fmt.Fprintln(t, line)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, n := range notes {
		fmt.Fprintf(w, "[%d] %s\n", i+1, n)
	}
	return nil
}

// source is where a paper says something, behind that.
func source(text string) string {
	if text == "" {
		return ""
	}
	return "; " + text
}

// writeCosts prints how much each algorithm of each experiment ran.
func writeCosts(w io.Writer, r *papers.Reproduction, real bool) error {
	fmt.Fprintln(w)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, x := range r.Paper.Experiments {
		if !compared(r)(x) {
			continue
		}
		o, err := r.Outcome(x.Name)
		if err != nil {
			return err
		}
		all := Compare(o)
		for _, a := range all.Results {
			clock := number.Fixed(a.SimSeconds, 0) + " simulated s"
			if all.Kind == evolve.Training {
				clock = number.Fixed(a.Seconds, 0) + " s"
			}
			fmt.Fprintf(t, "%s\t%s\t%d runs\t%s trials a run\t%s", x.Name, a.Label, a.Seeds, number.Fixed(a.Trials,
				1), clock)
			if real {
				fmt.Fprintf(t, "\t%s real s of all runs", number.Fixed(a.WallSeconds, 3))
			}
			fmt.Fprintln(t)
		}
	}
	return t.Flush()
}

// verdictsKind is the kind of the text with a paper's numbers and ours.
func verdictsKind(p *papers.Paper) durable.Kind {
	return durable.Begins("reproduction of "+p.Name, p.Title+"\n"+p.Paper+"\n")
}

// ReproductionFiles are the files of a reproduction's folder.
func ReproductionFiles(p *papers.Paper) durable.Files {
	files := plots.Files(p.Name)
	files[p.Name+".txt"] = verdictsKind(p)
	for _, g := range p.Figures {
		maps.Copy(files, plots.Files(p.Name+"-"+g.Experiment))
	}
	return files
}

// KeepReproduction writes a reproduction into a folder: the forest plot of its rows, the figures of its experiments
// and its text. The files that are written are added to r.Files; the first that cannot be written is the error.
func KeepReproduction(r *papers.Reproduction, dir string) error {
	base := filepath.Join(dir, r.Name)
	drawn := drawReproduction(r, base)
	text := base + ".txt"
	err := verdictsKind(r.Paper).Write(text, func(w io.Writer) error { return WriteReproduction(w, r, false) })
	if err == nil {
		r.Files = append(r.Files, text)
	}
	return cmp.Or(drawn, err)
}

func drawReproduction(r *papers.Reproduction, base string) error {
	keep := func(f plots.Drawing, base string) error {
		files, err := plots.WriteFiles(f, base, "png", "svg")
		r.Files = append(r.Files, files...)
		return err
	}
	if forest := Forest(r); len(forest.Rows) > 0 {
		if err := keep(forest, base); err != nil {
			return err
		}
	}
	for _, g := range r.Paper.Figures {
		if _, err := r.Outcome(g.Experiment); err != nil && len(r.Skipped) > 0 {
			continue
		}
		o, err := r.Outcome(g.Experiment)
		if err != nil {
			return err
		}
		title := g.Title
		if slices.ContainsFunc(r.Shrunk, func(s string) bool { return strings.HasPrefix(s, g.Experiment+": ") }) {
			title += ", run shorter"
		}
		f, err := plots.Draw(g.Spec(), []*trace.Set{o.Set}, plots.Options{Title: title})
		if err != nil {
			return err
		}
		if err := keep(f, base+"-"+g.Experiment); err != nil {
			return err
		}
	}
	return nil
}

// Forest is the figure of a reproduction's rows that have a number of ours: the differences from the published numbers,
// with their intervals. It has no rows where the paper gives no numbers.
func Forest(r *papers.Reproduction) plots.IntervalFigure {
	p := r.Paper
	f := plots.IntervalFigure{Title: p.Title, Reference: p.Column(), XLabel: "ours − " + p.Column() + " (" +
		p.Unit + ")"}
	runs, of := "", "runs"
	if len(r.Samples) > 0 { // of measurements, a value of which may be of many runs
		of = "values"
	}
	least, most, undrawn := math.MaxInt, 0, 0
	for _, v := range r.Rows {
		if !number.Known(float64(v.Ours)) { // skipped, or it cannot be reproduced
			undrawn++
			continue
		}
		least, most = min(least, v.Seeds), max(most, v.Seeds)
		if slices.Contains([]string{papers.Unverified, papers.Incomparable, papers.TooShort}, v.Verdict) {
			v.Margin = 0 // nothing is judged by it
		}
		f.Rows = append(f.Rows, plots.IntervalRow{Label: v.Label, Margin: float64(v.Margin), Verdict: ruled(v),
			Published: estimate(number.Nullable(v.Published), v.SD), Ours: estimate(v.Ours, v.CI95),
			Difference: estimate(v.Diff, v.DiffCI95)})
	}
	switch {
	case most > least:
		runs = fmt.Sprintf("Ours: %d to %d %s each. ", least, most, of)
	case most > 0:
		if most == 1 {
			of = strings.TrimSuffix(of, "s")
		}
		runs = fmt.Sprintf("Ours: %d %s each. ", most, of)
	}
	if undrawn > 0 {
		runs += fmt.Sprintf("Not drawn: %s skipped or not to be reproduced. ", number.Count(undrawn, "row"))
	}
	if len(r.Shrunk) > 0 {
		runs += "Smaller than the protocol: " + strings.Join(r.Shrunk, ", ") + ". "
	}
	if p.Reference != p.Column() {
		runs += p.Column() + " numbers: " + p.Reference + ". "
	}
	f.Note = p.Paper + ". " + runs + strings.Join(r.Sources, "; ")
	return f
}

// estimate is a number with half the width of its interval. One run has no interval: it is then a point, and its
// verdict that it cannot be judged.
func estimate[T ~float64](mean, half T) plots.Estimate {
	if math.IsNaN(float64(half)) {
		half = 0
	}
	return plots.Estimate{Mean: float64(mean), Spread: float64(half)}
}
