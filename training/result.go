package training

import (
	"fmt"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/sheet"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// ResultKind is the kind of the file [ResultName].
var ResultKind = durable.Begins("result of a training", `{"arch":`)

// Result is what the seeds of a training gave: the content of [ResultName], and what train prints with --json.
// Accuracies are in per cent.
type Result struct {
	Arch     string          `json:"arch"` // in the literature's notation
	Genome   evolve.Arch     `json:"genome"`
	Space    string          `json:"space"`
	Data     string          `json:"data"`
	Device   string          `json:"device"`
	Skeleton string          `json:"skeleton,omitempty"` // where it is not the default
	Params   int             `json:"params"`             // without running statistics and auxiliary head
	FLOPs    int             `json:"flops"`              // multiply-adds of one image, as count counts
	Weights  string          `json:"weights"`            // best or last: which were tested
	Control  bool            `json:"shuffled_labels,omitempty"`
	ValMean  float64         `json:"val_mean"`
	ValStd   number.Nullable `json:"val_std"`

	TestMean float64         `json:"test_mean"`
	TestStd  number.Nullable `json:"test_std"` // over the seeds, with n-1; null for one
	TestLow  float64         `json:"test_low"` // of the 95 % interval
	TestHigh float64         `json:"test_high"`
	Interval string          `json:"interval"` // what the interval is of
	half     float64         // half the width of Student's interval

	Speed       float64      `json:"images_per_second"` // of training, one seed on one core or with others on a device
	Checkpoints []string     `json:"checkpoints"`       // whose weights were tested
	Seeds       []SeedResult `json:"seeds"`

	images, correct int // tested, and of the first seed's right
}

// SeedResult is what one seed gave.
type SeedResult struct {
	Seed       uint64  `json:"seed,string"`
	Epoch      int     `json:"epoch"` // of the weights
	Val        float64 `json:"val"`
	Test       float64 `json:"test"`
	Checkpoint string  `json:"checkpoint"`
}

// What the two intervals are of.
const (
	studentInterval = "95 % of the mean over seeds (Student's t)"
	wilsonInterval  = "95 % of the test images for the weights of one seed (Wilson); of other seeds it says nothing"
)

// ControlText says what a training with shuffled labels is.
const ControlText = "the labels of the training images were shuffled"

// Result summarises the seeds that [Seeds.Run] tested on a device. arch is the architecture in the literature's
// notation.
func (s *Seeds) Result(arch string, data *Data, dev device.Device[float32], tested []Tested) (*Result, error) {
	j := &s.Job
	n, err := net.Build(j.Space, j.Arch, j.Net)
	if err != nil {
		return nil, err
	}
	r := &Result{
		Arch: arch, Genome: j.Arch, Space: j.Space, Data: j.Data, Skeleton: j.Net.Skeleton,
		Device: evolve.DeviceText(device.Elsewhere(dev)), Params: n.Params(), FLOPs: n.MACs(), Weights: "best",
		Control: j.Recipe.Shuffled,
		images:  tested[0].Test.Images, correct: tested[0].Test.Correct,
	}
	if s.Final {
		r.Weights = "last"
	}
	var vals, tests []float64
	var histories [][]Epoch
	for _, t := range tested {
		val, test := percent(t.Chosen.ValCorrect, len(data.Split.Val)), percent(t.Test.Correct, t.Test.Images)
		vals, tests, histories = append(vals, val), append(tests, test), append(histories, t.History)
		r.Checkpoints = append(r.Checkpoints, t.Checkpoint)
		r.Seeds = append(r.Seeds, SeedResult{t.Seed, t.Chosen.Epoch, val, test, t.Checkpoint})
	}
	val, test := stats.Describe(vals), stats.Describe(tests)
	r.ValMean, r.ValStd = val.Mean, number.Nullable(val.Std)
	r.TestMean, r.TestStd, r.half = test.Mean, number.Nullable(test.Std), test.CI
	r.TestLow, r.TestHigh, r.Interval = max(test.Mean-test.CI, 0), min(test.Mean+test.CI, 100), studentInterval
	if len(tested) == 1 {
		low, high := tested[0].Test.Wilson()
		r.TestLow, r.TestHigh, r.Interval = 100*low, 100*high, wilsonInterval
	}
	r.Speed = j.Speed(data, histories...)
	return r, nil
}

func percent(correct, images int) float64 { return 100 * float64(correct) / float64(images) }

// Write writes the result into the folder of the seeds. It returns the file's path and its one line.
func (r *Result) Write(dir string) (path string, line []byte, err error) {
	if line, err = checked.Line(r); err != nil {
		return "", nil, err
	}
	path = filepath.Join(dir, ResultName)
	return path, line, ResultKind.WriteBytes(path, line)
}

// ChosenBy says in words which weights were tested.
func (r *Result) ChosenBy() string {
	if r.Weights == "last" {
		return "of the last epoch"
	}
	return "of the epoch with the highest validation accuracy"
}

// Sheet lays the result out as a page.
func (r *Result) Sheet() *sheet.Sheet {
	p := new(sheet.Sheet)
	p.Paragraph(r.Space+" ", 2, r.Arch)
	skeleton := ""
	if r.Skeleton != "" {
		skeleton = "skeleton " + r.Skeleton + ", "
	}
	where := r.Device
	if where == evolve.Processor {
		where = "one core"
	}
	p.Line("%son %s, %s parameters, %s multiply-adds an image, %.0f images a second on %s",
		skeleton, r.Data, number.Grouped(r.Params), number.Grouped(r.FLOPs), r.Speed, where)
	if r.Control {
		p.Line("control     %s", ControlText)
	}
	p.Line("weights     %s", r.ChosenBy())
	if len(r.Seeds) == 1 {
		p.Line("validation  %.2f %%", r.ValMean)
		p.Line("test        %.2f %%, %d of %d images; their binomial 95 %% interval is %.2f to %.2f %% (Wilson)",
			r.TestMean, r.correct, r.images, r.TestLow, r.TestHigh)
		p.Line("            one seed: no interval over seeds, for which --seeds 3 or more")
	} else {
		p.Line("validation  %.2f %%, sd %.2f over %d seeds", r.ValMean, float64(r.ValStd), len(r.Seeds))
		p.Line("test        %.2f ± %.2f %%, 95 %% interval over seeds (Student's t), sd %.2f; %d images",
			r.TestMean, r.half, float64(r.TestStd), r.images)
	}
	rows := [][]string{{"seed", "epoch", "val %", "test %"}}
	for _, s := range r.Seeds {
		rows = append(rows, []string{fmt.Sprint(s.Seed), fmt.Sprint(s.Epoch), fmt.Sprintf("%.2f", s.Val),
			fmt.Sprintf("%.2f", s.Test)})
	}
	p.Grid(rows)
	return p
}
