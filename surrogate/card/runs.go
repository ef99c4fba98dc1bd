package card

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate"
)

// Runs writes the datasheet of runs that this project made, a page of Markdown: the protocol,
// the noise, the best, the rank correlation between epochs. Every network counts once, however
// many genomes it has.
func Runs(w io.Writer, t *ownruns.Table) error {
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: t.Space})
	if err != nil {
		return err
	}
	var protocol bytes.Buffer
	if err := json.Indent(&protocol, t.Protocol, "", " "); err != nil {
		return err
	}
	c, of := newRunsCard(t), ""
	if strings.Contains(t.Clock, " on one core") { // and not on a device
		of = " of one core"
	}
	fmt.Fprintf(w, "# Runs of %s on %s\n\n"+
		"%s cells, each trained with %s of %s; after every epoch the right answers among %d training images "+
		"(of the epoch's batches, as they\nwere trained on), %d of validation and %d of test, and the mean cross "+
		"entropy in nats. Nothing is chosen by validation or test: a value is that\nof the weights after that epoch. "+
		"Counts are exact; losses are kept to a relative error of %.2g. File: SHA-256 %s.\n\n"+
		"Seconds are of %s.\nAll together: %.2f hours%s.\n\n"+
		"## Protocol\n\n```json\n%s\n```\n",
		t.Space, t.Data, number.Grouped(len(t.Cells)), seedsText(t.Seeds), number.Count(t.Epochs, "epoch"),
		t.Images.Train, t.Images.Val, t.Images.Test, ownruns.LossError, t.Hash, t.Clock, c.hours(), of,
		protocol.String())
	c.results(w)
	c.best(w, s)
	c.noise(w)
	c.ranks(w)
	return nil
}

func seedsText(n int) string {
	if n == 1 {
		return "one seed, a run"
	}
	return fmt.Sprintf("%d seeds, a run each", n)
}

// runsCard is what a card is computed from.
type runsCard struct {
	t       *ownruns.Table
	epochs  []int // that are shown
	columns [4]ownruns.Column
}

var runsNames = [4]string{"val %", "test %", "val loss", "test loss"}

func newRunsCard(t *ownruns.Table) *runsCard {
	c := &runsCard{t: t, columns: [4]ownruns.Column{ownruns.Errors(t.Val, t.Images.Val),
		ownruns.Errors(t.Test, t.Images.Test), ownruns.Losses(t.ValLoss), ownruns.Losses(t.TestLoss)}}
	for e := 1; e <= t.Epochs; e++ {
		if t.Epochs <= 8 || e <= 2 || e%5 == 0 || e == t.Epochs {
			c.epochs = append(c.epochs, e)
		}
	}
	return c
}

// means are those of each cell's runs, as they are printed.
func (c *runsCard) means(column, epoch int) []float64 {
	return inPerCent(column, c.columns[column].Means(c.t, epoch))
}

// runs are each cell's, as they are printed.
func (c *runsCard) runs(column, epoch int) [][]float64 {
	runs := c.columns[column].Runs(c.t, epoch)
	for i := range runs {
		runs[i] = inPerCent(column, runs[i])
	}
	return runs
}

// inPerCent turns the errors of the first two columns into accuracies in per cent.
func inPerCent(column int, xs []float64) []float64 {
	if column < 2 {
		return surrogate.PerCent(xs)
	}
	return xs
}

func (c *runsCard) hours() float64 {
	sum := 0.0
	for _, s := range c.t.Seconds {
		sum += float64(s)
	}
	return sum * float64(c.t.Epochs*c.t.Seeds) / 3600
}

func (c *runsCard) results(w io.Writer) {
	fmt.Fprintf(w, "\n## Results after %s, means of a cell's runs\n\n| | mean | min | 5 %% | 25 %% | 50 %% | 75 %% | "+
		"95 %% | max |\n|---|---|---|---|---|---|---|---|---|\n", number.Count(c.t.Epochs, "epoch"))
	row := func(name string, xs []float64) {
		mean, _ := stats.MeanSD(xs)
		sorted := slices.Sorted(slices.Values(xs))
		fmt.Fprintf(w, "| %s | %.4g |", name, mean)
		for _, q := range []float64{0, .05, .25, .5, .75, .95, 1} {
			fmt.Fprintf(w, " %.4g |", stats.Quantile(sorted, q))
		}
		fmt.Fprintln(w)
	}
	for k, name := range runsNames {
		row(name, c.means(k, c.t.Epochs))
	}
	row("seconds an epoch", ownruns.Floats(c.t.Seconds))
	for _, size := range []struct {
		name string
		of   []int
	}{{"parameters", c.t.Params}, {"multiply-adds", c.t.MACs}} {
		row(size.name, ownruns.Floats(size.of))
	}
}

