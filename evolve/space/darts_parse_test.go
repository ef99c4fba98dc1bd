package space

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// DARTS_V2 as in quark0/darts, cnn/genotypes.py, on one line, and its digits.
const (
	dartsV2 = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], normal_concat=[2, 3, 4, 5], " +
		"reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])"
	dartsV2Digits evolve.Arch = "0414041414030326" + "0111231101232311"
)

func TestDARTSParse(t *testing.T) {
	cell := strings.Repeat("('none', 0), ('none', 1), ", 4)
	genotype := func(normal, concat string) string {
		return "Genotype(normal=[" + normal + "], normal_concat=" + concat + ", reduce=[" + cell + "], reduce_concat=range(2, 6))"
	}
	nested := strings.Repeat("(('none', 0), ('none', 1)), ", 4)
	const zero = evolve.Arch("00100010001000100010001000100010")
	for _, c := range []struct {
		text string
		want evolve.Arch
		bad  string
	}{
		{dartsV2, dartsV2Digits, ""},
		{string(dartsV2Digits), dartsV2Digits, ""},
		{strings.NewReplacer("[2, 3, 4, 5]", "range(2, 6)", "'", `"`, " ", "\n\t").Replace(dartsV2), dartsV2Digits, ""},
		{genotype(cell, "range(2, 6)"), zero, ""},
		{genotype(nested, "(2, 3, 4, 5)"), zero, ""},
		{"Genotype(reduce_concat=[2,3,4,5],reduce=[" + cell + "],normal_concat=[2,3,4,5],normal=[" + cell + "])", zero, ""},

		{"", "", "byte 0: want Genotype("},
		{"0", "", "a genome has 32 digits"},
		{string(dartsV2Digits[:30]) + "28", "", "pair 8 of reduce: operation 8: want 0..7"},
		{string(dartsV2Digits[:30]) + "51", "", "pair 8 of reduce: node 5 cannot read state 5: want 0..4"},
		{string(dartsV2Digits[:30]) + "21", "", "pair 8 of reduce: node 5 reads state 2 twice"},
		{dartsV2 + "x", "", `"x" follows the cells`},
		{dartsV2[:len(dartsV2)-1], "", `want ), found ""`},
		{"Genotype(", "", "want one of normal_concat, reduce_concat, normal, reduce, found"},
		{"Genotype(norm=", "", "want one of"},
		{"Genotype(normal[", "", "want =, found"},
		{"Genotype(normal=[" + cell + "], normal=", "", "want one of normal_concat, reduce_concat, reduce, found"},
		{"Genotype(normal=[" + cell + "])", "", "the genotype has no normal_concat, reduce_concat, reduce"},
		{genotype(cell, "[2, 3, 4]"), "", "the output must concatenate [2, 3, 4, 5]"},
		{genotype(cell, "[2, 3, 5, 4]"), "", "the output must concatenate"},
		{genotype(cell, "range(1, 5)"), "", "the output must concatenate"},
		{genotype(cell, "2"), "", "the output must concatenate"},
		{genotype(cell, "range(range(2"), "", "want a number of one digit, found"},
		{genotype(cell, "range(2; 6)"), "", "want ,, found"},
		{genotype(cell, "[2, 33]"), "", "want a number of one digit"},
		{genotype("('none', 0), ", "[2, 3, 4, 5]"), "", "a cell is 8 pairs (operation, input), this has 1"},
		{genotype("(('none', 0),), "+nested[:3*len(nested)/4], "[2, 3, 4, 5]"), "", "node 2 must have two pairs, this has 1"},
		{genotype(strings.Repeat("('none', 0), ", 17), "[2, 3, 4, 5]"), "", "more than 16 elements"},
		{genotype(strings.Replace(cell, "none", "zero", 1), "[2, 3, 4, 5]"), "", `unknown operation "zero" (known: none, max_pool`},
		{genotype(strings.Replace(cell, "'none', 0", "0, 'none'", 1), "[2, 3, 4, 5]"), "", "want a pair ('operation', input)"},
		{genotype(strings.Replace(cell, "'none', 0", "'none', 0, 2", 1), "[2, 3, 4, 5]"), "", "want a pair ('operation', input)"},
		{genotype(strings.Replace(cell, "0)", "2)", 1), "[2, 3, 4, 5]"), "", "pair 1 of normal: node 2 cannot read state 2: want 0..1"},
		{"Genotype(normal=['none", "", "the quotes are not closed"},
		{"Genotype(normal=", "", "the text ends early"},
		{"Genotype(normal=[[[[", "", "lists nest deeper than 3"},
		{"Genotype(normal=x", "", "want a list, a string or a number"},
		{"Genotype(normal=[(]", "", "want a list, a string or a number"},
		{"Genotype(normal=[1 2", "", "want ,, found"},
	} {
		got, err := DARTS{}.Parse(c.text)
		if c.bad == "" {
			if err != nil || got != c.want {
				t.Errorf("%s: %s, %v; want %s", c.text, got, err, c.want)
			}
		} else if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.bad) || got != "" {
			t.Errorf("%s: %q, %v; want ErrInvalid that says %s", c.text, got, err, c.bad)
		}
	}
	if got := (DARTS{}).Format(dartsV2Digits); got != dartsV2 {
		t.Errorf("printed as %s", got)
	}
}

