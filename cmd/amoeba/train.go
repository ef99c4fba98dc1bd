package main

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	spaces "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/internal/flags"
	"github.com/amoeba-nas/amoeba/internal/progress"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/plots/report"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/blas"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/devices"
	"github.com/amoeba-nas/amoeba/training/net"
)

// trainFlags are those of train.
type trainFlags struct {
	space, data  string
	skeleton     string
	net          net.Config
	recipe       training.Recipe
	aux          float64
	seed         uint64
	seeds, procs int
	out          string
	final        bool
	memory       float64
	device, blas string
	json, quiet  bool
}

func trainCmd() *cobra.Command {
	f := trainFlags{recipe: training.DefaultRecipe()}
	c := &cobra.Command{
		Use:   "train ARCH",
		Short: "Train an architecture for real, with several seeds, and test it",
		Long: `Train builds the network of an architecture and trains it with each seed. Below DIR every seed has
a folder with last.ckpt, the weights of the last epoch that was saved; best.ckpt, those of the epoch
with the highest validation accuracy; and epochs.jsonl, what each epoch gave. Test images are looked
at when the training is over and choose nothing: the test accuracy is that of best.ckpt, or of
last.ckpt with --final. Several seeds have a mean with Student's 95 % interval; one has the binomial interval
of its test images (Wilson), which knows nothing of other seeds. DIR has result.json, what --json
prints, and the learning curves as well.

The same command goes on with a training that was stopped, exactly, and adds seeds to one that
ended. Epochs that have ended are saved every two seconds, and when Ctrl-C or a termination signal
stops it. Results depend on the seed and, in the last digits, on the device and its driver, or on the
processor's kind of vector instructions, but not on --procs.

Without --space a published cell's name, or the notation of ARCH, says of which space it is. ` + publishedHelp(),
		Example: `  amoeba train amoebanet-a --data digits --seeds 3 --out amoebanet
  amoeba train '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|' ` +
			`--space nb201 --data digits --epochs 40 --out cell --json
  amoeba train darts-v2 --data cifar10 --layers 8 -F 16 --aux 0.4 --drop-path 0.2 --crop 4 --flip --cutout 16 ` +
			"--epochs 50 --out darts",
		Args: args(1, 1),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	f.add(c)
	return c
}

// trainFiles are what is written into the folder of a training.
var trainFiles = flags.Joined(training.Files, plots.Files("curves"),
	durable.Files{training.ResultName: training.ResultKind})

func (f *trainFlags) add(c *cobra.Command) {
	fl, r := c.Flags(), &f.recipe
	fl.StringVar(&f.space, "space", "nb201",
		"search space of ARCH, where ARCH does not tell: "+strings.Join(net.Spaces(), ", "))
	fl.StringVar(&f.data, "data", "digits", "data set: "+strings.Join(images.Names(), ", "))
	fl.StringVar(&f.skeleton, "skeleton", net.SkeletonDARTS, skeletonHelp)
	flags.Int(fl, &f.net.N, "N", "N", 1, 1, net.MaxN,
		"cells a stage (nb201, nb101) or normal cells a stack (nasnet, darts)")
	flags.Int(fl, &f.net.F, "F", "F", 8, 1, net.MaxF,
		"channels of the first cells; 16 where nothing is given and images are larger than 8 x 8")
	flags.Int(fl, &f.net.Layers, "layers", "", 0, 0, net.MaxLayers,
		"cells in all, instead of --N (nasnet, darts); 0 for 3N+2")
	flags.Float(fl, &f.aux, "aux", 0, 0, training.MaxAux,
		"weight of an auxiliary head's loss (nasnet, darts; 0.4 is usual); 0 for no such head")
	flags.Float(fl, &f.net.DropPath, "drop-path", 0, 0, net.MaxDropPath,
		"probability of dropped paths at the end of training (nasnet, darts)")
	flags.Int(fl, &r.Epochs, "epochs", "", r.Epochs, 1, training.MaxEpochs, "epochs, and horizon of the schedule")
	flags.Int(fl, &r.Batch, "batch", "", r.Batch, 2, training.MaxBatch, "images a batch")
	flags.Int(fl, &r.Images, "images", "", 0, 0, training.MaxImages, "training images, each class its share; 0 for all")
	flags.Int(fl, &r.Accumulate, "accumulate", "", r.Accumulate, 1, training.MaxBatch,
		"batches whose gradients make one step")
	fl.StringVar(&r.Solver, "solver", r.Solver, strings.Join(training.Solvers, ", "))
	flags.Above(fl, &r.LR, "lr", r.LR, 0, training.MaxLR,
		"highest learning rate; 0.001 where nothing is given and the solver is adam or adamw")
	flags.Float(fl, &r.Momentum, "momentum", r.Momentum, 0, training.MaxMomentum, "of sgd")
	fl.BoolVar(&r.Nesterov, "nesterov", r.Nesterov, "Nesterov's momentum")
	flags.Float(fl, &r.WeightDecay, "weight-decay", r.WeightDecay, 0, training.MaxWeightDecay,
		"of kernels and matrices")
	flags.Float(fl, &r.Clip, "clip", r.Clip, 0, training.MaxClip, "largest norm of the gradients; 0 for none")
	fl.StringVar(&r.Schedule, "schedule", r.Schedule, "of the learning rate: "+strings.Join(training.Schedules, ", "))
	flags.Float(fl, &r.Warmup, "warmup", 0, 0, training.MaxEpochs, "epochs in which the rate rises from zero")
	flags.Float(fl, &r.Smoothing, "smoothing", 0, 0, training.MaxSmoothing, "of the labels")
	flags.Float(fl, &r.Average, "average", 0, 0, training.MaxAverage,
		"decay a step of a moving average of the weights, which is then what is evaluated; 0 for none")
	flags.Int(fl, &r.Augment.Pad, "crop", "", 0, 0, training.MaxSide,
		"`padding` before a random crop of each training image (4 is usual on CIFAR)")
	fl.BoolVar(&r.Augment.Flip, "flip", false, "mirror training images at random")
	flags.Int(fl, &r.Augment.Cutout, "cutout", "", 0, 0, training.MaxSide,
		"`side` of a square that is blanked in each training image (16 is usual on CIFAR-10)")
	fl.BoolVar(&r.Shuffled, "shuffled-labels", false,
		"negative control: shuffle the labels of the training images; "+
			"--final is set, as the validation labels would choose weights")
	flags.Seed(fl, &f.seed, "seed", 1, math.MaxUint64-maxTrainedSeeds, "first seed")
	flags.Int(fl, &f.seeds, "seeds", "", 1, 1, maxTrainedSeeds, "how many seeds, each one more than the one before")
	flags.Int(fl, &f.procs, "procs", "", runtime.NumCPU(), 1, maxProcs,
		"seeds at a time, one core each; another device trains all jointly; changes no result")
	fl.BoolVar(&f.final, "final", false, "test the weights of the last epoch instead of the best validation accuracy")
	flags.Float(fl, &f.memory, "memory", 0, 0, maxMemory,
		"most `MiB` of activations, weights and gradients of all seeds at a time on the processor; "+
			"0 for what is free, where that is known")
	fl.StringVar(&f.device, "device", "cpu", devices.Help)
	fl.StringVar(&f.blas, "blas", "go", "matrix products: "+strings.Join(products, " or "))
	flags.Writes(c).Folder(c, &f.out, "out", "`folder` of the training", trainFiles)
	fl.BoolVar(&f.json, "json", false, "print the result as JSON on standard output")
	fl.BoolVar(&f.quiet, "quiet", false, "print no progress")
}

// skeletonHelp says what --skeleton chooses.
const skeletonHelp = "network around the cells of nasnet and darts: darts, that of the DARTS authors, " +
	"or tf, the TensorFlow one of NASNet, AmoebaNet and PNASNet"

// run trains and prints what the training gave.
func (f *trainFlags) run(c *cobra.Command, text string) error {
	if spec, err := evolve.ParseSpec(f.space); err == nil && !slices.Contains(net.Spaces(), spec.Name) {
		return evolve.Unknown("space to train in", spec.Name, net.Spaces())
	}
	space, notation, a, err := spaces.OpenArch(f.space, c.Flags().Changed("space"), text)
	if err != nil {
		return err
	}
	if err := f.check(c); err != nil {
		return err
	}
	if f.net.Skeleton, err = net.SkeletonOf(f.skeleton); err != nil {
		return fmt.Errorf("--skeleton: %w", err)
	}
	dev, err := openDevice(c, f.device, f.blas)
	if err != nil {
		return err
	}
	data, err := training.OpenData(f.data)
	if err != nil {
		return err
	}
	job := f.job(c.Flags(), space.Name(), a, data)
	if _, err := net.Build(job.Space, job.Arch, job.Net); err != nil { // before a folder is made
		return fmt.Errorf("%s on %s: %w", words.Genome(a), f.data, err)
	}
	if f.out == "" {
		return fmt.Errorf("--out is missing: want a folder: %w", evolve.ErrInvalid)
	}
	s := training.Seeds{Job: job, Count: f.seeds, Procs: f.procs, Dir: f.out, Every: training.SaveEvery,
		Memory: int(f.memory * (1 << 20)), Final: f.final}
	if s.Memory == 0 {
		s.Memory = training.FreeMemory()
	}
	observer, end := progress.Epochs(c.ErrOrStderr(), f.quiet, &s)
	s.Observer = observer
	tested, err := s.Run(c.Context(), data, dev)
	end()
	if err != nil {
		if c.Context().Err() != nil {
			how := fmt.Sprintf("stopped with %d of %d epochs kept", s.Kept(), f.seeds*job.Recipe.Epochs)
			if lost := new(training.Unsaved); errors.As(err, &lost) {
				how += ", later ones could not be saved: " + words.Line(lost.Err)
			}
			return &stopped{err, how + "; go on with: " + again(c, text)}
		}
		return err
	}
	return f.print(c, notation.Format(a), &s, data, dev, tested)
}

var errLayersAndN = fmt.Errorf("--layers and --N say the same: want one of them: %w", evolve.ErrInvalid)

func (f *trainFlags) check(c *cobra.Command) error {
	fl := c.Flags()
	if f.net.Layers != 0 && fl.Changed("N") {
		return errLayersAndN
	}
	if f.recipe.Solver != "sgd" {
		if err := flags.Useless(c, "it is of --solver sgd", "momentum", "nesterov"); err != nil {
			return err
		}
	}
	f.final = f.final || f.recipe.Shuffled
	r := f.settled(fl)
	return r.Check()
}

// settled is the recipe with the defaults that hang on other flags.
func (f *trainFlags) settled(fl *pflag.FlagSet) training.Recipe {
	r := f.recipe
	if f.aux > 0 {
		r.AuxWeight = f.aux
	}
	if !fl.Changed("lr") && strings.HasPrefix(r.Solver, "adam") {
		r.LR = 0.001 // Kingma and Ba 2015, algorithm 1
	}
	return r
}

// job is what the flags say of a data set.
func (f *trainFlags) job(fl *pflag.FlagSet, space string, a evolve.Arch, data *training.Data) training.Job {
	j := training.Job{Space: space, Arch: a, Net: f.net, Data: f.data, Recipe: f.settled(fl), Seed: f.seed}
	j.Net.Input, j.Net.Classes = data.Shape(), data.Set.Classes
	if !fl.Changed("F") {
		j.Net.F = training.DefaultF(j.Net.Input)
	}
	j.Net.Aux = f.aux > 0
	return j
}

// print writes, draws and prints what a training gave. A figure that cannot be drawn is an error after the numbers.
func (f *trainFlags) print(c *cobra.Command, arch string, s *training.Seeds, data *training.Data,
	dev device.Device[float32], tested []training.Tested) error {
	r, err := s.Result(arch, data, dev, tested)
	if err != nil {
		return err
	}
	path, line, err := r.Write(f.out)
	if err != nil {
		return err
	}
	if others := s.Others(); len(others) > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "note: %s has %d seeds; result.json and the curves tell of %d\n", f.out,
			len(others)+len(tested), len(tested))
	}
	files, drawn := f.draw(&s.Job, r, tested)
	w := c.OutOrStdout()
	if f.json {
		if _, err := w.Write(line); err != nil {
			return err
		}
		return drawn
	}
	if err := r.Sheet().WriteText(w); err != nil {
		return err
	}
	report.WriteFiles(w, slices.Concat(r.Checkpoints, files, []string{path}))
	return drawn
}

