package space

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/bits"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/internal/long"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

// nb101Shared opens a file of the folder of published data, or skips.
func nb101Shared(t *testing.T, path ...string) *os.File {
	t.Helper()
	f, err := os.Open(shared.Path(t, path...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// nb101Rows reads a table of the published data; it has as many rows as there are cells.
func nb101Rows(t *testing.T, name, header string) func() []string {
	t.Helper()
	z, err := gzip.NewReader(nb101Shared(t, "data", "nasbench101", name))
	if err != nil {
		t.Fatal(err)
	}
	rows := csv.NewReader(bufio.NewReaderSize(z, 1<<16))
	rows.ReuseRecord = true
	next := func() []string {
		row, err := rows.Read()
		if err != nil {
			t.Fatal(err)
		}
		return row
	}
	if got := strings.Join(next(), ","); got != header {
		t.Fatalf("%s has the columns %s, want %s", name, got, header)
	}
	return next
}

// What the official code says of 200 random graphs.
func TestNB101Vectors(t *testing.T) {
	n, hashed := 0, map[string]evolve.Arch{}
	for sc := bufio.NewScanner(nb101Shared(t, "vectors", "nb101_hash_sample.jsonl")); sc.Scan(); n++ {
		var v struct {
			ID       int
			Matrix   json.RawMessage
			Ops      json.RawMessage
			Valid    bool `json:"valid_spec"`
			Vertices int  `json:"pruned_vertices"`
			Edges    int  `json:"pruned_edges"`
			Hash     string
			InDomain bool            `json:"in_domain"`
			Pruned   json.RawMessage `json:"pruned_matrix"`
			Kept     json.RawMessage `json:"pruned_ops"`
		}
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		a, err := NB101{}.Parse(`{"matrix":` + string(v.Matrix) + `,"ops":` + string(v.Ops) + `}`)
		if !v.InDomain {
			want := "no path from input to output"
			if v.Valid && v.Vertices > nb101Vertices {
				want = strconv.Itoa(v.Vertices) + " vertices after pruning"
			} else if v.Valid {
				want = strconv.Itoa(v.Edges) + " edges after pruning"
			}
			if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want) {
				t.Errorf("line %d: %q, %v; want ErrInvalid that says %s", v.ID, a, err, want)
			}
			continue
		}
		if err != nil {
			t.Fatalf("line %d: %v", v.ID, err)
		}
		if got := (NB101{}).Hash(a); got != v.Hash {
			t.Errorf("line %d: hash %s, want %s", v.ID, got, v.Hash)
		}
		edges, word, _ := nb101Read(a)
		if g := nb101Compact(edges, word); g.n != v.Vertices || bits.OnesCount32(nb101Prune(edges)) != v.Edges {
			t.Errorf("line %d: %d vertices and %d edges after pruning, want %d and %d", v.ID, g.n, bits.OnesCount32(nb101Prune(edges)), v.Vertices, v.Edges)
		}
		pruned, err := NB101{}.Parse(`{"matrix":` + string(v.Pruned) + `,"ops":` + string(v.Kept) + `}`)
		if err != nil {
			t.Fatalf("line %d: pruned: %v", v.ID, err)
		}
		canon, err := NB101{}.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		if twin, _ := (NB101{}).Canon(pruned); twin != canon {
			t.Errorf("line %d: canonical %s, pruned %s", v.ID, canon, twin)
		}
		if other, ok := hashed[v.Hash]; ok && other != canon {
			t.Errorf("line %d: canonical %s, of the same hash %s", v.ID, canon, other)
		}
		hashed[v.Hash] = canon
	}
	if n != 200 {
		t.Errorf("%d vectors, want 200", n)
	}
}

// The authors' numbers of the graphs by vertices, and of labelled ones before isomorphs are
// removed.
func TestNB101Counts(t *testing.T) {
	var cells [nb101Vertices + 1]int
	for i := range NB101Size {
		c := nb101Tables().cells[i]
		cells[bits.OnesCount32(nb101Live(c.edges()))]++
	}
	if want := [8]int{2: 1, 3: 6, 4: 84, 5: 2441, 6: 62010, 7: 359082}; cells != want {
		t.Errorf("cells by vertices %v, want %v", cells, want)
	}
	labelled, labels := 0, 1
	for inner := range nb101Inner + 1 {
		labelled += labels * len(nb101Full(inner))
		labels *= 3
	}
	if labelled != 1293208 {
		t.Errorf("%d labelled graphs, want 1293208", labelled)
	}
}

// What the official code says of all 2²¹ matrices: how many have no path, and how many are
// valid by vertices after pruning.
func TestNB101Matrices(t *testing.T) {
	broken, valid := 0, [8]int{}
	for edges := uint32(0); edges <= nb101AllEdges; edges++ {
		live := nb101Live(edges)
		switch {
		case nb101Valid(edges):
			valid[bits.OnesCount32(live)]++
		case live == 0:
			broken++
		}
		if found := nb101Tables().record[nb101Prune(edges)] != 0; found != nb101Valid(edges) {
			t.Fatalf("%06x: in the tables %t, valid %t", edges, found, nb101Valid(edges))
		}
	}
	if want := [8]int{2: 149607, 3: 310754, 4: 422740, 5: 466334, 6: 183855, 7: 4793}; broken != 149607 || valid != want {
		t.Errorf("%d without a path, want 149607; valid by vertices %v, want %v", broken, valid, want)
	}
}

// nb101Embedded is the genome of the published columns: vertices, edge bits of that many
// vertices, operations.
func nb101Embedded(vertices int, edges uint32, ops string) evolve.Arch {
	out := nb101Bit(0, vertices-1)
	text := nb101Labels[0]
	copy(text[:], ops)
	return nb101Text(edges&(1<<out-1)|edges>>out<<nb101Output, text)
}

// The hashes of the whole space, their order and every representative.
func TestNB101Whole(t *testing.T) {
	if testing.Short() {
		t.Skip("425 thousand hashes")
	}
	hashes := make([][md5.Size]byte, NB101Size)
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < NB101Size; i += workers {
				c := nb101Tables().cells[i]
				g := nb101Compact(c.edges(), c.word())
				hashes[i] = g.hash()
			}
		})
	}
	wg.Wait()
	slices.SortFunc(hashes, func(a, b [md5.Size]byte) int { return bytes.Compare(a[:], b[:]) })
	if n := len(slices.Compact(slices.Clone(hashes))); n != NB101Size {
		t.Errorf("%d different hashes, want %d", n, NB101Size)
	}
	sum := md5.New()
	for _, h := range hashes {
		sum.Write(append(hex.AppendEncode(nil, h[:]), '\n'))
	}
	if got, want := hex.EncodeToString(sum.Sum(nil)), "cb21faeee80b2b81bd0d989541f1aa89"; got != want {
		t.Errorf("MD5 of the sorted hashes %s, want %s", got, want)
	}
	first, last := hex.EncodeToString(hashes[0][:]), hex.EncodeToString(hashes[NB101Size-1][:])
	if first != "00005c142e6f48ac74fdcf73e3439874" || last != "ffff76fafa7b0cdf545fd7feee9c8bf9" {
		t.Errorf("hashes from %s to %s", first, last)
	}
}

