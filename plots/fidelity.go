package plots

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/landscape"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "fidelity",
		Doc: "what shorter trainings tell of the full one: rank correlations of a benchmark's schedules, the share " +
			"of the best that they keep, and learning curves",
		Paper: "Kendall, Biometrika 33, 1945, for tau-b",
		Params: []evolve.Param{
			evolve.Int("n", 2000, 50, 100_000,
				"architectures drawn from a space of more than 20000; a smaller one is looked at whole"),
			evolve.Int("curves", 7, 2, 50, "architectures whose learning curves are drawn, from the best to the worst"),
		},
		New: func(o evolve.Options) (Figure, error) { return fidelities{o.Int("n"), o.Int("curves")}, nil },
	})
}

// fidelities is a figure of a benchmark's schedules.
type fidelities struct{ n, curves int }

func (fidelities) Needs() Needs { return Needs{Benchmark: true} }

const (
	allSchedules  = 20_000 // a space up to here is looked at whole
	mostSchedules = 24     // points of a curve; more would take seconds and be no smoother
	mostRungs     = 6      // rows of the matrix
	bestPart      = 10     // the best are a tenth
)

func (f fidelities) Draw(_ []*trace.Set, o Options) (Drawing, error) {
	surface, err := landscape.Of(o.Benchmark, false)
	if err != nil {
		return nil, fmt.Errorf("figure fidelity: %w", err)
	}
	var epochs []int
	for _, of := range o.Benchmark.Problem().Fidelities {
		epochs = append(epochs, of.Epochs)
	}
	if len(epochs) < 2 {
		return nil, fmt.Errorf("figure fidelity: %s answers for one schedule alone: "+
			"want a benchmark of several, such as digits201: %w", o.BenchmarkSpec, evolve.ErrUnsupported)
	}
	epochs = spreadOver(epochs, mostSchedules)
	archs, from := f.archs(surface)
	l := &ladder{epochs: epochs, metric: o.Benchmark.About().Metric}
	l.ask(o.Benchmark, surface, archs)
	if len(l.full) < bestPart {
		return nil, fmt.Errorf("figure fidelity: %s have results at all schedules, and a tenth of them is none: %w",
			number.Count(len(l.full), "architecture"), evolve.ErrInvalid)
	}
	l.measure()
	fig := &scene{title: cmp.Or(o.Title, headingOf(o.Benchmark.About(), "what shorter trainings tell of the full one")),
		keys: l.keys(), panels: []scenePanel{l.correlations(), l.matrix(), l.learning(f.curves)}}
	l.tabulate(&fig.table)
	fig.note = fmt.Sprintf("Of %s%s architectures. Left: Kendall's tau-b of the result after so many epochs, as a "+
		"searcher sees it, with that of the full schedule without noise, and the share of the best tenth that is "+
		"among the best tenth by then. Middle: tau-b of schedules with each other. Right: curves of %d architectures "+
		"at even ranks. %s", from, number.Grouped(len(l.full)), len(l.shown), ofBenchmark(o))
	return fig, nil
}

// spreadOver chooses at most so many of rising numbers, the first and the last among them, evenly in the logarithm.
func spreadOver(all []int, most int) (some []int) {
	if len(all) <= most {
		return all
	}
	last := 0
	for k := range most {
		want := math.Log(float64(all[0])) +
			float64(float64(k)/float64(most-1)*math.Log(float64(all[len(all)-1])/float64(all[0])))
		i := max(last, slices.IndexFunc(all, func(e int) bool { return math.Log(float64(e)) >= want-1e-9 }))
		if i < len(all) && (len(some) == 0 || all[i] != some[len(some)-1]) {
			some = append(some, all[i])
		}
		last = min(i+1, len(all)-1)
	}
	return some
}

