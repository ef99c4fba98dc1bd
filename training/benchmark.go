package training

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/devices"
	"github.com/amoeba-nas/amoeba/training/net"
)

// Benchmark scores architectures by training them: the loss of a trial is the validation error
// after its epochs, of a schedule whose horizon is the benchmark's full number. A trial with
// From goes on from that trial's weights, which must be of the same network. The score is of
// the weights at the end of the trial. It knows trials by their numbers: each study needs one
// of its own, by [Benchmark.In], and without a folder that keeps all weights in memory.
//
// On a device that gains by it the trials in flight train jointly, see [Join]: each has the numbers that it has alone,
// and costs its share of the seconds. When the device is lost no trial has failed; evaluated again over the same folder
// each goes on from its last epoch.
type Benchmark struct {
	job     Job // without architecture and seed, nor what is tuned
	space   evolve.Space
	cells   evolve.Space // of the architectures: space itself where nothing is tuned
	tuned   *tuned       // nil where nothing is
	about   evolve.About
	data    *Data
	dev     device.Device[float32]
	seconds float64 // limit of a trial; 0 none
	store   store
	watch   evolve.Observer
}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name:     "train",
		Doc:      "real training on this machine: each trial trains its network, seconds are measured",
		Paper:    "the protocol is NAS-Bench-201's in small (Dong and Yang, ICLR 2020, arXiv:2001.00326)",
		Variants: DataSets(),
		Params: append([]evolve.Param{
			evolve.Nested("space", "space", "nb201", "space of the cells, "+strings.Join(net.Spaces(), ", ")+
				", or (hyper:FILE), a file of hyper-parameters with arch:"),
			evolve.Int("epochs", 20, 1, MaxEpochs, "full training, the horizon of the learning rate's schedule"),
			evolve.Choice("skeleton", "of networks of nasnet and darts: that of the DARTS authors, or the TensorFlow "+
				"one of NASNet and AmoebaNet", net.Skeletons...),
			evolve.Int("batch", 64, 2, MaxBatch, "images a batch"),
			evolve.Int("images", 0, 0, MaxImages,
				"training images, each class its share; 0 is the whole training part"),
			evolve.Switch("aux", false, "auxiliary head"),
			evolve.Float("drop_path", 0, 0, net.MaxDropPath, "largest rate of dropped paths"),
			evolve.Int("crop", 0, 0, MaxSide, "padding before the random crop of training images"),
			evolve.Switch("flip", false, "mirror training images at random"),
			evolve.Float("seconds", 0, 0, 1e9,
				"limit of a trial, which fails past it and is not reproducible; 0 is none"),
			evolve.Int("memory", 4096, 0, 1<<20,
				"limit of a trial's activations, weights and gradients in MiB; 0 is none"),
			wrap.ObjectivesParam(evolve.ErrorObjective, evolve.ParamsObjective, evolve.FLOPsObjective),
			wrap.ReferenceParam, wrap.DeadParam,
			evolve.Text("device", "cpu", "where networks run: "+devices.Help+"; another than cpu trains all trials in "+
				"flight jointly"),
		}, tunableParams()...),
		New: func(o evolve.Options) (evolve.Benchmark, error) {
			b, err := open(o)
			if err != nil {
				return nil, err
			}
			return wrap.Asked(b, o, b.reference, b.counted()...)
		},
	})
}

// DataSets are the names of the image sets that networks can be trained on, those first that are in the program; the
// first is the default.
func DataSets() []string {
	names := images.Names()
	imported := func(name string) int { // 1 for a set that has to be, 0 for one in the program
		if info, err := images.Lookup(name); err == nil && info.Embedded() {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(imported(a), imported(b)) })
	return names
}

