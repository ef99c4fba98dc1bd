package durable

import (
	"fmt"
	"path/filepath"
	"sync/atomic"
)

// Note, if not nil, hears in a line of what goes on all the same and a person should know: that a file
// system has no locks. It is set before anything is written, and called once.
var Note func(line string)

var noted atomic.Bool

// unlocked tells that a file or a folder could not be locked.
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
