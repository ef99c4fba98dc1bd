//go:build native

package training

import (
	"context"
	"errors"
	"math"
	"os"
	"regexp"
	"testing"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/devices"
)

// openCL is the first device of OpenCL.
func openCL(t *testing.T) device.Device[float32] {
	t.Helper()
	dev, err := devices.Open("opencl:0")
	switch {
	case err == nil:
	case errors.Is(err, evolve.ErrUnsupported) && os.Getenv("AMOEBA_WANT_OPENCL") != "1":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
	return dev
}

// tiny is a job of a few steps an epoch.
func tiny(epochs int, edit func(*Job)) Job {
	return digitsJob("nb201", "231430", epochs, func(j *Job) {
		j.Net.F, j.Recipe.Batch, j.Recipe.Images = 2, 32, 128
		if edit != nil {
			edit(j)
		}
	})
}

func TestOpenCLGoesOn(t *testing.T) {
	dev := openCL(t)
	for name, edit := range map[string]func(*Job){
		"sgd, averaged, clipped": func(j *Job) { j.Recipe.Average, j.Recipe.Clip = 0.9, 0.5 },
		"adam, accumulated": func(j *Job) {
			j.Recipe.Solver, j.Recipe.LR, j.Recipe.Accumulate, j.Recipe.Batch = "adam", 0.01, 2, 16
		},
		"adamw, images": func(j *Job) {
			j.Recipe.Solver, j.Recipe.LR, j.Recipe.Augment = "adamw", 0.01, images.Augment{Pad: 1, Flip: true}
		},
		"dropped paths and head": chained,
	} {
		t.Run(name, func(t *testing.T) { goesOnExactly(t, dev, tiny(4, edit)) })
	}
}

// The first steps are the processor's, but for the last digits.
func TestOpenCLFollowsTheProcessor(t *testing.T) {
	dev := openCL(t)
	for name, edit := range map[string]func(*Job){
		"sgd":   func(j *Job) { j.Recipe.LR, j.Recipe.Average = 0.01, 0.5 },
		"adamw": func(j *Job) { j.Recipe.Solver, j.Recipe.LR, j.Recipe.Accumulate = "adamw", 0.001, 2 },
	} {
		a, b := on(t, dev, tiny(1, edit)), start(t, tiny(1, edit))
		next(t, a, 1)
		next(t, b, 1)
		x, y := a.History[0], b.History[0]
		if d := math.Abs(x.TrainLoss - y.TrainLoss); !(d < 1e-4*y.TrainLoss) {
			t.Errorf("%s: training loss %.9g, of the processor %.9g", name, x.TrainLoss, y.TrainLoss)
		}
		if d := math.Abs(x.ValLoss - y.ValLoss); !(d < 1e-3*y.ValLoss) {
			t.Errorf("%s: validation loss %.9g, of the processor %.9g", name, x.ValLoss, y.ValLoss)
		}
		if d := x.ValCorrect - y.ValCorrect; d < -3 || d > 3 || x.TrainCorrect-y.TrainCorrect > 2 {
			t.Errorf("%s: %d right answers, of the processor %d", name, x.ValCorrect, y.ValCorrect)
		}
	}
}

func TestOpenCLDiverges(t *testing.T) {
	dev := openCL(t)
	j := tiny(2, func(j *Job) {
		j.Recipe.LR, j.Recipe.Clip, j.Recipe.Schedule, j.Recipe.WeightDecay, j.Recipe.Batch = 100, 0, "constant", 1, 8
	})
	_, err := on(t, dev, j).Next(context.Background())
	if where := regexp.MustCompile(`^epoch 1, batch \d+: .*diverged`); !errors.Is(err, evolve.ErrFailed) ||
		!where.MatchString(err.Error()) {
		t.Error(err)
	}
	if err := dev.Wait(); err != nil {
		t.Errorf("the device after it: %v", err)
	}
}
