package space

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/long"
)

func TestTNB101Parse(t *testing.T) {
	parses(t, TNB101Micro{}, []struct{ text, want, bad string }{
		{"64-41414-1_02_333", "102333", ""},
		{"102333", "102333", ""},
		{"64-41414-0_00_000", "000000", ""},
		{"", "", "a genome has 6 characters, this has 0"},
		{"10233", "", "this has 5"},
		{"102334", "", "character 6 is '4', want one of 0123"},
		{"64-41414-", "", "want 64-41414- and one, two and three digits"},
		{"64-41414-102333", "", "one, two and three digits"},
		{"64-41414-10_2_333", "", "one, two and three digits"},
		{"64-41414-1_02_3333", "", "one, two and three digits"},
		{"64-41414-1_02_33_", "", "character 6 is '_'"},
		{"64-1234-basic", "", "a genome has 6 characters"},
	})
	parses(t, TNB101Macro{}, []struct{ text, want, bad string }{
		{"64-1234-basic", "1234", ""},
		{"1234", "1234", ""},
		{"111114", "111114", ""},
		{"64--basic", "", "want 4 to 6 modules, one digit each, this has 0"},
		{"", "", "this has 0 characters"},
		{"123", "", "this has 3 characters"},
		{"1234123", "", "this has 7 characters"},
		{"123400", "", "character 5 is '0', not a module 1..4"},
		{"64-1234", "", "want 64-MODULES-basic"},
		{"32-1234-basic", "", "this has 13 characters"},
		{"1222", "", "0 modules halve the resolution (3 and 4 do), want 1 to 4"},
		{"33332", "33332", ""},
		{"33334", "", "5 modules halve the resolution"},
		{"1333", "", "0 modules double the width (2 and 4 do), want 1 to 3"},
		{"3222", "3222", ""},
		{"32222", "", "4 modules double the width"},
	})
}

func TestTNB101MacroFacts(t *testing.T) {
	long.Test(t)
	s := TNB101Macro{}
	lengths := map[int]int{}
	for i := range s.Size() {
		a := s.At(i)
		lengths[len(a)]++
		if i > 0 {
			if b := s.At(i - 1); len(b) > len(a) || len(b) == len(a) && b >= a {
				t.Errorf("%s comes before %s", b, a)
			}
		}
		for _, b := range s.Neighbors(nil, a) {
			if b == a || !slices.Contains(s.Neighbors(nil, b), a) {
				t.Fatalf("%s is a neighbour of %s, but not the other way round", b, a)
			}
		}
	}
	if s.Size() != 3256 || lengths[4] != 210 || lengths[5] != 750 || lengths[6] != 2296 {
		t.Errorf("%d networks, by modules %v; want 210 + 750 + 2296 = 3256", s.Size(), lengths)
	}
}

// one makes each neighbour by as many of the edits as lead there.
func TestTNB101MacroOne(t *testing.T) {
	s := TNB101Macro{}
	one, err := s.Mutation("one")
	if err != nil {
		t.Fatal(err)
	}
	for _, parent := range []evolve.Arch{"1234", "11334", "223334"} {
		all := s.Neighbors(nil, parent)
		edits := make([]float64, len(all))
		sum := 0.
		for k := range tnb101Edits(parent) {
			if i := slices.Index(all, evolve.Arch(tnb101Edit(nil, parent, k))); i >= 0 {
				edits[i]++
				sum++
			}
		}
		for i := range edits {
			edits[i] /= sum
		}
		r, seen := evolve.Stream(1, "one"), make([]int, len(all))
		for range 20_000 {
			seen[slices.Index(all, one(parent, r))]++
		}
		chiSquare(t, "children", seen, edits)
	}
}

