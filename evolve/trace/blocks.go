package trace

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// Blocks hold several algorithms, the methods, against each other block by block (Demšar, JMLR 7, 2006). With several
// benchmarks each is a block, in which the median of a method's runs counts. With one benchmark a block is the runs of
// one index: streams of two algorithms are independent, so that which run is matched with which is arbitrary but valid.
type Blocks struct {
	Methods []Method
	Names   []string // of the blocks: the benchmarks' specs, or the indices of runs
	ByRun   bool
	Dropped int // runs in no block, because not every method has begun a run of their index

	cells [][]cell // by block and method
}

// Method is an algorithm of all blocks.
type Method struct {
	Algo     string // its spec
	Label    string
	Baseline bool
}

// cell is what a method has in a block.
type cell struct {
	set  *Set
	runs []Run
}

// NewBlocks arranges the algorithms of experiments in blocks. Every benchmark must have every algorithm once, by label.
func NewBlocks(sets []*Set) (*Blocks, error) {
	b := &Blocks{}
	var arms [][]*Arm // by benchmark and method
	var of [][]*Set
	for _, s := range sets {
		row := slices.Index(b.Names, s.Spec.Benchmark)
		if row < 0 {
			row = len(b.Names)
			b.Names, arms, of = append(b.Names, s.Spec.Benchmark), append(arms, nil), append(of, nil)
		}
		for i := range s.Arms {
			a := &s.Arms[i]
			at := slices.IndexFunc(b.Methods, func(m Method) bool { return m.Label == a.Label })
			if at < 0 {
				at = len(b.Methods)
				b.Methods = append(b.Methods, Method{a.Algo, a.Label, a.Baseline})
			}
			if was := b.Methods[at].Algo; was != a.Algo {
				return nil, fmt.Errorf("%s is %s and, in %s, %s: want one algorithm under one label: %w", a.Label, was,
					s.Name, a.Algo, evolve.ErrInvalid)
			}
			for len(arms[row]) <= at {
				arms[row], of[row] = append(arms[row], nil), append(of[row], nil)
			}
			if was := of[row][at]; was != nil {
				return nil, fmt.Errorf("%s and %s both have %s on %s: want one of them, or other labels: %w",
					was.Name, s.Name, a.Label, s.Spec.Benchmark, evolve.ErrInvalid)
			}
			arms[row][at], of[row][at] = a, s
		}
	}
	for row, name := range b.Names {
		for at, m := range b.Methods {
			if at >= len(arms[row]) || arms[row][at] == nil {
				return nil, fmt.Errorf("%s has no runs of %s, which other benchmarks have: "+
					"want every algorithm on every benchmark, or some of them by --algo: %w", name, m.Label,
					evolve.ErrInvalid)
			}
		}
	}
	if len(b.Names) > 1 {
		for row := range b.Names {
			b.cells = append(b.cells, make([]cell, len(b.Methods)))
			for at, a := range arms[row] {
				b.cells[row][at] = cell{of[row][at], slices.DeleteFunc(slices.Clone(a.Runs), func(r Run) bool {
					return !of[row][at].begun(&r)
				})}
			}
		}
		return b, nil
	}
	b.byRun(arms[0], of[0])
	return b, nil
}

// byRun makes blocks of the runs of one benchmark.
func (b *Blocks) byRun(arms []*Arm, of []*Set) {
	b.ByRun, b.Names = true, nil
	most := 0
	for _, a := range arms {
		most = max(most, len(a.Runs))
	}
	for run := range most {
		var row []cell
		for at, a := range arms {
			if run < len(a.Runs) && of[at].begun(&a.Runs[run]) {
				row = append(row, cell{of[at], a.Runs[run : run+1]})
			}
		}
		if len(row) < len(arms) {
			b.Dropped += len(row)
			continue
		}
		b.Names, b.cells = append(b.Names, fmt.Sprint(run)), append(b.cells, row)
	}
}

// begun says whether a run is one to count. Of an unfinished experiment a run without a trial is still to begin; of a
// finished one it found nothing within its bounds.
func (s *Set) begun(r *Run) bool { return s.Unfinished == 0 || r.Found() || r.Final.Trial > 0 }

// Begun is an unfinished experiment without the last runs of each algorithm that have not begun, so that a summary is
// of the runs there are; a finished experiment is as it was. Runs keep their numbers.
func (s *Set) Begun() *Set {
	if s.Unfinished == 0 {
		return s
	}
	of := *s
	of.Arms = slices.Clone(s.Arms)
	for i := range of.Arms {
		runs := of.Arms[i].Runs
		for len(runs) > 0 && !s.begun(&runs[len(runs)-1]) {
			runs = runs[:len(runs)-1]
		}
		of.Arms[i].Runs = runs
	}
	return &of
}

