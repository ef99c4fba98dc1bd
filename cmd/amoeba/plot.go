package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/scores"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/plots"
)

func plotCmd() *cobra.Command {
	var kind, out, data, benchmark string
	var algos []string
	c := &cobra.Command{
		Use:   "plot [DIR… | FILE.csv]",
		Short: "Draw a figure of experiments, or of a benchmark",
		Long: `Plot draws a figure of one or more experiments' folders, by default their trajectories, a panel a
metric; amoeba list shows the kinds of figures with their options. Several folders are drawn together; their names
then stand before the algorithms'. An unfinished experiment is drawn as far as it is, while it runs or after it was
stopped: one that trains networks up to the last trial, a simulated one up to what was saved last, which it is every
10 seconds. Kinds that are of a benchmark take --benchmark in place of folders, and cd a table of scores, as amoeba
stats does. --data writes the numbers that the figure draws as CSV.`,
		Example: "  amoeba plot amoeba-compare-1a2b3c4d " +
			`--metric val --metric test-regret --x seconds --log-y --out fig.pdf
  amoeba plot amoeba-compare-1a2b3c4d --kind ecdf,within=0.5 --out ecdf.svg --data ecdf.csv`,
		Args: args(0, 1<<10),
		RunE: func(c *cobra.Command, dirs []string) error {
			base, formats, err := figureFiles(out, dirs)
			if err != nil {
				return err
			}
			spec, err := figureSpec(c, kind)
			if err != nil {
				return err
			}
			var o plots.Options
			if len(dirs) == 0 && benchmark == "" {
				return fmt.Errorf("want the folders of experiments, or --benchmark: %w", evolve.ErrInvalid)
			}
			if benchmark != "" {
				if o.Benchmark, o.BenchmarkSpec, err = openBenchmark(benchmark); err != nil {
					return err
				}
			}
			f, err := drawFigure(spec, dirs, algos, o)
			if err != nil {
				return err
			}
			files, err := plots.WriteFiles(f, base, formats...)
			if err == nil && data != "" {
				if err = plots.WriteData(f, data, spec.Name); err == nil {
					files = append(files, data)
				}
			}
			for _, p := range files {
				fmt.Fprintln(c.OutOrStdout(), p)
			}
			return err
		},
	}
	c.Flags().StringVar(&kind, "kind", "trajectories",
		"`KIND[,key=value…]` of figure: "+strings.Join(plots.Figures.Names(), ", ")+" (see amoeba list figures)")
	c.Flags().StringArrayVar(&algos, "algo", nil, "draw only this algorithm, as the experiment names it; repeatable")
	c.Flags().StringArray("metric", nil, "short for the option metric of the kind; repeatable, a panel each")
	c.Flags().String("x", "", "short for the option x of the kind, such as trials or seconds")
	c.Flags().Bool("log-x", false, "short for the option log-x of the kind: logarithmic x axis")
	c.Flags().Bool("log-y", false, "short for the option log-y of the kind: logarithmic y axis of regrets")
	c.Flags().StringVar(&benchmark, "benchmark", "",
		"`NAME[:DATASET][,option=…]` to draw in place of experiments, of kinds that are of a benchmark")
	w := flags.Writes(c)
	w.File(c, &out, "out", "`file` ending in .png, .svg or .pdf (default plot.png and plot.svg in the first folder, "+
		"of a benchmark in the working folder)", plots.KindOf)
	w.File(c, &data, "data", "`file` for the numbers that the figure draws, as CSV", flags.Always(plots.DataKind))
	return c
}

// figureFiles are where a figure is written to: how the files' names begin, and their formats.
func figureFiles(out string, dirs []string) (base string, formats []string, err error) {
	if out == "" {
		if base = "plot"; len(dirs) > 0 && filepath.Ext(dirs[0]) != ".csv" {
			base = filepath.Join(dirs[0], base)
		}
		return base, []string{"png", "svg"}, nil
	}
	ext := filepath.Ext(out)
	format := strings.TrimPrefix(ext, ".")
	if !slices.Contains(plots.Formats, format) {
		return "", nil, fmt.Errorf("--out %s: %w", out, evolve.Unknown("ending", format, plots.Formats))
	}
	return strings.TrimSuffix(out, ext), []string{format}, nil
}

// drawFigure draws experiments, the benchmark of the options, or a table of scores.
func drawFigure(spec evolve.Spec, names, algos []string, o plots.Options) (plots.Drawing, error) {
	if len(names) == 1 && filepath.Ext(names[0]) == ".csv" && len(algos) == 0 && o.Benchmark == nil {
		t, err := scores.Open(names[0])
		if err != nil {
			return nil, err
		}
		return plots.DrawScores(spec, names[0], t, o)
	}
	sets, err := loadSets(names, algos, soFar)
	if err != nil {
		return nil, err
	}
	return plots.Draw(spec, sets, o)
}

// openBenchmark opens a benchmark by its spec, which it also writes as specs are written.
func openBenchmark(text string) (evolve.Benchmark, string, error) {
	spec, err := evolve.ParseSpec(text)
	if err != nil {
		return nil, "", err
	}
	b, _, err := evolve.Benchmarks.Open(spec)
	return b, spec.String(), err
}

// figureSpec is the kind of figure with the options that flags are short for.
func figureSpec(c *cobra.Command, kind string) (evolve.Spec, error) {
	spec, err := evolve.ParseSpec(kind)
	if err != nil {
		return spec, err
	}
	for _, name := range []string{"metric", "x", "log-x", "log-y"} {
		f := c.Flag(name)
		if !f.Changed {
			continue
		}
		if slices.ContainsFunc(spec.Set, func(s evolve.Setting) bool { return s.Key == name }) {
			return spec, fmt.Errorf("--%s and --kind %s both give %s: leave one of them out: %w",
				name, kind, name, evolve.ErrInvalid)
		}
		value := map[string]string{"true": "yes", "false": "no"}[f.Value.String()]
		switch f.Value.Type() {
		case "stringArray":
			all, _ := c.Flags().GetStringArray(name) // it is one
			value = strings.Join(all, "+")
		case "string":
			value = f.Value.String()
		}
		spec.Set = append(spec.Set, evolve.Setting{Key: name, Value: value})
	}
	return spec, nil
}
