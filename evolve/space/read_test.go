package space

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// readsBack asserts that an architecture is read from all that is printed of it: notation, genome, key.
func readsBack(t *testing.T, s evolve.Space, a evolve.Arch) {
	t.Helper()
	for _, text := range []string{s.(evolve.Notation).Format(a), string(a)} {
		for _, text := range []string{text, "\ufeff" + text, " \t" + text + "\r\n"} {
			if b, err := Read(s, text); err != nil || b != a {
				t.Fatalf("%s: %s printed as %q reads as %q, %v", s.Name(), a, text, b, err)
			}
		}
	}
	canon, err := s.Canon(a)
	if err != nil {
		t.Fatal(err)
	}
	// What amoeba canon prints as hash: a number is a key behind #, the module hash of nb101 as it is.
	key := Key(s, a)
	if key == "" {
		return
	}
	keys := []string{key}
	if whole, _ := Base(s); s.Name() != "nb101" {
		if _, ok := whole.(evolve.Finder); ok { // a number, and so the same with zeros before it
			keys = append(keys, "#00"+key[1:])
		}
	}
	for _, key := range keys {
		b, err := Read(s, key)
		if err == nil {
			b, err = s.Canon(b)
		}
		if err != nil || b != canon {
			t.Fatalf("%s: the key %s of %s finds %q, %v", s.Name(), key, a, b, err)
		}
	}
}

