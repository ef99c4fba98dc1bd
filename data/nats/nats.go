package nats

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Arch is one architecture with all its training runs.
type Arch struct {
	Space     *Space
	Index     int    // official number, from 0
	Text      string // official string, such as "|none~0|+|none~0|none~1|+|…|" or "8:8:64:16:40"
	Schedules []Schedule
}

// Schedule is the runs under one training schedule, those of a data set together, in the
// order that the file's dataset_seed gives to data sets and seeds.
type Schedule struct {
	Name string // number of epochs, as in [Space].Schedules
	Runs []Run
}

// Run is one training. Every slice of it that is not nil has one number an epoch, from
// epoch 0, but for Latency. A loss may be NaN; every other number is finite.
type Run struct {
	Dataset string // "cifar10-valid" (trained on half of the training set), "cifar10", "cifar100" or "ImageNet16-120"
	Seed    int
	Epochs  int
	Params  float64   // millions
	FLOPs   float64   // millions of multiply-adds, for one image
	Latency []float64 // seconds for one batch; nil when it was not measured

	TrainAcc     []float64 // percent
	TrainTop5    []float64 // percent; nil in the long schedules
	TrainLoss    []float64
	TrainSeconds []float64

	Evals []Eval // by the name of the split
}

// Eval is a run's evaluation on one split. Acc[i] and Loss[i] were measured after epoch
// Epochs[i], ascending: the long schedules keep some splits after the last epoch only.
type Eval struct {
	Split   string // "x-valid", "x-test", or "ori-test" for all of the original test set
	Epochs  []int
	Acc     []float64 // percent
	Loss    []float64
	Seconds []float64 // of every epoch of the run
}

// Space is one of NATS-Bench's two search spaces.
type Space struct {
	Name      string // official short name
	Size      int    // architectures
	Schedules []string
	indexOf   func(text string) (int, error)
}

// The two spaces: cells of one size, and sizes of one cell.
var (
	Topology = &Space{Name: "tss", Size: space.NB201Size, Schedules: []string{"12", "200"}, indexOf: topologyIndex}
	Size     = &Space{Name: "sss", Size: 32768, Schedules: []string{"01", "12", "90"}, indexOf: sizeIndex}
)

func topologyIndex(text string) (int, error) {
	cell, err := space.NB201{}.Parse(text)
	if err != nil {
		return 0, err
	}
	if want := (space.NB201{}).Format(cell); text != want { // Parse is kinder than the files are
		return 0, fmt.Errorf("the cell %.100q, want %q", text, want)
	}
	return space.NB201{}.Index(cell), nil
}

// sizeIndex reads five channel numbers out of 8, 16, …, 64 as the digits of a number in
// base 8, most significant first.
func sizeIndex(text string) (int, error) {
	parts, index := strings.Split(text, ":"), 0
	for _, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 8 || n > 64 || n%8 != 0 || strconv.Itoa(n) != p || len(parts) != 5 {
			return 0, fmt.Errorf("the sizes %.60q, want five of 8, 16, …, 64 with colons between", text)
		}
		index = 8*index + n/8 - 1
	}
	return index, nil
}

// Schedule returns the runs of a schedule by its name, nil when the space has no such.
func (a *Arch) Schedule(name string) *Schedule {
	for i := range a.Schedules {
		if a.Schedules[i].Name == name {
			return &a.Schedules[i]
		}
	}
	return nil
}
