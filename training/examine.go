package training

import (
	"context"
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/sheet"
	"github.com/amoeba-nas/amoeba/training/device"
)

// Examined is what the weights of a checkpoint make of a data set's test images, as eval prints it with --json.
// Accuracies are in per cent.
type Examined struct {
	Checkpoint string          `json:"checkpoint"`
	Space      string          `json:"space"`
	Genome     evolve.Arch     `json:"genome"`
	Data       string          `json:"data"`
	TrainedOn  string          `json:"trained_on"`
	Device     string          `json:"device"`             // that tested
	Trainer    string          `json:"trained_device"`     // that trained
	Skeleton   string          `json:"skeleton,omitempty"` // where it is not the default
	Seed       uint64          `json:"seed,string"`
	Epoch      int             `json:"epoch"` // of the weights
	Engine     int             `json:"engine"`
	Warning    string          `json:"warning,omitempty"`
	Params     int             `json:"params"` // counted from the tensors, without statistics and auxiliary head
	FLOPs      int             `json:"flops"`  // multiply-adds of one image
	Test       float64         `json:"test"`
	Low        float64         `json:"test_low"` // of the images' 95 % interval, Wilson's
	High       float64         `json:"test_high"`
	Loss       float64         `json:"loss"`
	Correct    int             `json:"correct"`
	Images     int             `json:"images"`
	Classes    []ExaminedClass `json:"classes"`
	Confusion  [][]int         `json:"confusion"` // images by their class and the class they were given
}

// ExaminedClass is what the weights make of one class.
type ExaminedClass struct {
	Class     string          `json:"class"`
	N         int             `json:"n"`
	Precision number.Nullable `json:"precision"` // null where no image was given the class
	Recall    number.Nullable `json:"recall"`    // null where no image is of it
}

// Examine measures the weights of a checkpoint, or their moving average where it has one, on the test images of a data
// set of the same shape and number of classes.
func (c *Checkpoint) Examine(ctx context.Context, set string, dev device.Device[float32]) (*Examined, error) {
	params, err := c.Params()
	if err != nil {
		return nil, err
	}
	data, err := OpenData(set)
	if err != nil {
		return nil, err
	}
	run, err := c.Open(data, dev)
	if err != nil {
		return nil, err
	}
	defer run.Close() // its error says nothing about the numbers
	e, err := run.Test(ctx)
	if err != nil {
		return nil, err
	}
	low, high := e.Wilson()
	r := &Examined{
		Checkpoint: c.Path, Space: c.Space, Genome: c.Arch, Data: set, TrainedOn: c.Data,
		Device: evolve.DeviceText(device.Elsewhere(dev)), Trainer: evolve.DeviceText(c.Device),
		Skeleton: c.Net.Skeleton,
		Seed:     c.Seed, Epoch: len(c.History), Engine: c.Engine, Warning: c.doubt(set, data),
		Params: params, FLOPs: run.Network.MACs(),
		Test: percent(e.Correct, e.Images), Low: 100 * low, High: 100 * high, Loss: e.Loss,
		Correct: e.Correct, Images: e.Images, Confusion: e.Confusion,
	}
	for _, s := range e.Scores() {
		label := fmt.Sprint(s.Class)
		if data.Set.Labels != nil {
			label = data.Set.Labels[s.Class]
		}
		precision, recall := number.Nullable(100*s.Precision), number.Nullable(100*s.Recall)
		r.Classes = append(r.Classes, ExaminedClass{label, s.Images, precision, recall})
	}
	return r, nil
}

// doubt says why the accuracy on a data set may not be the one that the training reported; it is "" where it must be.
func (c *Checkpoint) doubt(set string, data *Data) string {
	switch {
	case c.Engine != Version:
		return fmt.Sprintf("trained by engine %d, this is %d: the accuracy may differ from the one that was reported",
			c.Engine, Version)
	case c.Recipe.Shuffled:
		return "a control: " + ControlText
	case set == c.Data && c.DataHash != data.Set.Hash:
		return fmt.Sprintf("trained on other images of the name %s, SHA-256 %s; these have %s",
			set, c.DataHash, data.Set.Hash)
	}
	return ""
}

// Sheet lays the numbers out as a page.
func (r *Examined) Sheet() *sheet.Sheet {
	p := new(sheet.Sheet)
	on := r.Data
	if r.TrainedOn != r.Data {
		on += ", trained on " + r.TrainedOn
	}
	p.Line("%s %s on %s, seed %d, epoch %d", r.Space, r.Genome, on, r.Seed, r.Epoch)
	if r.Skeleton != "" {
		p.Line("skeleton %s", r.Skeleton)
	}
	if r.Device != evolve.Processor || r.Trainer != evolve.Processor {
		p.Line("device  trained on %s, tested on %s", r.Trainer, r.Device)
	}
	if r.Warning != "" {
		p.Line("warning: %s", r.Warning)
	}
	p.Line("params  %s", number.Grouped(r.Params))
	p.Line("flops   %s multiply-adds an image", number.Grouped(r.FLOPs))
	p.Line("test    %.2f %%, %d of %d images, 95 %% interval %.2f to %.2f %% (Wilson); loss %.4f",
		r.Test, r.Correct, r.Images, r.Low, r.High, r.Loss)
	rows := [][]string{{"class", "precision %", "recall %", "n"}}
	for _, c := range r.Classes {
		rows = append(rows, []string{c.Class, number.Fixed(c.Precision, 2), number.Fixed(c.Recall, 2),
			number.Grouped(c.N)})
	}
	p.Grid(rows)
	return p
}
