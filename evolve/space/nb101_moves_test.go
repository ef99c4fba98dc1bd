package space

import (
	"math"
	"math/bits"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Vertices after pruning are as the official code counts them over all matrices; every
// labelling is as likely.
func TestNB101SampleNotebook(t *testing.T) {
	r := evolve.Stream(1, "notebook")
	const draws, valid = 200_000, 1538083.
	vertices, labels := make([]int, 6), make([]int, nb101Words)
	for range draws {
		edges, word, _ := nb101Read(NB101{}.Sample(r))
		vertices[bits.OnesCount32(nb101Live(edges))-2]++
		labels[word]++
	}
	chiSquare(t, "vertices", vertices, []float64{149607 / valid, 310754 / valid, 422740 / valid, 466334 / valid, 183855 / valid, 4793 / valid})
	chiSquare(t, "labellings", labels, slices.Repeat([]float64{1. / nb101Words}, nb101Words))
}

func TestNB101SampleUnique(t *testing.T) {
	s, err := openSpace("nb101", evolve.Setting{Key: "sampler", Value: "unique"})
	if err != nil || s.Name() != "nb101" || s != (NB101{Unique: true}) {
		t.Fatalf("%v, %v", s, err)
	}
	r := evolve.Stream(1, "unique")
	counts := make([]int, 8) // 423,624 is 8·52,953
	for range 80_000 {
		a := s.Sample(r)
		i := NB101{}.Index(a)
		if (NB101{}).At(i) != a {
			t.Fatalf("the sample %s is no representative", a)
		}
		counts[i/(NB101Size/8)]++
	}
	chiSquare(t, "eighths", counts, slices.Repeat([]float64{1. / 8}, 8))
}

func openSpace(name string, set ...evolve.Setting) (evolve.Space, error) {
	s, _, err := evolve.Spaces.Open(evolve.Spec{Name: name, Set: set})
	return s, err
}

// An event of the mask has chance 1/n, whatever the others do.
func TestNB101Flips(t *testing.T) {
	for n, flips := range map[float64]nb101Flips{7: nb101Sevenths, 21: nb101TwentyFirsts} {
		r := evolve.Stream(1, "flips")
		number := make([]int, 8)
		pairs := [3][]int{}
		for k := range pairs {
			pairs[k] = make([]int, 4)
		}
		var each [21][]int
		for k := range each {
			each[k] = make([]int, 2)
		}
		for range 100_000 {
			m := flips.mask(r)
			if m > nb101AllEdges {
				t.Fatalf("mask %x", m)
			}
			number[min(bits.OnesCount32(m), 7)]++
			for k := range each {
				each[k][m>>k&1]++
			}
			pairs[0][m&3]++          // of one draw of three
			pairs[1][m>>2&3]++       // of two
			pairs[2][m&1|m>>20<<1]++ // of the first and the last
		}
		p := 1 / n
		binomial, rest := make([]float64, 8), 1.
		for k := range 7 {
			lgamma := func(x int) float64 { v, _ := math.Lgamma(float64(x) + 1); return v }
			binomial[k] = math.Exp(lgamma(21)-lgamma(k)-lgamma(21-k)) * math.Pow(p, float64(k)) * math.Pow(1-p, float64(21-k))
			rest -= binomial[k]
		}
		binomial[7] = rest
		chiSquare(t, "flips", number, binomial)
		for _, counts := range each {
			chiSquare(t, "an edge", counts, []float64{1 - p, p})
		}
		for _, counts := range pairs {
			chiSquare(t, "two edges", counts, []float64{(1 - p) * (1 - p), p * (1 - p), p * (1 - p), p * p})
		}
	}
}

// The chance of every edge's flip and of every number of flips, valid children only, is
// computed from all 2²¹ masks.
func TestNB101MutationChances(t *testing.T) {
	const parent evolve.Arch = "0b0c25-01201"
	edges, _, err := nb101Check(parent)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]float64{"notebook": 1. / 7, "naszilla": 1. / 21} {
		var each [21]float64
		number, total := make([]float64, 8), 0.
		for m := uint32(0); m <= nb101AllEdges; m++ {
			if !nb101Valid(edges ^ m) {
				continue
			}
			k := bits.OnesCount32(m)
			chance := math.Pow(p, float64(k)) * math.Pow(1-p, float64(21-k))
			total += chance
			number[min(k, 7)] += chance
			for rest := m; rest != 0; rest &= rest - 1 {
				each[bits.TrailingZeros32(rest)] += chance
			}
		}
		for k := range number {
			number[k] /= total
		}
		mutate, err := NB101{}.Mutation(name)
		if err != nil {
			t.Fatal(err)
		}
		r := evolve.Stream(1, name)
		flips, seen := make([]int, 8), [21]int{}
		var ops [nb101Inner][]int
		for v := range ops {
			ops[v] = make([]int, 3)
		}
		const draws = 100_000
		for range draws {
			child := mutate(parent, r)
			to, _, err := nb101Check(child)
			if err != nil {
				t.Fatal(err)
			}
			flips[min(bits.OnesCount32(edges^to), 7)]++
			for m := edges ^ to; m != 0; m &= m - 1 {
				seen[bits.TrailingZeros32(m)]++
			}
			for v := range ops {
				ops[v][(child[7+v]-parent[7+v]+3)%3]++
			}
		}
		chiSquare(t, name+" flips", flips, number)
		for k, n := range seen {
			chiSquare(t, name+" edge", []int{n, draws - n}, []float64{each[k] / total, 1 - each[k]/total})
		}
		for _, n := range ops {
			chiSquare(t, name+" operation", n, []float64{.8, .1, .1})
		}
	}
}