func open(o evolve.Options) (*Benchmark, error) {
	b := &Benchmark{job: Job{Recipe: DefaultRecipe()}, store: &memory{}}
	if err := b.openSpace(o); err != nil {
		return nil, fmt.Errorf("train: %s: %w", o.Spec("space"), err)
	}
	r, n := &b.job.Recipe, &b.job.Net
	r.Epochs, r.Batch, r.Images = o.Int("epochs"), o.Int("batch"), o.Int("images")
	r.Augment.Pad, r.Augment.Flip = o.Int("crop"), o.Yes("flip")
	n.DropPath, n.Aux = o.Float("drop_path"), o.Yes("aux")
	for _, t := range tunables {
		switch {
		case b.tuned != nil && b.tuned.always(t.Name): // an option that is given has no effect
		case t.Kind == evolve.IntParam:
			t.set(&b.job, float64(o.Int(t.Name)))
		default:
			t.set(&b.job, o.Float(t.Name))
		}
	}
	b.seconds, b.job.Memory = o.Float("seconds"), o.Int("memory")<<20
	var err error
	if n.Skeleton, err = net.SkeletonOf(o.Text("skeleton")); err != nil {
		return nil, err
	}
	if b.dev, err = devices.Open(o.Text("device")); err != nil {
		return nil, err
	}
	if b.data, err = OpenData(o.Variant()); err != nil {
		return nil, err
	}
	b.job.Data, n.Input, n.Classes = b.data.Set.Name, b.data.Shape(), b.data.Set.Classes
	// A network that cannot be trained so on these images is refused before the search.
	probe, err := b.jobOf(b.space.Sample(evolve.Stream(0, "probe")))
	if err != nil {
		return nil, err
	}
	probes := []Job{probe}
	if b.tuned != nil {
		least, most := b.tuned.extremes(probe)
		probes = []Job{least, most}
	}
	for _, j := range probes {
		run, err := Start(j, b.data, b.dev)
		if err == nil {
			err = run.Close()
		}
		if err != nil && !errors.Is(err, evolve.ErrFailed) { // of a limit, others may keep within it
			return nil, fmt.Errorf("train:%s: %w", o.Variant(), err)
		}
	}
	trained := len(b.data.Split.Train)
	if r.Images > 0 {
		trained = r.Images
	}
	info, err := images.Lookup(o.Variant())
	if err != nil {
		return nil, err
	}
	cells := b.job.Space + " cells"
	if n.Skeleton != "" {
		cells += " in the skeleton " + n.Skeleton
	}
	sizes := fmt.Sprintf("N=%d, F=%d", n.N, n.F)
	if b.tuned != nil {
		sizes = b.tuned.source()
		if _, cell := b.tuned.space.Arch(); cell != "" {
			cells = b.job.Space + " " + string(cell)
		}
	}
	elsewhere := device.Elsewhere(b.dev)
	where := "kernels " + b.dev.Name()
	if elsewhere != "" {
		where = "on " + elsewhere
	}
	b.about = evolve.About{Title: info.Title + ", trained", Kind: evolve.Training, Dataset: o.Variant(),
		Epochs: r.Epochs, Hash: b.data.Set.Hash,
		Source: fmt.Sprintf("trained here by engine %d, %s: %s, %s, epochs=%d, on %d images; "+
			"seconds measured",
			Version, where, cells, sizes, r.Epochs, trained),
		Timed:   b.seconds > 0,
		Device:  elsewhere,
		Abreast: crewOf(b.dev) != nil,
		BestVal: math.NaN(), BestTest: math.NaN()}
	if b.tuned == nil {
		b.about.Protocol = b.job.Protocol(b.data.Set.Hash)
	}
	return b, nil
}

// Problem offers every number of epochs; training goes on from any to any higher.
func (b *Benchmark) Problem() evolve.Problem {
	p := evolve.Problem{Space: b.space, Objectives: []evolve.Objective{evolve.TrainedObjective(b.about.Metric)}}
	for e := 1; e <= b.job.Recipe.Epochs; e++ {
		p.Fidelities = append(p.Fidelities, evolve.Fidelity{Epochs: e, Resumes: true})
	}
	for _, c := range b.counted() {
		p.Proxies = append(p.Proxies, evolve.Proxy{Name: c.Name, Score: c.Of})
	}
	return p
}

// counted are the sizes of networks.
func (b *Benchmark) counted() (all []wrap.Counted) {
	for _, c := range net.Counts {
		all = append(all, wrap.Counted{Objective: evolve.NewObjective(c.Objective),
			Of: func(a evolve.Arch) (float64, error) {
				j, err := b.jobOf(a)
				if err != nil {
					return 0, err
				}
				n, err := net.Build(j.Space, j.Arch, j.Net)
				if err != nil {
					return 0, err
				}
				return float64(c.Of(n)), nil
			}})
	}
	return all
}

// references are errors near those of the best small networks of a data set, round numbers: no space of trainings is
// known before it is searched.
var references = map[string]float64{"digits": 0.1, "mnist": 0.1, "fashion-mnist": 0.2, "cifar10": 0.2,
	"cifar10-jpeg": 0.2, "cifar100": 0.5}

// referenceNetworks are so many networks that references of sizes are taken from: their quartile is within a tenth of
// the space's.
const referenceNetworks = 200

// reference is where a hypervolume is measured from unless somebody says it: of an error the round number of the data
// set, of a size the third quartile of networks drawn from the space, as [evolve.RoundReference] rounds it.
func (b *Benchmark) reference(o evolve.Objective) float64 {
	for _, c := range b.counted() {
		if c.Name != o.Name {
			continue
		}
		var sizes []float64
		for r := evolve.Stream(0, "reference"); len(sizes) < referenceNetworks; {
			x, err := c.Of(b.space.Sample(r))
			if err != nil {
				return math.NaN() // a space whose networks cannot be counted
			}
			sizes = append(sizes, x)
		}
		slices.Sort(sizes)
		return evolve.RoundReference(stats.Quantile(sizes, .75))
	}
	if x, ok := references[b.about.Dataset]; ok {
		return x
	}
	return math.NaN()
}

