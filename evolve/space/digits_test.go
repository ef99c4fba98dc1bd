package space

import (
	"bufio"
	"compress/gzip"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// digitsSpaces are the spaces on the core of digits with what is known of them: genomes,
// neighbours of each, bits of onehot.
var digitsSpaces = []struct {
	space interface {
		evolve.Space
		evolve.Mutator
		evolve.Crosser
		evolve.Neighborer
		evolve.Encoder
		evolve.Notation
	}
	core              *digits
	size              int64
	neighbors, onehot int
}{
	{Macro{}, macroDigits, 6561, 16, 24},
	{Channel{}, channelDigits, 16384, 21, 28},
	{NATSSize{}, sizeDigits, 32768, 35, 40},
	{TNB101Micro{}, tnb101MicroDigits, 4096, 18, 24},
	{Graph{}, graphNine.digits, 59049, 40, 45},
	{NewGraph(true), graphFive.digits, 5625, 24, 29},
	{Mnas{}, mnasDigits, 104_485_552_128, 43, 71},
}

func TestDigitsFacts(t *testing.T) {
	for _, c := range digitsSpaces {
		if c.core.size != c.size {
			t.Errorf("%s: %d genomes, want %d", c.space.Name(), c.core.size, c.size)
		}
		r := evolve.Stream(1, "digits")
		for range 50 {
			a := c.space.Sample(r)
			if got := c.core.arch(c.core.rank(a)); got != a {
				t.Fatalf("%s: %s has the rank of %s", c.space.Name(), a, got)
			}
			bits, err := c.space.Encode(nil, "onehot", a)
			if err != nil || len(bits) != c.onehot {
				t.Fatalf("%s: onehot of %s is %v, %v; want %d bits", c.space.Name(), a, bits, err, c.onehot)
			}
			set := 0.
			for _, b := range bits {
				set += b
			}
			if int(set) != len(a) {
				t.Fatalf("%s: onehot of %s sets %g bits, want %d", c.space.Name(), a, set, len(a))
			}
			adj, err := c.space.Encode(nil, "adj", a)
			if err != nil || len(adj) != len(a) {
				t.Fatalf("%s: adj of %s is %v, %v", c.space.Name(), a, adj, err)
			}
			for i := range a {
				if adj[i] != float64(a[i]-'0') {
					t.Fatalf("%s: adj of %s is %v", c.space.Name(), a, adj)
				}
			}
		}
	}
}

// Samples and single changes are uniform, and a child of one is a neighbour.
func TestDigitsOperators(t *testing.T) {
	for _, c := range digitsSpaces {
		t.Run(c.space.Name(), func(t *testing.T) {
			r := evolve.Stream(1, "operators")
			counts := make([][]int, len(c.core.decisions))
			for i := range counts {
				counts[i] = make([]int, len(c.core.decisions[i].chars))
			}
			for range 8000 {
				a := c.space.Sample(r)
				for i := range counts {
					counts[i][c.core.decisions[i].value[a[i]]]++
				}
			}
			for i, n := range counts {
				if c.core.hole == nil { // a hole makes its digits rarer
					chiSquare(t, "digits", n, slices.Repeat([]float64{1 / float64(len(n))}, len(n)))
				} else if slices.Min(n) == 0 {
					t.Errorf("decision %d: values seen %v", i, n)
				}
			}
			one, err := c.space.Mutation("one")
			if err != nil {
				t.Fatal(err)
			}
			parent := c.space.Sample(r)
			all := c.space.Neighbors(nil, parent)
			if len(all) != c.neighbors {
				t.Fatalf("%d neighbours of %s, want %d", len(all), parent, c.neighbors)
			}
			seen, chance := make([]int, len(all)), make([]float64, len(all))
			for k, b := range all {
				for i := range b {
					if b[i] != parent[i] {
						chance[k] = 1 / float64(len(b)*(len(c.core.decisions[i].chars)-1))
					}
				}
			}
			for range 20_000 {
				k := slices.Index(all, one(parent, r))
				if k < 0 {
					t.Fatalf("a child of %s is no neighbour", parent)
				}
				seen[k]++
			}
			chiSquare(t, "children", seen, chance)
			other := all[0]
			for _, b := range all { // one change in every decision
				for i := range b {
					if b[i] != parent[i] && other[i] == parent[i] {
						other = other[:i] + b[i:i+1] + other[i+1:]
					}
				}
			}
			from := make([]int, len(parent))
			for range 2000 {
				child := c.space.Cross(parent, other, r)
				for i := range child {
					if child[i] == other[i] {
						from[i]++
					} else if child[i] != parent[i] {
						t.Fatalf("%s is no child of %s and %s", child, parent, other)
					}
				}
			}
			for i, n := range from {
				if n < 850 || n > 1150 { // six standard deviations and more
					t.Errorf("decision %d is of the second parent in %d of 2000", i, n)
				}
			}
		})
	}
}

// The options reach the spaces.
func TestDigitsOptions(t *testing.T) {
	for text, want := range map[string]evolve.Space{
		"macro": Macro{}, "channel": Channel{}, "size": NATSSize{}, "mnas": Mnas{},
		"graph": Graph{}, "graph,ops=5": NewGraph(true),
		"tnb101-micro": TNB101Micro{}, "tnb101-micro,sampler=naslib": TNB101Micro{NASLib: true},
		"tnb101-macro": TNB101Macro{}, "tnb101-macro,sampler=naslib": TNB101Macro{NASLib: true},
	} {
		spec, err := evolve.ParseSpec(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, err := evolve.Spaces.Open(spec); err != nil || got != want {
			t.Errorf("%s opens %#v, %v; want %#v", text, got, err, want)
		}
	}
}

// No operator of a space that is kept whole allocates; of a large one, the child alone.
func TestDigitsAllocations(t *testing.T) {
	r := evolve.Stream(1, "allocations")
	check := func(s evolve.Space, most float64) {
		t.Helper()
		m, x := s.(evolve.Mutator), s.(evolve.Crosser)
		a, b := s.Sample(r), s.Sample(r)
		for _, name := range m.Mutations() {
			mutate, err := m.Mutation(name)
			if err != nil {
				t.Fatal(err)
			}
			if got := testing.AllocsPerRun(100, func() { a = mutate(a, r) }); got > most {
				t.Errorf("%s, %s: %g allocations, want at most %g", s.Name(), name, got, most)
			}
		}
		for name, f := range map[string]func(){
			"Sample": func() { a = s.Sample(r) },
			"Cross":  func() { a = x.Cross(a, b, r) },
			"Canon":  func() { a, _ = s.Canon(a) },
		} {
			if got := testing.AllocsPerRun(100, f); got > most {
				t.Errorf("%s, %s: %g allocations, want at most %g", s.Name(), name, got, most)
			}
		}
	}
	for _, c := range digitsSpaces {
		most := 0.
		if c.core.all == nil {
			most = 1
		}
		check(c.space, most)
	}
	check(TNB101Macro{}, 0)
	check(TNB101Macro{NASLib: true}, 0)
}

// parses asserts what a notation makes of texts: an arch, or an ErrInvalid that says bad.
func parses(t *testing.T, s evolve.Notation, cases []struct{ text, want, bad string }) {
	t.Helper()
	for _, c := range cases {
		got, err := s.Parse(c.text)
		if c.bad == "" {
			if err != nil || string(got) != c.want {
				t.Errorf("%q: %q, %v; want %s", c.text, got, err, c.want)
			}
		} else if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.bad) || got != "" {
			t.Errorf("%q: %q, %v; want ErrInvalid that says %s", c.text, got, err, c.bad)
		}
	}
}

// fuzzParse asserts that what is read prints and reads as itself, and all else is refused.
func fuzzParse(f *testing.F, spaces []evolve.Space, seeds ...string) {
	for _, text := range seeds {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range spaces {
			n := s.(evolve.Notation)
			a, err := n.Parse(text)
			if err != nil {
				if !errors.Is(err, evolve.ErrInvalid) || a != "" {
					t.Fatalf("%q: %q, %v; want ErrInvalid", text, a, err)
				}
				continue
			}
			for _, printed := range []string{n.Format(a), string(a)} {
				if again, err := n.Parse(printed); err != nil || again != a {
					t.Fatalf("%q is %s, which prints as %s and reads as %s, %v", text, a, printed, again, err)
				}
			}
			idempotent(t, s, a)
			if _, err := s.(evolve.Encoder).Encode(nil, "onehot", a); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestDigitsParse(t *testing.T) {
	parses(t, Macro{}, []struct{ text, want, bad string }{
		{"22212220", "22212220", ""},
		{"00100000", "00100000", ""},
		{"", "", "a genome has 8 characters, this has 0"},
		{"2221222", "", "a genome has 8 characters, this has 7"},
		{"222122200", "", "this has 9"},
		{"22213220", "", "character 5 is '3', want one of 012"},
		{"\xff2212220", "", `character 1 is 'ÿ', want one of 012`},
	})
	parses(t, Channel{}, []struct{ text, want, bad string }{
		{"1234432", "1234432", ""},
		{"123443", "", "a genome has 7 characters, this has 6"},
		{"1230432", "", "character 4 is '0', want one of 1234"},
	})
}

func FuzzDigitsParse(f *testing.F) {
	fuzzParse(f, []evolve.Space{Macro{}, Channel{}}, "", "22212220", "1234432", "2221222\x00", "1234435")
}

// sharedTable reads the rows of a published table, without the heading.
func sharedTable(t *testing.T, path ...string) [][]string {
	t.Helper()
	f, err := os.Open(shared.Path(t, append([]string{"data"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	sc := bufio.NewScanner(z)
	for sc.Scan() {
		rows = append(rows, strings.Split(sc.Text(), ","))
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}
