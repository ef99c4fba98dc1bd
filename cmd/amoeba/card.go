package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/surrogate/card"
)

func dataCardCmd() *cobra.Command {
	var set string
	var asJSON bool
	c := &cobra.Command{
		Use:   "card NAME[:DATASET]",
		Short: "Describe an imported table (its results, their noise, the shape of its landscape) or image set",
		Long: `Card computes the datasheet of an imported table (names: amoeba data list): what it holds and how
that is known; of each result its best, spread and quantiles; what can be known of its noise; rank
correlations (Kendall's tau-b / Spearman's rho) with shorter schedules, sizes and training-free
scores; fitness-distance correlation (Jones and Forrest 1995), near 1 where the loss leads to the
best architecture; autocorrelation along a random walk of mutations (Weinberger 1990); seconds. Of an image set it
tells the pictures, the classes of each split and the mean and deviation of the training images.`,
		Example: "  amoeba data card nb201:cifar10\n  amoeba data card macro --json",
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, names []string) error {
			// As benchmarks are named.
			if name, after, ok := strings.Cut(names[0], ":"); ok && after != "" {
				if set != "" && set != after {
					return fmt.Errorf("%s --set %s: want one data set: %w", names[0], set, evolve.ErrInvalid)
				}
				names[0], set = name, after
			}
			if i, err := images.Lookup(names[0]); err == nil {
				if set != "" {
					return fmt.Errorf("%s has no data sets to choose from: leave out --set", i.Name)
				}
				return imagesCard(c, i, asJSON)
			}
			if _, err := data.Lookup(names[0]); err != nil {
				return unknownData(names[0])
			}
			sheet, err := card.New(names[0], set)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), sheet)
			}
			writeCard(c.OutOrStdout(), sheet)
			return nil
		},
	}
	c.Flags().StringVar(&set, "set", "", "`data set` of the table, as after the colon (default all)")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// cardWidth is that of a page.
const cardWidth = 100

func writeCard(w io.Writer, c *card.Card) {
	fmt.Fprintln(w, wrapped(c.Table+" · ", 2, c.Holds))
	key := func(name, text string) {
		if text != "" {
			fmt.Fprintln(w, wrapped(fmt.Sprintf("  %-10s ", name), 13, text))
		}
	}
	key("rows", number.Grouped(c.Rows))
	key("measured", c.Measured)
	key("estimated", c.Estimated)
	key("modelled", c.Modelled)
	key("licences", strings.Join(c.Licences, ", "))
	for _, s := range c.Sources {
		key("source", strings.TrimSpace(s.Repository+" "+s.Commit[:min(7, len(s.Commit))])+" "+s.Path+" ("+s.Licence+")")
	}
	key("sha256", c.Hash)
	for i := range c.Sets {
		writeCardSet(w, &c.Sets[i], c.Rows)
	}
}

func writeCardSet(w io.Writer, s *card.Set, rows int) {
	if title := cmp.Or(s.Title, s.Set); title != "" {
		fmt.Fprintf(w, "\n%s\n", title)
	}
	if s.Benchmark != "" {
		fmt.Fprintln(w, wrapped("  ", 2, "--benchmark "+s.Benchmark+": "+s.Source))
		text := fmt.Sprintf("%s architectures, %s different networks", number.Grouped(s.Architectures), number.Grouped(s.Distinct))
		if s.Genomes != s.Architectures {
			text += fmt.Sprintf("; searches see %s genomes of them", number.Grouped(s.Genomes))
		}
		fmt.Fprintln(w, "  "+text)
		rows = s.Architectures
		writeMetrics(w, s.Metrics)
		writeNoise(w, s.Noise)
	}
	writeCorrelations(w, s, rows)
	writeColumns(w, s.Columns)
	if s.Benchmark != "" {
		writeShape(w, s)
		writeSeconds(w, s.Seconds)
	}
}

