package surrogate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// natsLatency is of a device and a batch that the files do not name.
const natsLatency = evolve.LatencyOf + "recorded"

// natsBench is one of the two spaces of NATS-Bench.
type natsBench struct {
	table, title string
	space        Indexed
	schedules    []string // by epochs; the last is what is reported
	longest      int      // epochs of the last schedule
}

func init() {
	for _, n := range []struct {
		name, doc, schedule string
		natsBench
	}{
		// The authors' searches are rewarded after 12 epochs (AutoDL-Projects, exps/NATS-algos/run-all.sh,
		// use_proxy 1).
		{"nats-tss", "NATS-Bench topology: every run of 15,625 cells on three data sets, after an import of the " +
			"official files", "12",
			natsBench{"nats-tss", "NATS-Bench topology", space.NB201{}, []string{"12", "200"}, 200}},
		{"size", "NATS-Bench size: every run of 32,768 networks on three data sets, after an import of the " +
			"official files", "90",
			natsBench{"nats-sss", "NATS-Bench size", space.NATSSize{}, []string{"1", "12", "90"}, 90}},
	} {
		entry := evolve.Entry[evolve.Benchmark]{
			Name: n.name, Doc: n.doc,
			Paper:    "Dong, Liu, Musial and Gabrys, TPAMI 2021, arXiv:2009.00437",
			Variants: data.NB201Sets,
			Aliases:  nb201Aliases,
			Data:     []string{n.natsBench.table},
			Params: []evolve.Param{
				evolve.Choice("schedule",
					"the training whose validation rewards a query; what is reported is after the longest",
					n.schedules...).Defaulting(n.schedule),
				evolve.Int("epochs", 0, 0, n.longest, "where in that training a search stops at the latest, among 1, "+
					"2, 4, 8, 12, 25, 50, 100 and its end, those with a validation; 0 = its end"),
				evolve.Choice("noise",
					"a query draws one of the stored seeds, as the official API does, or gets their mean",
					"draw", "mean"),
				wrap.ObjectivesParam(evolve.ErrorObjective, evolve.ParamsObjective, evolve.FLOPsObjective, natsLatency),
				wrap.ReferenceParam, movesParam, permuteParam, eachParam,
			},
			New: offering(n.open),
		}
		if _, mortal := n.space.(space.Mortal); mortal {
			entry.Params = append(entry.Params, wrap.DeadParam)
		}
		evolve.Benchmarks.Register(entry)
	}
}

// NATS is one data set of NATS-Bench (Dong et al., TPAMI 2021, arXiv:2009.00437) searched under
// one schedule. A trial gets what the official simulate_train_eval returns: the validation
// accuracy of a stored run after an epoch, for the seconds of training up to there and of one
// validation pass. Epochs are points of one training and resume, on the run that the first trial
// drew; the authors' own scripts pay for every query in full. What is reported is the mean
// over the runs at the end of the longest schedule. On CIFAR-10 validation is of networks that
// trained on half of the images, test of networks that trained on all.
type NATS struct {
	lookup
	pass []float64 // seconds of a validation, by row
}

func (n *natsBench) open(o evolve.Options) (*NATS, error) {
	f, err := data.Open(n.table)
	if err != nil {
		return nil, err
	}
	schedule := o.Int("schedule")
	epochs := cmp.Or(o.Int("epochs"), schedule)
	if epochs > schedule {
		return nil, fmt.Errorf("%s: epochs=%d is out of range, the range is 0 to %d, the schedule: %w",
			n.table, epochs, schedule, evolve.ErrInvalid)
	}
	indices, err := data.NATSIndices(f, n.space.Size())
	if err != nil {
		return nil, err
	}
	b := &NATS{lookup: lookup{space: n.space, about: evolve.About{
		Title: n.title + ", " + nb201Titles[slices.Index(data.NB201Sets, o.Variant())], Kind: "table",
		Dataset: o.Variant(), Hash: f.Hash,
		Pinned: []evolve.Setting{{Key: "schedule", Value: o.Text("schedule")},
			{Key: "epochs", Value: fmt.Sprint(epochs)}},
	}}}
	if indices != nil {
		archs := make([]evolve.Arch, len(indices))
		for row, i := range indices {
			archs[row] = n.space.(evolve.Enumerable).At(i)
		}
		if err := b.pooled(n.space, archs, "onehot", o); err != nil {
			return nil, fmt.Errorf("table %s: %w", n.table, err)
		}
	}
	b.about.Trained = b.space.Size()
	set, validated := o.Variant(), o.Variant()
	if set == "cifar10" {
		validated = "cifar10-valid"
	}
	if err := b.addCurve(f, validated, schedule, epochs, o.Text("noise") == "draw"); err != nil {
		return nil, err
	}
	if err := b.addResults(f, set, validated, n.schedules); err != nil {
		return nil, err
	}
	if err := b.addCosts(f, set, validated, schedule); err != nil {
		return nil, err
	}
	if o.Text("noise") == "mean" {
		b.addSource("imported official files; all measured, means of the stored runs")
	} else {
		b.addSource("imported official files; all measured; a query draws one of the stored runs")
	}
	return b, b.finish(o)
}

