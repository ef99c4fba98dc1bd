package oneshot

import (
	"bytes"
	"crypto/sha256"
	"math"
	"testing"
)

// Whatever the bytes, a checkpoint is refused or reads back as it was written.
func FuzzSealed(f *testing.F) {
	c := &checkpoint{Meta: Meta{Supernet: "nb201", Data: "digits", Plan: plan(), Seed: math.MaxUint64, Epoch: 2,
		Steps: []int{1, 0}, Notes: []Note{{Epoch: 1, Shares: []float64{0.5, 0.5}}, {Epoch: 2}},
		Tensors: []Tensor{{"weight a", 2}, {"moment a", 1}}},
		tensors: [][]float32{{1, float32(math.Inf(1))}, {-0.5}}, state: State{"b": {math.NaN()}, "a": {1, 2}}}
	text, err := c.marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text[:len(text)-sha256.Size])
	f.Add([]byte(sealMagic))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		sum := sha256.Sum256(body) // so that what is behind the sum is looked at
		read, err := parseSealed("x", append(body, sum[:]...))
		if err != nil {
			return
		}
		again, err := read.marshal()
		if err != nil {
			t.Fatal(err)
		}
		back, err := parseSealed("x", again)
		if err != nil {
			t.Fatalf("what was read and written is refused: %v", err)
		}
		third, err := back.marshal()
		if err != nil || !bytes.Equal(again, third) {
			t.Errorf("reads back as something else: %v", err)
		}
	})
}

// Damage anywhere is found.
func TestSealedDamage(t *testing.T) {
	c := &checkpoint{Meta: Meta{Tensors: []Tensor{{"weight a", 2}}}, tensors: [][]float32{{1, 2}}, state: State{"a": {3}}}
	text, err := c.marshal()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseSealed("x", text); err != nil {
		t.Fatal(err)
	}
	for i := range text {
		other := bytes.Clone(text)
		other[i] ^= 1
		if _, err := parseSealed("x", other); err == nil {
			t.Errorf("byte %d of %d is altered, and nobody sees it", i, len(text))
		}
		if _, err := parseSealed("x", text[:i]); err == nil {
			t.Errorf("cut after %d of %d bytes, and nobody sees it", i, len(text))
		}
	}
}
