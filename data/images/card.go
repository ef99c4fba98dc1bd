package images

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/sheet"
)

// Card is the datasheet of an image set.
type Card struct {
	Name    string         `json:"name"`
	Title   string         `json:"title"`
	Shape   [3]int         `json:"shape"` // channels, rows, columns
	Max     int            `json:"max"`   // greatest value of a pixel
	Lossy   string         `json:"lossy,omitempty"`
	Licence string         `json:"licence"`
	Cite    string         `json:"cite"`
	Hash    string         `json:"sha256"` // of the pixels, then the labels
	Mean    []float32      `json:"mean"`   // of each channel of the training images, on the scale 0..1
	Std     []float32      `json:"std"`
	Splits  map[string]int `json:"splits"` // images of each split
	Classes []Class        `json:"classes"`

	holds string
}

// Class counts the images of a class in each split.
type Class struct {
	Label int    `json:"label"`
	Name  string `json:"name,omitempty"`
	Train int    `json:"train"`
	Val   int    `json:"val"`
	Test  int    `json:"test"`
}

// NewCard describes a set that is imported, or in the program; of another one it returns the error of [Open].
func NewCard(name string) (*Card, error) {
	i, err := Lookup(name)
	if err != nil {
		return nil, err
	}
	s, split, err := Open(name)
	if err != nil {
		return nil, err
	}
	norm := s.Norm(split.Train)
	c := &Card{
		Name: s.Name, Title: i.Title, Shape: [3]int{s.C, s.H, s.W}, Max: s.Max, Lossy: s.Lossy,
		Licence: i.Licence, Cite: i.Cite, Hash: s.Hash, Mean: norm.Mean, Std: norm.Std,
		Splits:  map[string]int{"train": len(split.Train), "val": len(split.Val), "test": len(split.Test)},
		Classes: make([]Class, s.Classes), holds: i.Holds(),
	}
	for l := range c.Classes {
		c.Classes[l].Label = l
		if s.Labels != nil {
			c.Classes[l].Name = s.Labels[l]
		}
	}
	for _, k := range split.Train {
		c.Classes[s.Label(k)].Train++
	}
	for _, k := range split.Val {
		c.Classes[s.Label(k)].Val++
	}
	for _, k := range split.Test {
		c.Classes[s.Label(k)].Test++
	}
	return c, nil
}

// Holds says in a line what the set holds.
func (i Info) Holds() string {
	return fmt.Sprintf("%s: %s images of %d x %d x %d in %d classes",
		i.Title, number.Grouped(i.Images()), i.C, i.H, i.W, i.Classes)
}

// Sheet lays the card out as a page.
func (c *Card) Sheet() *sheet.Sheet {
	p := new(sheet.Sheet)
	p.Paragraph(c.Name+" · ", 2, c.holds)
	p.Key("lossy", c.Lossy)
	p.Key("pixels", fmt.Sprintf("0..%d, training mean %s, deviation %s", c.Max, decimals(c.Mean), decimals(c.Std)))
	p.Key("licence", c.Licence)
	p.Key("paper", c.Cite)
	p.Key("sha256", c.Hash)
	row := func(name string, train, val, test int) []string {
		return []string{name, number.Grouped(train), number.Grouped(val), number.Grouped(test)}
	}
	rows := [][]string{
		{"class", "training", "validation", "test"},
		row("all", c.Splits["train"], c.Splits["val"], c.Splits["test"]),
	}
	for _, l := range c.Classes {
		name := strconv.Itoa(l.Label)
		if l.Name != "" && l.Name != name {
			name += " " + l.Name
		}
		rows = append(rows, row(name, l.Train, l.Val, l.Test))
	}
	p.Grid(rows)
	return p
}

// decimals prints numbers of 0..1 to four places, as papers do.
func decimals(xs []float32) string {
	var texts []string
	for _, x := range xs {
		texts = append(texts, fmt.Sprintf("%.4f", x))
	}
	return strings.Join(texts, " ")
}
