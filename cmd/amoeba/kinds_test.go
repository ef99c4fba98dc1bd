package main

import (
	"bytes"
	"image"
	picture "image/png"
	"os"
	"testing"
)

// A figure replaces its own kind from this program alone: others of the same format are somebody's work.
func TestFiguresOfOthers(t *testing.T) {
	t.Chdir(t.TempDir())
	var photo bytes.Buffer
	if err := picture.Encode(&photo, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	for name, foreign := range map[string]string{
		"a.png": photo.String(), "a.pdf": "%PDF-1.4\n% my thesis\n", "a.svg": "<?xml version=\"1.0\"?>\n<svg/>\n",
		"a.dot": "digraph cell { mine }\n", "a.mmd": "flowchart LR\n  A --> B\n",
	} {
		for _, arch := range []string{"333333", "darts-v2"} { // of one graph, and of two
			args := []string{"draw", arch, "--out", name}
			put(t, name, foreign)
			untouchedBy(t, args, name)
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
			succeeds(t, args)
			drawn := read(t, name)
			succeeds(t, args) // over its own
			if now := read(t, name); now != drawn || now == foreign {
				t.Errorf("%s of %s: %d bytes, and then %d", name, arch, len(drawn), len(now))
			}
		}
	}
}
