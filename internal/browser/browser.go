package browser

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/program"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// names are those of Chromium on the systems that have it.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}

// options of every browser: without a window, deterministic, and talking to nobody by itself.
var options = []string{"--headless", "--remote-debugging-pipe",
	"--no-sandbox",            // Chromium has no sandbox for root, who runs tests in containers
	"--disable-dev-shm-usage", // containers have little shared memory
	"--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
	"--disable-component-update", "--force-color-profile=srgb", "--hide-scrollbars"}

// Browser is a Chromium without a window. Its tabs share nothing but the process.
type Browser struct{ pipe *pipe }

// Start starts a browser that ends with the test. Where there is none, the test says so and is left out; that is no
// want of data (see internal/shared), as pages are the same wherever they are looked at.
func Start(t testing.TB) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	name := ""
	for _, n := range names {
		if _, err := exec.LookPath(n); err == nil {
			name = n
			break
		}
	}
	if name == "" {
		t.Skipf("no browser: none of %s is in the folders of PATH, so nobody looks at the pages here (Debian: apt-get "+
			"install chromium)", strings.Join(names, ", "))
	}
	// Chromium reads commands from descriptor 3 and answers on 4.
	line := "sh -c 'exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null' " + name + " " + strings.Join(options, " ") +
		" --user-data-dir=" + words.Quote(t.TempDir())
	sh, err := program.Find(line)
	if err != nil {
		t.Skip("no shell to start a browser with:", err)
	}
	in, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	child, err := sh.Start(nil, in, out)
	in.Close()
	out.Close()
	if err != nil {
		t.Fatal(err)
	}
	b := &Browser{newPipe(from, to)}
	t.Cleanup(func() {
		child.Kill()
		to.Close()
		from.Close()
	})
	if err := b.pipe.call("", "Browser.getVersion", struct{}{}, nil); err != nil {
		child.Kill()
		t.Fatalf("%s does not answer: %v: %s", name, err, child.Errors().Shown())
	}
	return b
}
