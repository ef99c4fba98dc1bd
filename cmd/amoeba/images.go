package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/fetch"
	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
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
	fmt.Fprintf(c.OutOrStdout(), "%s: %s\nwrote %s\nsha256 of the content %s\n", i.Name, pictures(i), path, s.Hash)
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
	fmt.Fprintf(w, "%s: %s\n", i.Name, pictures(i))
	if i.Embedded() {
		fmt.Fprintln(w, "  it is in the program")
		return
	}
	for _, f := range i.Files {
		fmt.Fprintf(w, "  import reads DIR/%s/%s, SHA-256 of its unpacked bytes %s\n", i.Name, f.Name, f.SHA256)
	}
	fmt.Fprintf(w, "  then: amoeba data import %s --from DIR\n", i.Name)
}

// pictures says in a line what a set holds.
func pictures(i images.Info) string {
	return fmt.Sprintf("%s: %s images of %d x %d x %d in %d classes", i.Title, number.Grouped(i.Images()), i.C, i.H, i.W, i.Classes)
}

func listImages(w io.Writer) {
	for _, i := range images.Sets() {
		fmt.Fprintf(w, "%s\n  %s\n", i.Name, pictures(i))
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

// imageCard is the datasheet of an image set.
type imageCard struct {
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Shape   [3]int         `json:"shape"` // channels, rows, columns
	Max     int            `json:"max"`   // of a pixel
	Lossy   string         `json:"lossy,omitempty"`
	Licence string         `json:"licence"`
	Cite    string         `json:"cite"`
	Hash    string         `json:"sha256"` // of the pixels, then the labels
	Mean    []float32      `json:"mean"`   // of each channel of the training images, on the scale 0..1
	Std     []float32      `json:"std"`
	Splits  map[string]int `json:"splits"`
	Classes []imageClass   `json:"classes"`
}

type imageClass struct {
	Label int    `json:"label"`
	Name  string `json:"name,omitempty"`
	Train int    `json:"train"`
	Val   int    `json:"val"`
	Test  int    `json:"test"`
}

func imagesCard(c *cobra.Command, i images.Info, asJSON bool) error {
	s, split, err := images.Open(i.Name)
	if err != nil {
		return err
	}
	norm := s.Norm(split.Train)
	card := imageCard{s.Name, i.Title, [3]int{s.C, s.H, s.W}, s.Max, s.Lossy, i.Licence, i.Cite, s.Hash, norm.Mean, norm.Std,
		map[string]int{"train": len(split.Train), "val": len(split.Val), "test": len(split.Test)}, make([]imageClass, s.Classes)}
	for l := range card.Classes {
		card.Classes[l].Label = l
		if s.Labels != nil {
			card.Classes[l].Name = s.Labels[l]
		}
	}
	for _, k := range split.Train {
		card.Classes[s.Label(k)].Train++
	}
	for _, k := range split.Val {
		card.Classes[s.Label(k)].Val++
	}
	for _, k := range split.Test {
		card.Classes[s.Label(k)].Test++
	}
	w := c.OutOrStdout()
	if asJSON {
		return printJSON(w, card)
	}
	fmt.Fprintln(w, wrapped(i.Name+" · ", 2, pictures(i)))
	for _, line := range [][2]string{{"lossy", card.Lossy}, {"pixels", fmt.Sprintf("0..%d, training mean %s, deviation %s", s.Max, decimals(norm.Mean), decimals(norm.Std))},
		{"licence", card.Licence}, {"paper", card.Cite}, {"sha256", card.Hash}} {
		if line[1] != "" {
			fmt.Fprintln(w, wrapped(fmt.Sprintf("  %-10s ", line[0]), 13, line[1]))
		}
	}
	table := [][]string{{"class", "training", "validation", "test"}, {"all", number.Grouped(len(split.Train)), number.Grouped(len(split.Val)), number.Grouped(len(split.Test))}}
	for _, l := range card.Classes {
		name := strconv.Itoa(l.Label)
		if l.Name != "" && l.Name != name {
			name += " " + l.Name
		}
		table = append(table, []string{name, number.Grouped(l.Train), number.Grouped(l.Val), number.Grouped(l.Test)})
	}
	writeGrid(w, table)
	return nil
}

// decimals prints numbers of 0..1 to four places, as papers do.
func decimals(xs []float32) string {
	var texts []string
	for _, x := range xs {
		texts = append(texts, fmt.Sprintf("%.4f", x))
	}
	return strings.Join(texts, " ")
}
