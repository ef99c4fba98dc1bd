package durable

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/amoeba-nas/amoeba/evolve"
)

// The files by which the program's folders are told apart: each kind has its own.
const (
	ExperimentFile = "experiment.yaml"
	TrainingFile   = "job.json"
	TableFile      = "table.json"
	AskedFile      = "asked.jsonl"
)

// Only refuses a folder of another kind than that of file, one of the four; one that is of none
// or not there is fine.
func Only(dir, file string) error {
	for _, other := range []struct{ file, holds string }{
		{ExperimentFile, "an experiment"}, {TrainingFile, "a training"}, {TableFile, "a table"},
		{AskedFile, "a study of amoeba ask"},
	} {
		if _, err := os.Stat(filepath.Join(dir, other.file)); err == nil && other.file != file {
			how := " with --out"
			if file == AskedFile { // whose folder is an argument
				how = ""
			}
			return fmt.Errorf("%s holds %s, its %s says: name another folder%s: %w",
				dir, other.holds, other.file, how, evolve.ErrInvalid)
		}
	}
	return nil
}