// Every published row is the representative of its class and no two are one cell; parameters
// and multiply-adds are exact.
func TestNB101Published(t *testing.T) {
	if testing.Short() {
		t.Skip("425 thousand rows, twice")
	}
	next := nb101Rows(t, "nb101.csv.gz", "hash,vertices,edge_bits,ops,params,test_acc_108_mean")
	derived := nb101Rows(t, "nb101_derived.csv.gz", "macs,train_time_108_s_est")
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	seen := make([]bool, NB101Size)
	for row := range NB101Size {
		r := next()
		a := nb101Embedded(number(r[1]), uint32(number(r[2])), r[3])
		i := NB101{}.Index(a)
		if i < 0 || seen[i] || (NB101{}).At(i) != a {
			t.Fatalf("row %d: %s has index %d", row, a, i)
		}
		seen[i] = true
		if row%100 == 0 && (NB101{}).Hash(a) != r[0] {
			t.Fatalf("row %d: hash of %s is %s, want %s", row, a, NB101{}.Hash(a), r[0])
		}
		params, macs := NB101Complexity(a)
		if want := number(r[4]); params != want {
			t.Fatalf("row %d: %s has %d parameters, want %d", row, a, params, want)
		}
		if want := number(derived()[0]); macs != want {
			t.Fatalf("row %d: %s has %d multiply-adds, want %d", row, a, macs, want)
		}
	}
}

