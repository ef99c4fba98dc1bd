package evolvetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// edges: no searcher hangs or panics where there is one architecture, where there are fewer than it begins with, where
// all losses are equal, where every third architecture has none, or where everything is answered from memory.
func (c *searcher) edges(t *testing.T) {
	for _, n := range []int{1, 3} {
		b := &Invented{Space: few{n}, Rungs: true}
		t.Run(fmt.Sprintf("architectures=%d", n), func(t *testing.T) {
			if err := Fits(c.entry, b, c.set...); err != nil {
				t.Skip(err)
			}
			for _, workers := range []int{1, 4} {
				var r tape
				s := c.new(t)
				study := evolve.Study{Problem: b.Problem(), Searcher: s, Pool: evolve.Simulate(b, workers),
					Recorder: &r, Seed: suiteSeed, Trials: c.trials}
				sum, err := study.Run(context.Background())
				if errors.Is(err, evolve.ErrUnsupported) {
					t.Skip(err) // it says why this space is none of its own
				}
				if err != nil || sum.Trials == 0 {
					t.Fatalf("%d trials, %v", sum.Trials, err)
				}
				for _, o := range r.outcomes {
					if _, err := b.Space.Canon(o.Arch); err != nil {
						t.Errorf("trial %d: %v", o.ID, err)
					}
				}
			}
		})
	}
	t.Run("repeats", c.again)
	t.Run("answers from memory", c.answered)
	t.Run("equal losses", func(t *testing.T) {
		c.run(t, c.new(t), drawn{c.bench, func(float64) float64 { return .5 }}, 2, suiteSeed)
	})
	t.Run("losses that are none", func(t *testing.T) { c.run(t, c.new(t), holes{c.bench}, 2, suiteSeed) })
}

// answered: a searcher that pays for nothing twice (repeat=cache) is done when all architectures are answered. What it
// proposes from then on brings no bound but that of trials nearer.
func (c *searcher) answered(t *testing.T) {
	set := c.withRepeat(t, "cache", "")
	b := &Invented{Space: few{3}, Rungs: true}
	if err := Fits(c.entry, b, set...); err != nil {
		t.Skip(err)
	}
	study := evolve.Study{Problem: b.Problem(), Searcher: mustOpen(t, c.entry, "", set), Pool: evolve.Simulate(b, 1),
		Recorder: &endless{most: 2000}, Seed: suiteSeed, Spent: 1e9}
	if sum, err := study.Run(context.Background()); err != nil {
		t.Errorf("after %d trials: %v", sum.Trials, err)
	}
}

// endless stops a study that does not end. Most is far more than what a population of 100 begins with.
type endless struct{ most int }

func (r *endless) Record(*evolve.Outcome) error {
	if r.most--; r.most < 0 {
		return errors.New("it goes on though three architectures are all there are")
	}
	return nil
}

// holes has no loss for one architecture in three, as a table with damaged cells.
type holes struct{ evolve.Evaluator }

func (h holes) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	err := h.Evaluator.Evaluate(ctx, t, r)
	if mixed(t.Arch)%3 == 0 {
		r.Loss = math.NaN()
	}
	return err
}

// few is a space of n architectures, the numbers 0 to n-1, which offers all that a searcher may need. With one
// architecture a mutation leaves it as it is.
type few struct{ n int }

func (f few) Name() string                    { return fmt.Sprintf("few:%d", f.n) }
func (f few) Sample(r *rand.Rand) evolve.Arch { return f.At(r.IntN(f.n)) }
func (f few) Size() int                       { return f.n }
func (f few) At(i int) evolve.Arch            { return evolve.Arch(strconv.Itoa(i)) }
func (f few) Mutations() []string             { return []string{"another"} }
func (f few) Encodings() []string             { return []string{"onehot"} }
func (f few) Decisions() []evolve.Decision    { return []evolve.Decision{{Name: "number", Options: f.n}} }
func (f few) Cross(a, b evolve.Arch, r *rand.Rand) evolve.Arch {
	if r.IntN(2) == 0 {
		return a
	}
	return b
}

func (f few) Index(a evolve.Arch) int {
	for i := range f.n {
		if f.At(i) == a {
			return i
		}
	}
	return -1
}

func (f few) Canon(a evolve.Arch) (evolve.Arch, error) {
	if f.Index(a) < 0 {
		return "", fmt.Errorf("%s: %q: want a number below %d: %w", f.Name(), a, f.n, evolve.ErrInvalid)
	}
	return a, nil
}

func (f few) Mutation(name string) (evolve.Mutation, error) {
	if name != "another" {
		return nil, evolve.Unknown("few mutation", name, f.Mutations())
	}
	return func(a evolve.Arch, r *rand.Rand) evolve.Arch {
		if f.n == 1 {
			return a
		}
		return f.At((f.Index(a) + 1 + r.IntN(f.n-1)) % f.n)
	}, nil
}

func (f few) Neighbors(dst []evolve.Arch, a evolve.Arch) []evolve.Arch {
	for i := range f.n {
		if b := f.At(i); b != a {
			dst = append(dst, b)
		}
	}
	return dst
}

func (f few) Encode(dst []float64, encoding string, a evolve.Arch) ([]float64, error) {
	if encoding != "onehot" {
		return nil, evolve.Unknown("encoding of "+f.Name(), encoding, f.Encodings())
	}
	i, bits := f.Index(a), make([]float64, f.n)
	if i < 0 {
		return nil, fmt.Errorf("%s: %q: %w", f.Name(), a, evolve.ErrInvalid)
	}
	bits[i] = 1
	return append(dst, bits...), nil
}

func (f few) Choose(x []float64) (evolve.Arch, error) {
	if err := evolve.CheckChoices(f.Decisions(), x); err != nil {
		return "", err
	}
	return f.At(int(x[0])), nil
}

func (f few) Choices(dst []float64, a evolve.Arch) []float64 { return append(dst, float64(f.Index(a))) }