// draw writes the learning curves.
func (f *trainFlags) draw(j *training.Job, r *training.Result, tested []training.Tested) ([]string, error) {
	of := plots.Trained{Space: j.Space, Arch: j.Arch, Skeleton: r.Skeleton, Data: r.Data, Weights: r.ChosenBy(),
		Params: r.Params,
		Recipe: fmt.Sprintf("%s, learning rate %g, schedule %s, batch %d", j.Recipe.Solver, j.Recipe.LR,
			j.Recipe.Schedule, j.Recipe.Batch)}
	if r.Control {
		of.Control = training.ControlText
	}
	var runs []plots.LearningRun
	for _, t := range tested {
		run := plots.LearningRun{Chosen: t.Chosen.Epoch}
		for _, e := range t.History {
			run.TrainLoss, run.ValLoss = append(run.TrainLoss, e.TrainLoss), append(run.ValLoss, e.ValLoss)
			run.TrainAcc, run.ValAcc = append(run.TrainAcc, 100*e.TrainAcc), append(run.ValAcc, 100*e.ValAcc)
		}
		runs = append(runs, run)
	}
	return plots.WriteFiles(of.Learning(runs), filepath.Join(f.out, "curves"), "png", "svg")
}

// products are what --blas takes.
var products = []string{"go", "openblas"}

