package space

import (
	"slices"
	"testing"
)

// CPython's random after random.seed(88), the 1000th output from its second block of 624.
func TestPyRandom(t *testing.T) {
	p := newPyRandom(88)
	want := map[int]uint32{1: 1707201716, 2: 4182107318, 3: 813946014, 4: 1429399738, 1000: 1496785836}
	for i := 1; i <= 1000; i++ {
		if got := p.uint32(); want[i] != 0 && got != want[i] {
			t.Errorf("output %d is %d, want %d", i, got, want[i])
		}
	}
}

// random.seed(1); random.shuffle of 0..9.
func TestPyShuffle(t *testing.T) {
	x := []uint16{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	newPyRandom(1).shuffle(x)
	if want := []uint16{6, 8, 9, 7, 5, 3, 0, 4, 1, 2}; !slices.Equal(x, want) {
		t.Errorf("shuffled to %v, want %v", x, want)
	}
}
