package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/number"
)

// Remarks are what a reader of the results must know beside them, a line each: runs that count otherwise, what
// searchers chose or knew, and doubts about the comparison. None where there is nothing to say.
func (r *Comparison) Remarks() []string {
	var b strings.Builder
	r.writeRemarks(&b)
	return strings.FieldsFunc(b.String(), func(c rune) bool { return c == '\n' })
}

func (r *Comparison) writeRemarks(w io.Writer) {
	if text := r.Repeats(); text != "" {
		fmt.Fprintln(w, text)
	}
	for _, x := range r.Results {
		if x.Empty > 0 {
			fmt.Fprintf(w, "%s: %d of %s evaluated nothing within the bounds%s\n", x.Label, x.Empty,
				number.Count(x.Seeds, "run"), x.fate(""))
		}
	}
	for _, x := range r.Results {
		if x.Failed != nil {
			fmt.Fprintf(w, "%s: %s of %d failed, as the searcher broke%s\n", x.Label, number.Those("run", x.Failed),
				x.Seeds, x.fate(""))
		}
	}
	for _, x := range r.Results {
		if x.Unjudged != nil {
			fmt.Fprintf(w, "%s: the training alone of the answer of %s of %d failed, and nothing is reported of it\n",
				x.Label, number.Those("run", x.Unjudged), x.Seeds)
		}
	}
	r.writePartial(w)
	r.writeUnmet(w)
	r.writeEarly(w)
	r.writeWorkerless(w)
	r.writeChosen(w)
	r.writePriors(w)
	for _, text := range r.Warnings {
		fmt.Fprintln(w, "Warning:", text)
	}
}
