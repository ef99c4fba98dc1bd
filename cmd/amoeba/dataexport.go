package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/census"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

func dataExportCmd() *cobra.Command {
	var asCSV bool
	c := &cobra.Command{
		Use:   "export NAME [FILE]",
		Short: "Write every architecture of a table or a benchmark as CSV, with all that is known of it",
		Long: `Export writes every architecture of a benchmark, NAME[:DATASET][,option=…], a row each: genome, notation,
key, the validation and the test result after the full schedule, and all further facts with their units and origins.
Where no data set is named all of them stand below each other, and a first column names them. Of an imported
table that is no benchmark, such as nb201-hw, it writes the rows as they are, in the order of the source.

It writes to FILE, or to standard output, for which - stands too.`,
		Example: "  amoeba data export nb201:cifar10 --csv cifar10.csv\n  amoeba data export nb201-hw | head -3",
		Args:    args(1, 2),
		RunE: func(c *cobra.Command, given []string) error {
			if !asCSV {
				return fmt.Errorf("--csv=false: CSV is what export writes: %w", evolve.ErrInvalid)
			}
			write, err := exported(c, given[0])
			if err != nil {
				return err
			}
			to := "-"
			if len(given) == 2 {
				to = given[1]
			}
			rows := 0
			fill := func(w io.Writer) (err error) {
				rows, err = write(c.Context(), w)
				return err
			}
			if to == "-" {
				return fill(c.OutOrStdout())
			}
			if err := exportKind.Write(to, fill); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %s\n", to, number.Count(rows, "row"))
			return nil
		},
	}
	c.Flags().BoolVar(&asCSV, "csv", true, "as CSV (RFC 4180)")
	return c
}

// Heads of the first columns, by which a file is known to be an export.
const (
	exportDataset = "dataset"
	exportRow     = "row"
)

// exportKind is the kind of files that export writes; another CSV file is somebody's work.
var exportKind = durable.Kind{Name: "CSV export of amoeba", Is: func(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	line = bytes.TrimPrefix(line, []byte(exportDataset+","))
	return bytes.HasPrefix(line, []byte("genome,notation,key,val")) || bytes.HasPrefix(line, []byte(exportRow+" of "))
}}

// exported returns how the benchmark of a name, or else the table, is written.
func exported(c *cobra.Command, name string) (func(context.Context, io.Writer) (int, error), error) {
	spec, err := evolve.ParseSpec(name)
	if err != nil {
		return nil, err
	}
	entry, unknown := evolve.Benchmarks.Lookup(spec.Name)
	if unknown != nil {
		if _, err := data.Lookup(name); err != nil {
			return nil, evolve.Unknown("benchmark or table", name, append(evolve.Benchmarks.Names(), tableNames()...))
		}
		f, err := data.Open(name)
		if err != nil {
			return nil, err
		}
		return func(_ context.Context, w io.Writer) (int, error) { return writeFrame(w, f) }, nil
	}
	variants := []string{spec.Variant}
	if spec.Variant == "" && len(entry.Variants) > 0 {
		variants = entry.Variants
	}
	var sets []*census.Census
	var left []error
	for _, v := range variants {
		spec.Variant = v
		set, err := openCensus(spec.String())
		if err != nil {
			left = append(left, err)
			continue
		}
		sets = append(sets, set)
		fmt.Fprintf(c.ErrOrStderr(), "%s: %s\n", set.Spec, set.About.Source)
	}
	if len(sets) == 0 {
		return nil, left[0]
	}
	for _, err := range left {
		fmt.Fprintln(c.ErrOrStderr(), "left out:", words.Line(err))
	}
	return func(ctx context.Context, w io.Writer) (int, error) { return census.WriteCSV(ctx, w, sets) }, nil
}

func tableNames() (names []string) {
	for _, t := range data.Tables() {
		names = append(names, t.Name)
	}
	return names
}

// writeFrame writes a table with the columns that its source has.
func writeFrame(w io.Writer, f *data.Frame) (int, error) {
	names := f.Columns()
	columns := make([]func(int) string, len(names))
	for k, name := range names {
		if xs, err := f.Floats(name); err == nil {
			columns[k] = func(i int) string { return census.Number(xs[i]) }
			continue
		}
		texts, err := f.Text(name)
		if err != nil {
			return 0, err
		}
		columns[k] = func(i int) string { return texts[i] }
	}
	out := csv.NewWriter(w)
	row := append([]string{exportRow + " of " + f.Table}, names...)
	if err := out.Write(row); err != nil {
		return 0, err
	}
	for i := range f.Rows {
		row[0] = strconv.Itoa(i)
		for k := range names {
			row[k+1] = columns[k](i)
		}
		if err := out.Write(row); err != nil {
			return i, err
		}
	}
	out.Flush()
	return f.Rows, out.Error()
}
