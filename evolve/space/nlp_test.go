package space

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"pgregory.net/rapid"
)

func nlpParse(t testing.TB, text string) evolve.Arch {
	t.Helper()
	a, err := NLP{}.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func nlpCanon(t testing.TB, a evolve.Arch) evolve.Arch {
	t.Helper()
	c, err := NLP{}.Canon(a)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func nlpRecipe(t testing.TB, a evolve.Arch) *recipe {
	t.Helper()
	r, err := recipeOf(a)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// nlpShuffle renames the nodes and reorders inputs where that means nothing.
func nlpShuffle(t testing.TB, a evolve.Arch, rng *rand.Rand) evolve.Arch {
	r := nlpRecipe(t, a)
	for i, k := range rng.Perm(len(r.nodes)) {
		n := &r.nodes[i]
		if n.result < 0 {
			n.name = "n" + strconv.Itoa(k)
		}
		if n.op != recipeBlend {
			rng.Shuffle(len(n.in), func(i, j int) { n.in[i], n.in[j] = n.in[j], n.in[i] })
		}
	}
	r.sort()
	return r.arch()
}

func TestNLPCanonByHand(t *testing.T) {
	rnn := `{"h_new_0":{"input":["node_0"],"op":"activation_tanh"},"node_0":{"input":["h_prev_0","x"],"op":"linear"}}`
	cell := func(nodes ...string) string { return "{" + strings.Join(nodes, ",") + "}" }
	f, g := nlpNode("f", "linear", "x", "h_prev_0"), nlpNode("g", "linear", "h_prev_0", "x")
	for _, c := range []struct {
		what string
		a, b string
		same bool
	}{
		{"names, order of inputs", nlpRNN, rnn, true},
		{"a node without an effect", nlpRNN, cell(f, g, nlpNode("h_new_0", "activation_tanh", "g")), true},
		{"blend's order", cell(f, g, nlpNode("a", "activation_sigm", "f"), nlpNode("h_new_0", "blend", "a", "f", "g")),
			cell(f, g, nlpNode("a", "activation_sigm", "f"), nlpNode("h_new_0", "blend", "a", "g", "f")), false},
		{"sum's order", cell(f, nlpNode("a", "activation_sigm", "f"), nlpNode("h_new_0", "elementwise_sum", "a", "f")),
			cell(f, nlpNode("a", "activation_sigm", "f"), nlpNode("h_new_0", "elementwise_sum", "f", "a")), true},
		{"one linear or two", cell(f, nlpNode("a", "activation_sigm", "f"), nlpNode("h_new_0", "elementwise_sum", "a", "f")),
			cell(f, g, nlpNode("a", "activation_sigm", "f"), nlpNode("h_new_0", "elementwise_sum", "a", "g")), false},
		{"results exchanged", cell(nlpNode("f", "linear", "x", "h_prev_0", "h_prev_1"), nlpNode("h_new_0", "activation_sigm", "f"), nlpNode("h_new_1", "activation_tanh", "f")),
			cell(nlpNode("f", "linear", "x", "h_prev_0", "h_prev_1"), nlpNode("h_new_1", "activation_sigm", "f"), nlpNode("h_new_0", "activation_tanh", "f")), false},
	} {
		a, b := nlpCanon(t, nlpParse(t, c.a)), nlpCanon(t, nlpParse(t, c.b))
		if (a == b) != c.same {
			t.Errorf("%s: %s and %s: same %t, want %t", c.what, a, b, a == b, c.same)
		}
	}
	if got := nlpCanon(t, nlpParse(t, nlpRNN)); got != evolve.Arch(rnn) {
		t.Errorf("the RNN's canonical form is %s, want %s", got, rnn)
	}
}

// nlpRing has six linears, six sums of two of them in one ring or two, and what joins the
// sums three by three: colours alone cannot tell the rings apart.
func nlpRing(reads [6][2]int) string {
	var nodes []string
	name := func(p string, i int) string { return p + strconv.Itoa(i) }
	for i, r := range reads {
		nodes = append(nodes, nlpNode(name("a", i), "linear", "x", "h_prev_0"), nlpNode(name("s", i), "elementwise_sum", name("a", r[0]), name("a", r[1])))
	}
	for i := range 2 {
		nodes = append(nodes, nlpNode(name("t", i), "linear", name("s", 3*i), name("s", 3*i+1), name("s", 3*i+2)))
	}
	return "{" + strings.Join(append(nodes, nlpNode("h_new_0", "elementwise_sum", "t0", "t1")), ",") + "}"
}

func TestNLPCanonBeyondColours(t *testing.T) {
	six := nlpParse(t, nlpRing([6][2]int{{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {5, 0}}))
	mixed := nlpParse(t, nlpRing([6][2]int{{0, 1}, {2, 3}, {4, 5}, {1, 2}, {3, 4}, {5, 0}}))
	three := nlpParse(t, nlpRing([6][2]int{{0, 1}, {1, 2}, {2, 0}, {3, 4}, {4, 5}, {5, 3}}))
	r := evolve.Stream(1, t.Name())
	seen := map[evolve.Arch]bool{}
	for _, a := range []evolve.Arch{six, mixed, three} {
		c := nlpCanon(t, a)
		if seen[c] {
			t.Errorf("%s has the canonical form of another", a)
		}
		seen[c] = true
		for range 50 {
			if b := nlpShuffle(t, a, r); nlpCanon(t, b) != c {
				t.Fatalf("%s and %s differ", a, b)
			}
		}
	}
}

// Threes of equal branches in threes, and those in twos: 2·6²·6⁶, over three million,
// numberings that mean the same.
func TestNLPCanonSymmetric(t *testing.T) {
	nodes := []string{nlpNode("h_new_0", "elementwise_sum", "b0", "b1")}
	for i := range 2 {
		nodes = append(nodes, nlpNode(fmt.Sprint("b", i), "linear", fmt.Sprint("c", 3*i), fmt.Sprint("c", 3*i+1), fmt.Sprint("c", 3*i+2)))
	}
	for i := range 6 {
		nodes = append(nodes, nlpNode(fmt.Sprint("c", i), "linear", fmt.Sprint("d", 3*i), fmt.Sprint("d", 3*i+1), fmt.Sprint("d", 3*i+2)))
	}
	for i := range 18 {
		nodes = append(nodes, nlpNode(fmt.Sprint("d", i), "linear", "x", "h_prev_0"))
	}
	a, r := nlpParse(t, "{"+strings.Join(nodes, ",")+"}"), evolve.Stream(1, t.Name())
	c := nlpCanon(t, a)
	for range 3 {
		if nlpCanon(t, nlpShuffle(t, a, r)) != c {
			t.Fatal("the canonical form depends on the names")
		}
	}
}

// Of small cells every pair is compared by trying all renamings.
func TestNLPCanonByBruteForce(t *testing.T) {
	rng := evolve.Stream(2, t.Name())
	var recipes []*recipe
	for range 150 {
		r := nlpRecipe(t, NLP{1, 4}.Sample(rng))
		if len(r.nodes) <= 5 {
			recipes = append(recipes, r)
		}
	}
	same := 0
	for i, a := range recipes {
		for _, b := range recipes[:i] {
			want := nlpIsomorphic(a, b)
			if got := a.canonical().arch() == b.canonical().arch(); got != want {
				t.Fatalf("%s and %s: equal %t, isomorphic %t", a.arch(), b.arch(), got, want)
			}
			if want {
				same++
			}
		}
	}
	if same < 100 {
		t.Errorf("%d isomorphic pairs of %d cells say little", same, len(recipes))
	}
}

// nlpIsomorphic tries all renamings of a's nodes.
func nlpIsomorphic(a, b *recipe) bool {
	if len(a.nodes) != len(b.nodes) {
		return false
	}
	to := make([]int, len(a.nodes))
	for i := range to {
		to[i] = i
	}
	var try func(k int) bool
	try = func(k int) bool {
		if k == len(to) {
			for i, n := range a.nodes {
				m := b.nodes[to[i]]
				var in []int
				for _, j := range n.in {
					if j >= 0 {
						j = to[j]
					}
					in = append(in, j)
				}
				other := slices.Clone(m.in)
				if n.op != recipeBlend {
					slices.Sort(in)
					slices.Sort(other)
				}
				if n.op != m.op || n.result != m.result || !slices.Equal(in, other) {
					return false
				}
			}
			return true
		}
		for i := k; i < len(to); i++ {
			to[k], to[i] = to[i], to[k]
			if try(k + 1) {
				return true
			}
			to[k], to[i] = to[i], to[k]
		}
		return false
	}
	return try(0)
}

// Names, order and dead nodes change neither the canonical form nor the encoding.
func TestNLPCanonProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := NLP{rapid.IntRange(1, 3).Draw(rt, "hidden"), rapid.IntRange(2, 15).Draw(rt, "nodes")}
		rng := evolve.Stream(rapid.Uint64().Draw(rt, "seed"), "nlp")
		a := s.Sample(rng)
		b := nlpShuffle(t, a, rng)
		dead := nlpParse(t, string(b[:len(b)-1])+`,"zz":{"op":"activation_sigm","input":["h_new_0"]}}`)
		for _, b := range []evolve.Arch{b, dead} {
			if x, y := nlpCanon(t, a), nlpCanon(t, b); x != y {
				rt.Fatalf("%s and %s: %s and %s", a, b, x, y)
			}
			if x, y := nlpEncode(t, a), nlpEncode(t, b); !slices.Equal(x, y) {
				rt.Fatalf("%s and %s are encoded differently", a, b)
			}
		}
		idempotent(t, s, a)
	})
}

func TestNLPOptions(t *testing.T) {
	for _, c := range []struct{ key, value string }{{"hidden", "0"}, {"hidden", "4"}, {"nodes", "0"}, {"nodes", "25"}} {
		if _, _, err := evolve.Spaces.Open(evolve.Spec{Name: "nlp", Set: []evolve.Setting{{Key: c.key, Value: c.value}}}); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%s=%s: %v, want ErrInvalid", c.key, c.value, err)
		}
	}
}

