package training

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Kept is how many epochs of these seeds the checkpoints of the folder have.
func (s *Seeds) Kept() int {
	kept := 0
	for _, seed := range s.present() {
		if seed-s.Job.Seed >= uint64(s.Count) { // a smaller seed wraps around
			continue
		}
		if c, err := Load(filepath.Join(s.seedDir(seed), LastName)); err == nil {
			kept += len(c.History)
		}
	}
	return kept
}

// Others are the seeds of the folder that have a checkpoint and are not among these, in order.
func (s *Seeds) Others() []uint64 {
	return slices.DeleteFunc(s.present(), func(seed uint64) bool { return seed-s.Job.Seed < uint64(s.Count) })
}

// present are the seeds of the folder that have a checkpoint, in order.
func (s *Seeds) present() (seeds []uint64) {
	entries, _ := os.ReadDir(s.Dir) // of a folder that cannot be read nothing is kept
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), seedPrefix)
		seed, err := strconv.ParseUint(number, 10, 64)
		if !ok || err != nil || s.seedDir(seed) != filepath.Join(s.Dir, e.Name()) {
			continue
		}
		if _, err := os.Stat(filepath.Join(s.seedDir(seed), LastName)); err == nil {
			seeds = append(seeds, seed)
		}
	}
	slices.Sort(seeds)
	return seeds
}