func writeMetrics(w io.Writer, metrics []card.Metric) {
	m := metrics[0]
	table := [][]string{{strings.TrimSuffix(m.Name+", "+m.Unit, ", "), "n", "mean", "sd", "min", "5 %", "25 %", "50 %", "75 %", "95 %", "max"}}
	for _, m := range metrics {
		row := []string{m.Metric, number.Grouped(m.N)}
		for _, x := range slices.Concat([]number.Short{m.Mean, m.SD, m.Min}, m.Quantiles[:], []number.Short{m.Max}) {
			if m.Unit == "%" {
				row = append(row, fmt.Sprintf("%.2f", float64(x))) // a hundredth is one of 10,000 images
			} else {
				row = append(row, short(x))
			}
		}
		table = append(table, row)
	}
	writeGrid(w, table)
	fmt.Fprintln(w, "\n  best")
	shown := map[string]string{}
	for _, m := range metrics {
		text := fmt.Sprintf("%.6g%s; ", float64(m.Best.Value), spaced(m.Unit))
		if m.Best.Equals > 1 {
			text = fmt.Sprintf("%.6g%s, the first of %d equals; ", float64(m.Best.Value), spaced(m.Unit), m.Best.Equals)
		}
		text += fmt.Sprintf("%.3g %% of the architectures within %g%s", 100*float64(m.Near), float64(m.Within), spaced(m.Unit))
		fmt.Fprintln(w, wrapped("  "+m.Metric+": ", 4, text))
		if other, ok := shown[m.Best.Arch]; ok {
			fmt.Fprintln(w, "    that of "+other)
			continue
		}
		shown[m.Best.Arch] = m.Metric
		for _, line := range archLines(m.Best.Arch) {
			fmt.Fprintln(w, "    "+line)
		}
	}
}

// archLines breaks an architecture behind commas, where its notation goes on after a break;
// of one that fills half a page, as recipes do, the rest is left to --json.
func archLines(text string) []string {
	const most = 8
	lines := []string{""}
	for part := range strings.SplitAfterSeq(text, ",") {
		last := &lines[len(lines)-1]
		if len(*last) > 0 && len(*last)+len(part) > cardWidth-4 {
			lines = append(lines, "")
			last = &lines[len(lines)-1]
			part = strings.TrimLeft(part, " ")
		}
		*last += part
	}
	if len(lines) > most {
		lines = append(lines[:most-1], "… (whole with --json)")
	}
	return lines
}

func writeNoise(w io.Writer, noise []card.Noise) {
	fmt.Fprintln(w, "\n  noise")
	if len(noise) == 0 {
		fmt.Fprintln(w, "  the table tells nothing of it: one result for each network")
	}
	for _, n := range noise {
		unit := spaced(n.Unit)
		var text string
		switch {
		case n.Kind == card.NoisePair:
			text = fmt.Sprintf("%s architectures; difference %+.3f%s in the mean, sd %.3f, median of its size %.3f; tau-b %.3f",
				number.Grouped(n.Groups), float64(n.MeanDifference), unit, float64(n.SDDifference), float64(n.MedianDifference), float64(n.Tau))
		case n.Differing == 0:
			text = number.Grouped(n.Groups) + " of them, all with equal values: a record that is shared"
		default:
			text = fmt.Sprintf("%s of them, %s with differing values; sd within %s%s in the mean, %s%[4]s pooled, largest difference %[6]s%[4]s",
				number.Grouped(n.Groups), number.Grouped(n.Differing), short(n.MeanSD), unit, short(n.PooledSD), short(n.MaxRange))
		}
		fmt.Fprintln(w, wrapped("  "+n.What+": ", 4, text))
	}
}

func writeCorrelations(w io.Writer, s *card.Set, rows int) {
	if len(s.Correlations) == 0 {
		return
	}
	table := [][]string{{"rank correlation"}}
	for _, m := range s.Metrics { // validation before test
		if slices.ContainsFunc(s.Correlations, func(c card.Correlation) bool { return c.With == m.Metric }) {
			table[0] = append(table[0], m.Metric)
		}
	}
	for _, c := range s.Correlations {
		k := slices.Index(table[0], c.With)
		if k < 0 {
			k = len(table[0])
			table[0] = append(table[0], c.With)
		}
		if last := table[len(table)-1]; len(table) == 1 || last[0] != c.Of {
			table = append(table, []string{c.Of})
		}
		row := &table[len(table)-1]
		for len(*row) < k {
			*row = append(*row, "")
		}
		cell := fmt.Sprintf("%s / %s", correlation(c.Tau), correlation(c.Spearman))
		if c.N != rows {
			cell = number.Grouped(c.N) + ": " + cell
		}
		*row = append(*row, cell)
	}
	writeGrid(w, table)
}

