package lab

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// runs are the rows of an experiment's runs, by algorithm and number; nil of a run that is still to do. Those of a
// finished run never change.
type runs [][][]journal.Entry

// noRuns has a place for every run of the experiment.
func (e *Experiment) noRuns() runs {
	r := make(runs, len(e.Arms))
	for a := range r {
		r[a] = make([][]journal.Entry, e.Spec.Seeds)
	}
	return r
}

// clone has the same rows in places of its own.
func (r runs) clone() runs {
	c := make(runs, len(r))
	for a := range r {
		c[a] = append([][]journal.Entry(nil), r[a]...)
	}
	return c
}

// all are the rows in the order of the file.
func (r runs) all() (rows []journal.Entry) {
	for _, arm := range r {
		for _, run := range arm {
			rows = append(rows, run...)
		}
	}
	return rows
}

// done counts the runs that have rows.
func (r runs) done() (n int) {
	for _, arm := range r {
		for _, run := range arm {
			if run != nil {
				n++
			}
		}
	}
	return n
}

// place puts the rows of whole runs, which a file has, where they belong.
func (e *Experiment) place(path string, got []journal.Entry, into runs) error {
	arm := map[string]int{}
	for a := range e.Arms {
		arm[e.Arms[a].Algo] = a
	}
	for from, i := 0, 0; i < len(got); i++ {
		if got[i].Algo != got[from].Algo || got[i].Run != got[from].Run || !got[i].Final && i+1 == len(got) {
			return fmt.Errorf("%s: row %d: the run before it has no end; delete the file and resume: %w",
				path, i+1, evolve.ErrInvalid)
		}
		if !got[i].Final {
			continue
		}
		a, ok := arm[got[i].Algo]
		if run := int(got[i].Run); !ok || run < 0 || run >= e.Spec.Seeds {
			return fmt.Errorf("%s: row %d is of run %d of %q, which this experiment does not have: %w",
				path, i+1, run, got[i].Algo, evolve.ErrInvalid)
		}
		into[a][got[i].Run] = got[from : i+1]
		from = i + 1
	}
	return nil
}
