package training

import (
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// tfJob trains a published cell in the skeleton tf.
func tfJob(t testing.TB, cell string, epochs int, edit func(*Job)) Job {
	t.Helper()
	of, a, ok := space.Published(cell)
	if !ok {
		t.Fatal(cell)
	}
	return digitsJob(of, a, epochs, func(j *Job) {
		j.Net = net.Config{N: 1, F: 4, Skeleton: net.SkeletonTF}
		if edit != nil {
			edit(j)
		}
	})
}

// TestTFTrains: networks of the skeleton tf learn the digits, with crossed and plain bottlenecks, a
// head and dropped paths, and with PNASNet's one cell.
func TestTFTrains(t *testing.T) {
	for cell, edit := range map[string]func(*Job){
		"AmoebaNet-D": nil,
		"AmoebaNet-A": func(j *Job) { j.Net.Aux, j.Net.DropPath = true, 0.1 },
		"PNASNet-5":   func(j *Job) { j.Net.F = 3 }, // no bottleneck's quarter, and odd reductions
	} {
		r := start(t, tfJob(t, cell, 2, edit))
		next(t, r, 2)
		if e := r.History[1]; !(e.TrainLoss < r.History[0].TrainLoss && e.ValAcc > 0.5) {
			t.Errorf("%s: %+v", cell, r.History)
		}
	}
}

// TestCount: what is planned is what a run takes, and a network too large for any machine is
// planned at once.
func TestCount(t *testing.T) {
	for name, j := range map[string]Job{
		"nb201": digitsJob("nb201", "301003", 1, nil),
		"nb101": digitsJob("nb101", "0f004b-00000", 1, func(j *Job) { j.Recipe.Solver, j.Recipe.LR, j.Recipe.Batch = "adam", 0.01, 31 }),
		"rest":  digitsJob("", "", 1, func(j *Job) { chained(j); j.Recipe.Average = 0.9 }),
		"tf":    tfJob(t, "AmoebaNet-D", 1, func(j *Job) { j.Net.Aux = true }),
	} {
		r := start(t, j)
		got, err := r.Job.Count()
		want := Count{r.Params(), r.Network.MACs(), r.Network.FLOPs(), r.Network.Cells, r.Memory()}
		if err != nil || got != want {
			t.Errorf("%s: %+v are counted, %v, a run takes %+v", name, got, err, want)
		}
	}
	begin := time.Now()
	large := tfJob(t, "AmoebaNet-B", 1, func(j *Job) {
		j.Net = net.Config{Input: net.Shape{C: 3, H: 480, W: 480}, Classes: 1000, N: 6, F: 512, Skeleton: net.SkeletonTF, Stem: 32}
	})
	var from, to runtime.MemStats
	runtime.ReadMemStats(&from)
	got, err := large.Count()
	runtime.ReadMemStats(&to)
	if err != nil || got.Params != 557277864 || got.FLOPs != 298794036064 || got.Layers != 20 || got.StepBytes < 5*4*got.Params {
		t.Errorf("%+v, %v", got, err)
	}
	if made := to.TotalAlloc - from.TotalAlloc; made > 1<<27 {
		t.Errorf("counting a network of %d bytes took %d", got.StepBytes, made)
	}
	if took := time.Since(begin); took > 10*time.Second { // a second where nothing else runs
		t.Errorf("planned in %v", took)
	}
}

// TestSkeletonIsIdentity: a folder of one skeleton is not gone on with in another, and jobs of the
// default are written as before there was a choice.
func TestSkeletonIsIdentity(t *testing.T) {
	tf := tfJob(t, "AmoebaNet-A", 1, nil)
	darts := tf
	darts.Net.Skeleton = ""
	text, err := json.Marshal(darts)
	if err != nil || strings.Contains(string(text), "Skeleton") || strings.Contains(string(text), "Stem") {
		t.Errorf("%s, %v", text, err)
	}
	err = refuseOther("job.json", darts, tf)
	if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "was begun with net.Skeleton its default, this job has tf") {
		t.Error(err)
	}
	r := start(t, tf)
	next(t, r, 1)
	again := resumed(t, device.CPU[float32](), saved(t, r))
	if again.Net.Skeleton != net.SkeletonTF || again.Params() != r.Params() {
		t.Errorf("%+v", again.Net)
	}
	// Weights of one do not fit the other, which have other layers of the same names.
	c, err := parse("x", saved(t, r))
	if err != nil {
		t.Fatal(err)
	}
	c.Net.Skeleton = ""
	if _, err := c.Open(digits(t), device.CPU[float32]()); !errors.Is(err, evolve.ErrInvalid) {
		t.Error(err)
	}
}
