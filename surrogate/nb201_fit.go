package surrogate

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// What a model learns from: accuracy comes from the network that is computed; time is also
// spent on edges whose result nobody uses.
const (
	accuracyEncoding = "structure"
	secondsEncoding  = "onehot"
)

// FitOptions are the settings of FitNB201.
type FitOptions struct {
	Train   float64 // share of the cells to fit on, 0 < Train <= 1; the rest is held out
	Seed    uint64  // of the split and of the trees
	Permute bool    // shuffle the labels over cells: the negative control, from which nothing can be learnt
	Procs   int     // models fitted at once; changes no byte
}

// minCells are the fewest that a fit or a quality, which few cells may leave undefined, is
// worth anything on.
const minCells = 100

// FitReport says how well each model does on the cells it has not seen.
type FitReport struct {
	Options FitOptions
	Table   string // SHA-256 of the table
	Targets []TargetQuality
	Bytes   int // of the file
}

// TargetQuality is one model's held-out quality.
type TargetQuality struct {
	Name, Unit    string
	model.Quality                // over all held-out cells; zero with nothing held out
	Above         *model.Quality // among held-out cells above 80 per cent; nil where there are too few
	Strange       *model.Quality // among held-out cells that look like none fitted on; nil where there are too few
	OneSeed       *model.Quality // one training seed against the mean over seeds; nil where it cannot be measured
}

// The columns that are fitted. Resolution: 0.005 % is finer than one image of 10,000,
// a millisecond finer than any clock that was read.
var nb201Targets = []struct {
	name, unit, encoding string
	params               model.Params
}{
	{"val_12", "%", accuracyEncoding, model.Defaults()}, {"test_12", "%", accuracyEncoding, model.Defaults()},
	{"val_200", "%", accuracyEncoding, model.Defaults()}, {"test_200", "%", accuracyEncoding, model.Defaults()},
	{"epoch_s", "s", secondsEncoding, model.Additive(.001)}, {"test_s", "s", secondsEncoding, model.Additive(.001)},
}

// FitNB201 fits the surrogates of all data sets on a table. It is deterministic to the byte.
func FitNB201(ctx context.Context, t *data.NB201, o FitOptions) ([]byte, FitReport, error) {
	rep := FitReport{Options: o, Table: t.Hash}
	if !(o.Train > 0 && o.Train <= 1) {
		return nil, rep, fmt.Errorf("train %g: want a share above 0, at most 1: %w", o.Train, evolve.ErrInvalid)
	}
	n := int(math.Round(o.Train * space.NB201Size))
	if rest := space.NB201Size - n; n < minCells || rest > 0 && rest < minCells {
		return nil, rep, fmt.Errorf("train %g: %d cells to fit on and %d held out: want at least %d on each side, or train 1: %w", o.Train, n, rest, minCells, evolve.ErrInvalid)
	}
	order := evolve.Stream(o.Seed, "split").Perm(space.NB201Size)
	fitOn, held := order[:n], order[n:]
	labels := slices.Clone(order)
	slices.Sort(labels)
	if o.Permute {
		labels = evolve.Stream(o.Seed, "labels").Perm(space.NB201Size)
	}

	var jobs []func() (model.Model, TargetQuality, error)
	for set := range data.NB201Sets {
		for _, target := range nb201Targets {
			in, err := nb201Inputs(target.encoding)
			if err != nil {
				return nil, rep, err
			}
			col, err := table{t}.column(set, target.name)
			if err != nil {
				return nil, rep, err
			}
			y := make([]float64, len(col))
			for i := range y {
				y[i] = col[labels[i]]
			}
			name, p := data.NB201Sets[set]+"_"+target.name, target.params
			p.Seed = evolve.Stream(o.Seed, name).Uint64()
			jobs = append(jobs, func() (model.Model, TargetQuality, error) {
				m, q, err := fitOne(in, y, fitOn, held, p)
				if target.unit != "%" {
					q.Above = nil
				}
				m.Name, m.Unit, m.Encoding, q.Name, q.Unit = name, target.unit, target.encoding, name, target.unit
				if target.name == "test_200" && !o.Permute {
					q.OneSeed = oneSeed(t, set)
				}
				return m, q, err
			})
		}
	}
	file := model.File{Models: make([]model.Model, len(jobs)), Notes: map[string]string{"space": "nb201", "table_sha256": t.Hash}}
	if o.Permute {
		file.Notes["labels"] = "permuted: negative control"
	}
	rep.Targets = make([]TargetQuality, len(jobs))
	errs := make([]error, len(jobs))
	var wg sync.WaitGroup
	slots := make(chan struct{}, max(1, min(o.Procs, runtime.NumCPU())))
	for i, job := range jobs {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				file.Models[i], rep.Targets[i], errs[i] = job()
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, rep, err
		}
	}
	text, err := file.MarshalBinary()
	rep.Bytes = len(text)
	return text, rep, err
}

