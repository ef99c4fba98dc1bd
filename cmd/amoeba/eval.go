package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
)

func evalCmd() *cobra.Command {
	var data, out, where, mult string
	var asJSON bool
	c := &cobra.Command{
		Use:   "eval CHECKPOINT",
		Short: "Test the weights of a checkpoint",
		Long: `Eval measures the accuracy of a checkpoint's weights, or of their moving average where it has one,
on the test images; with --data on those of another data set of the same shape and number of
classes, normalised by that set's training images. It prints precision and recall of each class
and draws the confusion matrix beside the checkpoint, where that can be written, or to --out.`,
		Example: "  amoeba eval amoebanet/seed-1/best.ckpt\n  amoeba eval amoebanet/seed-1/best.ckpt --json --out confusion.png",
		Args:    args(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			dev, err := openDevice(where, mult)
			if err != nil {
				return err
			}
			ckpt, err := training.Load(args[0])
			if err != nil {
				return err
			}
			if data == "" {
				data = ckpt.Data
			}
			if out == "" {
				out = strings.TrimSuffix(args[0], filepath.Ext(args[0])) + "-confusion-" + data + ".png"
			}
			if ext := filepath.Ext(out); ext != ".png" && ext != ".svg" && ext != ".pdf" {
				return fmt.Errorf("--out %s: %w", out, evolve.Unknown("ending", ext, []string{".png", ".svg", ".pdf"}))
			}
			r, e, err := evaluate(c, ckpt, data, dev)
			if err != nil {
				return err
			}
			drawn := r.draw(e, out)
			if drawn != nil && !c.Flags().Changed("out") { // nobody asked for it
				fmt.Fprintln(c.ErrOrStderr(), "no picture:", words.Line(drawn))
				out, drawn = "", nil
			}
			if asJSON {
				if err := printJSON(c.OutOrStdout(), r); err != nil {
					return err
				}
				return drawn
			}
			r.print(c.OutOrStdout())
			if drawn == nil && out != "" {
				fmt.Fprintln(c.OutOrStdout(), "\nwrote", out)
			}
			return drawn
		},
	}
	fl := c.Flags()
	fl.StringVar(&data, "data", "", "data `set` to test on (default that of the training)")
	writes(c).file(c, &out, "out", "picture of the confusion matrix: a `file` ending in .png, .svg or .pdf", figureAt)
	fl.BoolVar(&asJSON, "json", false, "print JSON")
	fl.StringVar(&where, "device", "cpu", strings.Join(devices, " or "))
	fl.StringVar(&mult, "blas", "go", "matrix products: "+strings.Join(products, " or "))
	return c
}

// evalResult is what eval prints with --json. Accuracies are in per cent.
type evalResult struct {
	Checkpoint string      `json:"checkpoint"`
	Space      string      `json:"space"`
	Genome     evolve.Arch `json:"genome"`
	Data       string      `json:"data"`
	TrainedOn  string      `json:"trained_on"`
	Skeleton   string      `json:"skeleton,omitempty"` // where it is not the default
	Seed       uint64      `json:"seed,string"`
	Epoch      int         `json:"epoch"` // of the weights
	Engine     int         `json:"engine"`
	Warning    string      `json:"warning,omitempty"`
	Params     int         `json:"params"` // counted from the tensors, without statistics and auxiliary head
	FLOPs      int         `json:"flops"`  // multiply-adds of one image
	Test       float64     `json:"test"`
	Low        float64     `json:"test_low"` // of the images' 95 % interval, Wilson's
	High       float64     `json:"test_high"`
	Loss       float64     `json:"loss"`
	Correct    int         `json:"correct"`
	Images     int         `json:"images"`
	Classes    []evalClass `json:"classes"`
	Confusion  [][]int     `json:"confusion"` // images by class and the class they were given
}

type evalClass struct {
	Class     string   `json:"class"`
	N         int      `json:"n"`
	Precision *float64 `json:"precision"` // null where no image was given the class
	Recall    *float64 `json:"recall"`    // null where no image is of it
}

