package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

func dataCmd() *cobra.Command {
	c := &cobra.Command{Use: "data", Short: "Fetch, import, list, verify and describe published tables and image sets", Args: args(0, 0)}
	c.AddCommand(dataFetchCmd(), dataImportCmd(), dataListCmd(), dataVerifyCmd(), dataCardCmd())
	return c
}

func dataImportCmd() *cobra.Command {
	var from string
	c := &cobra.Command{
		Use:   "import NAME…|all",
		Short: "Build a local table or image set from the published files",
		Long: `Import reads the published files below DIR, as DIR/OWNER+NAME/PATH or DIR/raw/OWNER+NAME/PATH, and
where there is no plain public file the compact one made of it (amoeba data fetch NAME says which),
checks each against its known SHA-256 and writes one compact table to $AMOEBA_DATA, else the XDG
data home. Of nb101 and nats it also reads the authors' own files (see amoeba data list), of nats as
many as are there, which make a pool.
Image sets are read from DIR/NAME or DIR; all takes those whose files are there.`,
		Example: "  amoeba data import nb201 mnist --from DIR\n  amoeba data import nb101 --from nasbench_only108.tfrecord",
		Args:    args(1, -1),
		RunE: func(c *cobra.Command, names []string) error {
			tables, sets, err := named(names)
			if err != nil {
				return err
			}
			if from == "" {
				return errors.New("import needs --from DIR, the folder of the published files")
			}
			if _, err := os.Stat(from); err != nil { // before a folder is made
				return err
			}
			unlock, err := lockHome(c)
			if err != nil {
				return err
			}
			defer unlock()
			var failed []error
			for _, t := range tables {
				if len(t.Sources) == 0 && slices.Equal(names, []string{"all"}) {
					continue // made of an official folder alone
				}
				if err := importTable(c, t, from); err != nil {
					if failed = append(failed, err); c.Context().Err() != nil {
						break
					}
				}
			}
			for _, i := range sets {
				if c.Context().Err() != nil {
					break
				}
				err := importImages(c, i, from)
				if err != nil && !(errors.Is(err, fs.ErrNotExist) && slices.Equal(names, []string{"all"})) {
					failed = append(failed, err)
				}
			}
			return oneByOne(c, failed, "tables or image sets could not be imported")
		},
	}
	c.Flags().StringVar(&from, "from", "", "`folder` of the published files, or the authors' own file or folder")
	return c
}

// lockHome has the data home for this command alone, and says when it waits for another.
func lockHome(c *cobra.Command) (unlock func(), err error) {
	return data.LockHome(c.Context(), func(home string) {
		fmt.Fprintf(c.ErrOrStderr(), "another amoeba imports or fetches into %s: waiting until it ends\n", home)
	})
}

// oneByOne tells several failures a line each.
func oneByOne(c *cobra.Command, failed []error, what string) error {
	switch len(failed) {
	case 0:
		return nil
	case 1:
		return failed[0]
	}
	for _, err := range failed {
		fmt.Fprintln(c.ErrOrStderr(), "amoeba:", words.Line(err))
	}
	return fmt.Errorf("%d %s", len(failed), what)
}

// named are the tables and image sets of the names; for all, all of them that are imported.
func named(names []string) ([]data.Table, []images.Info, error) {
	var tables []data.Table
	var sets []images.Info
	if slices.Equal(names, []string{"all"}) {
		sets = slices.DeleteFunc(images.Sets(), images.Info.Embedded)
		return data.Tables(), sets, nil
	}
	for _, n := range names {
		if i, err := images.Lookup(n); err == nil {
			sets = append(sets, i)
			continue
		}
		t, err := data.Lookup(n)
		if err != nil {
			return nil, nil, unknownData(n)
		}
		tables = append(tables, t)
	}
	return tables, sets, nil
}

func importTable(c *cobra.Command, t data.Table, from string) error {
	f, found, err := t.Import(c.Context(), from)
	if err != nil {
		return err
	}
	path, err := f.Write()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s: %s\nwrote %s\nsha256 of the content %s\n", t.Name, found, path, f.Hash)
	return nil
}

func dataListCmd() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the tables and image sets that can be imported and their state", Args: args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			w := c.OutOrStdout()
			for _, e := range data.Tables() {
				fmt.Fprintf(w, "%s\n  %s\n", e.Name, e.Holds)
				t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				line := func(key, value string) {
					if value != "" {
						fmt.Fprintf(t, "  %s\t%s\n", key, value)
					}
				}
				line("rows", fmt.Sprint(e.Rows))
				line("data sets", strings.Join(e.Sets, ", "))
				line("epochs", strings.Trim(fmt.Sprint(e.Fidelities), "[]"))
				line("objectives", strings.Join(e.Objectives, ", "))
				line("measured", e.Measured)
				line("estimated", e.Estimated)
				line("modelled", e.Modelled)
				line("size", fmt.Sprintf("%.1f MB imported", float64(e.Bytes)/1e6))
				line("licences", strings.Join(e.Licences(), ", "))
				line("embedded", e.Embedded)
				line("official", e.Official)
				line("state", state(e))
				for _, s := range e.Sources {
					line("source", s.URL()+"  ("+s.Licence+")")
				}
				t.Flush()
			}
			listImages(w)
			return nil
		},
	}
}

// state says in words whether a table is here.
func state(t data.Table) string {
	switch s := t.State(); {
	case s.Err != nil:
		return "unusable: " + words.Line(s.Err)
	case s.Imported:
		return fmt.Sprintf("imported, %.1f MB at %s", float64(s.Bytes)/1e6, s.Path)
	case t.Fetchable():
		return "absent (amoeba data fetch " + t.Name + ")"
	}
	return "absent (amoeba data import " + t.Name + " --from DIR)"
}

func dataVerifyCmd() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check every imported table and image set again", Args: args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			found := false
			var failed []error
			for _, t := range data.Tables() {
				switch s := t.Verify(); {
				case s.Err != nil:
					found, failed = true, append(failed, s.Err)
				case s.Imported:
					found = true
					fmt.Fprintf(c.OutOrStdout(), "%s ok, sha256 of the content %s, %s\n", t.Name, s.Hash, s.Path)
				}
			}
			for _, i := range images.Sets() {
				if i.Embedded() {
					continue // it was checked when it was built, and is each time that it is opened
				}
				switch s := i.Verify(); {
				case s.Err != nil:
					found, failed = true, append(failed, s.Err)
				case s.Imported:
					found = true
					fmt.Fprintf(c.OutOrStdout(), "%s ok, sha256 of the content %s, %s\n", i.Name, s.Hash, s.Path)
				}
			}
			if !found {
				fmt.Fprintln(c.OutOrStdout(), "no table is imported")
			}
			return oneByOne(c, failed, "tables are not as they were imported")
		},
	}
}