func fitOne(in *inputs, y []float64, fitOn, held []int, p model.Params) (model.Model, TargetQuality, error) {
	m := model.Model{Params: p, Rows: len(fitOn)}
	var q TargetQuality
	trees, err := model.Fit(rows(in.x, pick(in.look, fitOn)), pick(y, fitOn), p)
	if err != nil {
		return m, q, err
	}
	m.Trees = trees
	if len(held) == 0 {
		return m, q, nil
	}
	pred, err := in.predict(trees, held)
	if err != nil {
		return m, q, err
	}
	truth := pick(y, held)
	q.Quality = model.Evaluate(pred, truth)
	m.HeldOut = &q.Quality
	// Where searches end: the region of published comparisons.
	if p, t := model.Above(pred, truth, 80); len(t) >= minCells {
		above := model.Evaluate(p, t)
		q.Above = &above
	}
	// Isomorphic cells look alike, so a random split leaves most held-out cells a twin among
	// the fitted; the others show what was learnt beyond that.
	fitted := make([]bool, len(in.x[0]))
	for _, i := range fitOn {
		fitted[in.look[i]] = true
	}
	var strange []int
	for k, i := range held {
		if !fitted[in.look[i]] {
			strange = append(strange, k)
		}
	}
	if len(strange) >= minCells {
		s := model.Evaluate(pick(pred, strange), pick(truth, strange))
		q.Strange = &s
	}
	return m, q, nil
}

func rows(x [][]uint8, at []int) [][]uint8 {
	out := make([][]uint8, len(x))
	for f := range x {
		out[f] = pick(x[f], at)
	}
	return out
}

func pick[T any](xs []T, at []int) []T {
	out := make([]T, len(at))
	for i, j := range at {
		out[i] = xs[j]
	}
	return out
}

// oneSeed compares the one-seed test accuracies that are known with the means over seeds, of
// which that seed is one: how far a single training is from what is to be predicted.
func oneSeed(t *data.NB201, set int) *model.Quality {
	s := &t.Sets[set]
	q := model.Evaluate(s.Test200One[:data.NB201Measured], s.Test200[:data.NB201Measured])
	return &q
}

// WriteMarkdown writes the report as a page.
func (r FitReport) WriteMarkdown(w io.Writer) error {
	held := space.NB201Size - int(math.Round(r.Options.Train*space.NB201Size))
	labels := ""
	if r.Options.Permute {
		labels = " with labels SHUFFLED over cells (negative control)"
	}
	fmt.Fprintf(w, `# The surrogate of NAS-Bench-201

Boosted trees fitted on %d of 15,625 cells%s, seed %d; quality on the %d held out. Model file: %d bytes.
Table SHA-256: %s.

Tau is Kendall's tau-b; "top half" are held-out cells above the median of the truth; MAE is in the target's unit.
"Without twin" are the held-out cells that look to the model like none it was fitted on: isomorphic cells look alike, and a random
split leaves most held-out cells a twin among the fitted.
"One seed" (the noise ceiling) compares one training seed with the mean over seeds that the models predict, on the %d cells where one seed is
known apart; the mean contains that seed. It can be measured for test accuracy at 200 epochs alone: elsewhere the published files
hold one value a cell.

| target | R² | tau | tau, top half | MAE | above 80 %%: R² | tau | without twin: n | R² | tau | one seed: R² | tau |
|---|---|---|---|---|---|---|---|---|---|---|---|
`, space.NB201Size-held, labels, r.Options.Seed, held, r.Bytes, r.Table, data.NB201Measured)
	for _, q := range r.Targets {
		if held == 0 {
			fmt.Fprintf(w, "| %s | nothing held out | | | | | | | | | | |\n", q.Name)
			continue
		}
		unmeasured := "not measurable | not measurable"
		if q.Unit == "s" {
			unmeasured = "– | –"
		}
		fmt.Fprintf(w, "| %s | %.4f | %.4f | %.4f | %.3f %s | %s | %s | %s |\n", q.Name, q.R2, q.Tau, q.TauTopHalf, q.MAE, q.Unit,
			pair(q.Above, "– | –"), strange(q.Strange), pair(q.OneSeed, unmeasured))
	}
	return nil
}

func pair(q *model.Quality, otherwise string) string {
	if q == nil {
		return otherwise
	}
	return fmt.Sprintf("%.4f | %.4f", q.R2, q.Tau)
}

func strange(q *model.Quality) string {
	if q == nil {
		return "– | – | –"
	}
	return fmt.Sprintf("%d | %s", q.N, pair(q, ""))
}
