package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// A Find is the best architecture of a single search, as --json prints it.
type Find struct {
	Arch    string          `json:"arch"` // in the literature's notation
	Genome  string          `json:"genome"`
	Trial   int64           `json:"trial,omitempty"` // that found it; absent, as the seconds are, with record=none
	Seconds *float64        `json:"sim_seconds,omitempty"`
	Real    *float64        `json:"seconds,omitempty"` // measured, where networks are trained
	Val     number.Nullable `json:"val"`               // in the unit of the metric, after the full schedule
	Test    number.Nullable `json:"test"`
	Others  []Further       `json:"others,omitempty"` // further objectives

	// nil where the experiment was read back and its benchmark cannot be opened any more
	Bench evolve.Benchmark `json:"-"`
	loss  float64          // that the search saw, as the metric prints it
}

// Best is the architecture that a single search found; nil where the experiment has several runs, or where nothing was
// evaluated. Where incumbents were not recorded the end of the run tells it, but not which trial found it.
func Best(o *lab.Outcome) *Find {
	if len(o.Set.Arms) != 1 || len(o.Set.Arms[0].Runs) != 1 || !o.Set.Arms[0].Runs[0].Found() {
		return nil
	}
	run, m := o.Set.Arms[0].Runs[0], o.About.Metric
	s, dated := run.Final, len(run.Steps) > 0
	if dated {
		s = run.Steps[len(run.Steps)-1]
	} else {
		s.Trial = 0
	}
	f := &Find{Arch: s.Arch, Genome: s.Arch, Trial: s.Trial, Val: number.Nullable(m.Value(run.Final.ValError)),
		Test: number.Nullable(m.Value(run.Final.TestError)), Others: furtherOf(o, &s), Bench: o.Bench,
		loss: m.Value(run.Final.Loss)}
	switch {
	case !dated:
	case o.About.Trains():
		f.Real = &s.Seconds
	default:
		f.Seconds = &s.Seconds
	}
	if f.Bench == nil { // if the benchmark can still be opened, it knows the notation
		if spec, err := evolve.ParseSpec(o.Spec.Benchmark); err == nil {
			if b, _, err := evolve.Benchmarks.Open(spec); err == nil {
				f.Bench = b
			}
		}
	}
	if f.Bench != nil {
		if n, ok := f.Bench.Problem().Space.(evolve.Notation); ok {
			f.Arch = n.Format(evolve.Arch(s.Arch))
		}
	}
	return f
}

// WriteSearch prints the report of a single search: what it found (best, or nil), the files and the command lines that
// go on with it.
func WriteSearch(w io.Writer, o *lab.Outcome, r *Comparison, best *Find, next []string) {
	end, x := o.Set.Arms[0].Runs[0].Final, r.Results[0]
	fmt.Fprintf(w, "%s on %s: %s, %s %s\n", x.Label, r.Benchmark, number.Count(int(end.Trial), "trial"),
		number.Seconds(end.Seconds), r.Clock())
	if x.Utilisation != nil {
		lost := ""
		if x.Lost != nil {
			lost = fmt.Sprintf(", %.10g lost", float64(*x.Lost))
		}
		fmt.Fprintf(w, "workers   %s, %s %% in use%s\n", r.Pool(), number.Fixed(100**x.Utilisation, 1), lost)
	}
	switch {
	case len(x.Failed) > 0:
		fmt.Fprintln(w, "the searcher broke: the run failed, and nothing of it counts")
		return
	case best == nil:
		fmt.Fprintln(w, "nothing was evaluated within the bounds")
		return
	}
	clock := "s"
	if r.Unpriced {
		clock = r.Clock()
	}
	regret := ""
	if x := float64(x.RegretMean); !math.IsNaN(x) {
		regret = "; regret " + r.Printed(x)
	}
	fmt.Fprintf(w, "best      %s\n", best.Arch)
	found := ""
	if at := cmp.Or(best.Seconds, best.Real); at != nil {
		found = fmt.Sprintf(", found by trial %d at %s %s", best.Trial, number.Seconds(*at), clock)
	}
	fmt.Fprintf(w, "genome    %s%s\n", best.Genome, found)
	if best.dead() {
		fmt.Fprintln(w, "dead      no path leads from its input to its output: its classes are guessed")
	}
	if found := best.Found(o); found != nil {
		r.writeFound(w, best, found, regret)
	} else {
		fmt.Fprintf(w, "observed  %s validation, epochs %d\n", r.WithUnit(best.loss),
			cmp.Or(int(end.Epochs), r.Epochs))
		after := "the full schedule"
		if o.About.Trains() && o.Set.Arms[0].Runs[0].Partial { // nobody has trained it longer
			after = number.Count(int(end.Epochs), "epoch")
		}
		fmt.Fprintf(w, "reported  %s validation, %s test after %s (%s)%s\n", r.WithUnit(float64(best.Val)),
			r.WithUnit(float64(best.Test)), after, trace.Kind(r.about()), regret)
	}
	fmt.Fprintf(w, "numbers   %s\n", r.Source)
	if text := r.Repeats(); text != "" {
		fmt.Fprintln(w, text)
	}
	r.writeChosen(w)
	r.writePriors(w)
	if r.Results[0].Partial > 0 {
		fmt.Fprintf(w, "The run ended before a full training, of %s: it chose among shorter ones\n",
			number.Count(r.Epochs, "epoch"))
	}
	r.writeUnmet(w)
	r.writeEarly(w)
	r.writeWorkerless(w)
	for _, x := range best.Others {
		told := ""
		if len(r.Ignored) > 0 {
			told = " (told, not minimised)"
		}
		fmt.Fprintf(w, "%-9s %s%s\n", x.Name, x, told)
	}
	for _, p := range r.Files {
		fmt.Fprintln(w, "wrote    ", p)
	}
	r.writeFront(w)
	if len(next) > 0 {
		fmt.Fprintf(w, "\nGo on with it:\n  %s\n", strings.Join(next, "\n  "))
	}
}

// WithUnit prints a result with its unit and, unless it is an accuracy, its name.
func (r *Comparison) WithUnit(x float64) string {
	what := r.Unit
	if r.Metric != evolve.Accuracy.Name() {
		what = strings.TrimSpace(what + " " + r.Metric)
	}
	return r.Printed(x) + " " + what
}

// Printed is a result without its unit: a loss of the user's own may be of any scale.
func (r *Comparison) Printed(x float64) string {
	if r.Metric == evolve.PlainLoss.Name() {
		return number.Plain(x, 3)
	}
	return number.Fixed(x, 3)
}

// WriteFiles prints the paths of the files that a command wrote.
func WriteFiles(w io.Writer, files []string) {
	fmt.Fprintln(w, "\nFiles:")
	for _, p := range files {
		fmt.Fprintln(w, " ", p)
	}
}
