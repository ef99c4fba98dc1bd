package ranking

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/surrogate/truth"
)

// Views are all views, the first one first.
func (r *Report) Views() []*View { return append([]*View{r.View}, r.Others...) }

// WriteText prints a table for each view, a row a variant and epoch, with the references below.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%s · %s of %s, %s part\n", r.Truth, number.Count(len(r.Results), "checkpoint"), r.Space, r.Part)
	if len(r.Differs) > 0 {
		fmt.Fprintf(w, "Another protocol than the truth's: %s.\n", strings.Join(r.Differs, "; "))
	}
	for _, v := range r.Views() {
		if err := v.writeText(w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\nIntervals: %s.\nPositive: the same order. Shared weights order cells by their cross "+
		"entropy on the images that score, in every table.\nOne run: a real run of each cell against the mean of its "+
		"others. Limit: a perfect prediction against the means\nof the truth's runs. Top: precision, the part of the "+
		"predicted best that are among the true best.\n", r.Intervals)
	return err
}

// Title says of which cells and in which order a view is.
func (v *View) Title() string {
	cells := "all cells"
	if v.Live {
		cells = "without dead cells"
	}
	return fmt.Sprintf("by %s, %s (%s)", v.By, cells, number.Grouped(v.Cells))
}

func (v *View) writeText(w io.Writer) error {
	fmt.Fprintf(w, "\n%s\n\n", v.Title())
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\tepoch\tseeds\t%s\n", strings.Join(truth.Heads(), "\t"))
	row := func(name, epoch, seeds string, a *truth.Agreed) {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", name, epoch, seeds, strings.Join(a.Texts(), "\t"))
	}
	for i := range v.Means {
		m := &v.Means[i]
		row(m.Variant, strconv.Itoa(m.Epoch), strconv.Itoa(m.Seeds), &m.Agreed)
	}
	for _, ref := range v.references() {
		row(ref.name, "", "", ref.of)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, d := range v.Differences {
		fmt.Fprintf(w, "\n%s − %s, epoch %d, %s: tau-b %s [%s, %s]: %s.", d.A, d.B, d.Epoch,
			number.Count(d.Seeds, "paired seed"), number.Signed(d.TauB, 3), number.Signed(d.Low, 3),
			number.Signed(d.High, 3), d.Says())
	}
	for _, c := range v.Controls {
		fmt.Fprintf(w, "\nControl, %s (%s, epoch %d): tau-b %s", c.Kind, c.Variant, c.Epoch, number.Fixed(c.TauB, 3))
		switch {
		case c.Within == nil && number.Known(float64(c.P)):
			fmt.Fprintf(w, "; trained weights lie above with p = %.2g (Mann-Whitney, one-sided)", c.P)
		case c.Within != nil && *c.Within:
			fmt.Fprintf(w, ", within ±%g as it must be", ShuffledMost)
		case c.Within != nil:
			fmt.Fprintf(w, ", outside of ±%g: the scores know more than the labels tell", ShuffledMost)
		}
		fmt.Fprint(w, ".")
	}
	if len(v.Differences)+len(v.Controls) > 0 {
		fmt.Fprintln(w)
	}
	return nil
}

// reference is a row that no checkpoint has part in.
type reference struct {
	name, key string
	of        *truth.Agreed
}

func (v *View) references() []reference {
	return []reference{{"one run", "one_run", &v.OneRun}, {"limit", "limit", &v.Limit},
		{"parameters", "parameters", &v.Params}}
}

// WriteCSV prints a line for each checkpoint, each mean and each reference of every view. A line's kind says which of
// these it is; what a kind does not have is empty.
func (r *Report) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	head := []string{"truth", "part", "by", "without_dead", "cells", "kind", "checkpoint", "seed", "seeds", "epoch",
		"variant"}
	c.Write(append(head, truth.Columns()...)) // the writer keeps its first error for Error
	for _, v := range r.Views() {
		line := func(kind, checkpoint, seed, seeds, epoch, variant string, a *truth.Agreed) {
			record := []string{r.Truth, r.Part, v.By, strconv.FormatBool(v.Live), strconv.Itoa(v.Cells), kind,
				checkpoint, seed, seeds, epoch, variant}
			c.Write(append(record, a.Fields()...))
		}
		for i := range v.Results {
			x := &v.Results[i]
			line("checkpoint", x.Checkpoint, strconv.FormatUint(x.Seed, 10), "1", strconv.Itoa(x.Epoch), x.Variant,
				&x.Agreed)
		}
		for i := range v.Means {
			if m := &v.Means[i]; m.Seeds > 1 {
				line("mean", "", "", strconv.Itoa(m.Seeds), strconv.Itoa(m.Epoch), m.Variant, &m.Agreed)
			}
		}
		for _, ref := range v.references() {
			line(ref.key, "", "", "", "", "", ref.of)
		}
	}
	c.Flush()
	return c.Error()
}
