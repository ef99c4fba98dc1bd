package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/holdings"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/progress"
)

func dataCmd() *cobra.Command {
	c := &cobra.Command{Use: "data",
		Short: "Fetch, import, list, verify, describe and export published tables and image sets", Args: args(0, 0)}
	c.AddCommand(dataFetchCmd(), dataImportCmd(), dataListCmd(), dataVerifyCmd(), dataCardCmd(),
		dataExportCmd())
	return c
}

// everything says that all holdings are asked for. What cannot be had of them is then passed over.
func everything(names []string) bool { return slices.Equal(names, []string{"all"}) }

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
		Example: "  amoeba data import nb201 mnist --from DIR\n" +
			"  amoeba data import nb101 --from nasbench_only108.tfrecord",
		Args: args(1, -1),
		RunE: func(c *cobra.Command, names []string) error {
			named, err := holdings.Named(names)
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
			for _, h := range named {
				if everything(names) && !h.Sourced() {
					continue
				}
				err := importHolding(c, h, from)
				if err != nil && (h.IsTable() || !everything(names) || !errors.Is(err, fs.ErrNotExist)) {
					failed = append(failed, err)
				}
				if c.Context().Err() != nil {
					break
				}
			}
			return oneByOne(c, failed, "tables or image sets could not be imported")
		},
	}
	c.Flags().StringVar(&from, "from", "", "`folder` of the published files, or the authors' own file or folder")
	return c
}

func importHolding(c *cobra.Command, h holdings.Holding, from string) error {
	i, err := h.Import(c.Context(), from)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s: %s\nwrote %s\nsha256 of the content %s\n", i.Name, i.Found, i.Path, i.Hash)
	return nil
}

// lockHome has the data home for this command alone, and says when it waits for another.
func lockHome(c *cobra.Command) (unlock func(), err error) {
	return data.LockHome(c.Context(), func(home string) {
		fmt.Fprintf(c.ErrOrStderr(), "another amoeba imports or fetches into %s: waiting until it ends\n", home)
	})
}

// oneByOne prints several failures, a line each, and returns how many there were; one failure it returns itself.
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

func dataFetchCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "fetch NAME…|all",
		Short: "Download the published files of a table or an image set and import it",
		Long: `Fetch downloads the public files of a table at their pinned commits into the folder sources
below $AMOEBA_DATA (else the XDG data home), checks their size and SHA-256 and imports the table.
An interrupted download goes on where it stopped. HTTPS_PROXY, HTTP_PROXY and NO_PROXY are
honoured; $AMOEBA_MIRROR replaces ` + data.RawHost + ` and the hosts of image sets.
All are all tables; image sets are large and fetched by name. What has no plain public file is
not fetched: where to get it is printed.`,
		Example: "  amoeba data fetch nb201\n  amoeba data fetch mnist",
		Args:    args(1, -1),
		RunE: func(c *cobra.Command, names []string) error {
			named, err := holdings.Named(names)
			if err != nil {
				return err
			}
			if everything(names) {
				named = slices.DeleteFunc(named, func(h holdings.Holding) bool { return !h.IsTable() })
			}
			home, err := data.Home()
			if err != nil {
				return err
			}
			if slices.ContainsFunc(named, holdings.Holding.Fetchable) {
				unlock, err := lockHome(c)
				if err != nil {
					return err
				}
				defer unlock()
			}
			sources := filepath.Join(home, "sources")
			f := holdings.Fetcher{W: c.OutOrStdout(), Bar: progress.Downloads(c.ErrOrStderr())}
			var skipped []string
			for _, h := range named {
				if !h.Fetchable() {
					skipped = append(skipped, h.Name())
					if err := holdings.Where(c.OutOrStdout(), h); err != nil {
						return err
					}
					continue
				}
				if err := f.Fetch(c.Context(), h, sources); err != nil {
					return err
				}
				if err := importHolding(c, h, sources); err != nil {
					return err
				}
			}
			if len(skipped) > 0 && !everything(names) {
				return fmt.Errorf("%s cannot be fetched by plain HTTP", strings.Join(skipped, ", "))
			}
			return nil
		},
	}
}

func dataListCmd() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the tables and image sets that can be imported and their state", Args: args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error { return holdings.List(c.OutOrStdout(), holdings.All()) },
	}
}

func dataVerifyCmd() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check every imported table and image set again", Args: args(0, 0),
		RunE: func(c *cobra.Command, _ []string) error {
			found := false
			var failed []error
			for _, h := range holdings.All() {
				if h.Embedded() {
					continue // it was checked when the program was built, and is each time that it is opened
				}
				switch s := h.Verify(); {
				case s.Err != nil:
					found, failed = true, append(failed, s.Err)
				case s.Imported:
					found = true
					fmt.Fprintf(c.OutOrStdout(), "%s ok, sha256 of the content %s, %s\n", h.Name(), s.Hash, s.Path)
				}
			}
			if !found {
				fmt.Fprintln(c.OutOrStdout(), "no table is imported")
			}
			return oneByOne(c, failed, "tables are not as they were imported")
		},
	}
}
