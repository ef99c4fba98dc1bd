package space

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// tupleOf prints a Python tuple.
func tupleOf(numbers []int) string {
	return "(" + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(numbers)), ", "), "[]") + ")"
}

// Every cell is read from NASLib's tuple of its operations, edge by edge: the edges by source, the
// operations in the order of OP_NAMES_NB201.
func TestNB201FromNASLib(t *testing.T) {
	ops := []string{"skip_connect", "none", "nor_conv_3x3", "nor_conv_1x1", "avg_pool_3x3"}
	for rank := range NB201Size {
		op := map[[2]int]string{}
		var numbers []int
		x := rank
		for _, edge := range [][2]int{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}} {
			numbers, op[edge] = append(numbers, x%5), ops[x%5]
			x /= 5
		}
		text := fmt.Sprintf("|%s~0|+|%s~0|%s~1|+|%s~0|%s~1|%s~2|", op[[2]int{0, 1}], op[[2]int{0, 2}], op[[2]int{1, 2}], op[[2]int{0, 3}], op[[2]int{1, 3}], op[[2]int{2, 3}])
		want, err := NB201{}.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := (NB201{}).Parse(tupleOf(numbers)); err != nil || got != want {
			t.Fatalf("%s is %s, %v, want %s", tupleOf(numbers), got, err, want)
		}
	}
	parses(t, NB201{}, []struct{ text, want, bad string }{
		{"(1, 1, 2, 4, 3, 2)", "004323", ""},
		{"arch = (1,1,2,4,3,2,)  # of zc_nasbench201.json", "004323", ""},
		{"[1, 1, 2, 4, 3, 2]", "", "NASLib writes a tuple in ( ), and only that is read"},
		{"(1, 1, 2, 4, 3)", "", "NASLib's tuple has 6 operations, this has 5"},
		{"(1, 1, 2, 4, 3, 2, 0)", "", "more than 6 elements"},
		{"(1, 1, 2, 4, 3, 5)", "", "operation 6 of NASLib's tuple is 5, want 0..4"},
		{"(1, 1, 2, 4, 3, 12)", "", "want a number of one digit"},
		{"(1, 1, 2, 4, 3, -1)", "", "want a list, a string or a number"},
		{"(1, 1, 2, 4, 3, (2))", "", "want a tuple of numbers"},
		{"(1, 1, 2, 4, 3, 2) (", "", "follows the cells"},
		{"(", "", "the text ends early"},
	})
}

// NASLib's file naslib/data/zc_nasbench201.json (commit 0b11600) holds accuracies of single runs on
// CIFAR-100 beside its tuples. They are near the published means of the cells that are read, and far
// from those of the cells that the same numbers are in the benchmark's own order of edges.
func TestNB201FromNASLibAccuracies(t *testing.T) {
	means := map[string]float64{}
	for _, r := range sharedTable(t, "nasbench201", "nb201.csv.gz") {
		x, err := strconv.ParseFloat(r[13], 64) // cifar100_val_200
		if err != nil {
			t.Fatal(err)
		}
		means[r[1]] = x
	}
	ours, other := 0., 0.
	for text, accuracy := range map[string]float64{
		"(3, 3, 2, 1, 3, 2)": 69.92, "(1, 4, 3, 4, 1, 1)": 61.34, "(1, 4, 1, 3, 4, 4)": 38.38, "(2, 2, 1, 3, 1, 4)": 63.42, "(0, 0, 4, 1, 4, 4)": 32.54,
		"(0, 3, 2, 3, 1, 1)": 67.86, "(1, 1, 2, 4, 3, 2)": 67.82, "(3, 0, 3, 1, 0, 0)": 64.02, "(1, 0, 2, 2, 3, 4)": 65.36, "(1, 2, 0, 0, 0, 1)": 58.36,
	} {
		a, err := NB201{}.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		d := math.Abs(means[string(a)] - accuracy)
		if ours += d; d > 2 {
			t.Errorf("%s is %s of %.2f %%, NASLib has %.2f", text, a, means[string(a)], accuracy)
		}
		other += math.Abs(means[string([]byte{a[0], a[1], a[3], a[2], a[4], a[5]})] - accuracy)
	}
	if other < 5*ours {
		t.Errorf("differences of %.1f in all, and %.1f in another order of edges: these do not tell", ours, other)
	}
}

