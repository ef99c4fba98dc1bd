package images

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/amoeba-nas/amoeba/evolve"
)

// flat normalises nothing but the scale.
func flat(c int) Norm {
	n := Norm{make([]float32, c), make([]float32, c)}
	for i := range n.Std {
		n.Std[i] = 1
	}
	return n
}

// numbered has n images of two channels, 1 x 2: 4i, 4i+1; 4i+2, 4i+3. Its Max is 1, so that
// flat leaves the pixels alone.
func numbered(n int) *Set {
	s := tiny(2, 1, 2, nil)
	s.Max = 1
	for i := range n {
		s.pixels = append(s.pixels, byte(4*i), byte(4*i+1), byte(4*i+2), byte(4*i+3))
		s.labels = append(s.labels, uint8(i%10))
	}
	return s
}

func mustLoad(t testing.TB, s *Set, idx []int, norm Norm, aug Augment, batch int, labels []uint8) *Loader {
	t.Helper()
	l, err := NewLoader(s, idx, norm, aug, batch, labels)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestSequential(t *testing.T) {
	s := numbered(8)
	l, err := NewEvaluation(s, []int{7, 0, 2}, flat(2), 2)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time in used buffers
		var batches []Batch
		for b := range l.Sequential(t.Context()) {
			batches = append(batches, Batch{slices.Clone(b.X), slices.Clone(b.Y), b.N})
		}
		if len(batches) != 2 {
			t.Fatalf("%d batches", len(batches))
		}
		// Channel 0 of both images, then channel 1.
		if b := batches[0]; !slices.Equal(b.X, []float32{28, 29, 0, 1, 30, 31, 2, 3}) || !slices.Equal(b.Y, []int32{7, 0}) || b.N != 2 {
			t.Errorf("first batch %v", b)
		}
		if b := batches[1]; !slices.Equal(b.X, []float32{8, 9, 0, 0, 10, 11, 0, 0}) || !slices.Equal(b.Y, []int32{2, -1}) || b.N != 1 {
			t.Errorf("last batch %v", b)
		}
	}
	none, err := NewEvaluation(s, nil, flat(2), 2)
	if err != nil {
		t.Fatal(err)
	}
	for range none.Sequential(t.Context()) {
		t.Error("a batch of nothing")
	}
}

func TestEpoch(t *testing.T) {
	s := numbered(11)
	other := make([]uint8, s.Len())
	for i := range other {
		other[i] = uint8(9 - i%10)
	}
	idx := []int{10, 1, 2, 3, 4, 5, 6, 7, 8, 9} // without 0
	l := mustLoad(t, s, idx, flat(2), Augment{}, 4, other)
	seen := map[int]int{}
	orders := map[string]bool{}
	for epoch := range 50 {
		order := ""
		n := 0
		for b := range l.Epoch(t.Context(), evolve.Stream(uint64(epoch), "test")) {
			n++
			for k := range b.N {
				i := int(b.X[2*k]) / 4
				seen[i]++
				order += string(rune('a' + i))
				if b.X[8+2*k] != float32(4*i+2) || b.Y[k] != int32(other[i]) || !slices.Contains(idx, i) {
					t.Fatalf("image %d: %v, label %d", i, b.X, b.Y[k])
				}
			}
		}
		for _, c := range order {
			if strings.Count(order, string(c)) != 1 {
				t.Fatalf("an image twice: %s", order)
			}
		}
		if n != 2 || n != l.Batches() || len(order) != 8 || orders[order] {
			t.Fatalf("%d batches, order %s", n, order)
		}
		orders[order] = true
	}
	// Two of ten are left out each time, and not always the same.
	for _, i := range idx {
		if seen[i] < 30 || seen[i] > 49 {
			t.Errorf("image %d: %d times in 50 epochs of 8 of 10", i, seen[i])
		}
	}
}

// The same r, the same bytes: whatever the consumer does meanwhile, and for several at a time.
func TestEpochRepeats(t *testing.T) {
	s, p := digits(t)
	l := mustLoad(t, s, p.Train, s.Norm(p.Train), Augment{Pad: 1, Flip: true, Cutout: 3}, 32, nil)
	epochs := func(disturb bool) (xs []float32) {
		r := evolve.Stream(3, "epochs")
		for range 3 {
			seq := l.Epoch(t.Context(), r)
			if disturb {
				for range l.Epoch(t.Context(), rand.New(rand.NewPCG(1, 2))) {
					break
				}
			}
			for b := range seq {
				xs = append(xs, b.X...)
				for _, y := range b.Y {
					xs = append(xs, float32(y))
				}
			}
		}
		return xs
	}
	want := epochs(false)
	if len(want) != 3*33*(32*64+32) {
		t.Fatalf("%d numbers", len(want))
	}
	var wg sync.WaitGroup
	for k := range 4 {
		wg.Go(func() {
			if !slices.Equal(epochs(k%2 == 1), want) {
				t.Errorf("run %d differs", k)
			}
		})
	}
	wg.Wait()
}

