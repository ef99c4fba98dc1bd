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
	rows     []journal.Incumbent
	told     int64
	seconds  float64
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
	l.arm, l.run, l.rows, l.told, l.seconds = arm, run, nil, 0, 0
}

// stands says how far the run is.
func (l *live) stands(told int64, seconds float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told, l.seconds = told, seconds
}

// found adds an incumbent.
func (l *live) found(row journal.Incumbent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows, l.told, l.seconds = append(l.rows, row), row.Trial, row.Seconds
}

// soFar are the incumbents of the run, ended by where it stands; none before it has one.
func (l *live) soFar() (arm, run int, rows []journal.Incumbent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rows) == 0 {
		return l.arm, l.run, nil
	}
	end := l.rows[len(l.rows)-1]
	end.Trial, end.Seconds, end.Final = l.told, l.seconds, true
	return l.arm, l.run, append(slices.Clone(l.rows), end)
}

// keepSoFar saves what the runs in progress have found, but of those that are finished, so that
// others read it. Nothing goes on from it: such a run is computed again.
func (e *Experiment) keepSoFar(dir string, inProgress []*live, finished [][][]journal.Incumbent) error {
	if dir == "" {
		return nil
	}
	held := e.noRows()
	some := false
	for _, l := range inProgress {
		if arm, run, rows := l.soFar(); rows != nil && finished[arm][run] == nil {
			held[arm][run], some = rows, true
		}
	}
	if !some {
		return nil
	}
	return durable.WriteFile(filepath.Join(dir, soFarFile), func(w io.Writer) error { return journal.Write(w, e.id(), flatten(held)) })
}
