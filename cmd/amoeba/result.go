package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/net"
)

// trainResult is what train prints with --json. Accuracies are in per cent.
type trainResult struct {
	Arch     string      `json:"arch"` // in the literature's notation
	Genome   evolve.Arch `json:"genome"`
	Space    string      `json:"space"`
	Data     string      `json:"data"`
	Skeleton string      `json:"skeleton,omitempty"` // where it is not the default
	Params   int         `json:"params"`             // without running statistics and auxiliary head
	FLOPs    int         `json:"flops"`              // multiply-adds of one image, as count counts
	Weights  string      `json:"weights"`
	Control  bool        `json:"shuffled_labels,omitempty"` // of the training images
	ValMean  float64     `json:"val_mean"`
	ValStd   *float64    `json:"val_std"`

	TestMean float64  `json:"test_mean"`
	TestStd  *float64 `json:"test_std"` // of the seeds, with n-1; null for one
	TestLow  float64  `json:"test_low"` // of the 95 % interval
	TestHigh float64  `json:"test_high"`
	Interval string   `json:"interval"` // what it is of
	half     float64  // of Student's interval

	Speed       float64      `json:"images_per_second"` // of training, one seed on one core
	Checkpoints []string     `json:"checkpoints"`       // whose weights were tested
	Seeds       []seedResult `json:"seeds"`
}

type seedResult struct {
	Seed       uint64  `json:"seed,string"`
	Epoch      int     `json:"epoch"` // of the weights
	Val        float64 `json:"val"`
	Test       float64 `json:"test"`
	Checkpoint string  `json:"checkpoint"`
}

// The two intervals.
const (
	studentInterval = "95 % of the mean over seeds (Student's t)"
	wilsonInterval  = "95 % of the test images for the weights of one seed (Wilson); of other seeds it says nothing"
)

const shuffledText = "the labels of the training images were shuffled"

func percent(correct, images int) float64 { return 100 * float64(correct) / float64(images) }

// known is null where there is no number.
func known(x float64) *float64 {
	if math.IsNaN(x) {
		return nil
	}
	return &x
}

// tell writes, draws and prints what was trained.
func (f *trainFlags) tell(c *cobra.Command, arch string, s training.Seeds, data *training.Data, tested []training.Tested) error {
	j := s.Job
	n, err := net.Build(j.Space, j.Arch, j.Net)
	if err != nil {
		return err
	}
	r := trainResult{Arch: arch, Genome: j.Arch, Space: j.Space, Data: f.data, Skeleton: j.Net.Skeleton, Params: n.Params(), FLOPs: n.MACs(), Weights: "best", Control: j.Recipe.Shuffled}
	if f.final {
		r.Weights = "last"
	}
	var vals, tests []float64
	var histories [][]training.Epoch
	for _, t := range tested {
		val, test := percent(t.Chosen.ValCorrect, len(data.Split.Val)), percent(t.Test.Correct, t.Test.Images)
		vals, tests, histories = append(vals, val), append(tests, test), append(histories, t.History)
		r.Checkpoints = append(r.Checkpoints, t.Checkpoint)
		r.Seeds = append(r.Seeds, seedResult{t.Seed, t.Chosen.Epoch, val, test, t.Checkpoint})
	}
	val, test := stats.Describe(vals), stats.Describe(tests)
	r.ValMean, r.ValStd, r.TestMean, r.TestStd = val.Mean, known(val.Std), test.Mean, known(test.Std)
	r.half = test.CI
	r.TestLow, r.TestHigh, r.Interval = max(test.Mean-r.half, 0), min(test.Mean+r.half, 100), studentInterval
	if len(tested) == 1 {
		low, high := tested[0].Test.Wilson()
		r.TestLow, r.TestHigh, r.Interval = 100*low, 100*high, wilsonInterval
	}
	r.Speed = j.Speed(data, histories...)
	line, err := checked.Line(r)
	if err != nil {
		return err
	}
	path := filepath.Join(f.out, training.ResultName)
	if err := resultKind.WriteBytes(path, line); err != nil {
		return err
	}
	if others := s.Others(); len(others) > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "note: %s has %d seeds; result.json and the curves tell of %d\n", f.out, len(others)+len(tested), len(tested))
	}
	files, drawn := f.draw(j, r, tested)
	if f.json {
		if _, err := c.OutOrStdout().Write(line); err != nil {
			return err
		}
		return drawn
	}
	r.print(c.OutOrStdout(), append(files, path), tested)
	return drawn
}