func evaluate(c *cobra.Command, ckpt *training.Checkpoint, name string, dev device.Device[float32]) (*evalResult, training.Evaluation, error) {
	var e training.Evaluation
	params, err := ckpt.Params()
	if err != nil {
		return nil, e, err
	}
	data, err := training.OpenData(name)
	if err != nil {
		return nil, e, err
	}
	run, err := ckpt.Open(data, dev)
	if err != nil {
		return nil, e, err
	}
	defer run.Close() // its error says nothing about the numbers
	if e, err = run.Test(c.Context()); err != nil {
		return nil, e, err
	}
	low, high := e.Wilson()
	r := &evalResult{Checkpoint: ckpt.Path, Space: ckpt.Space, Genome: ckpt.Arch, Data: name, TrainedOn: ckpt.Data, Skeleton: ckpt.Net.Skeleton, Seed: ckpt.Seed,
		Epoch: len(ckpt.History), Engine: ckpt.Engine, Params: params, FLOPs: run.Network.MACs(), Test: percent(e.Correct, e.Images),
		Low: 100 * low, High: 100 * high, Loss: e.Loss, Correct: e.Correct, Images: e.Images, Confusion: e.Confusion}
	switch {
	case ckpt.Engine != training.Version:
		r.Warning = fmt.Sprintf("trained by engine %d, this is %d: the accuracy may differ from the one that was reported", ckpt.Engine, training.Version)
	case ckpt.Recipe.Shuffled:
		r.Warning = "a control: " + shuffledText
	case name == ckpt.Data && ckpt.DataHash != data.Set.Hash:
		r.Warning = fmt.Sprintf("trained on other images of the name %s, SHA-256 %s; these have %s", name, ckpt.DataHash, data.Set.Hash)
	}
	for _, s := range e.Scores() {
		label := fmt.Sprint(s.Class)
		if data.Set.Labels != nil {
			label = data.Set.Labels[s.Class]
		}
		r.Classes = append(r.Classes, evalClass{label, s.Images, known(100 * s.Precision), known(100 * s.Recall)})
	}
	return r, e, nil
}

func (r *evalResult) print(w io.Writer) {
	on := r.Data
	if r.TrainedOn != r.Data {
		on += ", trained on " + r.TrainedOn
	}
	fmt.Fprintf(w, "%s %s on %s, seed %d, epoch %d\n", r.Space, r.Genome, on, r.Seed, r.Epoch)
	if r.Skeleton != "" {
		fmt.Fprintln(w, "skeleton", r.Skeleton)
	}
	if r.Warning != "" {
		fmt.Fprintln(w, "warning:", r.Warning)
	}
	fmt.Fprintf(w, "params  %s\nflops   %s multiply-adds an image\ntest    %.2f %%, %d of %d images, 95 %% interval %.2f to %.2f %% (Wilson); loss %.4f\n",
		number.Grouped(r.Params), number.Grouped(r.FLOPs), r.Test, r.Correct, r.Images, r.Low, r.High, r.Loss)
	share := func(x *float64) string {
		if x == nil {
			return "–"
		}
		return fmt.Sprintf("%.2f", *x)
	}
	table := [][]string{{"class", "precision %", "recall %", "n"}}
	for _, c := range r.Classes {
		table = append(table, []string{c.Class, share(c.Precision), share(c.Recall), number.Grouped(c.N)})
	}
	writeGrid(w, table)
}

// draw writes the confusion matrix.
func (r *evalResult) draw(e training.Evaluation, path string) error {
	fig := plots.Confusion{
		Title:  fmt.Sprintf("%s %s, seed %d, test images of %s", r.Space, published(r.Space, r.Genome), r.Seed, r.Data),
		Note:   fmt.Sprintf("%.2f %% of %d images are right. A cell counts images, its shade is the share of their class.", r.Test, r.Images),
		Counts: e.Confusion,
	}
	for _, c := range r.Classes {
		fig.Labels = append(fig.Labels, c.Class)
	}
	ext := filepath.Ext(path)
	_, err := writeFigure(fig, strings.TrimSuffix(path, ext), ext[1:])
	return err
}
