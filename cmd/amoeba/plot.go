package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/plots"
)

func isRegret(metric string) bool { return strings.Contains(metric, "regret") }

func plotCmd() *cobra.Command {
	var metrics, algos []string
	var axis, out string
	var logX, logY bool
	c := &cobra.Command{
		Use:   "plot DIR…",
		Short: "Draw the trajectories of experiments",
		Long: `Plot draws the incumbents of one or more experiments' folders, a panel a metric. Several
folders are drawn together; their names then stand before the algorithms'. An unfinished experiment
is drawn as far as it is, while it runs or after it was stopped: one that trains networks up to the
last trial, a simulated one up to what was saved last, which it is every 10 seconds.`,
		Example: "  amoeba plot amoeba-compare-1a2b3c4d --metric val --metric test-regret --x seconds --log-x --log-y --out fig.pdf",
		Args:    args(1, 1<<10),
		RunE: func(c *cobra.Command, dirs []string) error {
			base, formats := filepath.Join(dirs[0], "plot"), []string{"png", "svg"}
			if out != "" {
				ext := filepath.Ext(out)
				base, formats = strings.TrimSuffix(out, ext), []string{strings.TrimPrefix(ext, ".")}
				if known := []string{"png", "svg", "pdf"}; !slices.Contains(known, formats[0]) {
					return fmt.Errorf("--out %s: %w", out, evolve.Unknown("ending", formats[0], known))
				}
			}
			if logY && !slices.ContainsFunc(metrics, isRegret) {
				return fmt.Errorf("--log-y is for regrets, and --metric names none: %w", evolve.ErrInvalid)
			}
			var cs []plots.Curve
			var names, notes []string
			var first *lab.Outcome
			var all []*lab.Outcome
			for i, dir := range dirs {
				if slices.Contains(dirs[:i], dir) {
					return fmt.Errorf("%s is named twice: %w", dir, evolve.ErrInvalid)
				}
				o, err := lab.LoadSoFar(dir)
				if err != nil {
					return err
				}
				if o.Set.Unfinished > 0 && len(o.Set.Arms) == 0 {
					return fmt.Errorf("%s holds no finished trial yet: %w", dir, evolve.ErrInvalid)
				}
				all = append(all, o)
				if o.Spec.Record == "none" {
					return fmt.Errorf("%s was recorded with record=none and holds no trajectories: %w", dir, evolve.ErrInvalid)
				}
				if len(dirs) > 1 {
					o.Set.Name = filepath.Base(filepath.Clean(dir))
				}
				for _, c := range curves(o) {
					names = append(names, c.Arm.Label)
					if len(algos) == 0 || slices.Contains(algos, c.Arm.Algo) || slices.Contains(algos, c.Arm.Label) {
						cs = append(cs, c)
					}
				}
				notes = append(notes, filepath.Base(filepath.Clean(dir))+": "+note(o))
				if first == nil {
					first = o
				}
				if o.About.Metric.Name() != first.About.Metric.Name() {
					return fmt.Errorf("%s is measured in %s and %s in %s, which have no axis in common: %w", dir, o.About.Metric.Name(), dirs[0], first.About.Metric.Name(), evolve.ErrInvalid)
				}
				if axis == "seconds" && o.About.Unpriced != first.About.Unpriced {
					return fmt.Errorf("of %s and %s only one knows seconds: want --x trials: %w", dir, dirs[0], evolve.ErrInvalid)
				}
			}
			for _, a := range algos {
				if !slices.Contains(names, a) && !slices.ContainsFunc(cs, func(c plots.Curve) bool { return c.Arm.Algo == a }) {
					return evolve.Unknown("algo of "+strings.Join(dirs, ", "), a, names)
				}
			}
			if !c.Flags().Changed("metric") && !slices.ContainsFunc(all, func(o *lab.Outcome) bool { return !o.About.Trains() }) {
				metrics = []string{"val", "test"} // nobody knows the best of what is trained here
			}
			if !c.Flags().Changed("log-x") {
				logX = logarithmic(all, axis)
			}
			var views []plots.View
			for _, m := range metrics {
				views = append(views, plots.View{Metric: m, X: axis, LogX: logX, LogY: logY && isRegret(m)})
			}
			heading, caption := title(first), note(first)
			if len(dirs) > 1 {
				heading, caption = "Best architecture so far", strings.Join(notes, "  ")
			}
			if len(cs) > plots.MaxSeries {
				return fmt.Errorf("%d algorithms are more than the %d that a reader can tell apart: name some with --algo: %w", len(cs), plots.MaxSeries, evolve.ErrInvalid)
			}
			f, err := plots.Incumbents(heading, caption, cs, views...)
			if err != nil {
				return err
			}
			files, err := writeFigure(f, base, formats...)
			for _, p := range files {
				fmt.Fprintln(c.OutOrStdout(), p)
			}
			return err
		},
	}
	c.Flags().StringArrayVar(&metrics, "metric", []string{"regret", "test"}, "a panel each (where networks are trained val and test are the default): "+strings.Join(plots.Metrics, ", "))
	c.Flags().StringArrayVar(&algos, "algo", nil, "draw only this algorithm, as the experiment names it; repeatable")
	c.Flags().StringVar(&axis, "x", "trials", "trials or seconds (simulated, or measured where networks are trained; queries where a benchmark knows no seconds)")
	c.Flags().BoolVar(&logX, "log-x", false, "logarithmic x axis (default where it spans more than two decades)")
	c.Flags().BoolVar(&logY, "log-y", false, "logarithmic y axis of regrets")
	writes(c).file(c, &out, "out", "`file` ending in .png, .svg or .pdf (default plot.png and plot.svg in the first folder)", figureAt)
	return c
}
