package evolvetest

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Architectures that every property is tried on.
const spaceDraws = 300

// Space checks that a space with its defaults keeps the contracts of evolve.Space and of
// what more it implements. The mutations named in lazy may, as published, return the parent
// unchanged; all others must not.
func Space(t *testing.T, e evolve.Entry[evolve.Space], lazy ...string) {
	s := mustOpen(t, e, "", nil)
	c := &spaceSuite{s, nil}
	r := stream()
	for range spaceDraws {
		c.archs = append(c.archs, s.Sample(r))
	}
	t.Run("described", func(t *testing.T) {
		described(t, e)
		if s.Name() != e.Name {
			t.Errorf("registered as %q, calls itself %q", e.Name, s.Name())
		}
	})
	t.Run("sample", c.sample)
	t.Run("canon", c.canon)
	if m, ok := s.(evolve.Mutator); ok {
		t.Run("mutation", func(t *testing.T) { c.mutation(t, m, lazy) })
	}
	if x, ok := s.(evolve.Crosser); ok {
		t.Run("cross", func(t *testing.T) { c.cross(t, x) })
	}
	if n, ok := s.(evolve.Neighborer); ok {
		t.Run("neighbors", func(t *testing.T) { c.neighbors(t, n) })
	}
	if g, ok := s.(evolve.Grower); ok {
		t.Run("growth", func(t *testing.T) { c.growth(t, g) })
	}
	if n, ok := s.(evolve.Enumerable); ok {
		t.Run("enumeration", func(t *testing.T) { c.enumeration(t, n) })
	}
	if x, ok := s.(evolve.Encoder); ok {
		t.Run("encoding", func(t *testing.T) { c.encoding(t, x) })
	}
	if _, ok := s.(evolve.Decider); ok {
		t.Run("decisions", c.decisions)
	}
	if n, ok := s.(evolve.Notation); ok {
		t.Run("notation", func(t *testing.T) { c.notation(t, n) })
	}
	if h, ok := s.(evolve.Hasher); ok {
		t.Run("hash", func(t *testing.T) { c.hash(t, h) })
	}
}

type spaceSuite struct {
	evolve.Space
	archs []evolve.Arch
}

func stream() *rand.Rand { return evolve.Stream(suiteSeed, "evolvetest") }

// valid asserts that the space accepts an architecture.
func (c *spaceSuite) valid(t *testing.T, what string, a evolve.Arch) {
	t.Helper()
	if _, err := c.Canon(a); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func (c *spaceSuite) sample(t *testing.T) {
	r, different := stream(), map[evolve.Arch]bool{}
	for i, a := range c.archs {
		c.valid(t, "a sample", a)
		if b := c.Sample(r); b != a {
			t.Fatalf("draw %d of the same stream is %q and %q", i+1, a, b)
		}
		different[a] = true
	}
	if len(different) < 2 {
		t.Errorf("all samples are %q", c.archs[0])
	}
}

func (c *spaceSuite) canon(t *testing.T) {
	for _, a := range c.archs {
		once, err := c.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := c.Canon(once); err != nil || twice != once {
			t.Fatalf("Canon(%q) = %q, whose Canon is %q, %v", a, once, twice, err)
		}
	}
	for _, bad := range []evolve.Arch{"", "no architecture", "\x00", c.archs[0] + "\x00"} {
		if _, err := c.Canon(bad); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("Canon(%q): %v, want ErrInvalid", bad, err)
		}
	}
}

func (c *spaceSuite) mutation(t *testing.T, m evolve.Mutator, lazy []string) {
	names := m.Mutations()
	if len(names) == 0 {
		t.Fatal("no mutations")
	}
	for _, name := range names {
		mutate, err := m.Mutation(name)
		if err != nil {
			t.Fatal(err)
		}
		r, again, moved := stream(), stream(), 0
		for _, a := range c.archs {
			b := mutate(a, r)
			c.valid(t, name, b)
			if b != mutate(a, again) {
				t.Fatalf("%s of %q: two children of one stream", name, a)
			}
			if b != a {
				moved++
			} else if !slices.Contains(lazy, name) {
				t.Fatalf("%s of %q changes nothing", name, a)
			}
		}
		if moved == 0 {
			t.Errorf("%s never changes anything", name)
		}
	}
	_, err := m.Mutation(names[0] + "x")
	unknown(t, err, names[0]+"x", names[0])
}