// Query counts the network of an architecture, which is not trained for it.
func (b *Benchmark) Query(a evolve.Arch) ([]evolve.Fact, error) {
	j, err := b.jobOf(a)
	if err != nil {
		return nil, err
	}
	n, err := j.Count()
	if err != nil {
		return nil, err
	}
	fact := func(name, unit string, x int) evolve.Fact {
		return evolve.Fact{Name: name, Value: float64(x), Unit: unit, How: "counted"}
	}
	return []evolve.Fact{fact(evolve.ParamsObjective, evolve.UnitCount, n.Params),
		fact(evolve.FLOPsObjective, evolve.UnitCount, n.Objective), fact("layers", evolve.UnitCount, n.Layers),
		fact("step_bytes", "bytes", n.StepBytes)}, nil
}

// About describes the networks, the images and the protocol.
func (b *Benchmark) About() evolve.About { return b.about }

// In is the benchmark of one study, which keeps weights and test scores by trial in dir, or in
// memory.
func (b *Benchmark) In(dir string, watch evolve.Observer) (evolve.Benchmark, error) {
	in := *b
	in.watch, in.store = watch, &memory{}
	if dir != "" {
		in.store = folder(dir)
	}
	return &in, nil
}

// SaveEvery is how often a checkpoint is written at most, but for the last: what a kill may cost.
const SaveEvery = 2 * time.Second

// Evaluate trains a trial, from where it was stopped, or from the trial whose weights it
// inherits, or from the beginning.
func (b *Benchmark) Evaluate(ctx context.Context, t *evolve.Trial, res *evolve.Result) error {
	epochs := t.Epochs
	if epochs == 0 {
		epochs = b.job.Recipe.Epochs
	}
	run, l, err := b.begin(ctx, t)
	if err != nil {
		return err
	}
	defer run.Close()
	if run.Done() > epochs {
		return fmt.Errorf("the weights for trial %d have %d epochs behind them and are asked for %d: %w",
			t.ID, run.Done(), epochs, evolve.ErrInvalid)
	}
	total := func() (sum float64) {
		for _, s := range l.Seconds {
			sum += s
		}
		return sum
	}
	defer func() { res.Cost = total() }() // of a trial that fails as well
	if a := evolve.AccountOf(ctx); a != nil && run.seat != nil {
		a.Charge(total()) // what it took before it was stopped
	}
	// The weights of the last epoch that ended, and their record, until the store has them.
	var last []byte
	var ofLast trialRecord
	// A trial that was stopped, or whose device was lost, is evaluated again and goes on from there.
	stopped := func(err error) error {
		if last != nil && (ctx.Err() != nil || !errors.Is(err, evolve.ErrFailed)) {
			if lost := b.store.put(t.ID, last, ofLast); lost != nil {
				return &Unsaved{lost, err}
			}
		}
		return err
	}
	report := func(p evolve.TrialProgress) {
		if b.watch != nil {
			p.Trial, p.Arch, p.Epoch, p.Epochs, p.Seconds = t.ID, t.Arch, run.Done(), epochs, total()
			b.watch(p)
		}
	}
	saved, latest := time.Now(), time.Now()
	run.Observer = func(e evolve.Event) {
		switch e := e.(type) {
		case Step:
			if time.Since(latest) > time.Second && e.Done < e.Of {
				latest = time.Now()
				report(evolve.TrialProgress{Part: float64(e.Done) / float64(e.Of), TrainLoss: math.NaN(),
					ValLoss: math.NaN()})
			}
		case Crowded:
			b.watch.Report(e)
		}
	}
	for run.Done() < epochs {
		e, err := b.next(ctx, run, total())
		l.Seconds = append(l.Seconds, e.Seconds+e.ValTime)
		if err != nil {
			return stopped(err)
		}
		report(evolve.TrialProgress{TrainLoss: e.TrainLoss, ValLoss: 1 - e.ValAcc})
		latest = time.Now()
		text, err := run.marshal()
		if err != nil {
			return stopped(err)
		}
		if last, ofLast = text, l; run.Done() < epochs && time.Since(saved) > SaveEvery {
			if err := b.store.put(t.ID, last, l); err != nil {
				return err
			}
			last, saved = nil, time.Now()
		}
	}
	test, err := run.Test(ctx)
	if err != nil {
		return stopped(err)
	}
	l.Done, l.Val, l.Test = true, 1-run.History[epochs-1].ValAcc, 1-test.Accuracy()
	text, err := run.marshal()
	if err != nil {
		return stopped(err)
	}
	if err := b.store.put(t.ID, text, l); err != nil {
		return err
	}
	res.Loss = l.Val
	return nil
}

