package lab

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sort"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// trialsIn reads the recorded trials of runs of an experiment whose files are in dir, as [trace.Set.RunTrials] does;
// nil where the experiment does not record them.
func (e *Experiment) trialsIn(dir string) func(algo string, run int) ([]journal.Trial, error) {
	of := *e // with all its algorithms, whose places name the files
	read := of.simulatedTrials(dir)
	switch {
	case e.About.Trains():
		read = func(arm, run int) ([]journal.Trial, error) { return of.trainedTrials(dir, arm, run) }
	case e.Spec.Record != "all":
		return nil
	}
	return func(algo string, run int) ([]journal.Trial, error) {
		arm, err := of.armOf(algo, run)
		if err != nil {
			return nil, err
		}
		trials, err := read(arm, run)
		if errors.Is(err, fs.ErrNotExist) && !complete(dir) {
			return nil, nil
		}
		return trials, err
	}
}

// armOf is the place of the algorithm with that spec, of which there is such a run.
func (e *Experiment) armOf(algo string, run int) (int, error) {
	arm := slices.IndexFunc(e.Arms, func(a Arm) bool { return a.Algo == algo })
	if arm < 0 || run < 0 || run >= e.Spec.Seeds {
		return 0, fmt.Errorf("run %d of %s is none of the experiment's: %w", run, algo, evolve.ErrInvalid)
	}
	return arm, nil
}

// simulatedTrials reads the trials of simulated runs. A file has those of several runs: the last one read is held.
func (e *Experiment) simulatedTrials(dir string) func(arm, run int) ([]journal.Trial, error) {
	var mu sync.Mutex
	var held string
	var all []journal.Trial
	return func(arm, run int) ([]journal.Trial, error) {
		mu.Lock()
		defer mu.Unlock()
		u := e.fileOf(arm, run)
		if path := e.trialsPath(dir, u); held != path {
			got, err := journal.Read[journal.Trial](path, e.trialsID(u))
			if err != nil {
				return nil, err
			}
			held, all = path, got
		}
		first := sort.Search(len(all), func(i int) bool { return int(all[i].Run) >= run })
		end := sort.Search(len(all), func(i int) bool { return int(all[i].Run) > run })
		return all[first:end:end], nil
	}
}

// trainedTrials reads the trials of a run that trained networks, as they were told: with what an architecture has
// become where the trial decided that.
func (e *Experiment) trainedTrials(dir string, arm, run int) ([]journal.Trial, error) {
	past, err := journal.ReadFile(filepath.Join(e.runDir(dir, arm, run), trialsFile))
	if err != nil {
		return nil, err
	}
	trials := make([]journal.Trial, len(past))
	for i := range past {
		past[i].Arch = cmp.Or(past[i].Found, past[i].Arch)
		trials[i] = journal.TrialOf(e.Arms[arm].Algo, e.Arms[arm].Label, int32(run), &past[i])
	}
	return trials, nil
}