// Every sample has the size that was asked for and keeps the authors' rules.
func TestNLPSample(t *testing.T) {
	for hidden := 1; hidden <= nlpMaxHidden; hidden++ {
		for _, nodes := range []int{1, nlpNodes, nlpMaxNodes} {
			s, rng := NLP{hidden, nodes}, evolve.Stream(3, t.Name())
			for range 30 {
				r := nlpRecipe(t, s.Sample(rng))
				if r.hidden != hidden || len(r.nodes) > hidden+nodes+1 || r.direct() || slices.Contains(r.live(), false) {
					t.Fatalf("%+v: %s", s, r.arch())
				}
			}
		}
	}
}

// The weights of the generator, before anything is rejected.
func TestNLPGrow(t *testing.T) {
	s, rng := NLP{2, 7}, evolve.Stream(4, t.Name())
	first, arity, activation, output := make([]int, 3), make([]int, 2), make([]int, 3), make([]int, 9)
	for range 20000 {
		r := s.grow(rng)
		// Two hidden states do for a product or a sum, not for a blend.
		first[max(r.nodes[0].op-1, 0)]++
		for i, n := range r.nodes {
			if n.result == 0 && len(r.nodes) == 9 {
				output[i]++
			}
			if n.op == recipeLinear {
				arity[len(n.in)-2]++
				next := r.nodes[i+1]
				activation[next.op-recipeTanh]++
				if !slices.Equal(next.in, []int{i}) {
					t.Fatalf("after the linear comes %+v", next)
				}
				for _, in := range n.in {
					if in >= 0 && r.nodes[in].op < recipeTanh {
						t.Fatalf("linear reads %+v", r.nodes[in])
					}
				}
			}
		}
	}
	chiSquare(t, "first operation", first, []float64{3. / 5, 1. / 5, 1. / 5})
	chiSquare(t, "inputs of linear", arity, []float64{4. / 5, 1. / 5})
	chiSquare(t, "activations", activation, []float64{1. / 3, 1. / 3, 1. / 3})
	chiSquare(t, "place of the output", output, slices.Repeat([]float64{1. / 9}, 9))
}

