package training

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

var update = flag.Bool("update", false, "rewrite what trainings gave with these kernels")

// goldenJobs are short trainings by every solver and option of a recipe that has arithmetic of its own.
var goldenJobs = map[string]func(*Job){
	"sgd":           func(j *Job) { j.Recipe.Nesterov, j.Recipe.Clip = false, 0 },
	"no momentum":   func(j *Job) { j.Recipe.Nesterov, j.Recipe.Momentum = false, 0 },
	"nesterov":      nil,
	"clipped":       func(j *Job) { j.Recipe.Clip = 0.2 },
	"adam":          func(j *Job) { j.Recipe.Solver, j.Recipe.LR = "adam", 0.01 },
	"adamw":         func(j *Job) { j.Recipe.Solver, j.Recipe.LR, j.Recipe.WeightDecay = "adamw", 0.01, 0.1 },
	"adamw clipped": func(j *Job) { j.Recipe.Solver, j.Recipe.LR, j.Recipe.Warmup, j.Recipe.Clip = "adamw", 0.01, 1, 0.2 },
	"average":       func(j *Job) { j.Recipe.Average = 0.9 },
	"accumulated":   func(j *Job) { j.Recipe.Accumulate, j.Recipe.Average, j.Recipe.Schedule = 3, 0.75, "step" },
	"odd batch":     func(j *Job) { j.Recipe.Batch, j.Recipe.Smoothing = 19, 0.1 },
	"shuffled": func(j *Job) {
		j.Recipe.Shuffled, j.Recipe.Augment = true, images.Augment{Pad: 1, Flip: true, Cutout: 2}
	},
	"nb101": func(j *Job) { j.Space, j.Arch, j.Net.F = "nb101", "0f004b-00000", 4 },
	"dropped paths, auxiliary head": func(j *Job) {
		chained(j)
		j.Recipe.Average, j.Recipe.Accumulate, j.Recipe.Solver, j.Recipe.LR = 0.9, 2, "adam", 0.01
	},
	"tf skeleton": func(j *Job) { chained(j); j.Net.Skeleton = net.SkeletonTF },
}

// gave is what a training gave, to the last bit.
type gave struct {
	Losses     string `json:"losses"`     // of training and validation by epoch, then of the test images, by %x
	Correct    string `json:"correct"`    // answers, in the same order
	Checkpoint string `json:"checkpoint"` // SHA-256 of its bytes
}

// TestNumbersStay holds every number of a training, and every byte of its checkpoint, to what an earlier build gave
// with kernels of the same name. GODEBUG=cpu.avx512f=off, cpu.avx2=off and cpu.fma=off test the other ones.
func TestNumbersStay(t *testing.T) {
	const path = "testdata/numbers.json"
	golden := map[string]map[string]gave{} // by kernels, then by training
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &golden)
	}
	if err != nil && !(*update && errors.Is(err, fs.ErrNotExist)) {
		t.Fatal(err)
	}
	name := kernel.Name()
	want, known := golden[name]
	if !known && !*update {
		t.Skipf("no numbers are kept of kernels %s", name)
	}
	got := map[string]gave{}
	for what, edit := range goldenJobs {
		j := digitsJob("nb201", "231430", 3, func(j *Job) {
			j.Net.F, j.Recipe.Batch, j.Recipe.Images = 4, 16, 96
			if edit != nil {
				edit(j)
			}
		})
		r := trained(t, j)
		e, err := r.Test(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var losses []float64
		var correct []int
		for _, h := range r.History {
			losses, correct = append(losses, h.TrainLoss, h.ValLoss), append(correct, h.TrainCorrect, h.ValCorrect)
		}
		got[what] = gave{fmt.Sprintf("%x", append(losses, e.Loss)), fmt.Sprint(append(correct, e.Correct)),
			fmt.Sprintf("%x", sha256.Sum256(saved(t, r)))}
	}
	// Every option changes the training.
	for a := range got {
		for b := range got {
			if a < b && got[a].Losses == got[b].Losses {
				t.Errorf("%s and %s give the same losses", a, b)
			}
		}
	}
	if !*update {
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("with kernels %s (-want +got):\n%s", name, d)
		}
		return
	}
	golden[name] = got
	if text, err = json.MarshalIndent(golden, "", " "); err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