func writeColumns(w io.Writer, columns []card.Column) {
	if len(columns) == 0 {
		return
	}
	table := [][]string{{"columns", "n", "mean", "sd", "min", "5 %", "50 %", "95 %", "max"}} // what has room
	infinite := 0
	for _, c := range columns {
		name := strings.TrimSuffix(c.Name+", "+c.Unit, ", ")
		if c.Infinite > 0 {
			name, infinite = name+"*", max(infinite, c.Infinite)
		}
		row := []string{name, number.Grouped(c.N)}
		for _, x := range []number.Short{c.Mean, c.SD, c.Min, c.Quantiles[0], c.Quantiles[2], c.Quantiles[4], c.Max} {
			row = append(row, short(x))
		}
		table = append(table, row)
	}
	writeGrid(w, table)
	if infinite > 0 {
		fmt.Fprintf(w, "  * but for %s infinite\n", number.Grouped(infinite))
	}
}

func writeShape(w io.Writer, s *card.Set) {
	fmt.Fprintln(w, "\n  landscape")
	if f := s.FDC; f == nil {
		fmt.Fprintln(w, "  no fitness-distance correlation: the space has no encoding of decisions")
	} else {
		sample := "all"
		if !f.All {
			sample = number.Grouped(f.Sample) + " drawn"
		}
		best := "the best"
		if f.Best > 1 {
			best = fmt.Sprintf("the nearest of %d best", f.Best)
		}
		fmt.Fprintln(w, wrapped("  fitness-distance correlation ", 4, fmt.Sprintf("%.2f (%s; %s architectures; %s is %.1f decisions away in the mean)",
			float64(f.Correlation), f.Metric, sample, best, float64(f.MeanDistance))))
	}
	if r := s.Walk; r == nil {
		fmt.Fprintln(w, "  no random walk: the space has no mutation")
	} else {
		lags := make([]string, len(r.Autocorrelation))
		for k, x := range r.Autocorrelation {
			lags[k] = fmt.Sprintf("%.2f", float64(x))
		}
		text := fmt.Sprintf("%s at lags 1 to %d (%s; %s steps of mutation %s", strings.Join(lags, " "), len(lags), r.Metric, number.Grouped(r.Steps), r.Mutation)
		if r.Pool {
			text += ", one of the ten nearest recorded"
		}
		text += "; " + number.Grouped(r.Visited) + " different architectures)"
		if x := float64(r.Length); !math.IsNaN(x) {
			text += fmt.Sprintf("; length %.1f steps", x)
		}
		fmt.Fprintln(w, wrapped("  autocorrelation ", 4, text))
	}
}

func writeSeconds(w io.Writer, seconds []card.Seconds) {
	fmt.Fprintln(w, "\n  seconds of a query")
	if len(seconds) == 0 {
		fmt.Fprintln(w, "  none were recorded")
	}
	for _, s := range seconds {
		text := "  "
		if s.Epochs > 0 {
			text += fmt.Sprintf("%d epochs: ", s.Epochs)
		}
		fmt.Fprintf(w, "%smedian %s, all architectures %s (%s days)\n", text, short(s.Median), short(s.Total), short(s.Total/(24*60*60)))
	}
}

// writeGrid prints a table: the first column to the left, others to the right.
func writeGrid(w io.Writer, table [][]string) {
	var widths []int
	for _, row := range table {
		for k, cell := range row {
			if k == len(widths) {
				widths = append(widths, 0)
			}
			widths[k] = max(widths[k], len([]rune(cell)))
		}
	}
	fmt.Fprintln(w)
	for _, row := range table {
		line := "  "
		for k, cell := range row {
			pad := strings.Repeat(" ", widths[k]-len([]rune(cell)))
			if k == 0 {
				line += cell + pad
			} else {
				line += "  " + pad + cell
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// wrapped breaks text at spaces.
func wrapped(head string, indent int, text string) string {
	var b strings.Builder
	b.WriteString(head)
	at, empty := len([]rune(head)), true
	for _, word := range strings.Fields(text) {
		n := len([]rune(word))
		if !empty && at+1+n > cardWidth {
			b.WriteString("\n" + strings.Repeat(" ", indent))
			at, empty = indent, true
		}
		if !empty {
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at, empty = at+n, false
	}
	return b.String()
}

// short is three digits of a number, or a whole one, in few characters.
func short(x number.Short) string {
	v := math.Abs(float64(x))
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case v >= 1000 && v < 1e5:
		return fmt.Sprintf("%.0f", float64(x))
	}
	return exponents.Replace(fmt.Sprintf("%.3g", float64(x)))
}

// exponents writes 1e6 for 1e+06.
var exponents = strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-")

func correlation(x number.Short) string {
	if math.IsNaN(float64(x)) {
		return "–"
	}
	return fmt.Sprintf("%.3f", float64(x))
}

func spaced(unit string) string {
	if unit == "" {
		return ""
	}
	return " " + unit
}
