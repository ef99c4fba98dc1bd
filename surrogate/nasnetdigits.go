package surrogate

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
	"github.com/amoeba-nas/amoeba/surrogate/model"
	"github.com/amoeba-nas/amoeba/training/net"
)

func init() {
	source := evolve.Choice("source", "a surrogate of the whole space, or the trained networks as a pool",
		"surrogate", "table")
	epochs := evolve.Int("epochs", 4, 1, 4, "longest schedule of the search; every one before it is a prefix of it")
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{
		Name: "nasnet-digits",
		Doc: "our own: AmoebaNet's space on 8×8 digits, 4 epochs, a surrogate fitted on a sample that we trained, " +
			"or that sample",
		Paper: "this project, docs/surrogate-nasnet-digits.md; the space: Real, Aggarwal, Huang and Le, AAAI 2019, " +
			"arXiv:1802.01548",
		Params: []evolve.Param{source, metricParam.OnlyFor("source=table"), epochs,
			wrap.ObjectivesParam(wrap.Auto, evolve.ParamsObjective, evolve.FLOPsObjective), wrap.ReferenceParam,
			movesParam, permuteParam,
			eachParam},
		New: offering(openNASNetDigits),
	})
}

// The models that `amoeba surrogate fit nasnet-digits` made. docs/surrogate-nasnet-digits.md says
// how well.
//
//go:embed nasnetdigits.model
var nasnetDigitsModel []byte

// The runs of a sample of the nasnet space that `amoeba table build` made and `amoeba table pack`
// sealed: small enough to be here, so that the fit can be done again.
//
//go:embed nasnetdigits.bin
var nasnetDigitsRuns []byte

var NASNetDigitsRuns = sync.OnceValues(func() (*ownruns.Table, error) { return ownruns.Read(nasnetDigitsRuns) })

// NASNetEncoding is what models learn from.
const NASNetEncoding = "onehot"

func openNASNetDigits(o evolve.Options) (evolve.Benchmark, error) {
	if o.Text("source") == "table" {
		return openNASNetPool(o)
	}
	if o.Text("permute") != "no" || evolve.Metric(o.Text("metric")) != evolve.Accuracy {
		return nil, fmt.Errorf("nasnet-digits: metric and permute need source=table: %w", evolve.ErrUnsupported)
	}
	b, err := readRungs(nasnetDigitsModel)
	if err != nil {
		return nil, fmt.Errorf("the embedded surrogate of nasnet-digits: %w", err)
	}
	epochs := min(o.Int("epochs"), len(b.rungs))
	b.about.Epochs, b.rungs = epochs, b.rungs[:epochs]
	return b, nil
}

// openNASNetPool opens the trained networks.
func openNASNetPool(o evolve.Options) (evolve.Benchmark, error) {
	t, err := NASNetDigitsRuns()
	if err != nil {
		return nil, fmt.Errorf("the embedded table of nasnet-digits: %w", err)
	}
	// No sample is the whole of the space, which is not enumerated.
	return openRuns(t, "AmoebaNet's space, 8×8 digits", ownTable, space.NASNet{Identity: space.NASNetIdentity},
		NASNetEncoding, o)
}

// rungs is a surrogate that predicts the accuracy after each epoch. Training goes on from epoch
// to epoch and is charged by it; every epoch costs the same. What is reported is after the last.
type rungs struct {
	*predicted
	rungs   []*model.Model               // by epoch, from 1
	all     int                          // epochs that the model of costs is of
	network net.Config                   // of all that it was fitted on, whose sizes are counted and not predicted
	sizes   func() (*nasnetSizes, error) // counts them
}

// RungName is the model of the validation after an epoch before the last.
func RungName(epoch int) string { return "val_" + strconv.Itoa(epoch) }

// NoteNetwork has the network of the runs as JSON.
const NoteNetwork = "network"

func readRungs(text []byte) (*rungs, error) {
	p, err := readPredicted(text)
	if err != nil {
		return nil, err
	}
	b := &rungs{predicted: p, all: p.about.Epochs}
	for e := 1; e < b.all; e++ {
		b.rungs = append(b.rungs, p.file.Model(RungName(e)))
	}
	b.rungs = append(b.rungs, p.val)
	for _, m := range append(b.rungs[:len(b.rungs):len(b.rungs)], p.test, p.cost) {
		if m == nil {
			return nil, fmt.Errorf("a model is missing: want val_1 to val_%d, val, test and cost: %w",
				b.all-1, evolve.ErrInvalid)
		}
	}
	if err := json.Unmarshal([]byte(p.file.Notes[NoteNetwork]), &b.network); err != nil {
		return nil, fmt.Errorf("note %s: %v: %w", NoteNetwork, err, evolve.ErrInvalid)
	}
	b.sizes = sync.OnceValues(func() (*nasnetSizes, error) { return newNASNetSizes(b.network) })
	b.about.Source += "; parameters and multiply-adds are counted"
	return b, nil
}

// Problem has a fidelity for every epoch.
func (b *rungs) Problem() evolve.Problem {
	p := b.predicted.Problem()
	p.Fidelities = nil
	for e := range b.rungs {
		p.Fidelities = append(p.Fidelities, evolve.Fidelity{Epochs: e + 1, Resumes: true})
	}
	for _, c := range b.counted() {
		p.Proxies = append(p.Proxies, evolve.Proxy{Name: c.Name, Score: c.Of})
	}
	return p
}

// counted are the sizes of networks.
func (b *rungs) counted() (all []wrap.Counted) {
	for k, c := range net.Counts {
		all = append(all, wrap.Counted{Objective: evolve.NewObjective(c.Objective),
			Of: func(a evolve.Arch) (float64, error) { return b.size(a, k) }})
	}
	return all
}

// size is what [net.Counts] k says of an architecture's network.
func (b *rungs) size(a evolve.Arch, k int) (float64, error) {
	s, err := b.sizes()
	if err != nil {
		return 0, err
	}
	return s.of(a, k)
}

// Evaluate predicts what a trial's validation is after its epochs.
func (b *rungs) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) (err error) {
	epochs := t.Epochs
	if epochs == 0 {
		epochs = len(b.rungs)
	}
	if epochs < 1 || epochs > len(b.rungs) || t.Trained < 0 || t.Trained >= epochs {
		return fmt.Errorf("%s: %d epochs after %d: this benchmark was opened with 1 to %d, of which a trial goes "+
			"on to more: %w", b.about.Title, epochs, t.Trained, len(b.rungs), evolve.ErrUnsupported)
	}
	row := b.asker.Row(t.Arch)
	defer row.Done()
	if r.Loss, err = loss(b.rungs[epochs-1], row); err != nil {
		return err
	}
	cost, err := b.seconds(row)
	r.Cost = cost * float64(epochs-t.Trained) / float64(b.all)
	return err
}

// Query lists the predictions, and what is counted.
func (b *rungs) Query(a evolve.Arch) ([]evolve.Fact, error) {
	facts, err := b.predicted.Query(a)
	if err != nil {
		return nil, err
	}
	row := b.asker.Row(a)
	defer row.Done()
	for i, m := range b.rungs {
		if m == b.val {
			continue // is among the facts
		}
		x, err := loss(m, row)
		if err != nil {
			return nil, err
		}
		facts = append(facts, factOf(RungName(i+1), b.about.Metric.Value(x), b.about.Metric.Unit(), "predicted"))
	}
	for k, c := range net.Counts {
		x, err := b.size(a, k)
		if err != nil {
			return nil, err
		}
		facts = append(facts, factOf(c.Objective, x, evolve.UnitCount, "counted"))
	}
	return facts, nil
}
