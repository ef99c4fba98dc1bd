package page

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/plots/report"
)

// A part is an experiment in the page.
type part struct {
	ID      string // of the part's elements
	Index   int    // of its curves
	Folder  string
	Title   string // of the benchmark
	Alone   bool   // that it is the only one
	Kind    string // how its numbers came about: table, surrogate, synthetic, training
	Source  string
	Epochs  int    // of the full schedule
	Bounds  string // of a run, and who evaluates its trials
	Waiting string // what an unfinished experiment lacks; "" of a finished one
	Curves  bool   // that there are trajectories to show
	Arms    []armView
	Results results
	Tests   []testRow
	Tested  string // the measure that the tests are of
	Fronts  *extra // what the fronts of several objectives come to
	Remarks []string
	Text    string  // the report as amoeba compare prints it
	Newest  *newest // of a live page
	Winners []winner
	Undrawn string // why winners have no drawings
	Origins []origin
	Checks  []check
	Tally   []tally
	Record  string // what the folder keeps
	Options []fact // of every algorithm
	Spec    string // experiment.yaml
	Again   string // the command that runs it again
	Rests   []fact // what its numbers rest on

	outcome *lab.Outcome
	report  report.Comparison
}

// Class is the kind in the page's style.
func (p part) Class() string {
	if p.Kind == "surrogate" {
		return "guessed"
	}
	return "told"
}

// armView is an algorithm in the list beside the curves.
type armView struct {
	Index int // among all algorithms
	Hue   string
	Label string
	Algo  string // "" where the label is the algorithm
}

func partOf(o *lab.Outcome, index int) part {
	done := ended(o)
	r := report.Compare(done)
	for i := range r.Results { // which names runs by their numbers among all
		r.Results[i].Failed = o.Set.Arms[i].Broken()
	}
	p := part{ID: fmt.Sprintf("e%d", index+1), Index: index, Folder: filepath.ToSlash(filepath.Clean(o.Set.Name)),
		Title: o.About.Title, Kind: trace.Kind(o.About), Source: o.About.Source, Tested: r.Tested,
		Spec: string(o.YAML()), outcome: o, report: r}
	if p.Title == "" {
		p.Title = o.Spec.Benchmark
	}
	if p.Tested == "" {
		p.Tested = "validation"
	}
	p.Epochs = r.Epochs
	p.Bounds = fmt.Sprintf("%s of %s; ", number.Count(o.Spec.Seeds, "run"), r.Bounds())
	if p.Kind != "synthetic" || p.Epochs > 1 { // a formula trains nothing
		p.Bounds += fmt.Sprintf("search at %s; ", number.Count(p.Epochs, "epoch"))
	}
	p.Bounds += fmt.Sprintf("%s; seed %d", r.Pool(), r.Seed)
	if s := o.Set; s.Unfinished > 0 {
		p.Waiting = fmt.Sprintf("%d of %d runs are still to end; %s.", s.Unfinished, s.Planned, trialsSoFar(s))
		if len(s.Waiting) > 0 {
			p.Waiting += " Nothing is there yet of " + strings.Join(s.Waiting, ", ") + "."
		}
	}
	p.Curves = o.Spec.Record != "none" && o.Set.Any(func(r *trace.Run) bool { return len(r.Steps) > 0 })
	hue := hues()
	for i, a := range o.Set.Arms {
		v := armView{Index: i, Hue: hue(a.Baseline), Label: a.Label, Algo: a.Algo}
		if a.Algo == a.Label {
			v.Algo = ""
		}
		p.Arms = append(p.Arms, v)
	}
	p.Results = resultsOf(done, &r, p.Arms)
	p.Tests, p.Fronts, p.Remarks = testsOf(&r), frontsOf(&r), r.Remarks()
	if !some(done) {
		p.Tests, p.Fronts = nil, nil
	}
	p.Winners, p.Undrawn = winnersOf(o, &r, p.ID)
	p.Origins, p.Checks = originsOf(o, &r), checklist(o, &r)
	p.Again, p.Rests, p.Options = again(o, o.Set.Name), provenance(o), optionsOf(o)
	p.Tally, p.Record = tallyOf(p.Checks), o.Spec.Record
	var b bytes.Buffer
	if err := r.WriteText(&b); err == nil { // a buffer takes all
		p.Text = b.String()
	}
	if p.Waiting != "" { // the report sums up finished runs
		p.Text = ""
		p.Remarks = append(p.Remarks, "Results, tests and costs are of the runs that have ended; curves, figures and "+
			"architectures also of what the others have found so far.")
	}
	return p
}

// hues gives algorithms their colours in their order, as figures do, and baselines greys.
func hues() func(baseline bool) string {
	const colours, greys = plots.MaxSeries, 3 // of the style
	n, g := -1, -1
	return func(baseline bool) string {
		if baseline {
			g++
			return fmt.Sprintf("g%d", g%greys)
		}
		n++
		return fmt.Sprintf("c%d", n%colours)
	}
}

// some says whether an experiment has a run.
func some(o *lab.Outcome) bool { return o.Set.Any(func(*trace.Run) bool { return true }) }

// title is what the page is called.
func title(parts []part) string {
	var names []string
	for _, p := range parts {
		if !slices.Contains(names, p.Title) {
			names = append(names, p.Title)
		}
	}
	const most = 3
	if more := len(names) - most; more > 0 {
		return strings.Join(names[:most], "; ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, "; ")
}

// accuracy says whether results are accuracies in per cent, whose name need not be told.
func accuracy(r *report.Comparison) bool { return r.Metric == evolve.Accuracy.Name() }
