package main

import (
	"html"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/plots/page"
)

// The command in a page makes the same experiment again, whatever its keys and names.
func TestReportAgain(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, flags := range map[string]string{
		"plain": "--benchmark bits --algo random --algo regevo,population=5 --seeds 2 --trials 12",
		`it's <b> "$HOME" & x`: "--benchmark bits --algo d=regevo,population=5,sample=2 --seeds 1 --trials 9 " +
			"--seed 18446744073709551615",
		"cluster": "--benchmark nb201:cifar10,source=surrogate --algo random --seeds 2 --budget 40000.5 --overshoot count " +
			"--workers 3 --cluster slow=lognormal:0.5,fail=0.1 --epochs 12",
		"rungs": "--benchmark nb201:cifar10,source=surrogate --algo hyperband --seeds 1 --total-epochs 3000 " +
			"--fidelity-rule any --record all",
		"full": "--benchmark nb201:cifar10,source=surrogate --algo random --seeds 1 --full 3 --trials 8 --record none",
	} {
		t.Run(name, func(t *testing.T) {
			args, err := words.Split("compare --quiet " + flags)
			if err != nil {
				t.Fatal(err)
			}
			succeeds(t, append(args, "--out", name))
			succeeds(t, []string{"report", name})
			text := read(t, filepath.Join(name, page.Name))
			_, rest, found := strings.Cut(text, `aria-label="Command">`)
			command, _, _ := strings.Cut(rest, "</pre>")
			line, err := words.Split(html.UnescapeString(command))
			if err != nil || !found || line[0] != "amoeba" {
				t.Fatalf("%v: %q", err, line)
			}
			if to := line[len(line)-2:]; to[0] != "--out" || to[1] != name {
				t.Fatalf("it writes to %q, want %q", to, name)
			}
			again := filepath.Join(t.TempDir(), "again")
			succeeds(t, append(line[1:len(line)-1], again, "--quiet"))
			for _, file := range []string{"experiment.yaml", "manifest.json", "incumbents.parquet"} {
				if read(t, filepath.Join(name, file)) != read(t, filepath.Join(again, file)) {
					t.Errorf("%s is another one", file)
				}
			}
		})
	}
}
