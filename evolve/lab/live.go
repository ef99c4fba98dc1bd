package lab

import (
	"io"
	"path/filepath"
	"slices"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// live is the simulated run that a goroutine is computing, as others may look at it: what it has
// found so far and where it stands. A nil one is told of nothing.
type live struct {
	mu       sync.Mutex
	arm, run int
	rows     []journal.Entry
	end      journal.Entry // the best by loss, with the run's totals so far
}

// A run says where it stands whenever it has been told of so many trials, and at each incumbent:
// rarely enough to cost nothing a trial.
const liveTrials = 64

// begin says that another run is computed now.
func (l *live) begin(arm, run int) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arm, l.run, l.rows, l.end = arm, run, nil, journal.Entry{}
}

// stands says how far the run is: trials told, and on its clock, of costs and of epochs trained the sums.
func (l *live) stands(told int64, seconds, spent float64, epochs int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end.Trial, l.end.Seconds, l.end.Spent, l.end.SpentEpochs = told, seconds, spent, epochs
}

// found adds an entry.
func (l *live) found(row journal.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows = append(l.rows, row)
	if !row.Best {
		was := l.end
		was.Trial, was.Seconds, was.Spent, was.SpentEpochs = row.Trial, row.Seconds, row.Spent, row.SpentEpochs
		row = was
	}
	l.end = row
}

// soFar are the incumbents of the run, ended by where it stands; none before it has one.
func (l *live) soFar() (arm, run int, rows []journal.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rows) == 0 {
		return l.arm, l.run, nil
	}
	end := l.end
	end.Final = true
	return l.arm, l.run, append(slices.Clone(l.rows), end)
}

// keepSoFar saves what the runs in progress have found, but of those that are finished, so that
// others read it. Nothing goes on from it: such a run is computed again.
func (e *Experiment) keepSoFar(dir string, inProgress []*live, finished runs) error {
	held := e.noRuns()
	some := false
	for _, l := range inProgress {
		if arm, run, rows := l.soFar(); rows != nil && finished[arm][run] == nil {
			held[arm][run], some = rows, true
		}
	}
	if !some {
		return nil
	}
	return durable.WriteFile(filepath.Join(dir, soFarFile),
		func(w io.Writer) error { return journal.WriteEntries(w, e.id(), held.all()) })
}