// nb101Renumbered gives the inner vertices of a genome a random topological numbering.
func nb101Renumbered(edges, word uint32, r *rand.Rand) (uint32, uint32) {
	place, placed := [nb101Vertices]uint32{6: 6}, uint32(1)
	var ops [nb101Inner]uint32
	graph := uint32(0)
	for k := uint32(1); k < 6; {
		v := 1 + r.IntN(nb101Inner)
		p := nb101Parents(edges, v)
		if placed>>v&1 != 0 || p&^placed != 0 {
			continue
		}
		place[v] = k
		placed |= 1 << v
		graph |= nb101Moved(p, &place) << nb101Bit(0, int(k))
		ops[k-1] = uint32(nb101Labels[word][v-1] - '0')
		k++
	}
	graph |= nb101Moved(nb101Parents(edges, 6), &place) << nb101Output
	number := uint32(0)
	for _, op := range ops {
		number = 3*number + op
	}
	return graph, number
}

// The index is that of the class, whatever the numbering, and whatever the dead parts.
func TestNB101IndexOfClass(t *testing.T) {
	long.Test(t)
	r := evolve.Stream(1, "isomorphs")
	for range 20_000 {
		space := NB101{Unique: r.IntN(2) == 0}
		edges, word, ok := nb101Read(space.Sample(r))
		if !ok || !nb101Valid(edges) {
			t.Fatalf("a sample does not read")
		}
		a := nb101Packed(edges, word).text()
		b := nb101Packed(nb101Renumbered(edges, word, r)).text()
		pruned := nb101Packed(nb101Prune(edges), word).text()
		i := NB101{}.Index(a)
		if j, k := (NB101{}).Index(b), (NB101{}).Index(pruned); i < 0 || j != i || k != i {
			t.Fatalf("%s has index %d, renumbered as %s %d, pruned %d", a, i, b, j, k)
		}
		canon, err := NB101{}.Canon(a)
		if err != nil || canon != (NB101{}).At(i) {
			t.Fatalf("Canon(%s) = %s, %v; want At(%d) = %s", a, canon, err, i, NB101{}.At(i))
		}
		if (NB101{}).Hash(a) != (NB101{}).Hash(canon) {
			t.Fatalf("%s and %s hash differently", a, canon)
		}
	}
}

func TestNB101AtOfIndex(t *testing.T) {
	var last evolve.Arch
	for i := range NB101Size {
		a := NB101{}.At(i)
		if (NB101{}).Index(a) != i || a == last {
			t.Fatalf("At(%d) = %s has index %d", i, a, NB101{}.Index(a))
		}
		last = a
	}
}

// Hashes that the sources name.
func TestNB101Hash(t *testing.T) {
	for text, want := range map[string]string{
		`{"matrix":[[0,1],[0,0]],"ops":["input","output"]}`:                               "043721b9c7fe8c5fad811d47d83132ec",
		`{"matrix":[[0,1,1],[0,0,1],[0,0,0]],"ops":["input","conv3x3-bn-relu","output"]}`: "d32d0b26d534203b48d866facd98cc3e",
		`{"matrix":[[0,1,1,1,0,1,0],[0,0,0,0,0,0,1],[0,0,0,0,0,0,1],[0,0,0,0,1,0,0],[0,0,0,0,0,0,1],[0,0,0,0,0,0,1],[0,0,0,0,0,0,0]],
		  "ops":["input","conv1x1-bn-relu","conv3x3-bn-relu","conv3x3-bn-relu","conv3x3-bn-relu","maxpool3x3","output"]}`: "28cfc7874f6d200472e1a9dcd8650aa0",
	} {
		a, err := NB101{}.Parse(text)
		if got := (NB101{}).Hash(a); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", text, got, err, want)
		}
	}
	for _, bad := range []evolve.Arch{"", "000000-00000"} {
		if (NB101{}).Hash(bad) != "" || (NB101{}).Index(bad) != -1 {
			t.Errorf("%q has a hash or an index", bad)
		}
	}
}

func TestNB101IndexAllocatesNothing(t *testing.T) {
	a := NB101{}.Sample(evolve.Stream(1, "allocations"))
	if n := testing.AllocsPerRun(100, func() { NB101{}.Index(a) }); n != 0 {
		t.Errorf("Index allocates %g times", n)
	}
}
