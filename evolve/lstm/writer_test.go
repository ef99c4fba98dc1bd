package lstm_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lstm"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func writer(t testing.TB, s evolve.Decider, units int) *lstm.Writer {
	t.Helper()
	kinds, tokens, err := lstm.KindsOf(s)
	if err != nil {
		t.Fatal(err)
	}
	return lstm.NewWriter(s, lstm.Params{Layers: 1, Units: units, Range: .5, Kinds: kinds}, tokens,
		evolve.Stream(1, "controller"))
}

// What is written is read with the same chance, on spaces with edges alone, with growing inputs, and with rules.
func TestWriterReads(t *testing.T) {
	for _, s := range []evolve.Decider{space.NB201{}, space.NASNet{}, space.DARTS{}, space.NB101{}} {
		w, r := writer(t, s, 6), evolve.Stream(2, "draws")
		for range 20 {
			a, err := w.Write(r)
			if err != nil {
				t.Fatal(err)
			}
			chance, entropy := w.LogChance(), w.Entropy()
			if again, err := s.Choose(s.Choices(nil, a)); err != nil || again != a {
				continue // two sequences write it
			}
			if err := w.Read(a); err != nil || math.Abs(w.LogChance()-chance) > 1e-12 || w.Entropy() != entropy {
				t.Errorf("%T %s: written with %v, read with %v: %v", s, a, chance, w.LogChance(), err)
			}
		}
	}
}

// The chances of all sequences of a space sum to 1.
func TestWriterSums(t *testing.T) {
	s := space.NB201{}
	w, sum := writer(t, s, 3), 0.0
	for i := range s.Size() {
		if err := w.Read(s.At(i)); err != nil {
			t.Fatal(err)
		}
		sum += math.Exp(w.LogChance())
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("the chances sum to %v", sum)
	}
}

// Decisions of one word are of one kind, which has as many options as the largest.
func TestKindsOf(t *testing.T) {
	for _, c := range []struct {
		space evolve.Decider
		want  []int // options of kinds
	}{{space.NB201{}, []int{5}}, {space.NASNet{}, []int{6, 8}}, {space.NB101{}, []int{2, 3}}} {
		kinds, tokens, err := lstm.KindsOf(c.space)
		var got []int
		for _, k := range kinds {
			got = append(got, k.Options)
		}
		if err != nil || !slices.Equal(got, c.want) || len(tokens) != len(c.space.Decisions()) {
			t.Errorf("%T: kinds of %v options, want %v; %v", c.space, got, c.want, err)
		}
	}
	if _, _, err := lstm.KindsOf(words{all: []evolve.Decision{{Name: "rate", Lo: 0, Hi: 1}}}); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("a real number: %v", err)
	}
}

// words is a space of decisions, of which those with the first option of the first decision are refused.
type words struct {
	evolve.Space
	all    []evolve.Decision
	refuse bool
}

func (s words) Decisions() []evolve.Decision                 { return s.all }
func (words) Choices(dst []float64, _ evolve.Arch) []float64 { return append(dst, 0, math.NaN()) }
func (s words) Choose(x []float64) (evolve.Arch, error) {
	if err := evolve.CheckChoices(s.all, x); err != nil || s.refuse || x[0] == 0 {
		return "", evolve.ErrInvalid
	}
	return evolve.Arch(fmt.Sprint(x)), nil
}

// Refused sequences are drawn again, decisions that do not apply are not written, and what cannot be written is an
// error.
func TestWriterRefuses(t *testing.T) {
	s := words{all: []evolve.Decision{{Name: "kind", Options: 3},
		{Name: "size", Options: 4, If: evolve.Condition{Place: 0, Options: []int{2}}}}}
	w, r := writer(t, s, 3), evolve.Stream(1, "draws")
	seen := map[int]bool{}
	for range 30 {
		a, err := w.Write(r)
		want := 1
		if strings.HasPrefix(string(a), "[2 ") {
			want = 2
		}
		if err != nil || w.Len() != want {
			t.Fatalf("%s: %d tokens, want %d; %v", a, w.Len(), want, err)
		}
		seen[w.Len()] = true
	}
	if !seen[1] || !seen[2] {
		t.Errorf("sequences have lengths %v", seen)
	}
	s.refuse = true
	if _, err := writer(t, s, 3).Write(r); !errors.Is(err, evolve.ErrFailed) {
		t.Errorf("a space that refuses everything: %v", err)
	}
	w.Tokens[0].Bias = []float64{math.Inf(-1), 0, 0}
	if err := w.Read("any"); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "decision kind") {
		t.Errorf("an option that is ruled out: %v", err)
	}
}

// One sequence of six tokens with ENAS's 64 units: written, and its gradient.
func BenchmarkWrite(b *testing.B) {
	w, r := writer(b, space.NB201{}, 64), evolve.Stream(2, "draws")
	for b.Loop() {
		if _, err := w.Write(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteAndBack(b *testing.B) {
	w, r := writer(b, space.NB201{}, 64), evolve.Stream(2, "draws")
	for b.Loop() {
		if _, err := w.Write(r); err != nil {
			b.Fatal(err)
		}
		w.Back(1, 0)
	}
}
