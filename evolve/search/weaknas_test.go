package search

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// weakTable gives every cell its loss.
type weakTable func(evolve.Arch) float64

func (f weakTable) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	r.Loss = f(t.Arch)
	return nil
}

// weakScattered are the numbers of a permutation, without any structure; the lowest is 0.
func weakScattered(a evolve.Arch) float64 {
	return float64(space.NB201{}.Index(a)*7919%space.NB201Size) / 16384
}

// weakWith is a searcher with another predictor.
type weakWith struct {
	*WeakNAS
	predict func(evolve.Arch) float64
}

func (s *weakWith) Init(p evolve.Problem, r *rand.Rand) error {
	err := s.WeakNAS.Init(p, r)
	if s.predict != nil {
		s.rank = func(dst []float64, _ []evolve.Arch) []float64 {
			for i := range space.NB201Size {
				dst = append(dst, s.predict(space.NB201{}.At(i)))
			}
			return dst
		}
	}
	return err
}

// weakRun are the architectures of a run, and their lowest loss.
func weakRun(t *testing.T, s evolve.Searcher, table weakTable, trials int, seed uint64) (archs []evolve.Arch, least float64) {
	t.Helper()
	var tape weakTape
	study := evolve.Study{Problem: evolve.Problem{Space: space.NB201{}}, Searcher: s, Pool: evolve.Simulate(table, 1),
		Recorder: &tape, Trials: trials, Seed: seed}
	if _, err := study.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	least = 1e9
	for _, o := range tape {
		archs, least = append(archs, o.Arch), min(least, o.Loss)
	}
	return archs, least
}

type weakTape []evolve.Outcome

func (r *weakTape) Record(o *evolve.Outcome) error {
	*r = append(*r, *o)
	return nil
}

func weakNAS(top, draw int) *WeakNAS {
	return &WeakNAS{Top: top, Draw: draw, Features: "onehot", Start: 10, Repeat: repeatSkip}
}

// With a perfect predictor the first round has the best, where all of the highest are drawn, and with a hundred of
// them a round of ten has it one time in ten.
func TestWeakNASPerfect(t *testing.T) {
	perfect := func(a evolve.Arch) float64 { return -weakScattered(a) }
	found := 0
	const runs = 100
	for seed := range uint64(runs) {
		if _, least := weakRun(t, &weakWith{weakNAS(10, 10), perfect}, weakScattered, 20, seed); least != 0 {
			t.Fatalf("seed %d: %g is the lowest loss after one round", seed, least)
		}
		archs, least := weakRun(t, &weakWith{weakNAS(100, 10), perfect}, weakScattered, 20, seed)
		if least == 0 {
			found++
		}
		for _, a := range archs[10:] {
			if rank := weakScattered(a) * 16384; rank >= 110 {
				t.Errorf("seed %d: the place %g in the ranking was drawn", seed, rank)
			}
		}
	}
	if found < 2 || found > 22 {
		t.Errorf("the best is among the first ten of a hundred in %d of %d runs, want about a tenth", found, runs)
	}
}

// With a predictor that knows nothing it is random search without repeats.
func TestWeakNASConstant(t *testing.T) {
	var weak, random []float64
	for seed := range uint64(300) {
		constant := func(evolve.Arch) float64 { return 3 }
		_, a := weakRun(t, &weakWith{weakNAS(100, 10), constant}, weakScattered, 60, seed)
		_, b := weakRun(t, &Random{}, weakScattered, 60, 1000+seed)
		weak, random = append(weak, a), append(random, b)
	}
	// With 300 runs a side the standard deviation of A12 is 0.024 where nothing differs.
	if a12 := stats.MannWhitney(random, weak).A12; a12 < .41 || a12 > .59 {
		t.Errorf("random search ends worse in %.3f of the pairs", a12)
	}
}

// Where fewer of the highest are new than a round draws, it goes on down the ranking; nothing comes twice.
func TestWeakNASWalksDown(t *testing.T) {
	perfect := func(a evolve.Arch) float64 { return -weakScattered(a) }
	archs, _ := weakRun(t, &weakWith{weakNAS(10, 10), perfect}, weakScattered, 50, 1)
	for i, a := range archs[10:] {
		if rank := weakScattered(a) * 16384; int(rank)/10 > i/10+1 {
			t.Errorf("proposal %d has the place %g", i+11, rank)
		}
	}
	slices.Sort(archs)
	if n := len(slices.Compact(archs)); n != 50 {
		t.Errorf("%d different of 50", n)
	}
}

// Nothing of the table but what was told has an influence: with all losses an eighth the proposals are the same, and
// with the losses of others than the proposed changed too.
func TestWeakNASSeesWhatWasTold(t *testing.T) {
	archs, _ := weakRun(t, weakNAS(100, 10), weakScattered, 40, 2)
	told := map[evolve.Arch]bool{}
	for _, a := range archs {
		told[a] = true
	}
	for name, table := range map[string]weakTable{
		"all an eighth": func(a evolve.Arch) float64 { return weakScattered(a) / 8 },
		"others worse": func(a evolve.Arch) float64 {
			if told[a] {
				return weakScattered(a)
			}
			return 7 + weakScattered(a)
		},
	} {
		if got, _ := weakRun(t, weakNAS(100, 10), table, 40, 2); !slices.Equal(got, archs) {
			t.Errorf("%s: the proposals differ", name)
		}
	}
}

func TestWeakNASRefuses(t *testing.T) {
	for _, s := range []*WeakNAS{weakNAS(0, 0), weakNAS(5, 6)} {
		if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(1, "search")); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("top %d, draw %d: %v", s.Top, s.Draw, err)
		}
	}
	err := weakNAS(100, 10).Init(evolve.Problem{Space: space.DARTS{}}, evolve.Stream(1, "search"))
	if !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("a space that is not listed: %v", err)
	}
}

// Predictions that differ by their last bits alone, as two processors' do, propose the same.
func TestWeakNASLastBits(t *testing.T) {
	exact := func(a evolve.Arch) float64 { return 1 + float64(space.NB201{}.Index(a)%7) }
	off := func(a evolve.Arch) float64 { return exact(a) * (1 + float64(space.NB201{}.Index(a)%5)*0x1p-52) }
	run := func(predict func(evolve.Arch) float64) []evolve.Arch {
		s := &weakWith{&WeakNAS{Top: 50, Draw: 5, Features: "onehot", Start: 5, Repeat: "skip"}, predict}
		archs, _ := weakRun(t, s, weakScattered, 30, 1)
		return archs
	}
	if got, want := run(off), run(exact); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