// Training images have mean 0 and deviation 1 under their own norm.
func TestLoaderNormalises(t *testing.T) {
	s, p := digits(t)
	l, err := NewEvaluation(s, p.Train, s.Norm(p.Train), 100)
	if err != nil {
		t.Fatal(err)
	}
	var sum, squares, n float64
	for b := range l.Sequential(t.Context()) {
		for _, x := range b.X[:b.N*64] {
			sum, squares, n = sum+float64(x), squares+float64(x)*float64(x), n+1
		}
	}
	if mean, variance := sum/n, squares/n; int(n) != 1079*64 || math.Abs(mean) > 1e-6 || math.Abs(variance-1) > 1e-6 {
		t.Errorf("%v pixels, mean %v, variance %v", n, mean, variance)
	}
}

func TestNewLoaderRefuses(t *testing.T) {
	s := numbered(40)
	for _, c := range []struct {
		idx    []int
		norm   Norm
		aug    Augment
		batch  int
		labels []uint8
		want   string
	}{
		{all(s), flat(2), Augment{}, 64, nil, "batch 64 is larger than the training split of 40 images"},
		{all(s), flat(2), Augment{}, 0, nil, "batch 0, want at least 1"},
		{all(s), flat(1), Augment{}, 4, nil, "1 means and 1 deviations, tiny has 2 channels"},
		{all(s), Norm{[]float32{0, 0}, []float32{1, 0}}, Augment{}, 4, nil, "deviation 0 of channel 1, want a positive number"},
		{all(s), flat(2), Augment{Pad: 1}, 4, nil, "pad 1 of images of 1 x 2, want 0..0"},
		{[]int{0, 40}, flat(2), Augment{}, 2, nil, "image 40 at place 1, tiny has 40"},
		{[]int{0, -1}, flat(2), Augment{}, 2, nil, "image -1 at place 1, tiny has 40"},
		{all(s), flat(2), Augment{}, 4, make([]uint8, 39), "39 labels, tiny has 40 images"},
		{all(s), flat(2), Augment{}, 4, slices.Repeat([]uint8{10}, 40), "label 10 of image 0, want 0..9"},
	} {
		_, err := NewLoader(s, c.idx, c.norm, c.aug, c.batch, c.labels)
		if wantError(t, err, c.want); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%v is not evolve.ErrInvalid", err)
		}
	}
}

// Whoever leaves early, by break, panic or a context, leaves no goroutine behind.
func TestLoaderLeaves(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s, p := digits(t)
	l := mustLoad(t, s, p.Train, s.Norm(p.Train), Augment{}, 16, nil)
	for range l.Epoch(t.Context(), evolve.Stream(1, "test")) {
		break
	}
	for range l.Sequential(t.Context()) {
		break
	}
	func() {
		defer func() { _ = recover() }()
		for range l.Epoch(t.Context(), evolve.Stream(1, "test")) {
			panic("the trainer's")
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for range l.Epoch(ctx, evolve.Stream(1, "test")) {
		if n++; n == 2 {
			cancel()
		}
	}
	if n != 2 {
		t.Errorf("%d batches, its context ended after 2", n)
	}
	for range l.Sequential(ctx) {
		t.Error("a batch after the end of its context")
	}
}

// An epoch allocates the same however many batches it has.
func TestEpochAllocates(t *testing.T) {
	s, p := digits(t)
	norm := s.Norm(p.Train)
	per := func(batch int) float64 {
		l := mustLoad(t, s, p.Train, norm, Augment{Pad: 1, Flip: true, Cutout: 2}, batch, nil)
		r := evolve.Stream(1, "test")
		return testing.AllocsPerRun(5, func() {
			for range l.Epoch(t.Context(), r) {
			}
		})
	}
	if few, many := per(1079), per(2); many-few > 5 { // 1 batch and 539
		t.Errorf("%v allocations in an epoch of 539 batches, %v in one of 1", many, few)
	}
}

func benchmarkEpoch(b *testing.B, s *Set, batch int, aug Augment) {
	l := mustLoad(b, s, all(s), s.Norm(all(s)), aug, batch, nil)
	r := evolve.Stream(1, "bench")
	b.ReportAllocs()
	for b.Loop() {
		for range l.Epoch(b.Context(), r) {
		}
	}
	b.ReportMetric(float64(b.N*l.Batches()*batch)/b.Elapsed().Seconds(), "images/s")
}

func BenchmarkEpochDigits(b *testing.B) {
	s, _ := digits(b)
	benchmarkEpoch(b, s, 64, Augment{Pad: 1})
}

func BenchmarkEpoch32(b *testing.B) {
	r := evolve.Stream(1, "pixels")
	s := tiny(3, 32, 32, make([]byte, 2048*cifarPixels), make([]uint8, 2048)...)
	for i := range s.pixels {
		s.pixels[i] = byte(r.Uint32())
	}
	benchmarkEpoch(b, s, 128, Augment{Pad: 4, Flip: true, Cutout: 16})
}
