package space

import (
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestMacroCanon(t *testing.T) {
	s := Macro{}
	for text, want := range map[evolve.Arch]evolve.Arch{
		"00000000": "00000000",
		"02012001": "02012010", // the first layer of a stage stays where it is
		"00001001": "00010010",
		"22202202": "22220220",
		"10010012": "10010012",
		"01202101": "01220110",
	} {
		if got, err := s.Canon(text); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
	classes := map[evolve.Arch]bool{}
	for i := range s.Size() {
		a := s.At(i)
		idempotent(t, s, a)
		c, err := s.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		classes[c] = true
	}
	if len(classes) != 3969 {
		t.Errorf("%d classes, want 3969", len(classes))
	}
}

// The published table has every genome, is equal within each class, and has as many
// different records as there are classes.
func TestMacroTable(t *testing.T) {
	s := Macro{}
	rows := sharedTable(t, "nasbench-macro", "nasbench_macro_cifar10.csv.gz")
	if len(rows) != 6561 {
		t.Fatalf("%d rows", len(rows))
	}
	records := map[evolve.Arch][]string{}
	for i, row := range rows {
		a, err := s.Parse(row[0])
		if err != nil {
			t.Fatal(err)
		}
		if s.Index(a) != i {
			t.Errorf("%s is in row %d and has index %d", a, i, s.Index(a))
		}
		c, err := s.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		if first, ok := records[c]; ok && !slices.Equal(first[1:], row[1:]) {
			t.Errorf("%v and %v are one network", first, row)
		} else if !ok {
			records[c] = row
		}
	}
	if len(records) != 3969 {
		t.Errorf("%d networks, want 3969", len(records))
	}
}
