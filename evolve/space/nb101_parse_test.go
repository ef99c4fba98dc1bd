package space

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// nb101JSON writes a graph from its edges, "01 12" being 0→1 and 1→2, and operations as
// digits, with as many vertices as there are operations and two.
func nb101JSON(edges, ops string) string {
	n := len(ops) + 2
	matrix := make([][]int, n)
	for x := range matrix {
		matrix[x] = make([]int, n)
	}
	for _, e := range strings.Fields(edges) {
		matrix[e[0]-'0'][e[1]-'0'] = 1
	}
	labels := []string{"input"}
	for _, op := range ops {
		labels = append(labels, NB101Ops[op-'0'])
	}
	text, err := json.Marshal(map[string]any{"matrix": matrix, "ops": append(labels, "output")})
	if err != nil {
		panic(err) // integers and text
	}
	return string(text)
}

func TestNB101Parse(t *testing.T) {
	for _, c := range []struct {
		text string
		want evolve.Arch
		bad  string // what the error says
	}{
		{nb101JSON("01", ""), "008000-00000", ""},
		{nb101JSON("01 02 12", "1"), "018001-10000", ""},
		{nb101JSON("01 13 02 23", "12"), "030003-12000", ""},
		{" \n" + `{ "ops" : ["input","output"], "matrix":[[0,1],[0,0]] }` + "\t", "008000-00000", ""},
		{"008000-00000", "008000-00000", ""},
		{"1fffff-00000", "", "21 edges after pruning, at most 9 are allowed"},
		// Dead parts are kept, also isolated vertices whose operation is not the first.
		{nb101JSON("04 12", "001"), "008004-00100", ""},
		{nb101JSON("06 12 34", "00121"), "008204-00121", ""},
		// Of eight or nine vertices the pruned graph is taken.
		{nb101JSON("08 12 23 34 45 56", "1201201"), "008000-00000", ""},
		{nb101JSON("01 12 27 34 45 56", "120120"), "020005-12000", ""},
		{nb101JSON("01 12 23 34 45 56 67 68", "1201201"), "", "8 vertices after pruning"},
		{nb101JSON("01 12 23 34 45 56 67 78", "0000000"), "", "9 vertices after pruning, at most 7 are allowed"},
		{nb101JSON("12 23", "000000"), "", "no path from input to output"},
		{nb101JSON("12 23", "00000"), "", "no path from input to output"},
		{nb101JSON("01 02 03 04 05 16 26 36 46 56", "00000"), "", "10 edges after pruning"},
		{nb101JSON("01 02 03 04 05 18 28 38 48 58 67", "0000000"), "", "10 edges after pruning"},
		// Many edges are no fault while they are dead.
		{nb101JSON("06 12 13 14 15 23 24 25 34 35 45", "00000"), "00fbb4-00000", ""},

		{"", "", "this has 0"},
		{"008000-0000", "", "12 characters, this has 11"},
		{"008000-000000", "", "12 characters, this has 13"},
		{"208000-00000", "", `character 1 is '2', not 0 or 1: there are 21 edges`},
		{"g08000-00000", "", `character 1 is 'g', not a digit`},
		{"00A000-00000", "", `character 3 is 'A', not a digit 0..9, a..f`},
		{"008000+00000", "", `character 7 is '+', not a dash`},
		{"008000-00300", "", `character 10 is '3', not an operation 0..2`},
		{"000000-00000", "", "no path from input to output"},
		{`[[0,1],[0,0]]`, "", "a genome is"},
		{`{`, "", "byte 1: "},
		{`{}`, "", `key "matrix" is missing`},
		{`{"matrix":[[0,1],[0,0]]}`, "", `key "ops" is missing`},
		{`{"Matrix":[[0,1],[0,0]],"ops":["input","output"]}`, "", `key "matrix" is missing`},
		{`{"ops":["input","output"],"ops":["input","output"]}`, "", `key "ops" a second time`},
		{`{"matrix":[[0,1],[0,0]],"ops":["input","output"]}{}`, "", "more text behind the object"},
		{`{"matrix":[[0,1],[0,0]],"ops":["input","output"]`, "", "byte 48"},
		{`{"matrix":[[0,1],[0,0]],"ops":["input","output"]]`, "", "byte 48"},
		{`{"matrix":3,"ops":["input","output"]}`, "", "cannot unmarshal number"},
		{`{"matrix":[],"ops":[]}`, "", "the matrix has 0 rows, want 2 to 9"},
		{`{"matrix":null,"ops":[]}`, "", "the matrix has 0 rows"},
		{`{"matrix":[[0,1],[0]],"ops":["input","output"]}`, "", "row 1 of the matrix has 1 entries, want 2"},
		{`{"matrix":[[0,1],null],"ops":["input","output"]}`, "", "row 1 of the matrix has 0 entries, want 2"},
		{`{"matrix":[[0,1.0],[0,0]],"ops":["input","output"]}`, "", `row 0, column 1 of the matrix is "1.0", want the whole number 0 or 1`},
		{`{"matrix":[[0,2],[0,0]],"ops":["input","output"]}`, "", `row 0, column 1 of the matrix is "2"`},
		{`{"matrix":[[0,"1"],[0,0]],"ops":["input","output"]}`, "", `row 0, column 1 of the matrix is "\"1\""`},
		{`{"matrix":[[0,true],[0,0]],"ops":["input","output"]}`, "", `row 0, column 1 of the matrix is "true"`},
		{`{"matrix":[[0,null],[0,0]],"ops":["input","output"]}`, "", `row 0, column 1 of the matrix is`},
		{`{"matrix":[[0,1],[1,0]],"ops":["input","output"]}`, "", "row 1, column 0 of the matrix is 1: edges must lead to later vertices"},
		{`{"matrix":[[1,1],[0,0]],"ops":["input","output"]}`, "", "row 0, column 0 of the matrix is 1"},
		{`{"matrix":[[0,1],[0,0]],"ops":["input"]}`, "", "1 ops for 2 vertices"},
		{`{"matrix":[[0,1],[0,0]],"ops":["output","input"]}`, "", `ops[0] is "output", want "input"`},
		{`{"matrix":[[0,1],[0,0]],"ops":["input","input"]}`, "", `ops[1] is "input", want "output"`},
		{strings.Replace(nb101JSON("01 02 12", "1"), "conv1x1-bn-relu", "conv1x1", 1), "", `ops[1] is "conv1x1" (known: conv3x3-bn-relu, conv1x1-bn-relu, maxpool3x3)`},
		{nb101JSON("01", "00000000"), "", "the matrix has 10 rows, want 2 to 9"},
	} {
		got, err := NB101{}.Parse(c.text)
		if c.bad == "" {
			if err != nil || got != c.want {
				t.Errorf("%q: %s, %v; want %s", c.text, got, err, c.want)
			}
		} else if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.bad) || got != "" || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %q, %v; want ErrInvalid that says %s", c.text, got, err, c.bad)
		}
	}
}

