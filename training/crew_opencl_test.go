//go:build native

package training

import (
	"testing"

	"github.com/amoeba-nas/amoeba/training/device"
)

// On OpenCL too a run that is joined with others leaves the checkpoint and the answers that it leaves alone.
func TestOpenCLCrewKeepsEveryBit(t *testing.T) {
	dev := openCL(t)
	jobs := cells(4)
	for i := range jobs {
		jobs[i].Net.F, jobs[i].Recipe.Images, jobs[i].Recipe.Epochs = 2, 32, 1+i%2
	}
	var want []string
	for _, j := range jobs {
		want = append(want, together(t, dev, []Job{j})...)
	}
	for i, text := range together(t, dev, jobs) {
		if text != want[i] {
			t.Errorf("run %d has other numbers than alone", i)
		}
	}
}

// A search on a device has the same losses with any number of trials in flight that a searcher without memory has.
func TestOpenCLAbreast(t *testing.T) {
	dev := openCL(t)
	settings := []string{"space=nb201", "F=2", "N=1", "images=32", "batch=16", "epochs=1"}
	losses := func(workers int, d device.Device[float32]) (all []float64) {
		got, _, err := studyOn(t, d, t.TempDir(), workers, settings...)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range got {
			all = append(all, o.Loss)
		}
		return all
	}
	one, four := losses(1, dev), losses(4, dev)
	for i := range one {
		if one[i] != four[i] {
			t.Errorf("trial %d: %g alone, %g among four", i+1, one[i], four[i])
		}
	}
	if len(one) != 12 || len(four) != 12 {
		t.Errorf("%d and %d trials, want 12", len(one), len(four))
	}
}
