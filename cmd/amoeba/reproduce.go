package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/plots"
)

func reproduceCmd() *cobra.Command {
	var f runFlags
	var seeds int
	var seed uint64
	c := &cobra.Command{
		Use:   "reproduce [list | NAME]",
		Short: "Repeat a paper's experiment and judge every number",
		Long: `Reproduce runs the protocol of a published table, prints published and own numbers with
95 % intervals and a verdict each (equivalent within the margin, differs, cannot be judged),
and draws the figure. Without a name it lists the papers, and says
of each whether its reference numbers are in print, second-hand or our own.`,
		Args: args(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 || args[0] == "list" {
				if err := useless(c, "it is of the reproduction of a paper", "seeds", "seed", "out", "procs", "quiet", "json"); err != nil {
					return err
				}
				return listPapers(c.OutOrStdout())
			}
			p, err := papers.Get(args[0])
			if err != nil {
				return err
			}
			if f.out == "" {
				f.out = "amoeba-reproduce-" + p.Name
			}
			return reproduce(c, p, seeds, seed, f)
		},
	}
	intVar(c.Flags(), &seeds, "seeds", "", 0, 1, lab.MaxSeeds, "runs of each algorithm (default the paper's)")
	seedVar(c.Flags(), &seed, "seed", 1, math.MaxUint64, "seed of the experiments")
	writes(c).folder(c, &f.out, "out", "`folder` of the figures (default amoeba-reproduce-NAME)", nil) // whose names are the paper's: see reproduce
	f.add(c)
	return c
}

func listPapers(w io.Writer) error {
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

// verdictsOf is the kind of the text with a paper's numbers and ours.
func verdictsOf(p *papers.Paper) durable.Kind {
	return durable.Begins("reproduction of "+p.Name, p.Title+"\n"+p.Paper+"\n")
}

// reproductionFiles are what is written into the folder of a reproduction.
func reproductionFiles(p *papers.Paper) durable.Files {
	files := joined(figureFiles(p.Name), durable.Files{p.Name + ".txt": verdictsOf(p)})
	for _, g := range p.Figures {
		maps.Copy(files, figureFiles(p.Name+"-"+g.Experiment))
	}
	return files
}

func reproduce(c *cobra.Command, p *papers.Paper, seeds int, seed uint64, f runFlags) error {
	// Before hours of computing, not after.
	if err := reproductionFiles(p).Check(f.out); err != nil {
		return err
	}
	_, missing := os.Stat(f.out)
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return fmt.Errorf("folder %s: %w; name another with --out", f.out, err)
	}
	opts := lab.Options{Procs: f.procs, Dir: f.out}
	total := 0
	for _, x := range p.Experiments {
		n := x.Seeds
		if seeds > 0 {
			n = seeds
		}
		total += n * len(x.Algos)
	}
	if bar := progress(c.ErrOrStderr(), f.quiet, total, p.Name, progressbar.OptionShowCount()); bar != nil {
		opts.Progress = func(done, _ int) { _ = bar.Set(done) }
		defer bar.Exit()
	}
	r, err := lab.Reproduce(c.Context(), p, seeds, seed, opts)
	if err != nil {
		if missing != nil {
			_ = os.Remove(f.out) // ours, and empty: it says nothing
		}
		return err
	}
	// What cannot be written is an error after the table, not instead of it.
	unwritten := drawReproduction(r, f.out)
	table := filepath.Join(f.out, p.Name+".txt")
	if err := verdictsOf(p).Write(table, func(w io.Writer) error { return r.WriteText(w, false) }); err == nil {
		r.Files = append(r.Files, table)
	} else {
		unwritten = cmp.Or(unwritten, err)
	}
	switch {
	case f.json:
		err = printJSON(c.OutOrStdout(), r)
	case !f.quiet:
		err = r.WriteText(c.OutOrStdout(), true)
	}
	return cmp.Or(err, unwritten)
}

// runs says how many runs are behind our numbers.
func runs(r *lab.Reproduction) string {
	if len(r.Rows) == 0 {
		return ""
	}
	return fmt.Sprintf("Ours: %d runs each; ", r.Rows[0].Seeds)
}

// drawReproduction writes a forest plot of the rows and the trajectories of the experiments.
func drawReproduction(r *lab.Reproduction, dir string) error {
	forest := plots.IntervalFigure{Title: r.Paper.Title, XLabel: "ours − " + r.Paper.Column() + " (" + r.Paper.Unit + ")", Reference: r.Paper.Column(),
		Note: r.Paper.Paper + ". " + runs(r) + r.Paper.Column() + " numbers: " + r.Paper.Reference + ". " + strings.Join(r.Sources, "; ")}
	for _, v := range r.Rows {
		// One run has no interval; its row is then a point that cannot be judged.
		known := func(mean, spread float64) plots.Estimate {
			if math.IsNaN(spread) {
				spread = 0
			}
			return plots.Estimate{Mean: mean, Spread: spread}
		}
		forest.Rows = append(forest.Rows, plots.IntervalRow{Label: v.Label, Published: known(v.Published, v.SD),
			Ours: known(float64(v.Ours), float64(v.CI95)), Difference: known(float64(v.Diff), float64(v.DiffCI95)), Margin: v.Margin, Verdict: v.Verdict})
	}
	if len(forest.Rows) > 0 {
		files, err := writeFigure(forest, filepath.Join(dir, r.Name), "png", "svg")
		if err != nil {
			return err
		}
		r.Files = append(r.Files, files...)
	}
	for _, g := range r.Paper.Figures {
		o, err := r.Outcome(g.Experiment)
		if err != nil {
			return err
		}
		fig, err := plots.Incumbents(g.Title, noteOf(o, g.Mean), curves(o), plots.View{Metric: g.Metric, X: g.X, LogX: g.LogX, LogY: g.LogY, Mean: g.Mean})
		if err != nil {
			return err
		}
		files, err := writeFigure(fig, filepath.Join(dir, r.Name+"-"+g.Experiment), "png", "svg")
		if err != nil {
			return err
		}
		r.Files = append(r.Files, files...)
	}
	return nil
}
