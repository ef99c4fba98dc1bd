package holdings

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// A Holding is a table or an image set that can be brought into the data home.
type Holding interface {
	Name() string
	IsTable() bool
	// Embedded says that the program has it, so that it is neither imported nor checked.
	Embedded() bool
	// Fetchable says whether plain HTTP gives all files that it is made of.
	Fetchable() bool
	// Sourced says whether it is made of published files, and not of an official folder alone.
	Sourced() bool
	// Import makes it of the published files below a folder, or of the authors' own file, and writes it.
	Import(ctx context.Context, from string) (Imported, error)
	// Verify reads the imported file again and checks it.
	Verify() data.State

	lines() (heading string, lines [][2]string) // keys and values, for List
	where() []string                            // how to come by what is not fetchable
	files(dir string) ([]remote, error)         // to fetch into dir
}

// Imported says what an import found and wrote.
type Imported struct{ Name, Found, Path, Hash string }

// All are the tables and then the image sets.
func All() (all []Holding) {
	for _, t := range data.Tables() {
		all = append(all, table{t})
	}
	for _, i := range images.Sets() {
		all = append(all, set{i})
	}
	return all
}

// Lookup finds a holding by its name. The error wraps evolve.ErrUnknown and names the nearest.
func Lookup(name string) (Holding, error) {
	all := All()
	if i := slices.IndexFunc(all, func(h Holding) bool { return h.Name() == name }); i >= 0 {
		return all[i], nil
	}
	var known []string
	for _, h := range all {
		known = append(known, h.Name())
	}
	slices.Sort(known)
	return nil, evolve.Unknown("table", name, known)
}

// Named are the holdings of some names, tables first. The single name all stands for every holding that is not
// embedded.
func Named(names []string) (named []Holding, err error) {
	if slices.Equal(names, []string{"all"}) {
		return slices.DeleteFunc(All(), Holding.Embedded), nil
	}
	for _, n := range names {
		h, err := Lookup(n)
		if err != nil {
			return nil, err
		}
		named = append(named, h)
	}
	slices.SortStableFunc(named, func(a, b Holding) int {
		switch {
		case a.IsTable() == b.IsTable():
			return 0
		case a.IsTable():
			return -1
		}
		return 1
	})
	return named, nil
}

// List prints everything that is known of the holdings, and their state.
func List(w io.Writer, all []Holding) error {
	for _, h := range all {
		heading, lines := h.lines()
		fmt.Fprintf(w, "%s\n  %s\n", h.Name(), heading)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, l := range lines {
			if l[1] != "" {
				fmt.Fprintf(t, "  %s\t%s\n", l[0], l[1])
			}
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// Where prints how to come by a holding that plain HTTP does not give.
func Where(w io.Writer, h Holding) error {
	heading, _ := h.lines()
	fmt.Fprintf(w, "%s: %s\n", h.Name(), heading)
	_, err := fmt.Fprintf(w, "  %s\n", strings.Join(h.where(), "\n  "))
	return err
}

// State says in words what is here of a table.
func State(t data.Table) string { return stateOf(table{t}, t.State()) }

func stateOf(h Holding, s data.State) string {
	switch {
	case s.Err != nil:
		return "unusable: " + words.Line(s.Err)
	case s.Imported:
		return fmt.Sprintf("imported, %.1f MB at %s", float64(s.Bytes)/1e6, s.Path)
	case h.Fetchable():
		return "absent (amoeba data fetch " + h.Name() + ")"
	}
	return "absent (" + importCommand(h.Name()) + ")"
}

func importCommand(name string) string { return "amoeba data import " + name + " --from DIR" }

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB imported", float64(n)/1e6) }
