package lab

import (
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve/notes"
)

// notesIn reads what runs of an experiment whose files are in dir have noted of their epochs, as [trace.Set.RunNotes]
// does. They lie beside the weights.
func (e *Experiment) notesIn(dir string) func(algo string, run int) (*notes.Notes, error) {
	of := *e // with all its algorithms, whose places name the folders
	return func(algo string, run int) (*notes.Notes, error) {
		arm, err := of.armOf(algo, run)
		if err != nil {
			return nil, err
		}
		return notes.Read(filepath.Join(of.runDir(dir, arm, run), weightsFolder))
	}
}