// nb101Changes are all genomes that differ in one of the 26 decisions, an edge twice since an
// operation has two ways to change.
func nb101Changes(a evolve.Arch) (all []evolve.Arch) {
	edges, _, _ := nb101Read(a)
	for k := range 21 {
		b := nb101Text(edges^1<<k, nb101Ops5(a))
		all = append(all, b, b)
	}
	for v := 7; v < nb101Length; v++ {
		for op := byte('0'); op < '3'; op++ {
			if text := []byte(a); text[v] != op {
				text[v] = op
				all = append(all, evolve.Arch(text))
			}
		}
	}
	return all
}

func TestNB101MutationSingle(t *testing.T) {
	const parent evolve.Arch = "0b0c25-01201"
	chance, total := map[evolve.Arch]float64{}, 0.
	var valid []evolve.Arch
	for _, b := range nb101Changes(parent) {
		if _, _, err := nb101Check(b); err == nil {
			if chance[b] == 0 {
				valid = append(valid, b)
			}
			chance[b]++
			total++
		}
	}
	if len(valid) == 31 {
		t.Fatal("no change of the parent is invalid: another parent is wanted")
	}
	mutate, err := NB101{}.Mutation("single")
	if err != nil {
		t.Fatal(err)
	}
	r, counts := evolve.Stream(1, "single"), map[evolve.Arch]int{}
	for range 50_000 {
		counts[mutate(parent, r)]++
	}
	if len(counts) > len(valid) {
		t.Errorf("%d different children, want %d", len(counts), len(valid))
	}
	seen, want := make([]int, len(valid)), make([]float64, len(valid))
	for i, b := range valid {
		seen[i], want[i] = counts[b], chance[b]/total
	}
	chiSquare(t, "children", seen, want)
}

// A neighbour is every valid genome one change away that means another labelled graph. The
// relation is symmetric, and no neighbour is isomorphic to the genome.
func TestNB101Neighbors(t *testing.T) {
	r, most := evolve.Stream(1, "neighbours"), 0
	for k := range 2000 {
		a := NB101{Unique: k%2 == 0}.Sample(r)
		edges, word, _ := nb101Read(a)
		got := NB101{}.Neighbors(nil, a)
		most = max(most, len(got))
		want := map[evolve.Arch]bool{}
		for _, b := range nb101Changes(a) {
			to, label, err := nb101Check(b)
			if err == nil && nb101Compact(to, label) != nb101Compact(edges, word) {
				want[b] = true
			}
		}
		listed := map[evolve.Arch]bool{}
		for _, b := range got {
			if listed[b] || !want[b] {
				t.Fatalf("%s lists %s twice or although it is none", a, b)
			}
			listed[b] = true
			if (NB101{}).Index(b) == (NB101{}).Index(a) {
				t.Fatalf("%s lists %s, which is isomorphic", a, b)
			}
			if !slices.Contains(NB101{}.Neighbors(nil, b), a) {
				t.Fatalf("%s is a neighbour of %s, but not the other way round", b, a)
			}
		}
		if len(listed) != len(want) {
			t.Fatalf("%s has %d neighbours, want %d", a, len(listed), len(want))
		}
	}
	if most > 31 {
		t.Errorf("a genome has %d neighbours, there are 31 changes", most)
	}
	// By hand: input→conv3x3→output. Two operations; input→output, but no edge less.
	if got, want := (NB101{}).Neighbors(nil, "010001-00000"), []evolve.Arch{"010001-10000", "010001-20000", "018001-00000"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := (NB101{}).Neighbors(nil, "008000-00000"); len(got) != 0 {
		t.Errorf("input and output alone have the neighbours %v", got)
	}
}

// Decisions are either parent's, each with the same chance when every child is valid.
func TestNB101Cross(t *testing.T) {
	r := evolve.Stream(1, "cross")
	for range 2000 {
		a, b := NB101{}.Sample(r), NB101{}.Sample(r)
		ea, _, _ := nb101Read(a)
		eb, _, _ := nb101Read(b)
		child := NB101{}.Cross(a, b, r)
		ec, _, err := nb101Check(child)
		if err != nil || ec&^(ea|eb) != 0 || ea&eb&^ec != 0 {
			t.Fatalf("%s × %s is %s, %v", a, b, child, err)
		}
		for v := 7; v < nb101Length; v++ {
			if child[v] != a[v] && child[v] != b[v] {
				t.Fatalf("%s × %s is %s", a, b, child)
			}
		}
		if self := (NB101{}).Cross(a, a, r); self != a {
			t.Fatalf("%s × itself is %s", a, self)
		}
	}
	// Both have input→output, and no other edges that could make ten.
	counts := make([]int, 64)
	for range 32_000 {
		child := NB101{}.Cross("008000-00000", "008001-11111", r)
		edges, _, _ := nb101Read(child)
		mask := int(edges & 1)
		for v := 7; v < nb101Length; v++ {
			mask = mask<<1 | int(child[v]-'0')
		}
		counts[mask]++
	}
	chiSquare(t, "masks", counts, slices.Repeat([]float64{1. / 64}, 64))
	if a := (NB101{}).Cross("bad", "008000-00000", r); a != "bad" {
		t.Errorf("an invalid parent has the child %s", a)
	}
}
