package nats

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// sharedPath returns the path of a published file of the workplace, or skips.
func sharedPath(t testing.TB, path ...string) string {
	t.Helper()
	full := filepath.Join(append([]string{"..", "..", "..", "shared"}, path...)...)
	if _, err := os.Stat(full); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is absent: fetch the published file to run this test", full)
	}
	return full
}

var samples struct {
	sync.Mutex
	read map[int]*Arch
}

// sample reads an official topology file, once.
func sample(t testing.TB, index int) *Arch {
	t.Helper()
	path := sharedPath(t, "data", "nats-official-samples", nameOf(index))
	samples.Lock()
	defer samples.Unlock()
	if a := samples.read[index]; a != nil {
		return a
	}
	a, err := ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if samples.read == nil {
		samples.read = map[int]*Arch{}
	}
	samples.read[index] = a
	return a
}
