package fit

import (
	"fmt"
	"io"
	"math"

	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Report says how well each model does on the architectures it has not seen.
type Report struct {
	Options Options
	Targets []Quality
	Bytes   int // of the file
	plan    *plan
}

// Quality is one model's held-out quality.
type Quality struct {
	Name, Unit    string
	stats.Quality                // over all held out; zero with nothing held out
	Top           *stats.Quality // among the 5 % of highest truth; nil where there are too few
	Above         *stats.Quality // among held-out accuracies above the plan's limit; nil where there are too few
	// Held-out architectures that look to the model like none it was fitted on; nil where there are too few.
	Unseen  *stats.Quality
	OneSeed *stats.Quality // one training against the mean over trainings; nil where it cannot be measured
}

// WriteMarkdown writes the report as a page.
func (r Report) WriteMarkdown(w io.Writer) error {
	p := r.plan
	held := p.rows - int(math.Round(r.Options.Train*float64(p.rows)))
	labels := ""
	if r.Options.Permute {
		labels = " with labels SHUFFLED over " + p.unit + " (negative control)"
	}
	fmt.Fprintf(w, "# The surrogate of %s\n\n"+
		"Boosted trees fitted on %d of %s %s%s, seed %d; quality on the %d held out. Model file: %d bytes.\n"+
		"Table SHA-256: %s.\n\n"+
		"Tau is Kendall's tau-b; \"top half\" are held-out %[4]s better than the median of the truth, \"top 5 %%\" "+
		"the best twentieth of them; MAE is in\nthe target's unit. \"Without twin\" are the held-out %[4]s "+
		"that look to "+
		"the model like none it was fitted on.\n",
		p.title, p.rows-held, number.Grouped(p.rows), p.unit, labels, r.Options.Seed, held, r.Bytes, p.table)
	for _, line := range p.remarks {
		fmt.Fprintln(w, line)
	}
	region := ""
	if p.above > 0 {
		region = fmt.Sprintf(" above %g %%: R² | tau |", p.above)
	}
	fmt.Fprintf(w, "\n| target | R² | tau | tau, top half | tau, top 5 %% | MAE |%s without twin: n | R² | tau | one "+
		"training: R² | tau |\n|---|---|---|---|---|---|", region)
	for range 5 {
		fmt.Fprint(w, "---|")
	}
	if region != "" {
		fmt.Fprint(w, "---|---|")
	}
	fmt.Fprintln(w)
	for _, q := range r.Targets {
		if held == 0 {
			fmt.Fprintf(w, "| %s | nothing held out |\n", q.Name)
			continue
		}
		if math.IsNaN(q.R2) {
			fmt.Fprintf(w, "| %s | constant on what is held out: MAE %.3f %s |\n", q.Name, q.MAE, q.Unit)
			continue
		}
		top, unmeasured := "–", "not measurable | not measurable"
		if q.Top != nil {
			top = fmt.Sprintf("%.4f", q.Top.Tau)
		}
		if q.Unit == "s" {
			unmeasured = "– | –"
		}
		middle := ""
		if region != "" {
			middle = " " + pair(q.Above, "– | –") + " |"
		}
		fmt.Fprintf(w, "| %s | %.4f | %.4f | %.4f | %s | %.3f %s |%s %s | %s |\n",
			q.Name, q.R2, q.Tau, q.TauTopHalf, top, q.MAE, q.Unit,
			middle, unseen(q.Unseen), pair(q.OneSeed, unmeasured))
	}
	return nil
}

func pair(q *stats.Quality, otherwise string) string {
	if q == nil {
		return otherwise
	}
	return fmt.Sprintf("%.4f | %.4f", q.R2, q.Tau)
}

func unseen(q *stats.Quality) string {
	if q == nil {
		return "– | – | –"
	}
	return fmt.Sprintf("%d | %s", q.N, pair(q, ""))
}

// The kinds of the two files that a fit writes: the models and the report.
var (
	KindModels = durable.Begins("surrogate of amoeba", "amoeba models ")
	KindReport = durable.Begins("report of a surrogate", "# The surrogate of ")
)
