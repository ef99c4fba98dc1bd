package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/plots/report"
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
				return report.WritePapers(c.OutOrStdout())
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
	// Which files are written depends on the paper, and is checked by reproduce.
	writes(c).folder(c, &f.out, "out", "`folder` of the figures (default amoeba-reproduce-NAME)", nil)
	f.add(c)
	return c
}

// verdictsOf is the kind of the text with a paper's numbers and ours.
func verdictsOf(p *papers.Paper) durable.Kind {
	return durable.Begins("reproduction of "+p.Name, p.Title+"\n"+p.Paper+"\n")
}

// reproductionFiles are the files of a reproduction's folder.
func reproductionFiles(p *papers.Paper) durable.Files {
	files := joined(plots.Files(p.Name), durable.Files{p.Name + ".txt": verdictsOf(p)})
	for _, g := range p.Figures {
		maps.Copy(files, plots.Files(p.Name+"-"+g.Experiment))
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
	if bar := progress(c.ErrOrStderr(), f.quiet, p.Runs(seeds), p.Name, progressbar.OptionShowCount()); bar != nil {
		opts.Observer = runsTo(bar)
		defer bar.Exit()
	}
	r, err := papers.Reproduce(c.Context(), p, seeds, seed, opts)
	if err != nil {
		if missing != nil {
			_ = os.Remove(f.out) // this command made the folder; it goes if it is empty
		}
		return err
	}
	// A file that cannot be written is an error after the table, not instead of it.
	unwritten := drawReproduction(r, f.out)
	table := filepath.Join(f.out, p.Name+".txt")
	err = verdictsOf(p).Write(table, func(w io.Writer) error { return report.WriteReproduction(w, r, false) })
	if err == nil {
		r.Files = append(r.Files, table)
	}
	unwritten = cmp.Or(unwritten, err)
	switch {
	case f.json:
		err = printJSON(c.OutOrStdout(), r)
	case !f.quiet:
		err = report.WriteReproduction(c.OutOrStdout(), r, true)
	}
	return cmp.Or(err, unwritten)
}

// drawReproduction writes a forest plot of the rows and the trajectories of the experiments.
func drawReproduction(r *papers.Reproduction, dir string) error {
	if forest := report.Forest(r); len(forest.Rows) > 0 {
		files, err := plots.WriteFiles(forest, filepath.Join(dir, r.Name), "png", "svg")
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
		fig, err := plots.Draw(g.Spec(), []*trace.Set{o.Set}, plots.Options{Title: g.Title})
		if err != nil {
			return err
		}
		files, err := plots.WriteFiles(fig, filepath.Join(dir, r.Name+"-"+g.Experiment), "png", "svg")
		if err != nil {
			return err
		}
		r.Files = append(r.Files, files...)
	}
	return nil
}
