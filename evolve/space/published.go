package space

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// PublishedCell is a convolutional architecture of the literature. Those whose name ends in
// that of another repository are its transcription, which differs from the authors'.
type PublishedCell struct {
	Name   string
	Space  string // nasnet or darts
	Arch   evolve.Arch
	Source string // repository and file that the cell was read from
}

//go:embed published.json
var publishedText []byte

// published are the cells in the order of the file and their places by folded name.
var published = sync.OnceValues(func() (cells []PublishedCell, at map[string]int) {
	var file []struct{ Name, Space, Genotype, Source string }
	if err := json.Unmarshal(publishedText, &file); err != nil {
		panic(fmt.Sprintf("space: published.json: %v", err)) // embedded: a programmer's error
	}
	at = map[string]int{}
	for i, e := range file {
		a, err := map[string]evolve.Notation{"darts": DARTS{}, "nasnet": NASNet{}}[e.Space].Parse(e.Genotype)
		if err != nil {
			panic(fmt.Sprintf("space: published.json: %s: %v", e.Name, err))
		}
		cells = append(cells, PublishedCell{e.Name, e.Space, a, e.Source})
		at[foldName(e.Name)] = i
	}
	return cells, at
})

// foldName leaves out what people write differently: AmoebaNet-A, amoebanet_a.
func foldName(name string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
}

// PublishedCells are the published cells of the spaces nasnet and darts; some of those of darts keep
// edges whose operation is none. PNASNet-5 is one cell, used for both.
func PublishedCells() []PublishedCell {
	cells, _ := published()
	return slices.Clone(cells)
}

// Published finds a published cell by its name, such as amoebanet-a or DARTS_V2, without
// regard to case, dashes, underscores and blanks, and returns its space.
func Published(name string) (space string, a evolve.Arch, ok bool) {
	cells, at := published()
	i, ok := at[foldName(name)]
	if !ok {
		return "", "", false
	}
	return cells[i].Space, cells[i].Arch, true
}

// PublishedName is the name of the published cell that an architecture of a space is, or "".
func PublishedName(space string, a evolve.Arch) string {
	cells, _ := published()
	i := slices.IndexFunc(cells, func(c PublishedCell) bool { return c.Space == space && c.Arch == a })
	if i < 0 {
		return ""
	}
	return cells[i].Name
}