func TestNB101Format(t *testing.T) {
	for a, want := range map[evolve.Arch]string{
		"008000-00000": `{"matrix":[[0,1],[0,0]],"ops":["input","output"]}`,
		"018001-10000": `{"matrix":[[0,1,1],[0,0,1],[0,0,0]],"ops":["input","conv1x1-bn-relu","output"]}`,
		"008000-00100": nb101JSON("04", "001"),
		"008002-00000": nb101JSON("03 02", "00"),
		"000000-00000": "",
		"":             "",
	} {
		if got := (NB101{}).Format(a); got != want {
			t.Errorf("%s is printed as %s, want %s", a, got, want)
		}
	}
}

func FuzzNB101Parse(f *testing.F) {
	for _, text := range []string{
		"", "008000-00000", "1fffff-00000", "g08000-00000", "{", "{}", nb101JSON("01", ""), nb101JSON("06 12 34", "00121"),
		nb101JSON("08 12 23 34 45 56", "1201201"), `{"matrix":[[0,1.0],[0,0]],"ops":["input","output"]}`,
		`{"matrix":[[0,null],[0,0]],"ops":[null,"output"]}`, `{"ops":["input","output"],"ops":["input","output"]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := NB101{}.Parse(text)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) || a != "" {
				t.Fatalf("%q: %q, %v; want ErrInvalid", text, a, err)
			}
			return
		}
		again, err := NB101{}.Parse(NB101{}.Format(a))
		if err != nil || again != a {
			t.Fatalf("%q is %s, which prints and reads as %s, %v", text, a, again, err)
		}
		idempotent(t, NB101{}, a)
	})
}

func FuzzNB101Genome(f *testing.F) {
	f.Add("008000-00000", uint64(1))
	f.Add("1fffff-22222", uint64(2))
	f.Add("00fb5a-01201", uint64(3))
	f.Add("008000-0000", uint64(4))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		a := evolve.Arch(text)
		s := NB101{}
		canon, err := s.Canon(a)
		if err != nil {
			if !errors.Is(err, evolve.ErrInvalid) || canon != "" || s.Index(a) != -1 || s.Hash(a) != "" || s.Format(a) != "" {
				t.Fatalf("%q: %q, %v; want ErrInvalid everywhere", text, canon, err)
			}
			return
		}
		idempotent(t, s, a)
		i := s.Index(a)
		if s.At(i) != canon || s.Hash(a) != s.Hash(canon) {
			t.Fatalf("%s: index %d, which is %s, canonical %s", a, i, s.At(i), canon)
		}
		r := evolve.Stream(seed, "fuzz")
		edges, word, _ := nb101Read(a)
		if twin := nb101Packed(nb101Renumbered(edges, word, r)).text(); s.Index(twin) != i {
			t.Fatalf("%s has index %d, renumbered as %s %d", a, i, twin, s.Index(twin))
		}
		children := s.Neighbors(nil, a)
		for _, name := range s.Mutations() {
			mutate, err := s.Mutation(name)
			if err != nil {
				t.Fatal(err)
			}
			children = append(children, mutate(a, r))
		}
		for _, b := range append(children, s.Cross(a, children[len(children)-1], r)) {
			if _, err := s.Canon(b); err != nil {
				t.Fatalf("the child %s of %s: %v", b, a, err)
			}
			if back, err := s.Parse(s.Format(b)); err != nil || back != b {
				t.Fatalf("%s prints and reads as %s, %v", b, back, err)
			}
		}
	})
}
