package evolve_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

func TestObserver(t *testing.T) {
	var none evolve.Observer
	none.Report(1)
	none.OneAtATime().Report(1)
	var heard []int
	o := evolve.On(func(n int) { heard = append(heard, n) }).OneAtATime()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			o.Report(i)
			o.Report("of another type")
		})
	}
	wg.Wait()
	slices.Sort(heard)
	if len(heard) != 100 || heard[0] != 0 || heard[99] != 99 {
		t.Errorf("heard %v", heard)
	}
}
