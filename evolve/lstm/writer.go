package lstm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Writer is a controller that writes the architectures of a space, a token for each decision that applies.
type Writer struct {
	*Controller
	Tokens []Token // by decision; their Bias may be set before the first is written

	space evolve.Decider
	all   []evolve.Decision
	x     []float64
}

// KindsOf are the tokens of a space's decisions and their kinds. Decisions whose names differ in numbers and in what
// comes before a dot alone, such as normal.block1.op1 and reduce.block5.op2, are of one kind; where they have options
// of different numbers, such as the inputs of later blocks, those with fewer have the first of them. The error wraps
// evolve.ErrUnsupported for decisions that are real numbers.
func KindsOf(s evolve.Decider) (kinds []Kind, tokens []Token, err error) {
	of := map[string]int{}
	for _, d := range s.Decisions() {
		if d.Options == 0 {
			return nil, nil, fmt.Errorf("the decision %s is a real number, and a controller writes choices: %w", d.Name,
				evolve.ErrUnsupported)
		}
		name := KindName(d.Name)
		k, seen := of[name]
		if !seen {
			k = len(kinds)
			of[name] = k
			kinds = append(kinds, Kind{})
		}
		kinds[k].Options = max(kinds[k].Options, d.Options)
		tokens = append(tokens, Token{Kind: k, Options: d.Options})
	}
	return kinds, tokens, nil
}

// KindName is what a decision's name has in common with those of its kind.
func KindName(decision string) string {
	return strings.Trim(decision[strings.LastIndexByte(decision, '.')+1:], "0123456789-_")
}

// NewWriter makes a controller of tokens that KindsOf gave, or of others of as many decisions; p.Kinds are theirs.
func NewWriter(s evolve.Decider, p Params, tokens []Token, r *rand.Rand) *Writer {
	return &Writer{Controller: New(p, r), Tokens: tokens, space: s, all: s.Decisions(), x: make([]float64, len(tokens))}
}

// redraws is how often a sequence is drawn again that the space refuses. A space that refuses nine of ten refuses so
// many in a row once in 10^45.
const redraws = 1000

// Write draws a sequence and returns its architecture. Sequences that the space refuses are drawn again; the error
// wraps evolve.ErrFailed where that goes on and on.
func (w *Writer) Write(r *rand.Rand) (evolve.Arch, error) {
	for range redraws {
		_ = w.each(func(_ int, chance []float64) (int, error) { return Draw(chance, r), nil })
		if a, err := w.space.Choose(w.x); err == nil {
			return a, nil
		}
	}
	return "", fmt.Errorf("the space refuses %d sequences of the controller in a row: %w", redraws, evolve.ErrFailed)
}

// Read makes the sequence that of an architecture, whose chance can then be asked for. The error wraps
// evolve.ErrInvalid for one that no choices make.
func (w *Writer) Read(a evolve.Arch) error {
	x := w.space.Choices(nil, a)
	return w.each(func(i int, chance []float64) (int, error) {
		if k := int(x[i]); x[i] >= 0 && k < len(chance) && chance[k] > 0 {
			return k, nil
		}
		return 0, fmt.Errorf("%s: the controller has no token for its decision %s: %w", a, w.all[i].Name,
			evolve.ErrInvalid)
	})
}

// each writes a token for each decision that applies.
func (w *Writer) each(choose func(decision int, chance []float64) (int, error)) error {
	w.Begin()
	for i := range w.x {
		w.x[i] = math.NaN()
	}
	for i, t := range w.Tokens {
		if !evolve.Applies(w.all, w.x, i) {
			continue
		}
		k, err := choose(i, w.Next(t))
		if err != nil {
			return err
		}
		w.Take(k)
		w.x[i] = float64(k)
	}
	return nil
}
