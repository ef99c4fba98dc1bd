package training

import (
	"runtime"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// forgetful keeps no slab, so that a large graph of one test is not the heap of the next.
type forgetful struct{ device.Device[float32] }

func (forgetful) Take(n int) ([]float32, error) { return make([]float32, n), nil }
func (forgetful) Give([]float32)                {}

// TestPlannedMemory: six cells of 16 channels on 32×32 images. The block is not written here,
// so that the system need not have that much.
func TestPlannedMemory(t *testing.T) {
	const cells, activation = 6, 4 * speedBatch * 16 * 32 * 32
	n, err := cellNet(32, 16, cells)
	if err != nil {
		t.Fatal(err)
	}
	s := newStepper(t, n, speedBatch, forgetful{device.CPU[float32]()})
	defer s.close()
	memory := s.graph.Memory()
	t.Logf("%d cells: %d MiB", cells, memory>>20)
	// The backward pass reads the outputs of the five blocks of each cell again.
	if least := 5 * cells * activation; memory < least {
		t.Errorf("%d cells take %d bytes, want at least %d", cells, memory, least)
	}
	if memory > 2<<30 {
		t.Errorf("%d cells take %d bytes, want at most 2 GiB", cells, memory)
	}
}

// heap is what the program holds, without what is only not yet collected.
func heap() int64 {
	var m runtime.MemStats
	for range 6 { // what a finaliser held goes in the second
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// length is a test's own length, and a shorter one for the short mode.
func length(whole, short int) int {
	if testing.Short() {
		return short
	}
	return whole
}

// TestFlatOverCandidates trains one small network after another and compares the heap.
func TestFlatOverCandidates(t *testing.T) {
	config := net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, N: 1, F: 4}
	r, sp, cpu := evolve.Stream(1, "candidates"), space.NB201{}, device.CPU[float32]()
	// The store of slabs keeps the largest seen, so that must come first: all edges convolve.
	a := evolve.Arch("333333")
	var early int64
	candidates := length(200, 40)
	for i := 1; i <= candidates; i++ {
		n, err := net.Build("nb201", a, config)
		if err != nil {
			t.Fatal(err)
		}
		s := newStepper(t, n, 16, cpu)
		for range 2 {
			if err := s.step(); err != nil {
				t.Fatal(err)
			}
		}
		s.close()
		a = sp.Sample(r)
		if i == 10 {
			early = heap()
		}
	}
	if late := heap(); late-early > 2<<20 {
		t.Errorf("the heap is %d bytes after 10 candidates and %d after %d", early, late, candidates)
	}
}

// TestFlatOverSteps: of a step's garbage nothing stays, and there is no more of it later.
func TestFlatOverSteps(t *testing.T) {
	n, err := cellNet(8, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := newStepper(t, n, 16, device.CPU[float32]())
	defer s.close()
	steps := func(k int) (held int64, made uint64) {
		var from, to runtime.MemStats
		runtime.ReadMemStats(&from)
		for range k {
			if err := s.step(); err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&to)
		return heap(), to.Mallocs - from.Mallocs
	}
	steps(5) // the first make buffers
	early, first := steps(100)
	between := length(9800, 100)
	steps(between)
	late, last := steps(100)
	if late-early > 256<<10 {
		t.Errorf("the heap is %d bytes after 105 steps and %d after %d", early, late, 205+between)
	}
	if last > first+first/20 {
		t.Errorf("the first 100 steps made %d allocations, the last 100 %d", first, last)
	}
	t.Logf("%d allocations a step for %d layers; heap %d, then %d bytes", last/100, len(n.Layers), early, late)
}
