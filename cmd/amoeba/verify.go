package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/verify"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/tabulate"
)

func verifyCmd() *cobra.Command {
	var json bool
	c := &cobra.Command{
		Use:   "verify DIR",
		Short: "Read and check every file of an experiment, a training or a build of a table",
		Long: `Verify reads every file of a folder that compare, search, train or table build wrote, checks it
against its checksum and against the other files, and prints a line a file. It changes nothing and
works on a folder that cannot be written to; one that is not finished is all right, and said. An
extension that resume has begun is a folder in the experiment's, and checked as well. Of a
folder that holds such folders, as reproduce writes them, it checks each. The exit status is 0 where
all is as it was written, and 1 where a file is damaged or missing. The file that ends a folder says
what else must be there: incumbents.parquet, or result.json of a training. Where it is itself
deleted, or the runs of a table are, the folder looks like one that was stopped, which is status 0
and said. What a checksum cannot cover, such as figures, is named as unchecked. Tables and image sets of the data home: amoeba data verify.`,
		Example: "  amoeba verify amoeba-compare-1a2b3c4d",
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			reports, err := verifyBelow(args[0])
			if err != nil {
				return err
			}
			files, damaged := 0, 0
			for _, r := range reports {
				files, damaged = files+len(r.Files), damaged+r.Count(verify.Damaged)
				if json {
					err = printJSON(c.OutOrStdout(), r)
				} else {
					err = writeReport(c.OutOrStdout(), r)
				}
				if err != nil {
					return err
				}
			}
			if damaged > 0 {
				return fmt.Errorf("%s: %d of %s damaged: %w", args[0], damaged, number.Count(files, "file"), evolve.ErrInvalid)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&json, "json", false, "print a JSON line a folder")
	return c
}

// verifyBelow checks a folder, or else those of its folders that a command wrote.
func verifyBelow(dir string) (reports []*verify.Report, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		var p *fs.PathError
		if errors.As(err, &p) && !errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%s: want a folder: %w", dir, p.Err)
		}
		return nil, err
	}
	if reports, err = verifyOne(dir, entries); err != nil || reports != nil {
		return reports, err
	}
	for _, e := range entries {
		below := filepath.Join(dir, e.Name())
		inside, err := os.ReadDir(below)
		if err != nil {
			continue // a file, or a folder that is closed to us and may be anything
		}
		more, err := verifyOne(below, inside)
		if err != nil {
			return nil, err
		}
		reports = append(reports, more...)
	}
	if len(reports) == 0 {
		return nil, fmt.Errorf("%s: no folder that compare, search, train or table build wrote: %w", dir, evolve.ErrInvalid)
	}
	return reports, nil
}

// verifyOne checks a folder with these entries and, of an experiment that is being extended, its
// extension. It gives nil for one that no command wrote.
func verifyOne(dir string, entries []fs.DirEntry) ([]*verify.Report, error) {
	check := checkOf(entries)
	if check == nil {
		return nil, nil
	}
	r, err := check(dir)
	if err != nil {
		return nil, err
	}
	reports := []*verify.Report{r}
	dir = filepath.Join(dir, lab.ExtendedFolder)
	if _, err := os.Stat(filepath.Join(dir, lab.SpecFile)); err != nil {
		return reports, nil
	}
	r, err = lab.Verify(dir, training.VerifyTrials)
	return append(reports, r), err
}

// checkOf is the check of a folder with these entries, nil where it is none of ours. One of several
// files is enough: another may be what is missing.
func checkOf(entries []fs.DirEntry) func(dir string) (*verify.Report, error) {
	has := func(is func(name string) bool) bool {
		return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return is(e.Name()) })
	}
	one := func(names ...string) func(string) bool {
		return func(name string) bool { return slices.Contains(names, name) }
	}
	switch {
	case has(one(lab.SpecFile, lab.ManifestFile, lab.IncumbentsFile)):
		return func(dir string) (*verify.Report, error) { return lab.Verify(dir, training.VerifyTrials) }
	case has(one(durable.TableFile, tabulate.RunsName)):
		return tabulate.Verify
	case has(one(durable.TrainingFile, training.ResultName)) || has(func(name string) bool { return strings.HasPrefix(name, "seed-") }):
		return training.Verify
	}
	return nil
}

func writeReport(w io.Writer, r *verify.Report) error {
	kind := map[string]string{"experiment": "an experiment", "training": "a training", "table": "a build of a table"}[r.Kind]
	state := "finished"
	if r.Unfinished != "" {
		state = "not finished, " + r.Unfinished
	}
	fmt.Fprintf(w, "%s: %s, %s\n", r.Dir, kind, state)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range r.Files {
		line := f.State + "\t" + f.Path
		if f.Note != "" {
			line += "\t" + words.Line(errors.New(f.Note))
		}
		fmt.Fprintln(t, line)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%d ok, %d damaged, %d unchecked\n", r.Count(verify.OK), r.Count(verify.Damaged), r.Count(verify.Unchecked))
	return err
}