// Ended is an unfinished experiment with those runs alone that have ended, which means and tests may be of. Runs get
// other numbers where one before them goes on. A finished experiment is as it was.
func (s *Set) Ended() *Set {
	if s.Unfinished == 0 {
		return s
	}
	of := *s
	of.Arms = slices.Clone(s.Arms)
	for i := range of.Arms {
		of.Arms[i].Runs = slices.DeleteFunc(slices.Clone(of.Arms[i].Runs), func(r Run) bool { return r.Underway })
	}
	return &of
}

// Scores returns by block and method what was found at the runs' ends; the higher scores are the better. A run without
// a result is −Inf, worse than all else, and so is the median of runs where less than half have a result.
func (b *Blocks) Scores(measure string) (scores [][]float64, err error) {
	err = b.follow(measure, "", []float64{math.Inf(1)}, func(_ int, at [][]float64) { scores = at })
	return scores, err
}

// Course calls each at one point of an axis after another, in rising order, with the scores of what was found by then,
// as [Blocks.Scores] gives them. They are valid until each returns.
func (b *Blocks) Course(measure, axis string, points []float64, each func(point int, scores [][]float64)) error {
	return b.follow(measure, axis, points, each)
}

// follow is Course, or Scores where no axis is named.
func (b *Blocks) follow(measure, axis string, points []float64, each func(int, [][]float64)) error {
	of := map[*Set]follower{}
	all, scores := make([][][]follower, len(b.cells)), make([][]float64, len(b.cells))
	for i, row := range b.cells {
		all[i], scores[i] = make([][]follower, len(row)), make([]float64, len(row))
		for m, c := range row {
			f, known := of[c.set]
			if !known {
				var err error
				if f, err = newFollower(c.set, measure, axis); err != nil {
					return err
				}
				of[c.set] = f
			}
			for k := range c.runs {
				f.run = &c.runs[k]
				all[i][m] = append(all[i][m], f)
			}
		}
	}
	var values []float64
	for point, at := range points {
		for i := range all {
			for m, runs := range all[i] {
				values = values[:0]
				for k := range runs {
					values = append(values, runs[k].to(at))
				}
				scores[i][m] = middle(values)
			}
		}
		each(point, scores)
	}
	return nil
}

// follower goes along a run from its beginning to its end.
type follower struct {
	run   *Run
	y     Measure
	x     *Axis // nil looks at ends alone
	step  int   // the next one
	value float64
}

func newFollower(s *Set, measure, axis string) (f follower, err error) {
	f.value = math.Inf(-1)
	if f.y, err = s.Measure(measure); err != nil || axis == "" {
		return f, err
	}
	x, err := s.Axis(axis)
	f.x = &x
	return f, err
}

// to is the score of the run at a point of the axis.
func (f *follower) to(at float64) float64 {
	if f.x == nil {
		if !f.run.Result() {
			return math.Inf(-1)
		}
		return f.score(f.y.End(f.run))
	}
	steps, was := f.y.Steps(f.run), f.step
	for f.step < len(steps) && f.x.At(&steps[f.step]) <= at {
		f.step++
	}
	if f.step > was {
		f.value = f.score(f.y.At(f.run, f.step-1))
	}
	return f.value
}

// score is a value with its sign so that the higher are the better.
func (f *follower) score(value float64) float64 {
	switch {
	case math.IsNaN(value):
		return math.Inf(-1)
	case f.y.Falls:
		return -value
	}
	return value
}

// middle is the median of values, which it sorts. It is infinite where one of the two middle ones is.
func middle(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return math.Inf(-1)
	}
	slices.Sort(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// Medians returns by block and method the medians of a number that each run has, +Inf where it never comes.
func (b *Blocks) Medians(of func(s *Set, r *Run) float64) [][]float64 {
	rows := make([][]float64, len(b.cells))
	var values []float64
	for i, row := range b.cells {
		for _, c := range row {
			values = values[:0]
			for k := range c.runs {
				values = append(values, of(c.set, &c.runs[k]))
			}
			rows[i] = append(rows[i], middle(values))
		}
	}
	return rows
}

// Ends returns by method where on an axis half of its runs have ended, on the benchmark where that comes first.
func (b *Blocks) Ends(axis string) (ends []float64, err error) {
	for m := range b.Methods {
		end := math.Inf(1)
		var runs []Run // of the same method and benchmark
		for i, row := range b.cells {
			runs = append(runs, row[m].runs...)
			if b.ByRun && i < len(b.cells)-1 {
				continue
			}
			x, err := row[m].set.Axis(axis)
			if err != nil {
				return nil, err
			}
			totals := Arm{Runs: runs}.Totals(x)
			slices.Sort(totals)
			end, runs = min(end, stats.Quantile(totals, .5)), nil
		}
		ends = append(ends, end)
	}
	return ends, nil
}
