package papers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

func init() {
	Measurements.Register(evolve.Entry[Measurement]{
		Name: "speedup",
		Doc: "how much sooner a search reaches a target with more simulated workers: its time to the target, the " +
			"speed-up and the efficiency",
		Paper: "Li et al., MLSys 2020, arXiv:1810.05934",
		Params: []evolve.Param{
			BenchmarkParam("nasnet-digits"),
			evolve.Nested("algo", "searcher", "asha", "the searcher"),
			evolve.Text("workers", "1+4+16+64", "numbers of workers, rising from 1, with + between them"),
			evolve.Float("target", 98, -evolve.MostReference, evolve.MostReference,
				"validation that is wanted, as the benchmark's metric is printed, of an architecture trained in full"),
			evolve.Int("trials", 1_000_000, 1, 1_000_000_000, "after so many a run has not reached the target"),
			evolve.Int("block", 10, 1, 1_000_000,
				"runs whose mean times make one speed-up; the repeats in whole blocks"),
		},
		New: func(o evolve.Options) (Measurement, error) {
			workers, err := risingFromOne(o.Text("workers"))
			return &speedup{benchmark: o.Spec("benchmark"), algo: o.Spec("algo"), workers: workers,
				target: o.Float("target"), trials: o.Int("trials"), block: o.Int("block")}, err
		},
	})
}

// risingFromOne reads numbers of workers.
func risingFromOne(text string) (all []int, err error) {
	for part := range strings.SplitSeq(text, "+") {
		w, err := strconv.Atoi(part)
		if err != nil || len(all) == 0 && w != 1 || len(all) > 0 && w <= all[len(all)-1] || w > maxWorkers {
			return nil, fmt.Errorf("workers=%s: %q: want numbers that rise from 1 to at most %d, with + between "+
				"them: %w", text, part, maxWorkers, evolve.ErrInvalid)
		}
		all = append(all, w)
	}
	return all, nil
}

const maxWorkers = 1 << 20 // as lab.MaxWorkers

// speedup has for W workers the sample "W workers", of simulated seconds, and for more than one "speed-up W" and
// "efficiency W".
type speedup struct {
	benchmark, algo evolve.Spec
	workers         []int
	target          float64
	trials, block   int
}

func (s *speedup) Measure(ctx context.Context, a Asked) (*Measured, error) {
	b, _, err := evolve.Benchmarks.Open(s.benchmark)
	if err != nil {
		return nil, err
	}
	entry, o, err := evolve.Searchers.Resolve(s.algo)
	if err != nil {
		return nil, err
	}
	if err := entry.Fit(o, b.Problem()); err != nil {
		return nil, err
	}
	if b.About().Trains() {
		return nil, fmt.Errorf("%s trains networks: want a benchmark whose seconds are simulated: %w", s.benchmark,
			evolve.ErrUnsupported)
	}
	found, err := a.Repeat(ctx, a.Repeats*len(s.workers), func(k int) ([]float64, error) {
		run, w := k/len(s.workers), k%len(s.workers)
		// A run has the same stream whatever the workers, so that most of what chance does to it is done to all.
		at, err := s.reach(ctx, b, s.workers[w], evolve.Mix(a.Seed, uint64(run)))
		return []float64{at}, err
	})
	if err != nil {
		return nil, err
	}
	times := make([][]float64, len(s.workers))
	for k, x := range found {
		w := k % len(s.workers)
		times[w] = append(times[w], x[0])
	}
	return s.measured(b.About(), times), nil
}

// errReached ends a study whose target is reached.
var errReached = errors.New("the target is reached")

// reach is when the first architecture that was trained in full reaches the target; +Inf if none does.
func (s *speedup) reach(ctx context.Context, b evolve.Benchmark, workers int, seed uint64) (float64, error) {
	searcher, _, err := evolve.Searchers.Open(s.algo)
	if err != nil {
		return 0, err
	}
	p, about := b.Problem(), b.About()
	full := p.Fidelities[len(p.Fidelities)-1].Epochs
	at := math.Inf(1)
	study := evolve.Study{Problem: p, Searcher: searcher, Pool: evolve.Simulate(b, workers), Seed: seed,
		Trials: s.trials, Recorder: recorder(func(o *evolve.Outcome) error {
			if o.Err != nil || o.Epochs != 0 && o.Epochs != full {
				return nil
			}
			score, err := b.Score(&o.Trial)
			if err != nil {
				return err
			}
			if v := about.Metric.Value(score.Val); v == s.target || (v < s.target) == about.Metric.Falls() {
				at = o.End
				return errReached
			}
			return nil
		})}
	if _, err := study.Run(ctx); err != nil && !errors.Is(err, errReached) {
		return 0, err
	}
	return at, nil
}

type recorder func(*evolve.Outcome) error

func (f recorder) Record(o *evolve.Outcome) error { return f(o) }

// measured makes samples of times[w][run].
func (s *speedup) measured(about evolve.About, times [][]float64) *Measured {
	m := &Measured{Sources: []string{s.benchmark.String() + ": " + about.Source}}
	var late []string
	for i, w := range s.workers {
		if n := unreached(times[i]); n > 0 {
			late = append(late, fmt.Sprintf("%d with %s", n, number.Count(w, "worker")))
		}
		m.Samples = append(m.Samples, Sample{Label: number.Count(w, "worker"), Unit: "simulated s", Falls: true,
			Values: times[i]})
		if i == 0 {
			continue // one worker is what the others are compared with
		}
		ups := speedups(times[0], times[i], s.block)
		shares := make([]float64, len(ups))
		for k, up := range ups {
			shares[k] = 100 * up / float64(w)
		}
		name := strconv.Itoa(w)
		m.Samples = append(m.Samples, Sample{Label: "speed-up " + name, Values: ups},
			Sample{Label: "efficiency " + name, Unit: "%", Values: shares})
	}
	if late != nil {
		m.Notes = append(m.Notes, "runs that never reached the target, and leave their blocks without a speed-up: "+
			strings.Join(late, ", "))
	}
	return m
}

func unreached(times []float64) (n int) {
	for _, t := range times {
		if math.IsInf(t, 1) {
			n++
		}
	}
	return n
}

// speedups are, for each whole block of runs, the mean time with one worker over the mean time with several. Means come
// before the ratio, because the mean of the ratios of single runs would be that of the lucky ones. NaN where a run of
// the block never reached the target.
func speedups(one, several []float64, block int) []float64 {
	ups := make([]float64, len(one)/block)
	for k := range ups {
		var a, b float64
		for i := k * block; i < (k+1)*block; i++ {
			a += one[i]
			b += several[i]
		}
		ups[k] = a / b
		if math.IsInf(a, 1) || math.IsInf(b, 1) {
			ups[k] = math.NaN()
		}
	}
	return ups
}
