package durable

import (
	"os"
	"path/filepath"
)

// Same says whether two paths lead to one file or folder, by whatever links and spelling. Of two that do not
// lead to anything yet it says whether they would.
func Same(a, b string) bool {
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(x, y)
	}
	if errA == nil || errB == nil {
		return false
	}
	a, errA = follow(a)
	b, errB = follow(b)
	if errA != nil || errB != nil || filepath.Base(a) != filepath.Base(b) {
		return false
	}
	dir, other := filepath.Dir(a), filepath.Dir(b)
	// Folders that are not there yet are told apart by their own names.
	return filepath.Clean(a) == filepath.Clean(b) || dir != a && other != b && Same(dir, other)
}