func (c *runsCard) best(w io.Writer, s evolve.Space) {
	fmt.Fprint(w, "\n## Best\n\n| by | cell | val % | test % | val loss | test loss | equals |\n"+
		"|---|---|---|---|---|---|---|\n")
	var all [4][]float64
	for k := range all {
		all[k] = c.means(k, c.t.Epochs)
	}
	for k, name := range runsNames {
		better := slices.Max[[]float64]
		if k >= 2 {
			better = slices.Min[[]float64]
		}
		x := better(all[k])
		i, equals := slices.Index(all[k], x), 0
		for _, y := range all[k] {
			if y == x {
				equals++
			}
		}
		text := string(c.t.Cells[i])
		if n, ok := s.(evolve.Notation); ok {
			text = n.Format(c.t.Cells[i])
		}
		// A bar would end the table's cell.
		fmt.Fprintf(w, "| %s | `%s` | %.3f | %.3f | %.5f | %.5f | %d |\n", name, escapeBars(text), all[0][i], all[1][i],
			all[2][i], all[3][i], equals)
	}
}

func escapeBars(text string) string {
	return string(bytes.ReplaceAll([]byte(text), []byte("|"), []byte(`\|`)))
}

// noise prints how well one run predicts the others.
func (c *runsCard) noise(w io.Writer) {
	fmt.Fprintf(w, "\n## Noise\n\n")
	t := c.t
	if t.Seeds == 1 {
		fmt.Fprintln(w, "Every cell was trained once: nothing is known of what another seed would give.")
		return
	}
	fmt.Fprint(w, "\"Within\" is the standard deviation between the runs of a cell, pooled over cells; \"between\" "+
		"that of the cells' means. \"One run\" is how a\nsingle run orders the cells against the mean of the "+
		"others after "+
		"the last epoch: what a search is told against what it wants to know.\n\n"+
		"| after epoch | of | mean | between | within | one run: tau | Spearman |\n|---|---|---|---|---|---|---|\n")
	for _, e := range c.epochs {
		for k, name := range runsNames {
			mean, sd := stats.MeanSD(c.means(k, e))
			// Of errors in images: sums of whole numbers tie where they are equal.
			column := c.columns[k].Parts
			tau, rho := 0.0, 0.0
			for s := range t.Seeds {
				one, others := make([]float64, len(t.Cells)), make([]float64, len(t.Cells))
				for i := range t.Cells {
					one[i] = column[t.At(i, s, e)]
					for o := range t.Seeds {
						if o != s {
							others[i] += column[t.At(i, o, t.Epochs)]
						}
					}
				}
				tau += stats.KendallTauB(one, others) / float64(t.Seeds)
				rho += stats.Spearman(one, others) / float64(t.Seeds)
			}
			fmt.Fprintf(w, "| %d | %s | %.4g | %.3g | %.3g | %.3f | %.3f |\n",
				e, name, mean, sd, pooledSD(c.runs(k, e)), tau, rho)
		}
	}
	p := 0.0
	for _, x := range c.means(1, t.Epochs) {
		p += x / 100 / float64(len(t.Cells))
	}
	fmt.Fprintf(w, "\nFor comparison: %d test images alone, whatever the seed, leave an accuracy of %.1f %% "+
		"uncertain by %.2g %% (one standard error).\n",
		t.Images.Test, 100*p, 100*math.Sqrt(p*(1-p)/float64(t.Images.Test)))
}

// pooledSD is within groups of equal size.
func pooledSD(groups [][]float64) float64 {
	sum, n := 0.0, 0
	for _, g := range groups {
		mean, _ := stats.MeanSD(g)
		sum += stats.Squares(g, mean)
		n += len(g) - 1
	}
	return math.Sqrt(sum / float64(n))
}

// ranks prints the rank correlations between columns.
func (c *runsCard) ranks(w io.Writer) {
	t := c.t
	fmt.Fprintf(w, "\n## Rank correlation between epochs\n\nKendall's tau-b of the cells' means; the same runs are "+
		"on both sides.\n")
	for _, k := range []int{0, 2} {
		fmt.Fprintf(w, "\n| %s after |", runsNames[k])
		for _, e := range c.epochs {
			fmt.Fprintf(w, " %d |", e)
		}
		fmt.Fprint(w, "\n|---|")
		for range c.epochs {
			fmt.Fprint(w, "---|")
		}
		fmt.Fprintln(w)
		for _, e := range c.epochs {
			fmt.Fprintf(w, "| %d |", e)
			for _, f := range c.epochs {
				fmt.Fprintf(w, " %.3f |", stats.KendallTauB(c.means(k, e), c.means(k, f)))
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintf(w, "\n| after %s | tau | Spearman |\n|---|---|---|\n", number.Count(t.Epochs, "epoch"))
	last := func(k int) []float64 { return c.means(k, t.Epochs) }
	for _, p := range []struct {
		name string
		a, b []float64
	}{
		{"val % and test %", last(0), last(1)},
		{"val loss and test loss", last(2), last(3)},
		{"val loss and test %", last(2), last(1)},
		{"parameters and test %", ownruns.Floats(t.Params), last(1)},
		{"multiply-adds and test %", ownruns.Floats(t.MACs), last(1)},
		{"seconds and multiply-adds", ownruns.Floats(t.Seconds), ownruns.Floats(t.MACs)},
	} {
		fmt.Fprintf(w, "| %s | %.3f | %.3f |\n", p.name, stats.KendallTauB(p.a, p.b), stats.Spearman(p.a, p.b))
	}
}

// KindRuns is the kind of the file that [Runs] writes.
var KindRuns = durable.Begins("datasheet of a table", "# Runs of ")