func TestDARTSCanonRefuses(t *testing.T) {
	for text, want := range map[evolve.Arch]string{
		"":                                     "this has 0 characters",
		evolve.Arch(dartsV2):                   "a genome has 32 digits",
		dartsV2Digits[:31] + "x":               "character 32 is 'x'",
		dartsV2Digits[:28] + "\xff\xff" + "00": "not a digit",
		"2" + dartsV2Digits[1:]:                "pair 1 of normal: node 2 cannot read state 2",
	} {
		if _, err := (DARTS{}).Canon(text); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want ErrInvalid that says %s", text, err, want)
		}
	}
}

// Every published cell of the space, none on kept edges included, reads and prints back with
// its pairs in order.
func TestDARTSPublished(t *testing.T) {
	n, none := 0, 0
	for _, e := range recipeGenotypes(t, "darts") {
		var g struct{ Normal, Reduce [][2]any }
		if err := json.Unmarshal(e.Genotype, &g); err != nil {
			t.Fatal(err)
		}
		pairs := func(all [][2]any) string {
			var text []string
			for _, p := range all {
				text = append(text, fmt.Sprintf("('%v', %v)", p[0], p[1]))
			}
			return "[" + strings.Join(text, ", ") + "]"
		}
		text := "Genotype(normal=" + pairs(g.Normal) + ", normal_concat=[2, 3, 4, 5], reduce=" + pairs(g.Reduce) + ", reduce_concat=[2, 3, 4, 5])"
		a, err := DARTS{}.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", e.Name, err)
			continue
		}
		if got := (DARTS{}).Format(a); got != text {
			t.Errorf("%s is printed as %s, want %s", e.Name, got, text)
		}
		if n++; strings.Contains(text, "none") {
			none++
		}
	}
	if n != 11 || none != 2 {
		t.Errorf("%d cells, %d with none; want 11 and 2", n, none)
	}
}