// archs are all architectures of a space, or some drawn from it.
func (f fidelities) archs(s *landscape.Surface) (archs []evolve.Arch, from string) {
	if e, ok := s.Space.(evolve.Enumerable); ok && e.Size() <= allSchedules {
		for i := range e.Size() {
			archs = append(archs, e.At(i))
		}
		return archs, "all "
	}
	r := evolve.Stream(landscapeSeed, "fidelity")
	for range f.n {
		archs = append(archs, s.Space.Sample(r))
	}
	return archs, "randomly drawn "
}

// A ladder is the losses of architectures after each of several schedules.
type ladder struct {
	metric evolve.Metric
	epochs []int
	archs  []evolve.Arch // those with a result at every schedule
	losses [][]float64   // by schedule
	full   []float64     // after the full schedule, without noise

	all, best, kept []float64 // by schedule: tau of all, of the best tenth, and the share of these that it keeps
	rungs           []int     // places of the matrix among the schedules
	taus            [][]float64
	shown           []int // architectures whose curves are drawn, from the best on
}

// ask evaluates architectures at all schedules. Each has a seed of its own, so that a benchmark that draws one of
// several trainings draws the same one at all schedules.
func (l *ladder) ask(b evolve.Benchmark, s *landscape.Surface, archs []evolve.Arch) {
	l.losses = make([][]float64, len(l.epochs))
	row := make([]float64, len(l.epochs))
	for i, a := range archs {
		full := s.Loss(a)
		known := number.Known(full)
		for k, e := range l.epochs {
			t := evolve.Trial{ID: i + 1, Seed: evolve.Mix(landscapeSeed, uint64(i)),
				Proposal: evolve.Proposal{Arch: a, Epochs: e}}
			var r evolve.Result
			if err := b.Evaluate(context.Background(), &t, &r); err != nil {
				r.Loss = math.NaN() // a training that failed has no rank
			}
			row[k] = r.Loss
			known = known && number.Known(r.Loss)
		}
		if !known {
			continue
		}
		l.archs, l.full = append(l.archs, a), append(l.full, full)
		for k, x := range row {
			l.losses[k] = append(l.losses[k], x)
		}
	}
}

// measure computes what the panels show.
func (l *ladder) measure() {
	best := order(l.full)[:len(l.full)/bestPart]
	of := func(losses []float64) (some []float64) {
		for _, i := range best {
			some = append(some, losses[i])
		}
		return some
	}
	among := map[int]bool{}
	for _, i := range best {
		among[i] = true
	}
	for k := range l.epochs {
		l.all = append(l.all, stats.KendallTauB(l.losses[k], l.full))
		l.best = append(l.best, stats.KendallTauB(of(l.losses[k]), of(l.full)))
		kept := 0
		for _, i := range order(l.losses[k])[:len(best)] {
			if among[i] {
				kept++
			}
		}
		l.kept = append(l.kept, float64(kept)/float64(len(best)))
	}
	for _, e := range spreadOver(l.epochs, mostRungs) {
		l.rungs = append(l.rungs, slices.Index(l.epochs, e))
	}
	for _, a := range l.rungs {
		var row []float64
		for _, b := range l.rungs {
			tau := 1.
			if a != b {
				tau = stats.KendallTauB(l.losses[a], l.losses[b])
			}
			row = append(row, tau)
		}
		l.taus = append(l.taus, row)
	}
}

func (l *ladder) tabulate(t *Table) {
	t.Header = []string{"panel", "series", "arch", "epochs", "other_epochs", "y"}
	for k, e := range l.epochs {
		t.Add("correlation", "tau of all", "", e, "", l.all[k])
		t.Add("correlation", "tau of the best tenth", "", e, "", l.best[k])
		t.Add("correlation", "best tenth kept", "", e, "", l.kept[k])
	}
	for i, a := range l.rungs {
		for k, b := range l.rungs {
			t.Add("matrix", "tau", "", l.epochs[a], l.epochs[b], l.taus[i][k])
		}
	}
	for _, i := range l.shown {
		for k, e := range l.epochs {
			t.Add("learning curves", "architecture", string(l.archs[i]), e, "", l.metric.Value(l.losses[k][i]))
		}
	}
}
