package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/fetch"
	"github.com/amoeba-nas/amoeba/data/images"
)

// Failures that pass are tried again this often before a fetch gives up.
const fetchRetries = 5

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
			tables, sets, err := named(names)
			if err != nil {
				return err
			}
			home, err := data.Home()
			if err != nil {
				return err
			}
			if slices.ContainsFunc(tables, data.Table.Fetchable) || slices.ContainsFunc(sets, images.Info.Fetchable) {
				unlock, err := lockHome(c)
				if err != nil {
					return err
				}
				defer unlock()
			}
			var skipped []string
			for _, t := range tables {
				if !t.Fetchable() {
					tellWhere(c.OutOrStdout(), t)
					skipped = append(skipped, t.Name)
					continue
				}
				if err := fetchTable(c, t, filepath.Join(home, "sources")); err != nil {
					return err
				}
			}
			for _, i := range sets {
				if slices.Equal(names, []string{"all"}) {
					break
				}
				if !i.Fetchable() {
					tellImages(c.OutOrStdout(), i)
					skipped = append(skipped, i.Name)
					continue
				}
				if err := fetchImages(c, i, filepath.Join(home, "sources")); err != nil {
					return err
				}
			}
			if len(skipped) > 0 && !slices.Equal(names, []string{"all"}) {
				return fmt.Errorf("%s cannot be fetched by plain HTTP", strings.Join(skipped, ", "))
			}
			return nil
		},
	}
}

func fetchTable(c *cobra.Command, t data.Table, dir string) error {
	w := c.OutOrStdout()
	for i, s := range t.Sources {
		fmt.Fprintf(w, "%s %d of %d: %s (%.1f MB, licence: %s)\n", t.Name, i+1, len(t.Sources), s.URL(), float64(s.Size)/1e6, s.Licence)
		if err := fetchFile(c, s.URL(), data.RawHost, fetch.File{Path: filepath.Join(dir, s.File()), Size: s.Size, SHA256: s.SHA256}, 0); err != nil {
			return unfetched(c, t.Name, err)
		}
	}
	return importTable(c, t, dir)
}

// unfetched is a failed fetch with the way around it: the files of somebody who could fetch them.
func unfetched(c *cobra.Command, name string, err error) error {
	if c.Context().Err() != nil {
		return err
	}
	return &advised{err, fmt.Sprintf("with the files from elsewhere: amoeba data import %s --from DIR", name)}
}

// fetchFile fetches what is published at a URL, or at the mirror of its host. Limit bounds a
// file of unknown size, in bytes.
func fetchFile(c *cobra.Command, url, host string, f fetch.File, limit int64) (err error) {
	client := fetch.Client{Retries: fetchRetries, Max: limit}
	if bar := fetchBar(c.ErrOrStderr(), cmp.Or(f.Size, limit)); bar != nil {
		client.Progress = func(done, _ int64) { _ = bar.Set64(done) } // a terminal that cannot be written to stops nothing
		defer func() { err = errors.Join(err, bar.Finish()) }()
	}
	f.URL = strings.TrimSuffix(cmp.Or(os.Getenv("AMOEBA_MIRROR"), host), "/") + strings.TrimPrefix(url, host)
	return client.Get(c.Context(), f)
}

// tellWhere says how to come by a table that plain HTTP does not give.
func tellWhere(w io.Writer, t data.Table) {
	fmt.Fprintf(w, "%s: %s\n", t.Name, t.Holds)
	for _, s := range t.Sources {
		fmt.Fprintf(w, "  repository %s at commit %s: %s (licence: %s)\n", s.Repository, s.Commit, s.Path, s.Licence)
		if s.Compact != "" {
			fmt.Fprintf(w, "    import reads the compact file made of it: DIR/%s, SHA-256 %s\n", s.Compact, s.SHA256)
		}
	}
	if t.Official != "" {
		fmt.Fprintf(w, "  official: %s\n", t.Official)
	}
	fmt.Fprintf(w, "  then: amoeba data import %s --from DIR\n", t.Name)
}

// fetchBar is a bar on a terminal's standard error, nil elsewhere.
func fetchBar(w io.Writer, size int64) *progressbar.ProgressBar {
	if !isTerminal(w) {
		return nil
	}
	return progressbar.NewOptions64(size, progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(true), progressbar.OptionFullWidth(),
		progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionEnableColorCodes(os.Getenv("NO_COLOR") == ""))
}
