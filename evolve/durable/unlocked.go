package durable

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
)

// Note, if not nil, is called once, with a line for the person at the terminal, when a file system turns out to
// have no locks. It is set before anything is written.
var Note func(line string)

var noted atomic.Bool

// unlocked calls Note for a file or a folder that could not be locked.
func unlocked(path string, err error) {
	dir := path
	if leftover.MatchString(filepath.Base(path)) {
		dir = filepath.Dir(path)
	}
	if Note != nil && !noted.Swap(true) {
		Note(fmt.Sprintf("%s: the file system has no locks (%v): see to it that one amoeba at a time writes there, "+
			"and remove .amoeba-*.tmp of killed ones by hand", dir, err))
	}
}
