package main

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/internal/progress"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/surrogate/ranking"
	"github.com/amoeba-nas/amoeba/surrogate/truth"
	"github.com/amoeba-nas/amoeba/training/oneshot"
	"github.com/amoeba-nas/amoeba/training/oneshot/poll"
)

// rankFlags are those of oneshot rank.
type rankFlags struct {
	truth, part, out string
	refit            int
	mixture, quiet   bool
	ranking.Options
}

func oneshotRankCmd() *cobra.Command {
	var f rankFlags
	var form form
	c := &cobra.Command{
		Use:   "rank S.ckpt…",
		Short: "How well shared weights order the cells of a table that was trained for real",
		Long: `Rank asks checkpoints of supernets about every cell that a truth knows, and compares their order, by the
mean cross entropy of a path on the images that score, with that of the truth: Kendall's tau-b, Spearman's rho and the
precision at the top 1, 5 and 10 %, positive where the order is the same, by loss and by accuracy, of all cells and
without those that have no path from input to output. Beside them stand one run, the limit and the number of parameters,
as in amoeba oneshot truth.

Checkpoints that differ in their seed alone are one row, a mean with its interval over seeds; a row of a single
checkpoint has its interval over cells. A row says what of its training is not the default of oneshot train, and the
head of the report where images, sizes or batch are not those of the truth's networks. Of rows of the same epoch the
differences are judged, seed by seed. Weights that were never trained and such of shuffled labels are controls. --refit
and --mixture ask each checkpoint in another way, too, for a row beside the first. --out draws tau-b, over epochs where
there are several, and the cells by the last checkpoint of the most epochs that is no control.`,
		Example: "  amoeba oneshot rank s1.ckpt\n" +
			"  amoeba oneshot rank s*.ckpt --truth digits201 --refit 4 --out rank.svg --json",
		Args: args(1, 1<<12),
		RunE: func(c *cobra.Command, paths []string) error {
			if err := flags.OneOf(c, "json", "csv"); err != nil {
				return err
			}
			base, formats, err := f.figure()
			if err != nil {
				return err
			}
			t, all, differs, err := f.scores(c, paths)
			if err != nil {
				return err
			}
			r, err := ranking.Of(c.Context(), t, all, f.Options)
			if err != nil {
				return err
			}
			r.Differs = append(r.Differs, differs...)
			if f.out != "" {
				if _, err := plots.WriteFiles(rankFigure(t, all, r), base, formats...); err != nil {
					return err
				}
			}
			return form.print(c.OutOrStdout(), r)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.truth, "truth", "", "`TABLE` of trained networks, as of oneshot truth (default: the embedded one "+
		"of the checkpoint's images and space)")
	fl.StringVar(&f.part, "part", truth.Test, "`PART` of the truth's data: test or val")
	flags.Int(fl, &f.refit, "refit", "", 0, 0, 1<<10,
		"also ask with batch norms re-fitted for each cell on so many training batches; 0 for not")
	fl.BoolVar(&f.mixture, "mixture", false, "also ask with each operation weighed as in the mixture of all")
	flags.Int(fl, &f.Procs, "procs", "p", runtime.GOMAXPROCS(0), 1, 1<<10, "real cores to use")
	flags.Int(fl, &f.Resamplings, "bootstrap", "", truthResamplings, 0, mostResamplings,
		"resamplings of the cells for the intervals; 0 for no intervals")
	flags.Int(fl, &f.Tables, "tables", "", truthTables, 1, mostResamplings, "tables to simulate for the limit")
	flags.Seed(fl, &f.Seed, "seed", 1, math.MaxUint64, "seed of resamplings and tables")
	fl.BoolVar(&f.quiet, "quiet", false, "print no progress")
	form.add(fl, "a line a checkpoint, mean and reference")
	flags.Writes(c).File(c, &f.out, "out", "`file` for the figure, ending in .png, .svg or .pdf", plots.KindOf)
	return c
}

// figure is where the figure is written, "" for none. That it cannot be is known before minutes of asking.
func (f *rankFlags) figure() (base string, formats []string, err error) {
	if f.out == "" {
		return "", nil, nil
	}
	if base, formats, err = figureFiles(f.out, nil); err == nil {
		err = durable.Writable(f.out)
	}
	return base, formats, err
}

// scores asks all checkpoints about the cells of the truth, in each way that the flags name, after all of them have
// been found to fit. It also says in what they differ from the truth's networks.
func (f *rankFlags) scores(c *cobra.Command, paths []string) (t *truth.Truth, all []ranking.Scores, differs []string,
	err error) {
	ways := []oneshot.Scoring{{}}
	if f.refit > 0 {
		ways = append(ways, oneshot.Scoring{Refit: f.refit})
	}
	if f.mixture {
		ways = append(ways, oneshot.Scoring{Mixed: true})
	}
	set := ""
	for _, path := range paths {
		err := with(path, func(w *oneshot.Weights) (err error) {
			for _, way := range ways {
				if err := asks(w, way); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			}
			if t == nil {
				set = w.Data
				if t, err = f.open(w); err != nil {
					return err
				}
			}
			if err := fits(t, w); err != nil {
				return err
			}
			if w.Data != set {
				return fmt.Errorf("%s is of %s, %s of %s: want one data set: %w", paths[0], set, path, w.Data,
					evolve.ErrInvalid)
			}
			for _, d := range differences(t, w) {
				if !slices.Contains(differs, d) {
					differs = append(differs, d)
				}
			}
			for _, way := range ways {
				all = append(all, ranking.Scores{Checkpoint: path, Seed: w.Seed, Epoch: w.Epoch,
					Variant: poll.Variant(w, way), Shuffled: w.Shuffled})
			}
			return nil
		})
		if err != nil {
			return nil, nil, nil, err
		}
	}
	if err := ranking.Distinct(all); err != nil {
		return nil, nil, nil, err
	}
	asked, end := progress.Count(c.ErrOrStderr(), f.quiet, "cells", len(all)*len(t.Cells))
	defer end()
	for i, path := range paths {
		err := with(path, func(w *oneshot.Weights) (err error) {
			for k, way := range ways {
				s := &all[i*len(ways)+k]
				if s.Values, err = poll.Scores(c.Context(), w, way, t.Cells, f.Procs, asked); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, nil, nil, err
		}
	}
	return t, all, differs, nil
}

// with does something with a checkpoint, and closes it.
func with(path string, do func(w *oneshot.Weights) error) error {
	w, err := oneshot.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(do(w), w.Close())
}

// asks is the error of a way in which a checkpoint cannot be asked, such as a mixture of what has paths alone.
func asks(w *oneshot.Weights, way oneshot.Scoring) error {
	s, err := w.Scorer(way)
	if err != nil {
		return err
	}
	return s.Close()
}

// fits is the error of a checkpoint whose architectures are not those of the truth.
func fits(t *truth.Truth, w *oneshot.Weights) error {
	if have, want := w.Space.Name(), t.Space.Name(); have != want {
		return fmt.Errorf("%s is a supernet of %s, and truth %s is of %s: %w", w.Path, have, t.Name, want,
			evolve.ErrInvalid)
	}
	return nil
}

// differences says in what a checkpoint's networks differ from those of the truth.
func differences(t *truth.Truth, w *oneshot.Weights) []string {
	if t.Header == nil {
		return []string{w.Data + ", where the truth has the images and networks of NAS-Bench-201"}
	}
	return w.Differences(t.Header)
}

// open is the truth that the flags name, or of the embedded ones of the checkpoint's images and space the one whose
// protocol differs least from the checkpoint's.
func (f *rankFlags) open(w *oneshot.Weights) (*truth.Truth, error) {
	if f.truth != "" {
		return truth.Open(f.truth, f.part)
	}
	var nearest *truth.Truth
	for _, name := range ownruns.Embedded() {
		t, err := ownruns.Open(name)
		if err != nil {
			return nil, err
		}
		if t.Data != w.Data || t.Space != w.Space.Name() ||
			nearest != nil && len(w.Differences(&t.Header)) >= len(w.Differences(nearest.Header)) {
			continue
		}
		if nearest, err = truth.Of(name, f.part, t); err != nil {
			return nil, err
		}
	}
	if nearest == nil {
		return nil, fmt.Errorf("%s: no embedded table is of %s on %s: want --truth, one of %s: %w", w.Path,
			w.Space.Name(), w.Data, strings.Join(truth.Names(), ", "), evolve.ErrInvalid)
	}
	return nearest, nil
}

// rankFigure draws the first view of a report, with the cells by the last checkpoint of the most epochs that is no
// control.
func rankFigure(t *truth.Truth, all []ranking.Scores, r *ranking.Report) plots.Orderings {
	o := plots.Orderings{Title: fmt.Sprintf("%s: how shared weights order its cells", t.Name),
		By: t.Part + " " + r.By, References: []plots.OrderingLine{{Name: "one run", TauB: float64(r.OneRun.TauB)},
			{Name: "limit", TauB: float64(r.Limit.TauB)}, {Name: "parameters", TauB: float64(r.Params.TauB)}}}
	shown := &all[0] // of a checkpoint that is asked in several ways, as it is asked first
	for i := range all {
		s := &all[i]
		if !s.Shuffled && (shown.Shuffled || s.Epoch >= shown.Epoch && s.Checkpoint != shown.Checkpoint) {
			shown = s
		}
	}
	o.Of = fmt.Sprintf("%s, %s", filepath.Base(shown.Checkpoint), shown.Variant)
	o.True, o.Scores = t.Views[0].Means(), shown.Values
	for _, m := range r.Means {
		at := slices.IndexFunc(o.Curves, func(c plots.OrderingCurve) bool { return c.Name == m.Variant })
		if at < 0 {
			at = len(o.Curves)
			o.Curves = append(o.Curves, plots.OrderingCurve{Name: m.Variant,
				Control: strings.HasSuffix(m.Variant, ranking.Shuffled)})
		}
		c := &o.Curves[at]
		c.Epochs, c.Mid = append(c.Epochs, m.Epoch), append(c.Mid, float64(m.TauB))
		c.Low, c.High = append(c.Low, float64(m.TauBLow)), append(c.High, float64(m.TauBHigh))
	}
	untrained := ""
	if slices.ContainsFunc(r.Means, func(m ranking.Mean) bool { return m.Epoch == 0 }) {
		untrained = "; epoch 0: weights that were never trained"
	}
	o.Note = fmt.Sprintf("Truth: %s cells of %s, %s part. %s Right: tau-b with the truth %s%s. Intervals: %s.",
		number.Grouped(r.Cells), r.Space, t.Part, o.DensityNote(), r.View.Title(), untrained, r.Intervals)
	return o
}
