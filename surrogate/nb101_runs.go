package surrogate

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// openNB101Measured opens the cells whose validation accuracy of one run is at hand at all
// four schedules, and no others.
func openNB101Measured(t *NB101Table, s space.NB101, about evolve.About, epochs int,
	o evolve.Options) (evolve.Benchmark, error) {
	if t.official() {
		return nil, fmt.Errorf("nb101: the imported table has every cell's runs: want val=official: %w",
			evolve.ErrUnsupported)
	}
	b := &lookup{about: about}
	var known []int
	var archs []evolve.Arch
	last, err := t.Floats("val_108")
	if err != nil {
		return nil, err
	}
	for i, v := range last {
		if v == v {
			known, archs = append(known, i), append(archs, s.At(i))
		}
	}
	pool, err := space.NewPool(s, archs, o.Text("moves"), "canonical")
	if err != nil {
		return nil, err
	}
	b.space = pool.(Indexed)
	seconds := model.Pick(t.Seconds, known)
	for _, e := range data.NB101Epochs {
		xs, err := t.Floats(fmt.Sprintf("val_%d", e))
		if err != nil {
			return nil, err
		}
		val := ErrorsOf(model.Pick(xs, known), 1)
		b.facts = append(b.facts, fact{fmt.Sprintf("val_%d", e), "%", kept(PerCent(val)), always("measured, one run"),
			result})
		if e <= epochs {
			b.levels = append(b.levels, level{epochs: e, loss: val, cost: share(seconds, e)})
		}
	}
	test := ErrorsOf(model.Pick(t.Tests, known), 1)
	b.score = scores(ErrorsOf(model.Pick(last, known), 1), test)
	b.addSizes(archs)
	b.facts = append(b.facts, fact{"test_108", "%", kept(PerCent(test)), always("measured, mean of three"), result},
		fact{"seconds_108", "s", kept(seconds), always("measured"), plain})
	b.about.Source = fmt.Sprintf("imported table, val=measured: one run's validation, mean test of three and seconds "+
		"at 108 epochs measured, seconds at 4, 12 and 36 in proportion; pool: only the %d cells with a measured "+
		"validation can be proposed, moves=%s", len(known), o.Text("moves"))
	return b, b.finish(o)
}

func errNoOfficial() error {
	return fmt.Errorf("nb101: val=official needs the authors' file: run amoeba data import nb101 --from "+
		"nasbench_only108.tfrecord: %w", evolve.ErrUnsupported)
}

// openNB101Official opens the authors' three runs of every cell at every schedule that their
// file has.
func openNB101Official(t *NB101Table, s space.NB101, about evolve.About, epochs int,
	o evolve.Options) (evolve.Benchmark, error) {
	if !t.official() {
		return nil, errNoOfficial()
	}
	b := &lookup{about: about, space: s}
	var val []float64
	for _, e := range data.NB101Epochs {
		if !t.Has(fmt.Sprintf("val_%d_0", e)) {
			continue // only108
		}
		runs, mean, err := t.runs("val", e)
		if err != nil {
			return nil, err
		}
		paid, seconds, err := t.runs("seconds", e)
		if err != nil {
			return nil, err
		}
		for _, r := range runs {
			for i, x := range r {
				r[i] = 1 - x
			}
		}
		val = ErrorsOf(mean, 1)
		b.facts = append(b.facts, fact{fmt.Sprintf("val_%d", e), "%",
			kept(PerCent(val)), always("measured, mean of three"), result},
			fact{fmt.Sprintf("seconds_%d", e), "s", kept(seconds), always("measured"), plain})
		if e > epochs {
			continue
		}
		l := level{epochs: e, loss: val, cost: seconds}
		if o.Text("noise") == "draw" {
			l.runs, l.paid = byRow(runs), byRow(paid)
		}
		b.levels = append(b.levels, l)
	}
	if n := len(b.levels); n == 0 || b.levels[n-1].epochs != epochs {
		return nil, fmt.Errorf("nb101: epochs=%d: the imported file has none of them: import "+
			"nasbench_full.tfrecord: %w", epochs, evolve.ErrUnsupported)
	}
	test := ErrorsOf(t.Tests, 1)
	b.score = scores(val, test)
	b.addSizes(everyCell())
	b.facts = append(b.facts, fact{"test_108", "%", kept(PerCent(test)), always("measured, mean of three"), result})
	b.about.Source = "imported official file; all measured; a query draws one of three runs"
	if o.Text("noise") == "mean" {
		b.about.Source = "imported official file; all measured, means of three runs"
	}
	return b, b.finish(o)
}

// addSizes adds parameters and multiply-adds, counted at the first query.
func (b *lookup) addSizes(archs []evolve.Arch) {
	for k, name := range []string{evolve.ParamsObjective, evolve.FLOPsObjective} {
		b.offer(tabled(name), "counted", func() ([]float64, error) {
			xs := make([]float64, len(archs))
			for i, a := range archs {
				xs[i] = nb101Sizes(a)[k]
			}
			return xs, nil
		})
	}
}

// everyCell are the representatives of all cells.
func everyCell() []evolve.Arch {
	all := make([]evolve.Arch, space.NB101Size)
	for i := range all {
		all[i] = space.NB101{}.At(i)
	}
	return all
}

// runs returns the three runs of a column and their mean.
func (t *NB101Table) runs(name string, epochs int) (runs [][]float64, mean []float64, err error) {
	mean = make([]float64, t.Rows)
	for k := range 3 {
		xs, err := t.Floats(fmt.Sprintf("%s_%d_%d", name, epochs, k))
		if err != nil {
			return nil, nil, err
		}
		for i, x := range xs {
			mean[i] += x / 3
		}
		runs = append(runs, xs)
	}
	return runs, mean, nil
}