// cross: with a one-hot encoding, every bit of a child must be a parent's.
func (c *spaceSuite) cross(t *testing.T, x evolve.Crosser) {
	onehot := func(evolve.Arch) []float64 { return nil }
	if e, ok := c.Space.(evolve.Encoder); ok && slices.Contains(e.Encodings(), "onehot") {
		onehot = func(a evolve.Arch) []float64 { return encode(t, e, "onehot", a) }
	}
	r, mixed := stream(), 0
	for i, a := range c.archs {
		b := c.archs[(i+1)%len(c.archs)]
		child := x.Cross(a, b, r)
		c.valid(t, "a child", child)
		fa, fb := onehot(a), onehot(b)
		for k, v := range onehot(child) {
			if v != fa[k] && v != fb[k] {
				t.Fatalf("the child %q of %q and %q: bit %d is neither parent's", child, a, b, k)
			}
		}
		if child != a && child != b {
			mixed++
		}
		if same := x.Cross(a, a, r); same != a {
			t.Fatalf("%q crossed with itself is %q", a, same)
		}
	}
	if mixed == 0 {
		t.Error("every child is one of its parents")
	}
}

// growth: architectures grow to representatives, each once and in a fixed order, and growing ends.
func (c *spaceSuite) growth(t *testing.T, g evolve.Grower) {
	level := g.Grow(nil, "")
	if len(level) == 0 {
		t.Fatal("nothing grows")
	}
	for steps := 1; len(level) > 0; steps++ {
		if steps > spaceDraws {
			t.Fatalf("after %d steps something still grows", steps)
		}
		seen := map[evolve.Arch]bool{}
		for _, a := range level {
			if id, err := c.Canon(a); err != nil || id != a || seen[a] {
				t.Fatalf("%q is grown to: Canon says %q, %v; twice %v", a, id, err, seen[a])
			}
			seen[a] = true
		}
		a := level[len(level)/2]
		if level = g.Grow(nil, a); !slices.Equal(level, g.Grow(nil, a)) {
			t.Fatalf("the order of what %q grows to changes", a)
		}
	}
}

func (c *spaceSuite) neighbors(t *testing.T, n evolve.Neighborer) {
	for _, a := range c.archs[:min(len(c.archs), 40)] {
		all := n.Neighbors([]evolve.Arch{"kept"}, a)
		if len(all) < 2 || all[0] != "kept" {
			t.Fatalf("Neighbors of %q does not append", a)
		}
		all = all[1:]
		if !slices.Equal(all, n.Neighbors(nil, a)) {
			t.Fatalf("the order of the neighbours of %q changes", a)
		}
		seen := map[evolve.Arch]bool{a: true}
		for _, b := range all {
			c.valid(t, "a neighbour", b)
			if seen[b] {
				t.Fatalf("%q lists %q twice, or itself", a, b)
			}
			seen[b] = true
			if !slices.Contains(n.Neighbors(nil, b), a) {
				t.Fatalf("%q is a neighbour of %q, but not the other way round", b, a)
			}
		}
	}
}

func (c *spaceSuite) enumeration(t *testing.T, n evolve.Enumerable) {
	seen := make(map[evolve.Arch]bool, n.Size())
	for i := range n.Size() {
		a := n.At(i)
		c.valid(t, "At", a)
		if seen[a] {
			t.Fatalf("At(%d) = %q a second time", i, a)
		}
		seen[a] = true
		if k := n.Index(a); k != i {
			t.Fatalf("Index(At(%d)) = %d", i, k)
		}
	}
	for _, a := range c.archs {
		canon, err := c.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		if b := n.At(n.Index(a)); b != a && b != canon {
			t.Fatalf("At(Index(%q)) = %q, which is neither it nor its Canon %q", a, b, canon)
		}
	}
}

