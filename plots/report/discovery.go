package report

import (
	"fmt"
	"io"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// A Discovery is what a search on shared weights answers with, as --json prints it: an architecture, and what a network
// of it comes to that is trained alone.
type Discovery struct {
	Arch   string          `json:"arch"` // in the literature's notation
	Genome string          `json:"genome"`
	Epochs int64           `json:"epochs"` // that the shared weights were trained
	Val    number.Nullable `json:"val"`    // in the unit of the metric; null where it is not known
	Test   number.Nullable `json:"test"`
	From   string          `json:"test_from,omitempty"` // one of the three below; absent while the run goes on
	Dead   bool            `json:"dead,omitempty"`      // no path leads from input to output
	Beside string          `json:"beside,omitempty"`    // what was trained beside the weights, in words
}

// Where the results of a Discovery come from.
const (
	fromTable    = "table"   // the mean over the seeds of a table that knows the architecture
	fromTraining = "trained" // the mean of trainings at the end of the search
	fromFailed   = "failed"  // there are none: such a training has failed
)

// Found is the best of a search as the answer of one on shared weights; nil of any other.
func (f *Find) Found(o *lab.Outcome) *Discovery {
	if f == nil || !o.About.Shared {
		return nil
	}
	end := o.Set.Arms[0].Runs[0].Final
	found := &Discovery{Arch: f.Arch, Genome: f.Genome, Epochs: end.SpentEpochs, Val: f.Val, Test: f.Test,
		Dead: f.dead()}
	if found.Epochs == 0 { // the weights were trained before
		found.Epochs = int64(o.About.Epochs)
	}
	if arm := o.Set.Arms[0]; o.Set.RunNotes != nil {
		if n, err := o.Set.RunNotes(arm.Algo, 0); err == nil { // else it has noted nothing
			found.Beside = n.Said
		}
	}
	switch {
	case !number.Known(float64(f.Test)) && o.Set.Arms[0].Runs[0].Underway:
	case !number.Known(float64(f.Test)):
		found.From = fromFailed
	case knownBefore(o, f.Bench, f.Genome):
		found.From = fromTable
	default:
		found.From = fromTraining
	}
	return found
}

// knownBefore says whether the results of an architecture were known without a training, when it became the answer of
// the only run; where the run kept nothing but its end, whether the benchmark knows them.
func knownBefore(o *lab.Outcome, b evolve.Benchmark, genome string) bool {
	if steps := o.Set.Arms[0].Runs[0].Steps; len(steps) > 0 {
		return !math.IsNaN(steps[len(steps)-1].TestError)
	}
	if b == nil {
		return false
	}
	s, err := b.Score(&evolve.Trial{Proposal: evolve.Proposal{Arch: evolve.Arch(genome)}})
	return err == nil && !math.IsNaN(s.Test)
}

// dead says whether no path leads from the input of what was found to its output.
func (f *Find) dead() bool {
	if f.Bench == nil {
		return false
	}
	s, ok := space.MortalOf(f.Bench.Problem().Space)
	return ok && s.Dead(evolve.Arch(f.Genome))
}

// writeFound prints what the shared weights said of an answer, and what a network of it comes to that is trained alone.
func (r *Comparison) writeFound(w io.Writer, best *Find, found *Discovery, regret string) {
	fmt.Fprintf(w, "observed  %s on the images that score, by shared weights that were trained for %s\n",
		r.WithUnit(best.loss), number.Count(int(found.Epochs), "epoch"))
	if found.Beside != "" {
		fmt.Fprintf(w, "beside    %s\n", found.Beside)
	}
	from := "not known while the search goes on"
	switch found.From {
	case fromFailed:
		from = "not known: the training of it has failed"
	case fromTable:
		from = "of a table, the mean over seeds of a cell that means the same"
	case fromTraining:
		from = "trained here"
	}
	fmt.Fprintf(w, "reported  %s validation, %s test of its network trained alone (%s)%s\n",
		r.WithUnit(float64(found.Val)), r.WithUnit(float64(found.Test)), from, regret)
}