// NASLib's sampler draws three numbers uniformly, its mutation changes exactly one of them.
func TestTNB101MacroNASLib(t *testing.T) {
	s, r := TNB101Macro{NASLib: true}, evolve.Stream(1, "naslib")
	numbers := func(a evolve.Arch) [3]int {
		halve, double := tnb101Counts(a)
		return [3]int{len(a), halve, double}
	}
	counts, stride := make([]int, 3*4*3), make([]int, 6)
	for range 36_000 {
		a := s.Sample(r)
		n := numbers(a)
		counts[(n[0]-4)*12+(n[1]-1)*3+n[2]-1]++
		if n == [3]int{6, 1, 1} {
			stride[strings.IndexAny(string(a), "34")]++
		}
	}
	chiSquare(t, "numbers", counts, slices.Repeat([]float64{1. / 36}, 36))
	chiSquare(t, "places", stride, slices.Repeat([]float64{1. / 6}, 6))
	naslib, err := s.Mutation("naslib")
	if err != nil {
		t.Fatal(err)
	}
	changed := make([]int, 3)
	for range 9_000 {
		parent := evolve.Arch("11342")
		child := naslib(parent, r)
		if _, err := s.Canon(child); err != nil {
			t.Fatal(err)
		}
		is, was, differ := numbers(child), numbers(parent), 0
		for i := range is {
			if is[i] != was[i] {
				differ++
				changed[i]++
			}
		}
		if differ != 1 || strings.Count(string(child), "4") != min(is[1], is[2]) {
			t.Fatalf("%s becomes %s", parent, child)
		}
	}
	chiSquare(t, "numbers changed", changed, slices.Repeat([]float64{1. / 3}, 3))
}

// NASLib refuses 64 cells for three skips at the input and 64 at the output, 4 for both.
func TestTNB101MicroNASLib(t *testing.T) {
	s, r, seen := TNB101Micro{}, evolve.Stream(1, "naslib"), map[evolve.Arch]bool{}
	s.NASLib = true
	for range 80_000 {
		seen[s.Sample(r)] = true
	}
	if want := 4096 - (64 + 64 - 4); len(seen) != want {
		t.Errorf("%d cells, want %d", len(seen), want)
	}
	for i := range s.Size() {
		a := s.At(i)
		if refused := a[:3] == "111" || a[2:3]+a[4:] == "111"; seen[a] == refused {
			t.Errorf("%s: drawn %t, refused %t", a, seen[a], refused)
		}
	}
}

// NASLib's samples are the official digits: what the text says of operations and widths
// gives the recorded parameters exactly. The modules 41414 are two cells each; 4 doubles
// the width and halves the resolution in its first cell, where a skip out of the input is
// a 1×1 convolution with norm. Stem 3→32→64 with norms, head of 63 scenes.
func TestTNB101MicroTable(t *testing.T) {
	const stemAndHead = 9*3*32 + 2*32 + 9*32*64 + 2*64 + 512*63 + 63 // 51,807
	cells, rejected := 0, 0
	for _, row := range sharedTable(t, "transnasbench101-subset", "tnb101_micro.csv.gz") {
		a, err := TNB101FromNASLib(row[1])
		if err != nil {
			t.Fatal(err)
		}
		if a[:3] == "111" || a[2:3]+a[4:] == "111" {
			rejected++
		}
		if row[0] != "class_scene" {
			continue
		}
		cells++
		want, in := stemAndHead, 64
		for cell := range 10 {
			out := in
			if cell == 0 || cell == 4 || cell == 8 {
				out *= 2
			}
			for i, edge := range NB201Edges {
				from := out
				if edge[0] == 0 {
					from = in
				}
				switch {
				case a[i] == '2', a[i] == '1' && from != out:
					want += from*out + 2*out
				case a[i] == '3':
					want += 9*from*out + 2*out
				}
			}
			in = out
		}
		if millions, err := strconv.ParseFloat(row[4], 64); err != nil || int(math.Round(millions*1e6)) != want {
			t.Errorf("%s: %s million parameters recorded, the cell has %d", a, row[4], want)
		}
	}
	if cells != 711 || rejected != 0 {
		t.Errorf("%d cells, want 711; %d that NASLib's sampler rejects, want 0", cells, rejected)
	}
}

func TestTNB101MacroTable(t *testing.T) {
	different := map[evolve.Arch]bool{}
	for _, row := range sharedTable(t, "transnasbench101-subset", "tnb101_macro.csv.gz") {
		a, err := TNB101MacroFromNASLib(row[1])
		if err != nil {
			t.Fatal(err)
		}
		different[a] = true
	}
	if len(different) != 725 {
		t.Errorf("%d networks, want 725", len(different))
	}
	for text, want := range map[string]string{"12340": "NASLib writes 6 digits", "012340": "not a module", "000000": "this has 0", "120340": "character 3"} {
		if _, err := TNB101MacroFromNASLib(text); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want ErrInvalid that says %s", text, err, want)
		}
	}
}

func FuzzTNB101Parse(f *testing.F) {
	fuzzParse(f, []evolve.Space{TNB101Micro{}, TNB101Macro{}}, "", "64-41414-1_02_333", "102333", "64-41414-1_02_33_", "64-1234-basic", "1234", "64-1234", "64--basic", "333344")
}