func TestReadWhatIsPrinted(t *testing.T) {
	for _, e := range evolve.Spaces.Entries() {
		s, _, err := evolve.Spaces.Open(evolve.Spec{Name: e.Name})
		if err != nil {
			t.Fatal(err)
		}
		n := 200
		if e.Name == "nb101" {
			n = 20 // a hash takes 30 ms
		}
		if testing.Short() {
			n /= 5
		}
		r, archs := evolve.Stream(1, "read"), []evolve.Arch{}
		for range n {
			if a := s.Sample(r); !slices.Contains(archs, a) {
				archs = append(archs, a)
			}
		}
		for _, a := range archs {
			readsBack(t, s, a)
		}
		p, err := NewPool(s, archs, PoolRefuse, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range archs[:min(20, len(archs))] {
			// A pool may hold two genomes of one network, of which a key finds the first.
			if first := slices.IndexFunc(archs, func(b evolve.Arch) bool { x, _ := s.Canon(a); y, _ := s.Canon(b); return x == y }); archs[first] == a {
				readsBack(t, p, a)
			}
		}
	}
	for _, c := range PublishedCells() {
		s := map[string]evolve.Space{"darts": DARTS{}, "nasnet": NASNet{}}[c.Space]
		readsBack(t, s, c.Arch)
		for _, name := range []string{c.Name, strings.ToUpper(c.Name), strings.ReplaceAll(c.Name, "-", "_")} {
			if a, err := Read(s, name); err != nil || a != c.Arch {
				t.Errorf("%s is %s, %v", name, a, err)
			}
		}
	}
}

func TestReadKeys(t *testing.T) {
	pool, err := NewPool(NB201{}, []evolve.Arch{"333333", "233333"}, PoolRefuse, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		space evolve.Space
		text  string
		want  evolve.Arch
		bad   string
	}{
		{NB201{}, "#1", "334131", ""},
		{NB201{}, "#15624", NB201{}.At(15624), ""},
		{NATSSize{}, "#4681", "11111", ""},
		{NewGraph(false), "#68012", "68012", ""},
		{NewGraph(false), "#0", "00000", ""},
		{NewGraph(false), "#00000", "00000", ""},
		{NewGraph(false), "#08888", "", "published number of no network"},
		{NewGraph(false), "#8888", "", "published number of no network"}, // four skips
		{Macro{}, "#22212220", "22212220", ""},
		{NB101{}, "28CFC7874F6D200472E1A9DCD8650AA0", NB101{}.At(359715), ""},
		{NB101{}, "043721b9c7fe8c5fad811d47d83132ec", "008000-00000", ""},
		{pool, NB201{}.Hash("233333"), "", "a genome has 6 digits"},
		{pool, "#" + NB201{}.Hash("233333"), "233333", ""},
		{pool, "#1", "", `"334131" is none of the 2 recorded architectures, the nearest is |nor_conv_3x3~0|+|`},
		{NB201{}, "#15625", "", "want the official index, #0 to #15624"},
		{NB201{}, "#01", "334131", ""},
		{NB201{}, "#00000", NB201{}.At(0), ""},
		{NB201{}, "#015625", "", "#015625: want the official index"},
		{NB201{}, "#+1", "", "want the official index"},
		{NATSSize{}, "#004681", "11111", ""},
		{NB201{}, "#", "", "want the official index"},
		{NB201{}, "#-1", "", "want the official index"},
		{NB201{}, "# 1", "", "a comment and no architecture"},
		{NB101{}, "#7", "", "a cell's key is its module hash, 32 hexadecimal digits"},
		{NB101{}, "00000000000000000000000000000000", "", "module hash of none of the 423624 cells"},
		{Macro{}, "#00001000", "", "this network's number is #00010000"},
		{Macro{}, "#3", "", "number that amoeba canon macro prints as hash"},
		{NASNet{}, "#3", "", "number that amoeba canon nasnet prints as hash"},
		{NLP{Hidden: 2, Nodes: 7}, "#3", "", "number that amoeba canon nlp prints as hash"},
		{NB201{}, "darts-v2", "", "darts-v2 is a cell of the space darts, not of nb201"},
		{DARTS{}, "darts_v3", "", `published cell of darts "darts-v3": did you mean "darts-v`},
	} {
		got, err := Read(c.space, c.text)
		switch {
		case c.bad == "":
			if err != nil || got != c.want {
				t.Errorf("%s: %s is %q, %v; want %s", c.space.Name(), c.text, got, err, c.want)
			}
		case err == nil || !strings.Contains(err.Error(), c.bad) || got != "" || !(errors.Is(err, evolve.ErrInvalid) || errors.Is(err, evolve.ErrUnknown)):
			t.Errorf("%s: %s is %q, %v; want an error that says %s", c.space.Name(), c.text, got, err, c.bad)
		}
	}
}

// The official order of NAS-Bench-201, line by line, and the official hashes of NAS-Bench-101.
func TestReadVectors(t *testing.T) {
	text, err := os.ReadFile(shared.Path(t, "vectors", "nb201_index_order.txt"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		want := evolve.Arch(strings.TrimSpace(line))
		key := "#" + NB201{}.Hash(want)
		if a, err := Read(NB201{}, key); err != nil || a != want || (NB201{}).Index(want) != n {
			t.Fatalf("line %d: %s is %s, %v, want %s", n+1, key, a, err, want)
		}
		n++
	}
	if n != NB201Size {
		t.Errorf("%d lines, want %d", n, NB201Size)
	}
	f, err := os.Open(shared.Path(t, "vectors", "nb101_hash_sample.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n = 0
	for s := bufio.NewScanner(f); s.Scan() && n < 10; {
		var v struct {
			Hash   string
			Domain bool `json:"in_domain"`
		}
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		if !v.Domain {
			continue
		}
		n++
		want, err := NB101{}.Parse(s.Text())
		if err != nil {
			t.Fatal(err)
		}
		want, _ = NB101{}.Canon(want)
		if a, err := Read(NB101{}, v.Hash); err != nil || a != want {
			t.Errorf("%s is %s, %v, want %s", v.Hash, a, err, want)
		}
	}
}

// Genotypes as formatters, notebooks and JSON writers leave them.
func TestReadGenotypes(t *testing.T) {
	_, inside, _ := strings.Cut(dartsV2, "(")
	inside = inside[:len(inside)-1]
	object := "{" + strings.NewReplacer("normal=", `"normal": `, "reduce=", `"reduce": `, "normal_concat=", `"normal_concat": `, "reduce_concat=", `"reduce_concat": `, "(", "[", ")", "]", "'", `"`).Replace(inside) + "}"
	if !json.Valid([]byte(object)) {
		t.Fatalf("no JSON: %s", object)
	}
	nas := "{" + strings.NewReplacer("normal=", `'normal': `, "reduce=", `'reduce': `, "normal_concat=", `'normal_concat': `, "reduce_concat=", `'reduce_concat': `).Replace(amoebaNetAText[len("Genotype("):len(amoebaNetAText)-1]) + ",}"
	for _, c := range []struct {
		space evolve.Space
		text  string
		want  evolve.Arch
	}{
		{DARTS{}, "Genotype(" + inside + ",)", dartsV2Digits},
		{DARTS{}, "Genotype(\n    " + strings.ReplaceAll(inside, ", ", ",\n    ") + ",\n)\n", dartsV2Digits},
		{DARTS{}, "DARTS_V2 = " + dartsV2, dartsV2Digits},
		{DARTS{}, "# the cell of the paper\nDARTS_V2=" + dartsV2 + " # second order\n# end", dartsV2Digits},
		{DARTS{}, strings.Replace(dartsV2, "normal_concat=", "# 'normal' (\nnormal_concat=", 1), dartsV2Digits},
		{DARTS{}, strings.ReplaceAll(dartsV2, "[2, 3, 4, 5]", "list(range(2, 6))"), dartsV2Digits},
		{DARTS{}, strings.ReplaceAll(dartsV2, "[2, 3, 4, 5]", "list( range(2, 6) )"), dartsV2Digits},
		{DARTS{}, object, dartsV2Digits},
		{DARTS{}, strings.ReplaceAll(object, ", ", ",\n\t"), dartsV2Digits},
		{DARTS{}, "(((0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5)), ((0, 0), (1, 0), (2, 2), (1, 0), (0, 0), (2, 2), (2, 2), (1, 0)))", dartsV2Digits},
		{DARTS{}, "[[[0, 3], [1, 3], [0, 3], [1, 3], [1, 3], [0, 2], [0, 2], [2, 5]], [[0, 0], [1, 0], [2, 2], [1, 0], [0, 0], [2, 2], [2, 2], [1, 0]]]", dartsV2Digits},
		{NASNet{}, nas, amoebaNetA},
		{NASNet{}, "AmoebaNet_A = " + strings.Replace(amoebaNetAText, "[2, 3, 4, 5, 6]", "list(range(2, 7))", 1), amoebaNetA},
		{NewGraph(false), "Arch([0, 1, 2, 1], ['gcn', 'gin', 'fc', 'cheb'])", "61237"}, // as regularize of the authors' code exchanges the last two
		{NewGraph(false), "arch = Arch(lk=[0, 1, 1, 2], op=[\"gcn\", \"gin\", \"cheb\", \"fc\",],)", "61237"},
	} {
		got, err := Read(c.space, c.text)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %s", c.text, got, err, c.want)
		}
	}
	for _, c := range []struct {
		space     evolve.Space
		text, bad string
	}{
		{DARTS{}, "Genotype(" + inside + ",,)", "want ), found"},
		{DARTS{}, "x y = " + dartsV2, "want Genotype("},
		{DARTS{}, "3 = " + dartsV2, "want Genotype("},
		{DARTS{}, strings.Replace(dartsV2, "[2, 3, 4, 5]", "list(2, 6)", 1), "want range("},
		{DARTS{}, strings.Replace(object, `"normal"`, `"norma"`, 1), "want one of normal_concat, reduce_concat, normal, reduce"},
		{DARTS{}, strings.Replace(object, `"normal":`, `"normal"=`, 1), "want :, found"},
		{DARTS{}, object[:len(object)-1], "want }, found"},
		{DARTS{}, object + "]", "follows the cells"},
		{DARTS{}, "([(0, 3), (1, 3), (0, 3), (1, 3), (1, 3), (0, 2), (0, 2), (2, 5)], [(0, 0), (1, 0), (2, 2), (1, 0), (0, 0), (2, 2), (2, 2), (1, 0)])", "naszilla and randomNAS both write"},
		{DARTS{}, "(1, 2)", "a cell is 8 pairs"},
		{NewGraph(false), "Arch([0, 1, 2, 4], ['gcn', 'gin', 'fc', 'cheb'])", "node 4 reads '4', want 0..3"},
		{NewGraph(false), "Arch([0, 1, 2], ['gcn', 'gin', 'fc', 'cheb'])", "want the list of links of four nodes"},
		{NewGraph(false), "Arch([0, 1, 2, 3], ['gcn', 'gin', 'fc', 'chebb'])", `unknown operation "chebb"`},
		{NewGraph(false), "Arch([0, 1, 2, 3], ['gcn', 'gin', 'fc', 'a,b'])", "want the name of an operation"},
		{NewGraph(false), "Arch(['0', 1, 2, 3], ['gcn', 'gin', 'fc', 'cheb'])", "want the number of a node"},
		{NewGraph(false), "Arch([0, 1, 2, 3])", "want ,, found"},
		{NewGraph(true), "Arch([0, 1, 2, 3], ['gcn', 'gin', 'fc', 'cheb'])", "unknown operation"},
	} {
		if got, err := Read(c.space, c.text); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), c.bad) || got != "" {
			t.Errorf("%s: %q, %v; want ErrInvalid that says %s", c.text, got, err, c.bad)
		}
	}
}

// FuzzRead: whatever is read is printed so that it reads as itself; all else is refused in one line.
func FuzzRead(f *testing.F) {
	var all []evolve.Space
	for _, e := range evolve.Spaces.Entries() {
		s, _, err := evolve.Spaces.Open(evolve.Spec{Name: e.Name})
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, s)
	}
	pool, err := NewPool(NB201{}, []evolve.Arch{"333333", "233333"}, PoolRefuse, "")
	if err != nil {
		f.Fatal(err)
	}
	all = append(all, pool)
	for _, text := range []string{"", "#", "#284", "#0", "# 1", "#99999999999999999999", "28cfc7874f6d200472e1a9dcd8650aa0", "DARTS_V2", "amoebanet a", "(2, 0, 2, 2, 2, 0)", "(0, 1, 0, 0, 0, 1)",
		"x = " + dartsV2 + " # y", `{"normal_concat": [2, 3], "normal": list(range(2, 6))}`, "Arch([0, 1, 2, 1], ['gcn', 'gin', 'fc', 'cheb'])", "((", "\ufeff#1", "_=#\n(", "list(range(", "8:8:8:16:40"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range all {
			a, err := Read(s, text)
			if err != nil {
				if a != "" || !(errors.Is(err, evolve.ErrInvalid) || errors.Is(err, evolve.ErrUnknown)) {
					t.Fatalf("%s: %q is %q, %v", s.Name(), text, a, err)
				}
				continue
			}
			for _, printed := range []string{s.(evolve.Notation).Format(a), string(a)} {
				if b, err := Read(s, printed); err != nil || b != a {
					t.Fatalf("%s: %q is %s, which prints as %q and reads as %q, %v", s.Name(), text, a, printed, b, err)
				}
			}
		}
	})
}