// openDevice is where networks are trained, and by whose matrix products. A device of its own memory multiplies its
// matrices itself, takes networks as they fit, and trains all seeds jointly.
func openDevice(c *cobra.Command, name, products string) (device.Device[float32], error) {
	if !devices.Processor(name) {
		if err := flags.Useless(c, "it is of --device cpu", "blas", "memory", "procs"); err != nil {
			return nil, err
		}
	}
	if err := blas.Use(products); err != nil {
		return nil, fmt.Errorf("--blas %s: %w", products, err)
	}
	return devices.Open(name)
}

// stopped is an error of a command that a signal stopped and that says how to go on.
type stopped struct {
	error
	how string
}

func (s *stopped) Unwrap() error { return s.error }

// stopText is what to say of it.
func stopText(err error) string {
	var s *stopped
	if errors.As(err, &s) {
		return s.how
	}
	return "stopped"
}

// again is the command that this is.
func again(c *cobra.Command, args ...string) string {
	line := []string{c.CommandPath()}
	for _, a := range args {
		line = append(line, words.Quote(a))
	}
	c.Flags().Visit(func(f *pflag.Flag) {
		word := "--" + f.Name
		if many, ok := f.Value.(pflag.SliceValue); ok {
			for _, v := range many.GetSlice() {
				line = append(line, word+"="+words.Quote(v))
			}
			return
		}
		if v := f.Value.String(); f.Value.Type() != "bool" || v != "true" {
			word += "=" + words.Quote(v)
		}
		line = append(line, word)
	})
	return strings.Join(line, " ")
}
