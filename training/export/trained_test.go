package export

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/training"
)

// Without the data set of a training, or with another of its name, nothing is said of its images.
func TestInputOf(t *testing.T) {
	t.Setenv("AMOEBA_DATA", filepath.Join(t.TempDir(), "none"))
	digits, err := training.OpenData("digits")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ data, hash, note string }{
		{"digits", digits.Set.Hash, ""},
		{"digits", "abc", "the training's images of the name digits had SHA-256 abc, these have " + digits.Set.Hash},
		{"mnist", "abc", "mnist is not imported: "},
	} {
		ckpt := &training.Checkpoint{}
		ckpt.Data, ckpt.DataHash = c.data, c.hash
		in, err := InputOf(ckpt)
		if (err == nil) != (c.note == "") || err != nil && !strings.HasPrefix(err.Error(), c.note) ||
			(in.Data == "digits" && in.Scale == 16 && len(in.Classes) == 10) != (c.note == "") {
			t.Errorf("%s: %+v, %v", c.data, in, err)
		}
	}
}