// errLimit is the cause when a trial's time is over.
var errLimit = errors.New("the trial's time is over")

// next trains an epoch within the trial's limit, of which spent seconds are gone. Where trials train jointly, a trial's
// seconds are its share, and its seat counts them.
func (b *Benchmark) next(ctx context.Context, run *Run, spent float64) (e Epoch, err error) {
	if run.seat != nil {
		run.seat.charge(evolve.AccountOf(ctx))
		defer run.seat.charge(nil) // a test costs nothing
	}
	switch {
	case b.seconds == 0:
		return run.Next(ctx)
	case run.seat != nil:
		run.seat.limit = run.seat.clock() + b.seconds - spent
		e, err = run.Next(ctx)
		run.seat.limit = math.Inf(1) // a test is not limited
	default:
		limited, cancel := context.WithTimeoutCause(ctx,
			time.Duration((b.seconds-spent)*float64(time.Second)), errLimit)
		defer cancel()
		if e, err = run.Next(limited); err != nil && ctx.Err() == nil && context.Cause(limited) == errLimit {
			err = errLimit
		}
	}
	if errors.Is(err, errLimit) {
		err = fmt.Errorf("epoch %d did not end within the limit of %g s: %w", e.Epoch, b.seconds, evolve.ErrFailed)
	}
	return e, err
}

// begin opens a trial's run.
func (b *Benchmark) begin(ctx context.Context, t *evolve.Trial) (*Run, trialRecord, error) {
	job, err := b.jobOf(t.Arch)
	if err != nil {
		return nil, trialRecord{}, err
	}
	job.Seed = t.Seed
	from := t.ID
	text, l, err := b.store.get(t.ID)
	if errors.Is(err, fs.ErrNotExist) && t.From > 0 {
		from = t.From
		text, l, err = b.store.get(t.From)
		l = trialRecord{Seconds: make([]float64, len(l.Seconds))}
	}
	if errors.Is(err, fs.ErrNotExist) {
		if t.From > 0 {
			return nil, l, fmt.Errorf("the weights of trial %d are not there: %w", t.From, err)
		}
		run, err := Join(ctx, b.dev, func(room int) (*Run, error) {
			job.Room = room
			return Start(job, b.data, b.dev)
		})
		return run, trialRecord{}, err
	}
	if err != nil {
		return nil, l, err
	}
	c, err := parse(fmt.Sprintf("weights of trial %d", from), text)
	if err != nil {
		return nil, l, err
	}
	if from == t.ID && c.Seed != t.Seed {
		return nil, l, fmt.Errorf("trial %d has seed %d here and had %d: each study needs a benchmark of its "+
			"own, by In: %w", t.ID, t.Seed, c.Seed, evolve.ErrInvalid)
	}
	if same, err := b.same(c.Arch, job.Arch); err != nil || !same {
		return nil, l, errors.Join(err, fmt.Errorf("the weights of trial %d are of %s and not of %s: %w",
			from, c.Arch, job.Arch, evolve.ErrInvalid))
	}
	if c.Recipe != job.Recipe || c.Net != job.Net {
		return nil, l, fmt.Errorf("the weights of trial %d were trained with other hyper-parameters than %s: %w",
			from, t.Arch, evolve.ErrInvalid)
	}
	// Killed between the two files of a checkpoint, a trial has times of epochs that it lost.
	l.Seconds = l.Seconds[:min(len(l.Seconds), len(c.History))]
	c.Memory = b.job.Memory
	run, err := Join(ctx, b.dev, func(room int) (*Run, error) {
		c.Room = room
		return Resume(c, b.data, b.dev)
	})
	return run, l, err
}

// same says whether two architectures are one network, which alone may inherit.
func (b *Benchmark) same(x, y evolve.Arch) (bool, error) {
	if x == y {
		return true, nil
	}
	p, err := b.cells.Canon(x)
	if err != nil {
		return false, err
	}
	q, err := b.cells.Canon(y)
	return p == q, err
}

// Score is what a trial that has ended left: errors on the validation and the test images.
func (b *Benchmark) Score(t *evolve.Trial) (evolve.Score, error) {
	l, err := b.store.about(t.ID)
	if err != nil {
		return evolve.Score{}, fmt.Errorf("trial %d: %w", t.ID, err)
	}
	if !l.Done {
		return evolve.Score{}, fmt.Errorf("trial %d has not ended: %w", t.ID, evolve.ErrInvalid)
	}
	return evolve.Score{Val: l.Val, Test: l.Test}, nil
}
