package nats

import (
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/internal/shared"
)

var samples struct {
	sync.Mutex
	read map[int]*Arch
}

// sample reads an official topology file, once.
func sample(t testing.TB, index int) *Arch {
	t.Helper()
	path := shared.Path(t, "data", "nats-official-samples", nameOf(index))
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