// Tuples of NASLib's file naslib/data/zc_nasbench101.json (commit 0b11600) with the parameters that it
// counted, and drawn matrices in the same form.
func TestNB101FromNASLib(t *testing.T) {
	for text, params := range map[string]int{
		"(0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 4, 4, 4, 1)": 4095778,
		"(0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 2, 2, 2, 1)": 4518282,
		"(0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4, 3, 2, 2, 1)": 1580170,
		"(0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 4, 2, 3, 1)": 12088970,
	} {
		a, err := NB101{}.Parse(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, _ := NB101Complexity(a); got != params {
			t.Errorf("%s is %s of %d parameters, NASLib counted %d", text, a, got, params)
		}
	}
	r := evolve.Stream(1, "naslib")
	for range 300 {
		a := NB101{}.Sample(r)
		edges, _, _ := nb101Read(a)
		var numbers []int
		for x := range nb101Vertices {
			for y := range nb101Vertices {
				bit := 0
				if x < y {
					bit = int(edges >> nb101Bit(x, y) & 1)
				}
				numbers = append(numbers, bit)
			}
		}
		numbers = append(numbers, 0)
		for _, op := range a[7:] {
			numbers = append(numbers, map[rune]int{'0': 4, '1': 3, '2': 2}[op])
		}
		if b, err := (NB101{}).Parse(tupleOf(append(numbers, 1))); err != nil || b != a {
			t.Fatalf("%s as a tuple is %s, %v", a, b, err)
		}
	}
	parses(t, NB101{}, []struct{ text, want, bad string }{
		{"(0, 1, 0, 0, 0, 1)", "008000-00000", ""},
		{"(0, 1, 0, 0, 0)", "", "n from 2 to 9, this has 5 numbers"},
		{"(0, 2, 0, 0, 0, 1)", "", "row 0, column 1 of the matrix is 2, want 0 or 1"},
		{"(0, 1, 1, 0, 0, 1)", "", "row 1, column 0 of the matrix is 1: edges must lead to later vertices"},
		{"(0, 1, 0, 0, 1, 1)", "", "operation 1 of NASLib's tuple is 1, want 0"},
		{"(0, 1, 0, 0, 0, 0)", "", "operation 2 of NASLib's tuple is 0, want 1"},
		{"(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1)", "", "operation 2 of NASLib's tuple is 1, want 2, 3 or 4"},
		{"(0, 0, 0, 0, 0, 1)", "", "no path from input to output"},
	})
}

// NASLib's query puts the numbers into the official strings as they are (transbench101/conversions.py,
// convert_op_indices_micro_to_str and …_macro_to_str), and so do its files of scores; what those count
// says so too (TestTNB101MicroTable).
func TestTNB101FromNASLibTuples(t *testing.T) {
	parses(t, TNB101Micro{}, []struct{ text, want, bad string }{
		{"(2, 3, 2, 3, 2, 3)", "232323", ""},
		{"(1, 0, 2, 3, 3)", "", "a genome has 6 characters, this has 5"},
		{"(1, 0, 2, 3, 3, 4)", "", "character 6 is '4'"},
		{"[1, 0, 2, 3, 3, 3]", "", "NASLib writes a tuple"},
	})
	parses(t, TNB101Macro{}, []struct{ text, want, bad string }{
		{"(1, 2, 3, 4, 0, 0)", "1234", ""},
		{"(1, 2, 3, 4, 1, 1)", "123411", ""},
		{"(1, 2, 3, 4)", "", "NASLib writes 6 digits"},
		{"(1, 0, 3, 4, 1, 1)", "", "not a module 1..4"},
	})
}
