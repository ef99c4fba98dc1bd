package oneshot

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A study whose latest checkpoint is damaged goes on from the one before, and writes the same bytes in its place. One
// of another format is refused, for another build may read it.
func TestDamagedCheckpoint(t *testing.T) {
	s, dir := tiny(t), t.TempDir()
	c, _ := begin(t, s, dir, plan(), 0)
	train := func(c *Course, trial int) {
		t.Helper()
		if err := walk(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if err := c.Save(trial, false, nil); err != nil {
			t.Fatal(err)
		}
	}
	train(c, 1)
	train(c, 2)
	latest := filepath.Join(dir, keptName(2))
	whole, err := os.ReadFile(latest)
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(latest, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	altered := bytes.Clone(whole)
	altered[len(altered)/2] ^= 1
	for name, text := range map[string][]byte{"altered": altered, "cut": whole[:len(whole)-1], "empty": nil} {
		spoil(text)
		if kept, err := c.sharing.Kept(2); kept != 1 || err != nil {
			t.Errorf("%s: %d trials are kept: %v", name, kept, err)
		}
		again, _ := begin(t, s, dir, plan(), 1)
		train(again, 2)
		if text, err := os.ReadFile(latest); err != nil || !bytes.Equal(text, whole) {
			t.Errorf("%s: other bytes than before: %v", name, err)
		}
	}
	newer := bytes.Clone(whole)
	newer[len(sealMagic)-1]++
	spoil(newer)
	if kept, err := c.sharing.Kept(2); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("another format: %d trials are kept: %v", kept, err)
	}
}