// chosenBy says which weights were tested.
func (r *trainResult) chosenBy() string {
	if r.Weights == "last" {
		return "of the last epoch"
	}
	return "of the epoch with the highest validation accuracy"
}

func (r *trainResult) print(w io.Writer, files []string, tested []training.Tested) {
	one := tested[0].Test
	fmt.Fprintln(w, wrapped(r.Space+" ", 2, r.Arch))
	if r.Skeleton != "" {
		fmt.Fprintf(w, "skeleton %s, ", r.Skeleton)
	}
	fmt.Fprintf(w, "on %s, %s parameters, %s multiply-adds an image, %.0f images a second on one core\n", r.Data, number.Grouped(r.Params), number.Grouped(r.FLOPs), r.Speed)
	if r.Control {
		fmt.Fprintln(w, "control    ", shuffledText)
	}
	fmt.Fprintf(w, "weights     %s\n", r.chosenBy())
	if len(tested) == 1 {
		fmt.Fprintf(w, "validation  %.2f %%\ntest        %.2f %%, %d of %d images; their binomial 95 %% interval is %.2f to %.2f %% (Wilson)\n", r.ValMean, r.TestMean, one.Correct, one.Images, r.TestLow, r.TestHigh)
		fmt.Fprintln(w, "            one seed: no interval over seeds, for which --seeds 3 or more")
	} else {
		fmt.Fprintf(w, "validation  %.2f %%, sd %.2f over %d seeds\ntest        %.2f ± %.2f %%, 95 %% interval over seeds (Student's t), sd %.2f; %d images\n",
			r.ValMean, *r.ValStd, len(tested), r.TestMean, r.half, *r.TestStd, one.Images)
	}
	table := [][]string{{"seed", "epoch", "val %", "test %"}}
	for _, s := range r.Seeds {
		table = append(table, []string{fmt.Sprint(s.Seed), fmt.Sprint(s.Epoch), fmt.Sprintf("%.2f", s.Val), fmt.Sprintf("%.2f", s.Test)})
	}
	writeGrid(w, table)
	fmt.Fprintln(w, "\nFiles:")
	for _, p := range append(r.Checkpoints, files...) {
		fmt.Fprintln(w, " ", p)
	}
}

// draw writes the learning curves.
func (f *trainFlags) draw(j training.Job, r trainResult, tested []training.Tested) ([]string, error) {
	fig := plots.Learning{Title: fmt.Sprintf("%s, %s on %s", j.Space, published(j.Space, j.Arch), r.Data)}
	for _, t := range tested {
		run := plots.LearningRun{Chosen: t.Chosen.Epoch}
		for _, e := range t.History {
			run.TrainLoss, run.ValLoss = append(run.TrainLoss, e.TrainLoss), append(run.ValLoss, e.ValLoss)
			run.TrainAcc, run.ValAcc = append(run.TrainAcc, 100*e.TrainAcc), append(run.ValAcc, 100*e.ValAcc)
		}
		fig.Runs = append(fig.Runs, run)
	}
	if r.Skeleton != "" {
		fig.Title = fmt.Sprintf("%s in the skeleton %s, %s on %s", j.Space, r.Skeleton, published(j.Space, j.Arch), r.Data)
	}
	lines := "One seed"
	if len(tested) > 1 {
		lines = fmt.Sprintf("Mean of %d seeds, thin lines are the seeds", len(tested))
	}
	fig.Note = fmt.Sprintf("%s; dots: the weights that were tested, %s. %s parameters; %s, learning rate %g, schedule %s, batch %d.",
		lines, r.chosenBy(), number.Grouped(r.Params), j.Recipe.Solver, j.Recipe.LR, j.Recipe.Schedule, j.Recipe.Batch)
	if r.Control {
		fig.Note = "Control: " + shuffledText + ". " + fig.Note
	}
	return writeFigure(fig, filepath.Join(f.out, "curves"), "png", "svg")
}
