package card

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/sheet"
)

// Sheet lays the card out as a page.
func (c *Card) Sheet() *sheet.Sheet {
	p := page{new(sheet.Sheet)}
	p.Paragraph(c.Table+" · ", 2, c.Holds)
	p.Key("rows", number.Grouped(c.Rows))
	p.Key("measured", c.Measured)
	p.Key("estimated", c.Estimated)
	p.Key("modelled", c.Modelled)
	p.Key("objectives", strings.Join(c.Objectives, ", "))
	p.Key("licences", strings.Join(c.Licences, ", "))
	for _, s := range c.Sources {
		from := strings.TrimSpace(s.Repository + " " + s.Commit[:min(7, len(s.Commit))])
		p.Key("source", fmt.Sprintf("%s %s (%s)", from, s.Path, s.Licence))
	}
	p.Key("sha256", c.Hash)
	for i := range c.Sets {
		p.set(&c.Sets[i], c.Rows)
	}
	return p.Sheet
}

// page is a sheet to which the parts of a card are added.
type page struct{ *sheet.Sheet }

// set adds a data set of a table that has so many rows.
func (p page) set(s *Set, rows int) {
	if title := cmp.Or(s.Title, s.Set); title != "" {
		p.Heading(title)
	}
	if s.Benchmark == "" { // the table has columns, and no benchmark says what they are
		p.correlations(s, rows)
		p.columns(s.Columns)
		return
	}
	p.Paragraph("  ", 2, "--benchmark "+s.Benchmark+": "+s.Source)
	text := fmt.Sprintf("  %s architectures, %s different networks",
		number.Grouped(s.Architectures), number.Grouped(s.Distinct))
	if s.Genomes != s.Architectures {
		text += fmt.Sprintf("; searches see %s genomes of them", number.Grouped(s.Genomes))
	}
	p.Line("%s", text)
	p.metrics(s.Metrics)
	p.best(s.Metrics)
	p.noise(s.Noise)
	p.correlations(s, s.Architectures)
	p.columns(s.Columns)
	p.shape(s)
	p.seconds(s.Seconds)
}

func (p page) metrics(metrics []Metric) {
	what := strings.TrimSuffix(metrics[0].Name+", "+metrics[0].Unit, ", ")
	rows := [][]string{{what, "n", "mean", "sd", "min", "5 %", "25 %", "50 %", "75 %", "95 %", "max"}}
	for _, m := range metrics {
		row := []string{m.Metric, number.Grouped(m.N)}
		for _, x := range slices.Concat([]number.Short{m.Mean, m.SD, m.Min}, m.Quantiles[:], []number.Short{m.Max}) {
			if m.Unit == "%" {
				row = append(row, number.Fixed(x, 2)) // a hundredth is one of 10,000 images
			} else {
				row = append(row, number.Brief(x))
			}
		}
		rows = append(rows, row)
	}
	p.Grid(rows)
}

// best adds the best architecture of each metric. One that is the best of several is written once.
func (p page) best(metrics []Metric) {
	p.Heading("  best")
	shown := map[string]string{} // architecture → the first metric of which it is the best
	for _, m := range metrics {
		equals := ""
		if m.Best.Equals > 1 {
			equals = fmt.Sprintf(", the first of %d equals", m.Best.Equals)
		}
		p.Paragraph("  "+m.Metric+": ", 4, fmt.Sprintf("%.6g%s%s; %.3g %% of the architectures within %g%s",
			float64(m.Best.Value), spaced(m.Unit), equals, 100*float64(m.Near), float64(m.Within), spaced(m.Unit)))
		if other, ok := shown[m.Best.Arch]; ok {
			p.Line("    that of %s", other)
			continue
		}
		shown[m.Best.Arch] = m.Metric
		for _, line := range archLines(m.Best.Arch) {
			p.Line("    %s", line)
		}
	}
}

// maxArchLines is how many lines an architecture may fill; recipes would fill half a page.
const maxArchLines = 8

// archLines breaks an architecture behind commas, where every notation may be broken. The rest of a long one is left to
// --json.
func archLines(text string) []string {
	lines := []string{""}
	for part := range strings.SplitAfterSeq(text, ",") {
		last := &lines[len(lines)-1]
		if len(*last) > 0 && len(*last)+len(part) > sheet.Width-4 {
			lines = append(lines, "")
			last = &lines[len(lines)-1]
			part = strings.TrimLeft(part, " ")
		}
		*last += part
	}
	if len(lines) > maxArchLines {
		lines = append(lines[:maxArchLines-1], "… (whole with --json)")
	}
	return lines
}

