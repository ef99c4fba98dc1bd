package page

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// A winner is the architecture of the best run of an algorithm, or of several algorithms.
type winner struct {
	Of       []string // labels of the algorithms
	Arch     string   // in the literature's notation where the benchmark can be opened
	Genome   string   // "" where it is the same
	Val      string
	Test     string
	Found    string // the trial and the run that found it, of each algorithm
	Runs     string // how many runs of these algorithms end with it
	Others   []fact // further objectives
	Drawing  template.HTML
	searched evolve.Arch
}

// Drawings of an experiment's winners: a page of more is a catalogue.
const mostWinners = 6

// winnersOf are the best architectures of an experiment by validation, as a search may choose: never by test. why says
// why there are no drawings; "" where there are.
func winnersOf(o *lab.Outcome, r *report.Comparison, id string) (all []winner, why string) {
	val, test := o.Set.Validation(), o.Set.Test()
	for i := range o.Set.Arms {
		arm := &o.Set.Arms[i]
		best := -1
		for k := range arm.Runs {
			end := &arm.Runs[k]
			x := val.End(end)
			if end.Found() && !math.IsNaN(x) && (best < 0 || val.Better(x, val.End(&arm.Runs[best]))) {
				best = k
			}
		}
		if best < 0 {
			continue
		}
		run := &arm.Runs[best]
		w := winner{Of: []string{arm.Label}, Arch: run.Final.Arch, searched: evolve.Arch(run.Final.Arch),
			Val: r.WithUnit(val.End(run)), Test: r.WithUnit(test.End(run))}
		if n := len(run.Steps); n > 0 {
			w.Found = fmt.Sprintf("trial %d of run %d", run.Steps[n-1].Trial, best)
		}
		if at := slices.IndexFunc(all, w.same); at >= 0 {
			all[at].add(w)
			continue
		}
		for k, x := range o.Objectives[min(1, len(o.Objectives)):] {
			if k < len(run.Final.Others) {
				w.Others = append(w.Others, fact{x.Name, x.Text(x.Value(run.Final.Others[k]))})
			}
		}
		all = append(all, w)
	}
	all = all[:min(len(all), mostWinners)]
	for i := range all {
		all[i].Runs = endWith(o, &all[i])
	}
	return all, draw(o, all, id)
}

// same says whether two algorithms found one architecture, with the same results: a training has others each time.
func (w *winner) same(o winner) bool {
	return w.searched == o.searched && w.Val == o.Val && w.Test == o.Test
}

// add has a winner be that of a further algorithm, too.
func (w *winner) add(o winner) {
	if len(w.Of) == 1 && w.Found != "" {
		w.Found = w.Of[0] + ", " + w.Found
	}
	w.Of = append(w.Of, o.Of...)
	if o.Found != "" {
		w.Found += "; " + o.Of[0] + ", " + o.Found
	}
}

// endWith counts the runs that end with an architecture.
func endWith(o *lab.Outcome, w *winner) string {
	n, of := 0, 0
	for _, a := range o.Set.Arms {
		if !slices.Contains(w.Of, a.Label) {
			continue
		}
		of += len(a.Runs)
		for i := range a.Runs {
			if a.Runs[i].Final.Arch == string(w.searched) {
				n++
			}
		}
	}
	if of == 1 {
		return ""
	}
	return fmt.Sprintf("%d of %s", n, number.Count(of, "run"))
}

// draw draws winners and writes them in the literature's notation, or says why it cannot.
func draw(o *lab.Outcome, all []winner, id string) (why string) {
	if len(all) == 0 {
		return ""
	}
	bench := o.Bench
	if bench == nil { // the experiment was read back
		var err error
		if bench, _, err = evolve.Benchmarks.OpenText(o.Spec.Benchmark); err != nil {
			return "the benchmark cannot be opened here, so there is no drawing: " + words.Line(err)
		}
	}
	space := bench.Problem().Space
	for i := range all {
		w := &all[i]
		if n, ok := space.(evolve.Notation); ok {
			if w.Arch = n.Format(w.searched); w.Arch != string(w.searched) {
				w.Genome = string(w.searched)
			}
		}
		cells, err := plots.Cell(space, w.searched)
		if err == nil {
			if len(cells) == 1 {
				cells[0].Title = "" // which is the notation, printed below
			}
			var b bytes.Buffer
			if err = cells.Write(&b, "svg"); err == nil {
				w.Drawing, err = inline(b.Bytes(), "The cell "+w.Arch, fmt.Sprintf("%s-w%d-", id, i))
			}
		}
		switch {
		case errors.Is(err, evolve.ErrUnsupported):
			why = "There are no drawings of the space " + space.Name() + "."
		case err != nil:
			why = words.Line(err)
		}
	}
	return why
}