func TestDARTSFromNASLib(t *testing.T) {
	const text = "(((0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5)), ((0, 0), (1, 0), (2, 2), (1, 0), (0, 0), (2, 2), (2, 2), (1, 0)))"
	for _, text := range []string{text, strings.NewReplacer("(((", "[[(", ")))", ")]]", "((", "[(", "))", ")]").Replace(text)} {
		if got, err := DARTSFromNASLib(text); err != nil || got != dartsV2Digits {
			t.Errorf("%s: %s, %v; want %s", text, got, err, dartsV2Digits)
		}
	}
	for from, c := range map[string][2]string{
		"(2, 5)":    {"(2, 7)", "byte 58: operation 7: want 0..6"}, // the byte of the pair
		"(0, 3)":    {"(2, 3)", "pair 1 of normal: node 2 cannot read state 2"},
		"((0, 0), ": {"(", "a cell is 8 pairs (input, op), this has 7"},
		"(1, 3)":    {"(1, 'x')", "want a pair (input, op) of numbers"},
		"(2, 2)":    {"(2, 2, 2)", "want a pair (input, op) of numbers"},
		"(((":       {"((1, (", "this has 9"},
		")))":       {")), 3)", "want a list of two cells, this has 3 elements"},
		"(0, 2)":    {"(0, 20)", "want a number of one digit"},
	} {
		bad := strings.Replace(text, from, c[0], 1)
		if got, err := DARTSFromNASLib(bad); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c[1]) || got != "" {
			t.Errorf("%s: %q, %v; want ErrInvalid that says %s", bad, got, err, c[1])
		}
	}
}

// The parameters of NASLib's NAS-Bench-301 set follow from the operations to the last one
// when its numbers are read as DARTSFromNASLib does. Its networks have two normal cells at
// each of the widths 32, 64, 128 and a reduction cell at 64 and 128. A dilated k×k
// convolution has C·k² + C² parameters, a separable one twice that, a skip has none but
// where it halves the picture (edges of a reduction cell from its inputs), there C², and a
// pool none. All else is 392,426, the same for every cell.
func TestDARTSNASLibNumbers(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(recipeShared(t, "data", "nasbench301-subset", "nb301_725.csv.gz"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	arch, params := slices.Index(rows[0], "arch"), slices.Index(rows[0], "params_m")
	square := func(k int) func(int) int { return func(width int) int { return width*k*k + width*width } }
	convs := map[string]func(int) int{"dil_conv_3x3": square(3), "dil_conv_5x5": square(5)}
	for _, k := range []string{"3x3", "5x5"} {
		convs["sep_conv_"+k] = func(width int) int { return 2 * convs["dil_conv_"+k](width) }
	}
	seen := map[evolve.Arch]bool{}
	for _, row := range rows[1:] {
		a, err := DARTSFromNASLib(row[arch])
		if err != nil {
			t.Fatal(err)
		}
		seen[a] = true
		want, err := strconv.ParseFloat(row[params], 64)
		if err != nil {
			t.Fatal(err)
		}
		got := 392_426
		for c, widths := range [2][]int{{32, 32, 64, 64, 128, 128}, {64, 128}} {
			for _, p := range dartsRead(a)[c] {
				for _, width := range widths {
					if conv, ok := convs[DARTSOps[p.op]]; ok {
						got += conv(width)
					} else if DARTSOps[p.op] == "skip_connect" && c == 1 && p.in < 2 {
						got += width * width
					}
				}
			}
		}
		if got != int(math.Round(want*1e6)) {
			t.Fatalf("%s: %d parameters, recorded are %g million", a, got, want)
		}
	}
	if len(seen) != 725 {
		t.Errorf("%d cells, want 725", len(seen))
	}
}

func FuzzDARTSParse(f *testing.F) {
	for _, text := range []string{"", dartsV2, string(dartsV2Digits), dartsV2[:100], "Genotype(normal=[((((", "[[(1, 0), (0, 5)], []]", "Genotype(normal_concat=range(2, 6),"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if a, err := DARTSFromNASLib(text); err == nil {
			idempotent(t, DARTS{}, a)
		} else if !errors.Is(err, evolve.ErrInvalid) || a != "" {
			t.Fatalf("%q: %q, %v; want ErrInvalid", text, a, err)
		}
		a, err := DARTS{}.Parse(text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) || a != "" {
				t.Fatalf("%q: %q, %v; want ErrInvalid", text, a, err)
			}
			return
		}
		again, err := DARTS{}.Parse(DARTS{}.Format(a))
		if err != nil || again != a {
			t.Fatalf("%q is %s, which prints and reads as %s, %v", text, a, again, err)
		}
		idempotent(t, DARTS{}, a)
	})
}
