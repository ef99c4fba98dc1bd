package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/internal/progress"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// reproduceAll reproduces all papers, or those that are named, and writes their summary and their page.
func reproduceAll(c *cobra.Command, only []string, o papers.Options, f runFlags, page string) error {
	names := only
	if len(names) == 0 {
		names = papers.Names()
	}
	var all []*papers.Paper
	for _, name := range names {
		p, err := papers.Get(name)
		if err != nil {
			return err
		}
		if err := report.ReproductionFiles(p).Check(filepath.Join(f.out, p.Name)); err != nil {
			return err
		}
		all = append(all, p)
	}
	if err := report.PapersPage.Check(page); err != nil {
		return err
	}
	for _, dir := range []string{f.out, filepath.Dir(page)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("folder %s: %w; name another with --out", dir, err)
		}
	}
	o.Options = lab.Options{Procs: f.procs, Dir: f.out}
	observer, end := progress.Runs(c.ErrOrStderr(), f.quiet, "papers", 1000*len(all))
	o.Observer = observer
	defer end()
	var results []*papers.Result
	var unwritten error
	failed := 0
	err := papers.ReproduceAll(c.Context(), all, o, func(r *papers.Result) error {
		results = append(results, r)
		dir := filepath.Join(f.out, r.Name)
		switch {
		case r.Failed != "":
			failed++
		case r.Reproduced != nil:
			unwritten = cmp.Or(unwritten, os.MkdirAll(dir, 0o755), report.KeepReproduction(r.Reproduced, dir))
		case r.Surveyed != nil:
			r.Page = filepath.Join(dir, r.Name+".md")
			unwritten = cmp.Or(unwritten, os.MkdirAll(dir, 0o755), report.PageKind(r.Paper).Write(r.Page,
				func(w io.Writer) error { return report.WriteSurvey(w, r.Surveyed) }))
		}
		return nil
	})
	if c.Context().Err() != nil {
		return &stopped{c.Context().Err(), fmt.Sprintf("stopped with %d of %d papers done; go on with: %s",
			len(results), len(all), again(c))}
	}
	if err != nil {
		return err
	}
	err = report.PapersPage.Write(page, func(w io.Writer) error {
		return report.WritePapersPage(w, results, filepath.Dir(page))
	})
	switch {
	case err != nil:
	case f.json:
		err = printJSON(c.OutOrStdout(), results)
	case !f.quiet:
		if err = report.WriteResults(c.OutOrStdout(), results); err == nil {
			report.WriteFiles(c.OutOrStdout(), []string{page})
		}
	}
	if failed > 0 {
		err = cmp.Or(err, unwritten, fmt.Errorf("%d of %d papers failed", failed, len(all)))
	}
	return cmp.Or(err, unwritten)
}
