package durable

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A folder is of one kind.
func TestOnly(t *testing.T) {
	kinds := []string{ExperimentFile, TrainingFile, TableFile}
	for _, has := range append(kinds, "other") {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, has), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		for _, file := range kinds {
			err := Only(dir, file)
			if has == file || has == "other" {
				if err != nil {
					t.Errorf("a folder with %s for %s: %v", has, file, err)
				}
			} else if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "its "+has+" says") {
				t.Errorf("a folder with %s for %s: %v", has, file, err)
			}
		}
	}
	if err := Only(filepath.Join(t.TempDir(), "none"), TableFile); err != nil {
		t.Error(err)
	}
}