func (c *spaceSuite) encoding(t *testing.T, e evolve.Encoder) {
	names := e.Encodings()
	if len(names) == 0 {
		t.Fatal("no encodings")
	}
	for _, name := range names {
		length := len(encode(t, e, name, c.archs[0]))
		for _, a := range c.archs {
			v := encode(t, e, name, a)
			if len(v) != length || length == 0 {
				t.Fatalf("%s of %q: %d numbers, of %q %d", name, a, len(v), c.archs[0], length)
			}
			if !slices.Equal(v, encode(t, e, name, a)) ||
				slices.ContainsFunc(v, func(x float64) bool { return !finite(x) }) {
				t.Fatalf("%s of %q: %v is not finite or not the same again", name, a, v)
			}
		}
	}
	for _, name := range names {
		for _, a := range c.archs[:10] {
			want := encode(t, e, name, a)
			for room := range min(len(want), 200) {
				// A part that was handed out before dst moved to a larger array must not be written to later.
				if got, err := e.Encode(make([]float64, 0, room), name, a); err != nil || !slices.Equal(got, want) {
					t.Fatalf("%s of %q into an array with room for %d numbers: %v, %v, want %v",
						name, a, room, got, err, want)
				}
			}
		}
	}
	if l, ok := e.(evolve.BitLister); ok {
		c.ones(t, l)
	}
	_, err := e.Encode(nil, names[0]+"x", c.archs[0])
	unknown(t, err, names[0]+"x", names[0])
}

// ones: what is listed of an encoding is where it is 1, and it is 0 elsewhere.
func (c *spaceSuite) ones(t *testing.T, l evolve.BitLister) {
	listed := 0
	for _, name := range l.Encodings() {
		for _, a := range c.archs {
			got, err := l.Ones([]uint16{7}, name, a)
			if err == evolve.ErrUnsupported {
				break
			}
			want := []uint16{7}
			for i, v := range encode(t, l, name, a) {
				if v != 0 && v != 1 {
					t.Fatalf("%s of %q has the number %v, and its ones are listed", name, a, v)
				}
				if v == 1 {
					want = append(want, uint16(i))
				}
			}
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("the ones of %s of %q are %v, %v, want %v", name, a, got, err, want)
			}
			listed++
		}
		_, err := l.Ones(nil, name, "no architecture")
		if !errors.Is(err, evolve.ErrInvalid) && err != evolve.ErrUnsupported {
			t.Errorf("the ones of %s of no architecture: %v, want ErrInvalid", name, err)
		}
	}
	if listed == 0 {
		t.Error("of no encoding the ones are listed")
	}
}

// encode asserts that Encode appends and returns what it appended.
func encode(t *testing.T, e evolve.Encoder, name string, a evolve.Arch) []float64 {
	t.Helper()
	v, err := e.Encode([]float64{-7}, name, a)
	if err != nil || len(v) == 0 || v[0] != -7 {
		t.Fatalf("%s of %q: %v, %v: does not append", name, a, v, err)
	}
	return v[1:]
}

func (c *spaceSuite) notation(t *testing.T, n evolve.Notation) {
	for _, a := range c.archs {
		for _, text := range []string{n.Format(a), string(a)} {
			if b, err := n.Parse(text); err != nil || b != a {
				t.Fatalf("%q printed as %q reads as %q, %v", a, text, b, err)
			}
		}
	}
	for _, bad := range []string{"", "no architecture", n.Format(c.archs[0]) + "\x00"} {
		if _, err := n.Parse(bad); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("Parse(%q): %v, want ErrInvalid", bad, err)
		}
	}
}

func (c *spaceSuite) hash(t *testing.T, h evolve.Hasher) {
	for _, a := range c.archs {
		if x := h.Hash(a); x == "" || x != h.Hash(a) {
			t.Fatalf("the hash of %q is %q, then %q", a, x, h.Hash(a))
		}
	}
	f, ok := h.(evolve.Finder)
	if !ok {
		t.Fatal("it has an identifier of every architecture and finds none by it")
	}
	for _, a := range c.archs[:20] { // a space may have to try many
		b, err := f.Find(f.Hash(a))
		if err != nil || f.Hash(b) != f.Hash(a) {
			t.Fatalf("%q has the hash %q, which finds %q, %v", a, f.Hash(a), b, err)
		}
		one, _ := c.Canon(a)
		if two, err := c.Canon(b); err != nil || two != one {
			t.Fatalf("%q has the hash %q, which finds another network, %q: %v", a, f.Hash(a), b, err)
		}
	}
	for _, bad := range []string{"", "-1", "+1", "no hash", "99999999999999999999",
		f.Hash(c.archs[0]) + " ", "0" + f.Hash(c.archs[0])} {
		if b, err := f.Find(bad); !errors.Is(err, evolve.ErrInvalid) || b != "" {
			t.Errorf("the hash %q finds %q, %v; want ErrInvalid", bad, b, err)
		}
	}
}
