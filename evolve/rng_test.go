package evolve_test

import (
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"gonum.org/v1/gonum/stat"
)

// Mix(0, n) is the n-th output of SplitMix64 seeded with 0 (xoshiro.di.unimi.it/splitmix64.c).
func TestMixIsSplitMix64(t *testing.T) {
	for n, want := range []uint64{0, 0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f, 0xf88bb8a8724c81ec} {
		if got := evolve.Mix(0, uint64(n)); got != want {
			t.Errorf("Mix(0, %d) = %#x, want %#x", n, got, want)
		}
	}
}

// The numbers that seeds stand for. A change here silently changes every published run.
func TestStreamGolden(t *testing.T) {
	for _, c := range []struct {
		seed  uint64
		label string
		want  []uint64
	}{
		{0, "", []uint64{12356697693528167183, 15212840445090998147, 3986079937253544218}},
		{0, "search", []uint64{15601384150715032046, 2067640654545097245, 4472873872243212896}},
		{1, "search", []uint64{2355151001489945597, 11086350563805347050, 2460758896219519597}},
		{1, "noise", []uint64{10850096025757240223, 3744538672619298500, 14952166572258360351}},
		{1<<64 - 1, "search", []uint64{6595250325381942655, 465033733401511488, 7843233972347152550}},
	} {
		r, got := evolve.Stream(c.seed, c.label), []uint64{}
		for range c.want {
			got = append(got, r.Uint64())
		}
		equal(t, c.label, got, c.want)
	}
	if got := evolve.Mix(42, 1); got != 0xbdd732262feb6e95 {
		t.Errorf("Mix(42, 1) = %#x", got)
	}
}

// Streams that differ in the seed, by one, or in the label, by one letter, have nothing in
// common: the correlation of n pairs has a standard deviation of 1/√n = 0.01.
func TestStreamsAreIndependent(t *testing.T) {
	const n = 10_000
	draw := func(seed uint64, label string) []float64 {
		r, x := evolve.Stream(seed, label), make([]float64, n)
		for i := range x {
			x[i] = r.Float64()
		}
		return x
	}
	streams := [][]float64{draw(1, "search"), draw(2, "search"), draw(1, "searcg"), draw(1, ""), draw(0, "search")}
	for i, a := range streams {
		if m := stat.Mean(a, nil); m < .488 || m > .512 {
			t.Errorf("stream %d has mean %.4f", i, m)
		}
		for _, b := range streams[:i] {
			if r := stat.Correlation(a, b, nil); r < -.04 || r > .04 {
				t.Errorf("stream %d correlates by %.4f", i, r)
			}
		}
	}
}

// The seeds of a study's trials are all different.
func TestTrialSeedsDiffer(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(30) {
		for id := range uint64(1000) {
			if x := evolve.Mix(seed, id+1); seen[x] {
				t.Fatalf("trial %d of seed %d has the seed of another", id+1, seed)
			} else {
				seen[x] = true
			}
		}
	}
}
