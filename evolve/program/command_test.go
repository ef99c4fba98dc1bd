package program

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// A script whose first line names nothing that can run it is refused before anything runs.
func TestInterpreted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no scripts by their first line")
	}
	self, err := os.Executable() // a program that is there, wherever the test runs
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"#!" + self + "\n":               "",
		"#! " + self + " -x\necho":       "",
		"echo\n":                         "",
		"":                               "",
		"#!/no/such/sh -e\n":             `its first line, #!, names "/no/such/sh", which is not there`,
		"#!" + self + "\r\necho\r\n":     `\r", which is not there`,
		"#!\n":                           "its first line, #!, names no program",
		"#!/" + strings.Repeat("x", 999): "which is not there",
	} {
		path := filepath.Join(t.TempDir(), "script")
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		_, err := Find("'" + path + "'")
		if want == "" && err != nil || want != "" && (!errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}
