package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/fetch"
	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// unknownData is the error for what is neither a table nor an image set.
func unknownData(name string) error {
	known := images.Names()
	for _, t := range data.Tables() {
		known = append(known, t.Name)
	}
	slices.Sort(known)
	return evolve.Unknown("table", name, known)
}

func importImages(c *cobra.Command, i images.Info, from string) error {
	s, err := i.Import(c.Context(), from)
	if err != nil {
		return err
	}
	path, err := s.Write()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%s: %s\nwrote %s\nsha256 of the content %s\n", i.Name, i.Holds(), path, s.Hash)
	return nil
}

// fetchImages fetches the files of a set, those that are there already left out, and imports it.
func fetchImages(c *cobra.Command, i images.Info, dir string) error {
	for k, f := range i.Files {
		fmt.Fprintf(c.OutOrStdout(), "%s %d of %d: %s (at most %.1f MB, licence: %s)\n", i.Name, k+1, len(i.Files), f.URL(), float64(f.Limit())/1e6, i.Licence)
		to := fetch.File{Path: filepath.Join(dir, i.Name, f.Name)}
		if f.Pinned() {
			to.Size, to.SHA256 = f.Size, f.SHA256
		} else if _, err := os.Stat(to.Path); err == nil && f.Check(to.Path) != nil {
			// What is known is the checksum of the unpacked bytes, so fetch cannot tell.
			if err := os.Remove(to.Path); err != nil {
				return err
			}
		}
		if err := fetchFile(c, f.URL(), f.Host, to, f.Limit()); err != nil {
			return unfetched(c, i.Name, err)
		}
	}
	return importImages(c, i, dir)
}

// tellImages says how to come by a set that plain HTTP does not give.
func tellImages(w io.Writer, i images.Info) {
	fmt.Fprintf(w, "%s: %s\n", i.Name, i.Holds())
	if i.Embedded() {
		fmt.Fprintln(w, "  it is in the program")
		return
	}
	for _, f := range i.Files {
		fmt.Fprintf(w, "  import reads DIR/%s/%s, SHA-256 of its unpacked bytes %s\n", i.Name, f.Name, f.SHA256)
	}
	fmt.Fprintf(w, "  then: amoeba data import %s --from DIR\n", i.Name)
}

func listImages(w io.Writer) {
	for _, i := range images.Sets() {
		fmt.Fprintf(w, "%s\n  %s\n", i.Name, i.Holds())
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		line := func(key, value string) {
			if value != "" {
				fmt.Fprintf(t, "  %s\t%s\n", key, value)
			}
		}
		line("split", fmt.Sprintf("%d training, %d validation, %d test", i.Train, i.Val, i.Test))
		line("lossy", i.Lossy)
		line("licences", i.Licence)
		line("paper", i.Cite)
		if i.Embedded() {
			line("state", "in the program")
		} else {
			line("size", fmt.Sprintf("%.1f MB imported", float64(i.Bytes())/1e6))
			line("state", imagesState(i))
		}
		for _, f := range i.Files {
			line("source", cmp.Or(f.URL(), i.Name+"/"+f.Name))
		}
		t.Flush()
	}
}

func imagesState(i images.Info) string {
	switch s := i.State(); {
	case s.Err != nil:
		return "unusable: " + words.Line(s.Err)
	case s.Imported:
		return fmt.Sprintf("imported, %.1f MB at %s", float64(s.Bytes)/1e6, s.Path)
	case i.Fetchable():
		return "absent (amoeba data fetch " + i.Name + ")"
	}
	return "absent (amoeba data import " + i.Name + " --from DIR)"
}
