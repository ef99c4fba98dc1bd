package tabulate

import (
	"fmt"
	"io"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
)

// Summarize prints how far a build is.
func Summarize(w io.Writer, dir string) error {
	runs, err := Runs(dir)
	if err != nil {
		return err
	}
	cells, failed := map[evolve.Arch]bool{}, 0
	for _, r := range runs {
		cells[r.Arch] = true
		if r.Failed != "" {
			failed++
		}
	}
	_, err = fmt.Fprintf(w, "%s of %s, %d failed\n",
		number.Count(len(runs), "run"), number.Count(len(cells), "cell"), failed)
	return err
}