func (p page) noise(noise []Noise) {
	p.Heading("  noise")
	if len(noise) == 0 {
		p.Line("  the table tells nothing of it: one result for each network")
	}
	for _, n := range noise {
		unit := spaced(n.Unit)
		var text string
		switch {
		case n.Kind == NoisePair:
			text = fmt.Sprintf("%s architectures; difference %+.3f%s in the mean, sd %.3f, median of its size "+
				"%.3f; tau-b %.3f",
				number.Grouped(n.Groups), float64(n.MeanDifference), unit,
				float64(n.SDDifference), float64(n.MedianDifference), float64(n.Tau))
		case n.Differing == 0:
			text = number.Grouped(n.Groups) + " of them, all with equal values: a record that is shared"
		default:
			text = fmt.Sprintf("%s of them, %s with differing values; sd within %s%s in the mean, %s%[4]s pooled, "+
				"largest difference %[6]s%[4]s",
				number.Grouped(n.Groups), number.Grouped(n.Differing),
				number.Brief(n.MeanSD), unit, number.Brief(n.PooledSD), number.Brief(n.MaxRange))
		}
		p.Paragraph("  "+n.What+": ", 4, text)
	}
}

// correlations adds a grid: a row for what is correlated, a column for what with. A number of architectures other than
// rows stands beside its correlation.
func (p page) correlations(s *Set, rows int) {
	if len(s.Correlations) == 0 {
		return
	}
	heads := []string{"rank correlation"}
	for _, m := range s.Metrics { // in this order: validation before test
		if slices.ContainsFunc(s.Correlations, func(c Correlation) bool { return c.With == m.Metric }) {
			heads = append(heads, m.Metric)
		}
	}
	var grid [][]string
	for _, c := range s.Correlations {
		k := slices.Index(heads, c.With)
		if k < 0 {
			k = len(heads)
			heads = append(heads, c.With)
		}
		if len(grid) == 0 || grid[len(grid)-1][0] != c.Of {
			grid = append(grid, []string{c.Of})
		}
		row := &grid[len(grid)-1]
		for len(*row) < k {
			*row = append(*row, "")
		}
		cell := fmt.Sprintf("%s / %s", number.Fixed(c.Tau, 3), number.Fixed(c.Spearman, 3))
		if c.N != rows {
			cell = number.Grouped(c.N) + ": " + cell
		}
		*row = append(*row, cell)
	}
	p.Grid(append([][]string{heads}, grid...))
}

func (p page) columns(columns []Column) {
	if len(columns) == 0 {
		return
	}
	// A page has room for no more.
	rows := [][]string{{"columns", "n", "mean", "sd", "min", "5 %", "50 %", "95 %", "max"}}
	infinite := 0
	for _, c := range columns {
		name := strings.TrimSuffix(c.Name+", "+c.Unit, ", ")
		if c.Infinite > 0 {
			name, infinite = name+"*", max(infinite, c.Infinite)
		}
		row := []string{name, number.Grouped(c.N)}
		for _, x := range []number.Short{c.Mean, c.SD, c.Min, c.Quantiles[0], c.Quantiles[2], c.Quantiles[4], c.Max} {
			row = append(row, number.Brief(x))
		}
		rows = append(rows, row)
	}
	p.Grid(rows)
	if infinite > 0 {
		p.Line("  * but for %s infinite", number.Grouped(infinite))
	}
}

func (p page) shape(s *Set) {
	p.Heading("  landscape")
	if f := s.FDC; f == nil {
		p.Line("  no fitness-distance correlation: the space has no encoding of decisions")
	} else {
		sample, best := "all", "the best"
		if !f.All {
			sample = number.Grouped(f.Sample) + " drawn"
		}
		if f.Best > 1 {
			best = fmt.Sprintf("the nearest of %d best", f.Best)
		}
		p.Paragraph("  fitness-distance correlation ", 4,
			fmt.Sprintf("%.2f (%s; %s architectures; %s is %.1f decisions away in the mean)",
				float64(f.Correlation), f.Metric, sample, best, float64(f.MeanDistance)))
	}
	r := s.Walk
	if r == nil {
		p.Line("  no random walk: the space has no mutation")
		return
	}
	lags := make([]string, len(r.Autocorrelation))
	for k, x := range r.Autocorrelation {
		lags[k] = fmt.Sprintf("%.2f", float64(x))
	}
	text := fmt.Sprintf("%s at lags 1 to %d (%s; %s steps of mutation %s",
		strings.Join(lags, " "), len(lags), r.Metric, number.Grouped(r.Steps), r.Mutation)
	if r.Pool {
		text += ", one of the ten nearest recorded"
	}
	text += "; " + number.Grouped(r.Visited) + " different architectures)"
	if x := float64(r.Length); !math.IsNaN(x) {
		text += fmt.Sprintf("; length %.1f steps", x)
	}
	p.Paragraph("  autocorrelation ", 4, text)
}

func (p page) seconds(seconds []Seconds) {
	p.Heading("  seconds of a query")
	if len(seconds) == 0 {
		p.Line("  none were recorded")
	}
	for _, s := range seconds {
		epochs := ""
		if s.Epochs > 0 {
			epochs = fmt.Sprintf("%d epochs: ", s.Epochs)
		}
		p.Line("  %smedian %s, all architectures %s (%s days)", epochs,
			number.Brief(s.Median), number.Brief(s.Total), number.Brief(s.Total/(24*60*60)))
	}
}

// spaced is a unit behind a number.
func spaced(unit string) string {
	if unit == "" {
		return ""
	}
	return " " + unit
}