// addCurve makes a level of each point of a schedule, up to the wanted, at which every
// architecture was validated.
func (b *NATS) addCurve(f *data.Frame, set string, schedule, epochs int, draws bool) error {
	var known []int
	for _, e := range data.NATSPoints(schedule) {
		name := data.NATSVal(set, schedule, e)
		if !f.Has(name + "_0") {
			continue
		}
		runs, mean, err := data.NATSRuns(f, name)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(mean, math.IsNaN) {
			continue
		}
		if known = append(known, e); e > epochs {
			continue
		}
		l := level{epochs: e, loss: ErrorsOf(mean, 100)}
		if draws {
			for k := range runs {
				runs[k] = ErrorsOf(runs[k], 100)
			}
			l.runs = byRow(runs)
		}
		if l.cost, err = f.Floats(data.NATSSeconds(set, schedule, e)); err != nil {
			return err
		}
		b.levels = append(b.levels, l)
	}
	if !slices.Contains(known, epochs) {
		return fmt.Errorf("%s: epochs=%d: under the schedule of %d every architecture was validated after %v: %w",
			b.about.Title, epochs, schedule, known, evolve.ErrUnsupported)
	}
	for i := range b.levels {
		b.levels[i].resumes = len(b.levels) > 1
	}
	return nil
}

// addResults adds the means at the end of each schedule as facts; those of the last schedule are reported.
func (b *NATS) addResults(f *data.Frame, set, validated string, schedules []string) error {
	for _, s := range schedules {
		epochs, err := strconv.Atoi(s)
		if err != nil {
			return err
		}
		_, val, err := data.NATSRuns(f, data.NATSVal(validated, epochs, epochs))
		if err != nil {
			return err
		}
		_, test, err := data.NATSRuns(f, data.NATSTest(set, epochs))
		if err != nil {
			return err
		}
		how := always("measured, mean of the stored runs")
		b.facts = append(b.facts, fact{"val_" + s, "%", kept(val), how, result},
			fact{"test_" + s, "%", kept(test), how, result})
		b.score = scores(ErrorsOf(val, 100), ErrorsOf(test, 100))
	}
	return nil
}

// addCosts adds the costs of training and the sizes of networks as facts. Sizes are known without
// training.
func (b *NATS) addCosts(f *data.Frame, set, validated string, schedule int) error {
	var err error
	for _, c := range []struct {
		name, column, unit, how string
		kind                    factKind
	}{
		{"epoch_s", fmt.Sprintf("%s_train_s_%d", validated, schedule), "s", "measured", plain},
		{"pass_s", fmt.Sprintf("%s_pass_s_%d", validated, schedule), "s", "measured", plain},
	} {
		var xs []float64
		if xs, err = f.Floats(c.column); err != nil {
			return err
		}
		if c.name == "pass_s" {
			b.pass = xs
		}
		b.facts = append(b.facts, fact{c.name, c.unit, kept(xs), always(c.how), c.kind})
	}
	for _, c := range []struct {
		name, column, how string
		scale             float64
	}{
		{evolve.ParamsObjective, set + "_params_m", "counted", millions},
		{evolve.FLOPsObjective, set + "_flops_m", "counted", millions},
		{natsLatency, set + "_latency_s", "measured", seconds},
	} {
		o := tabled(c.name)
		b.offer(o, c.how, func() ([]float64, error) {
			xs, err := f.Floats(c.column)
			return inUnit(o, xs, c.scale), err
		})
	}
	b.facts = append(b.facts, fact{"cost", "s", kept(b.levels[len(b.levels)-1].cost), always("measured"), plain})
	return nil
}

// Evaluate charges a trial that goes on from a shorter one the epochs between and, since it is
// validated again, another pass.
func (b *NATS) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if err := b.lookup.Evaluate(ctx, t, r); err != nil {
		return err
	}
	if t.Trained > 0 && b.levels[0].resumes {
		r.Cost += b.pass[b.space.Index(t.Arch)]
	}
	return nil
}
