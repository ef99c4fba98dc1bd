package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/internal/progress"
	"github.com/amoeba-nas/amoeba/plots/report"
)

func reproduceCmd() *cobra.Command {
	var f runFlags
	var seeds int
	var seed uint64
	var only []string
	var quick, all bool
	var page string
	c := &cobra.Command{
		Use:   "reproduce [list | NAME]",
		Short: "Repeat a paper's experiment and judge every number",
		Long: `Reproduce runs the protocol of a published table, prints published and own numbers with
95 % intervals and a verdict each (equivalent within the margin, differs, cannot be judged),
and draws the figure. Without a name it lists the papers, and says
of each whether its reference numbers are in print, second-hand or our own.

Some of them are surveys of our own, of all searchers on many benchmarks: quality, which takes about 80
minutes of a processor, with 200 runs of a searcher where something is demanded of one; fronts, of several
objectives; functions, of real parameters. --only runs a part of one, and its page tells of all that
the folder holds.

Each experiment of a paper, and of a survey each searcher in each, has a folder of its own in --out:
whatever stops it, the same command goes on. --all repeats every paper, and --quick makes a few short
runs of each, which show that all is there and judge nothing.`,
		Example: `  amoeba reproduce real2019-toy
  amoeba reproduce --all --quick
  amoeba reproduce quality --only speed --only cifar10 --out quality --page docs/quality.md`,
		Args: args(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if all {
				if len(args) > 0 {
					return fmt.Errorf("reproduce %s --all: want a paper, or all of them, with --only some: %w", args[0],
						evolve.ErrInvalid)
				}
				f.out = cmp.Or(f.out, map[bool]string{false: "amoeba-reproduce", true: "amoeba-reproduce-quick"}[quick])
				o := papers.Options{Seeds: seeds, Seed: seed, Quick: quick}
				return reproduceAll(c, only, o, f, cmp.Or(page, filepath.Join(f.out, "papers.md")))
			}
			if len(args) == 0 || args[0] == "list" {
				if err := flags.Useless(c, "it is of the reproduction of a paper", "seeds", "seed", "out", "procs",
					"quick", "quiet", "json", "only", "page"); err != nil {
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
				if quick {
					f.out += "-quick"
				}
			}
			if p.Survey != nil {
				if err := flags.Useless(c, "of a survey it is of --all", "quick"); err != nil {
					return err
				}
				o := papers.SurveyOptions{Only: only, Seeds: seeds}
				if c.Flags().Changed("seed") {
					o.Seed = seed
				}
				return survey(c, p, o, f, cmp.Or(page, filepath.Join(f.out, p.Name+".md")))
			}
			if err := flags.Useless(c, "it is of a survey, such as quality, and of --all", "only", "page"); err != nil {
				return err
			}
			return reproduce(c, p, papers.Options{Seeds: seeds, Seed: seed, Quick: quick}, f)
		},
	}
	flags.Int(c.Flags(), &seeds, "seeds", "", 0, 1, lab.MaxSeeds, "runs of each algorithm (default the paper's)")
	c.Flags().BoolVar(&quick, "quick", false, "in seconds, by a few short runs, which are too short to judge by")
	flags.Seed(c.Flags(), &seed, "seed", 1, math.MaxUint64, "seed of the experiments (of a survey its own)")
	c.Flags().BoolVar(&all, "all", false, "every paper: one summary and one page; a paper without its table is skipped")
	c.Flags().StringArrayVar(&only, "only", nil,
		"of a survey run this `part` or experiment, with --all this paper; repeatable")
	// Which files are written depends on the paper, and is checked by reproduce.
	flags.Writes(c).Folder(c, &f.out, "out",
		"`folder` of the figures and of what was run (default amoeba-reproduce-NAME)", nil)
	flags.Writes(c).File(c, &page, "page",
		"write the page of a survey or of --all to this `file` (default NAME.md or papers.md in the folder)",
		flags.Always(durable.Begins("page of a survey", "# ")))
	f.add(c)
	return c
}

// survey runs a survey, or goes on with it, and writes its page.
func survey(c *cobra.Command, p *papers.Paper, o papers.SurveyOptions, f runFlags, page string) error {
	for _, err := range []error{p.Has(o.Only), papers.SurveyFiles.Check(f.out), report.PageKind(p).Check(page)} {
		if err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(page), 0o755); err != nil {
		return fmt.Errorf("folder of the page: %w; name another with --page", err)
	}
	o.Options = lab.Options{Procs: f.procs, Dir: f.out}
	observer, end := progress.Runs(c.ErrOrStderr(), f.quiet, p.Name, 0)
	o.Observer = observer
	defer end()
	s, err := p.Run(c.Context(), o)
	if interrupted := new(lab.Interrupted); errors.As(err, &interrupted) {
		return &stopped{interrupted.Cause, fmt.Sprintf("stopped with %d of %d runs done; go on with: %s",
			interrupted.Done,
			interrupted.Total, again(c, p.Name))}
	}
	if err != nil {
		return err
	}
	if err := report.PageKind(p).Write(page, func(w io.Writer) error { return report.WriteSurvey(w, s) }); err != nil {
		return err
	}
	if f.json {
		return printJSON(c.OutOrStdout(), s)
	}
	if !f.quiet {
		fmt.Fprintln(c.OutOrStdout(), page)
	}
	return nil
}

func reproduce(c *cobra.Command, p *papers.Paper, o papers.Options, f runFlags) error {
	// Before hours of computing, not after.
	if err := report.ReproductionFiles(p).Check(f.out); err != nil {
		return err
	}
	_, missing := os.Stat(f.out)
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return fmt.Errorf("folder %s: %w; name another with --out", f.out, err)
	}
	o.Options = lab.Options{Procs: f.procs, Dir: f.out}
	observer, end := progress.Runs(c.ErrOrStderr(), f.quiet, p.Name, p.Runs(o))
	o.Observer = observer
	defer end()
	r, err := papers.Reproduce(c.Context(), p, o)
	if interrupted := new(lab.Interrupted); errors.As(err, &interrupted) {
		return &stopped{interrupted.Cause, fmt.Sprintf("stopped with %d of %d runs done; go on with: %s",
			interrupted.Done, interrupted.Total, again(c, p.Name))}
	}
	if err != nil {
		if missing != nil {
			_ = os.Remove(f.out) // this command made the folder; it goes if it is empty
		}
		return err
	}
	// A file that cannot be written is an error after the table, not instead of it.
	unwritten := report.KeepReproduction(r, f.out)
	switch {
	case f.json:
		err = printJSON(c.OutOrStdout(), r)
	case !f.quiet:
		err = report.WriteReproduction(c.OutOrStdout(), r, true)
	}
	return cmp.Or(err, unwritten)
}