// A text in another space's notation is of that space, if of one alone; a bare genome may mean anything.
func TestOther(t *testing.T) {
	cell := NB101{}.Format("1b060b-10002")
	for _, c := range []struct {
		space      evolve.Space
		text, want string
	}{
		{NB201{}, cell, "nb101"}, {NB201{}, "\ufeff" + cell + "\r", "nb101"}, {NB101{}, cell, ""},
		{NB101{}, NB201{}.Format("301003"), "nb201"}, {DARTS{}, NB201{}.Format("301003"), "nb201"},
		{NB201{}, DARTS{}.Format(DARTS{}.Sample(evolve.Stream(1, "other"))), "darts"},
		{NB201{}, "1b060b-10002", ""}, {NB101{}, "301003", ""}, {NB201{}, "", ""}, {NB201{}, "{}", ""}, {NB201{}, "(1, 2", ""},
		{Macro{}, "(1, 0, 2, 3, 3, 3)", ""}, // of nb201 and of tnb101-micro
	} {
		if got := Other(c.space, c.text); got != c.want {
			t.Errorf("%q is of %q beside %s, want %q", c.text, got, c.space.Name(), c.want)
		}
	}
}

func TestKey(t *testing.T) {
	for _, c := range []struct {
		space evolve.Space
		a     evolve.Arch
		want  string
	}{
		{NB201{}, "301003", "#14579"}, {NewGraph(false), "00001", "#1"}, {Macro{}, "22212202", "#22212220"}, {Channel{}, "1234432", "#1234432"},
		{NB101{}, "008000-00000", "043721b9c7fe8c5fad811d47d83132ec"}, {NASNet{}, NASNet{}.Sample(evolve.Stream(1, "key")), ""},
	} {
		if got := Key(c.space, c.a); got != c.want {
			t.Errorf("%s: the key of %s is %q, want %q", c.space.Name(), c.a, got, c.want)
		}
	}
}
