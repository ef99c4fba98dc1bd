package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/surrogate"
)

func dataCmd() *cobra.Command {
	c := &cobra.Command{Use: "data", Short: "Import, list and verify published tables", Args: args(0, 0)}
	c.AddCommand(dataImportCmd(), dataListCmd(), dataVerifyCmd())
	return c
}

func dataImportCmd() *cobra.Command {
	var from string
	c := &cobra.Command{
		Use:   "import NAME",
		Short: "Build a local table from the published files",
		Long: `Import reads the raw published files below DIR, as DIR/OWNER+NAME/PATH, checks each against
its known SHA-256 and writes one compact table to $AMOEBA_DATA, else the XDG data home.
amoeba data list says which files, from where and under which licence.`,
		Example: "  amoeba data import nb201 --from ../shared/data/raw",
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if args[0] != "nb201" {
				return evolve.Unknown("table", args[0], []string{"nb201"})
			}
			if from == "" {
				return errors.New("import needs --from DIR, the folder of the published files")
			}
			t, r, err := data.ImportNB201(from)
			if err != nil {
				return err
			}
			path, err := data.NB201Path()
			if err != nil {
				return err
			}
			if err := data.WriteNB201(path, t); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "nb201: %d cells from %d files; %d numbers cross-checked between sources; NATS-Bench, with more seeds, has another mean for %d, %d and %d cells; seconds measured for %d cells, estimated for the rest (held-out R² %.4f, mean error %.1f %%)\nwrote %s\nsha256 of the content %s\n",
				r.Cells, r.Files, r.CrossChecked, r.Reseeded[0], r.Reseeded[1], r.Reseeded[2], r.Measured, t.EpochFit.R2, 100*t.EpochFit.MeanRelativeError, path, t.Hash)
			return nil
		},
	}
	c.Flags().StringVar(&from, "from", "", "`folder` of the raw files")
	return c
}

func dataListCmd() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the tables that can be imported and their state", Args: args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			w := c.OutOrStdout()
			for _, e := range data.List() {
				fmt.Fprintf(w, "%s\n  %s\n", e.Name, e.Holds)
				t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				fmt.Fprintf(t, "  rows\t%d\n  data sets\t%s\n  epochs\t%s\n  measured\t%s\n  estimated\t%s\n  licences\t%s\n  state\t%s\n",
					e.Rows, strings.Join(e.Sets, ", "), strings.Trim(fmt.Sprint(e.Fidelities), "[]"), e.Measured, e.Estimated, strings.Join(e.Licences(), ", "), state(e))
				for _, s := range e.Sources {
					fmt.Fprintf(t, "  source\t%s\t%s\n", s.URL(), s.Licence)
				}
				t.Flush()
			}
			return nil
		},
	}
}

// state says in words whether a table is here.
func state(e data.Entry) string {
	switch {
	case e.Err != nil:
		return "unusable: " + oneLine(e.Err)
	case e.Imported:
		return fmt.Sprintf("imported, %.1f MB at %s", float64(e.Bytes)/1e6, e.Path)
	}
	return "absent (amoeba data import " + e.Name + " --from DIR)"
}

func dataVerifyCmd() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check every imported table again", Args: args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			all, err := data.Verify()
			if err != nil {
				return err
			}
			if len(all) == 0 {
				fmt.Fprintln(c.OutOrStdout(), "no table is imported")
			}
			for _, t := range all {
				if t.Err != nil {
					err = errors.Join(err, t.Err)
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%s ok, sha256 of the content %s, %s\n", t.Name, t.Hash, t.Path)
			}
			return err
		},
	}
}

func surrogateCmd() *cobra.Command {
	c := &cobra.Command{Use: "surrogate", Short: "Fit surrogate benchmarks", Args: args(0, 0)}
	c.AddCommand(surrogateFitCmd())
	return c
}

func surrogateFitCmd() *cobra.Command {
	o := surrogate.FitOptions{}
	var out, report string
	c := &cobra.Command{
		Use:   "fit NAME",
		Short: "Fit the surrogate of an imported table and report its held-out quality",
		Args:  args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if args[0] != "nb201" {
				return evolve.Unknown("table", args[0], []string{"nb201"})
			}
			path, err := data.NB201Path()
			if err != nil {
				return err
			}
			t, err := data.OpenNB201(path)
			if errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("no table at %s; make it with: amoeba data import nb201 --from DIR", path)
			}
			if err != nil {
				return err
			}
			if o.Procs < 1 {
				return fmt.Errorf("--procs %d: want at least 1", o.Procs)
			}
			model, r, err := surrogate.FitNB201(c.Context(), t, o)
			if err != nil {
				return err
			}
			if out != "" {
				if err := durable.WriteFile(out, func(w io.Writer) error { _, err := w.Write(model); return err }); err != nil {
					return err
				}
			}
			if report != "" {
				if err := durable.WriteFile(report, r.WriteMarkdown); err != nil {
					return err
				}
			}
			return r.WriteMarkdown(c.OutOrStdout())
		},
	}
	c.Flags().Float64Var(&o.Train, "train", 0.8, "share of the cells to fit on; the rest is held out")
	c.Flags().Uint64Var(&o.Seed, "seed", 1, "of the split and the trees")
	c.Flags().BoolVar(&o.Permute, "permute-labels", false, "negative control: shuffle the labels over the cells")
	c.Flags().IntVar(&o.Procs, "procs", runtime.NumCPU(), "models fitted at once; changes no byte")
	c.Flags().StringVar(&out, "out", "", "write the models to this `file`")
	c.Flags().StringVar(&report, "report", "", "write the report to this Markdown `file`")
	return c
}
