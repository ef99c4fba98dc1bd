package model

import (
	"math"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Inputs are the features of architectures. Many architectures look alike to a model: each look
// is kept once.
type Inputs struct {
	x    [][]uint8 // by feature and look
	look []int     // of each architecture
}

// Encode encodes n architectures.
func Encode(e evolve.Encoder, encoding string, n int, at func(int) evolve.Arch) (*Inputs, error) {
	all, err := Columns(e, encoding, n, at)
	if err != nil {
		return nil, err
	}
	in := &Inputs{x: make([][]uint8, len(all)), look: make([]int, n)}
	known := map[string]int{}
	row := make([]byte, len(all))
	for i := range in.look {
		for f := range all {
			row[f] = all[f][i]
		}
		k, ok := known[string(row)]
		if !ok {
			k = len(known)
			known[string(row)] = k
			for f := range all {
				in.x[f] = append(in.x[f], row[f])
			}
		}
		in.look[i] = k
	}
	return in, nil
}

// Whole encodes all architectures of a space that numbers them, in their order. An encoding of a space, in
// groups as in package features or not, is done once a process, whoever asks for it.
func Whole(s Numbered, encoding string) (*Inputs, error) {
	key := wholeKey{s, encoding}
	get, ok := wholes.Load(key)
	if !ok {
		get, _ = wholes.LoadOrStore(key, sync.OnceValues(func() (*Inputs, error) {
			return Encode(s, encoding, s.Size(), s.At)
		}))
	}
	return get.(func() (*Inputs, error))()
}

// Numbered is a space that can be encoded whole. Two that are equal are the same space.
type Numbered interface {
	evolve.Encoder
	evolve.Enumerable
}

type wholeKey struct {
	space    Numbered
	encoding string
}

var wholes sync.Map // of wholeKey: func() (*Inputs, error)

// looks are those of the architectures at the given places; nil stands for all architectures.
func (in *Inputs) looks(at []int) []int {
	if at == nil {
		return in.look
	}
	return Pick(in.look, at)
}

// Predict returns a model's answers for the architectures at the given places, nil for all.
func (in *Inputs) Predict(t *Trees, at []int) ([]float64, error) {
	answers := make([]float64, len(in.x[0]))
	if err := t.PredictAll(answers, in.x); err != nil {
		return nil, err
	}
	return Pick(answers, in.looks(at)), nil
}

// Columns returns the features of the architectures at the given places, nil for all, as [Fit]
// takes them: x[feature][row].
func (in *Inputs) Columns(at []int) [][]uint8 {
	looks, out := in.looks(at), make([][]uint8, len(in.x))
	for f := range in.x {
		out[f] = Pick(in.x[f], looks)
	}
	return out
}

// Unseen returns the places in held of the architectures that look like none at the places
// fitted.
func (in *Inputs) Unseen(fitted, held []int) (unseen []int) {
	seen := make([]bool, len(in.x[0]))
	for _, i := range fitted {
		seen[in.look[i]] = true
	}
	for k, i := range held {
		if !seen[in.look[i]] {
			unseen = append(unseen, k)
		}
	}
	return unseen
}

// Link is a function of the target that is easier to learn. A model is fitted on To of the
// target; From of what it predicts is the target again.
type Link struct {
	Name     string // kept in the model's notes
	To, From func(float64) float64
}

// LogError spreads the accuracies near 100 %, where searches end, and draws the others
// together: −ln(100.5 − x), the half so that it stays finite.
var LogError = &Link{
	Name: "-ln(100.5-x)",
	To:   func(x float64) float64 { return -math.Log(100.5 - x) },
	From: func(z float64) float64 { return 100.5 - math.Exp(-z) },
}

// Pick returns the values at the given places.
func Pick[T any](xs []T, at []int) []T {
	out := make([]T, len(at))
	for i, j := range at {
		out[i] = xs[j]
	}
	return out
}
