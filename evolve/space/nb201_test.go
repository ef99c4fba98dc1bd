package space

import (
	"bufio"
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// nb201Connected says whether a signal can pass from the input to the output.
func nb201Connected(a evolve.Arch) bool {
	return slices.ContainsFunc(nb201Paths[:], func(path []int) bool {
		return !slices.ContainsFunc(path, func(e int) bool { return a[e] == '0' })
	})
}

// testdata/nb201_sample.jsonl is what the official Python code (D-X-Y/NATS-Bench) says of 200
// random cells.
func TestNB201Vectors(t *testing.T) {
	n := 0
	for line := range bytes.Lines(testdata(t, "nb201_sample.jsonl")) {
		var v struct {
			Index      int
			Arch       string
			EdgeOps    [6]int `json:"edge_ops"`
			Connected  bool
			UniqueTrue string `json:"unique_true"`
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		n++
		a, err := NB201{}.Parse(v.Arch)
		if err != nil {
			t.Fatal(err)
		}
		if got := nb201Digits(a); got != v.EdgeOps {
			t.Errorf("%s: operations %v, want %v", v.Arch, got, v.EdgeOps)
		}
		if got := (NB201{}).Index(a); got != v.Index || (NB201{}).At(v.Index) != a {
			t.Errorf("%s: index %d, want %d", v.Arch, got, v.Index)
		}
		if got := (NB201{}).Format(a); got != v.Arch {
			t.Errorf("%s is printed as %s", v.Arch, got)
		}
		if got := NB201Unique(a); got != v.UniqueTrue {
			t.Errorf("%s: unique %s, want %s", v.Arch, got, v.UniqueTrue)
		}
		if got := nb201Connected(a); got != v.Connected {
			t.Errorf("%s: connected %t, want %t", v.Arch, got, v.Connected)
		}
	}
	if n != 200 {
		t.Errorf("%d vectors, want 200", n)
	}
}

// testdata/nb201_index_order.txt has the digits of index i in line i+1.
func TestNB201IndexOrder(t *testing.T) {
	sc, i := bufio.NewScanner(bytes.NewReader(testdata(t, "nb201_index_order.txt"))), 0
	for ; sc.Scan(); i++ {
		if a := (NB201{}).At(i); string(a) != sc.Text() || (NB201{}).Index(a) != i || (NB201{}).Hash(a) == "" {
			t.Fatalf("index %d is %s, want %s", i, a, sc.Text())
		}
	}
	if i != NB201Size {
		t.Errorf("%d lines, want %d", i, NB201Size)
	}
}

func testdata(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Facts of the whole space, made with the official code.
func TestNB201Whole(t *testing.T) {
	var all []string
	var order strings.Builder
	connected, unique, uniqueConnected := 0, map[string]bool{}, map[string]bool{}
	for i := range NB201Size {
		a := NB201{}.At(i)
		text := NB201{}.Format(a)
		all = append(all, text)
		order.WriteString(text + "\n")
		u := NB201Unique(a)
		unique[u] = true
		if nb201Connected(a) {
			connected++
			uniqueConnected[u] = true
		}
	}
	if connected != 15284 || len(unique) != 6466 || len(uniqueConnected) != 6461 {
		t.Errorf("%d connected, %d unique, %d unique among the connected; want 15284, 6466, 6461", connected, len(unique), len(uniqueConnected))
	}
	if got, want := sha256.Sum256([]byte(order.String())), "b24e2a8b6802be1326de041d81d564998ca8aa923055352f3a95c30d59ce7048"; hex.EncodeToString(got[:]) != want {
		t.Errorf("SHA-256 in the order of the index: %x, want %s", got, want)
	}
	uniques := make([]string, 0, len(unique))
	for u := range unique {
		uniques = append(uniques, u)
	}
	for name, c := range map[string]struct {
		texts []string
		want  string
	}{
		"cells":  {all, "77ba8fdb09bb9bc424b80d6017bd00a0"},
		"unique": {uniques, "0481c9b3178e639bce4fd33a2d2dd581"},
	} {
		slices.Sort(c.texts)
		if c.texts = slices.Compact(c.texts); name == "cells" && len(c.texts) != NB201Size {
			t.Errorf("%d different strings, want %d", len(c.texts), NB201Size)
		}
		if got := md5.Sum([]byte(strings.Join(c.texts, "\n") + "\n")); hex.EncodeToString(got[:]) != c.want {
			t.Errorf("MD5 of %s: %x, want %s", name, got, c.want)
		}
	}
}

// The representative is the lowest index of its class, and classes are the unique strings.
func TestNB201CanonIsLowestIndex(t *testing.T) {
	lowest, classes := map[string]evolve.Arch{}, map[evolve.Arch]bool{}
	for i := range NB201Size {
		a := NB201{}.At(i)
		u := NB201Unique(a)
		if _, ok := lowest[u]; !ok {
			lowest[u] = a
		}
		got, err := NB201{}.Canon(a)
		if err != nil || got != lowest[u] {
			t.Fatalf("Canon(%s) = %s, %v; want %s", a, got, err, lowest[u])
		}
		classes[got] = true
	}
	if len(classes) != 6466 {
		t.Errorf("%d classes, want 6466", len(classes))
	}
}

func TestNB201Neighbors(t *testing.T) {
	got := NB201{}.Neighbors(nil, "334131")
	if len(got) != 24 {
		t.Fatalf("%d neighbours, want 24", len(got))
	}
	for _, a := range got {
		differ := 0
		for e := range 6 {
			if a[e] != "334131"[e] {
				differ++
			}
		}
		if differ != 1 {
			t.Errorf("%s differs in %d edges", a, differ)
		}
	}
}

// nats takes a node and then one of its edges, uniform one of six; both put another of the
// four remaining operations there.
func TestNB201Mutations(t *testing.T) {
	draws := 180_000
	if testing.Short() {
		draws = 36_000
	}
	for name, chance := range map[string][]float64{
		"nats":    {1. / 3, 1. / 6, 1. / 6, 1. / 9, 1. / 9, 1. / 9},
		"uniform": {1. / 6, 1. / 6, 1. / 6, 1. / 6, 1. / 6, 1. / 6},
	} {
		t.Run(name, func(t *testing.T) {
			mutate, err := NB201{}.Mutation(name)
			if err != nil {
				t.Fatal(err)
			}
			r := evolve.Stream(1, name)
			const parent = "012341"
			edges, ops := make([]int, 6), [6][]int{}
			for e := range ops {
				ops[e] = make([]int, 5)
			}
			for range draws {
				child, changed := mutate(parent, r), 0
				for e := range 6 {
					if child[e] != parent[e] {
						changed++
						edges[e]++
						ops[e][child[e]-'0']++
					}
				}
				if changed != 1 {
					t.Fatalf("%s of %s is %s", name, parent, child)
				}
			}
			chiSquare(t, "edges", edges, chance)
			for e, n := range ops {
				old := int(parent[e] - '0')
				if n[old] != 0 {
					t.Errorf("edge %d keeps its operation %d times", e, n[old])
				}
				chiSquare(t, "operations", slices.Delete(n, old, old+1), []float64{.25, .25, .25, .25})
			}
		})
	}
}

// A child has each edge from either parent with equal chance, independently.
func TestNB201Cross(t *testing.T) {
	r, counts := evolve.Stream(1, "cross"), make([]int, 64)
	for range 32_000 {
		child, from := NB201{}.Cross("000000", "111111", r), 0
		for e := range 6 {
			from = from<<1 | int(child[e]-'0')
		}
		counts[from]++
	}
	chiSquare(t, "masks", counts, slices.Repeat([]float64{1. / 64}, 64))
}

// Every operation is as likely on every edge.
func TestNB201Sample(t *testing.T) {
	r := evolve.Stream(1, "sample")
	var counts [6][]int
	for range 20_000 {
		a := NB201{}.Sample(r)
		for e := range 6 {
			if counts[e] == nil {
				counts[e] = make([]int, 5)
			}
			counts[e][a[e]-'0']++
		}
	}
	for _, n := range counts {
		chiSquare(t, "operations", n, []float64{.2, .2, .2, .2, .2})
	}
}