// A child differs in one operation or in one input, with equal chance.
func TestNLPMutation(t *testing.T) {
	s, rng := NLP{2, 7}, evolve.Stream(5, t.Name())
	kinds := make([]int, 2)
	for range 3000 {
		parent := s.Sample(rng)
		p, c := nlpRecipe(t, parent), nlpRecipe(t, recipeMutate(parent, rng))
		ops, edges, both := 0, 0, false
		for i, n := range p.nodes {
			m := c.nodes[i]
			if n.name != m.name || len(n.in) != len(m.in) {
				t.Fatalf("%s has the child %s", p.arch(), c.arch())
			}
			if n.op != m.op {
				ops++
				if recipeArity[n.op] != recipeArity[m.op] {
					t.Fatalf("%s became %s", NLPOps[n.op], NLPOps[m.op])
				}
			}
			for k := range n.in {
				if n.in[k] != m.in[k] {
					edges++
					if n.in[k] < 0 || m.in[k] < 0 {
						t.Fatalf("an edge from a source moved: %s, %s", p.arch(), c.arch())
					}
				}
			}
			both = both || n.op >= recipeProd
		}
		if ops+edges != 1 {
			t.Fatalf("%s has the child %s", p.arch(), c.arch())
		}
		if both && p.moveEdge(rng) {
			kinds[edges]++
		}
	}
	chiSquare(t, "operation or edge", kinds, []float64{.5, .5})
}

// A cell of one linear has neither an edge to move nor an operation to change.
func TestNLPMutationOfNothing(t *testing.T) {
	a := nlpParse(t, "{"+nlpNode("h_new_0", "linear", "x", "h_prev_0")+"}")
	if b := recipeMutate(a, evolve.Stream(6, t.Name())); b != a {
		t.Errorf("%s", b)
	}
}
