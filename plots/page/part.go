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
	r := report.Compare(o)
	p := part{ID: fmt.Sprintf("e%d", index+1), Index: index, Folder: filepath.ToSlash(filepath.Clean(o.Set.Name)),
		Title: o.About.Title, Kind: trace.Kind(o.About), Source: o.About.Source, Tested: r.Tested,
		Spec: string(o.YAML()), outcome: o, report: r}
	if p.Title == "" {
		p.Title = o.Spec.Benchmark
	}
	if p.Tested == "" {
		p.Tested = "validation"
	}
	p.Bounds = fmt.Sprintf("%s of %s; search at %s; %s; seed %d", runsOf(&r), r.Bounds(),
		number.Count(r.Epochs, "epoch"), r.Pool(), r.Seed)
	if s := o.Set; s.Unfinished > 0 {
		p.Waiting = fmt.Sprintf("%d of %d runs are still to end; %s.", s.Unfinished, s.Planned, ended(s))
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
	p.Results = resultsOf(o, &r, p.Arms)
	p.Tests, p.Fronts, p.Remarks = testsOf(&r), frontsOf(&r), r.Remarks()
	p.Winners, p.Undrawn = winnersOf(o, &r, p.ID)
	p.Origins, p.Checks = originsOf(o, &r), checklist(o, &r)
	p.Again, p.Rests, p.Options = again(o, o.Set.Name), provenance(o), optionsOf(o)
	p.Tally, p.Record = tallyOf(p.Checks), o.Spec.Record
	var b bytes.Buffer
	if err := r.WriteText(&b); err == nil { // a buffer takes all
		p.Text = b.String()
	}
	if p.Waiting != "" { // the report sums up finished runs
		p.Text, p.Remarks = "", r.Warnings
		unknown := func(x report.Result) bool { return !number.Known(float64(x.ValMean)) }
		if slices.ContainsFunc(r.Results, unknown) {
			p.Remarks = append(p.Remarks,
				"An algorithm is summed up when at most one in ten of its runs has no result yet.")
		}
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

// runsOf says how many runs there are of each algorithm.
func runsOf(r *report.Comparison) string {
	if len(r.Results) == 0 {
		return "no run"
	}
	return number.Count(r.Results[0].Seeds, "run")
}

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

// finding is what an experiment found, in a sentence.
type finding struct{ Of, Text string } // Of is its folder, where there are several

// lead says what was found.
func lead(parts []part) (all []finding) {
	for i := range parts {
		if text := parts[i].found(); text != "" {
			f := finding{Text: text}
			if len(parts) > 1 {
				f.Of = parts[i].Folder
			}
			all = append(all, f)
		}
	}
	return all
}

// mostNamed is the number of other algorithms up to which a sentence names each.
const mostNamed = 4

// found says which algorithm ends best, by the measure that the tests are of, and from which others they tell it apart.
func (p *part) found() string {
	best, reaches := p.Results.best, ""
	if best >= 0 {
		reaches = strings.TrimSpace(p.Results.Rows[best].Val + " " + p.Results.Unit)
	}
	if p.Fronts != nil {
		best = p.largest()
		if best >= 0 {
			reaches = number.Plain(p.report.Results[best].Fronts.Hypervolume, 4)
		}
	}
	if best < 0 {
		return ""
	}
	name := p.report.Results[best].Label
	if len(p.report.Results) == 1 {
		if n := p.report.Results[best].Seeds; n > 1 {
			return fmt.Sprintf("%s reaches %s on %s in the mean of %d runs.", name, reaches, p.Tested, n)
		}
		return fmt.Sprintf("%s reaches %s on %s in one run.", name, reaches, p.Tested)
	}
	var above, like []string
	for _, t := range p.Tests {
		other := t.B
		switch name {
		case t.A:
		case t.B:
			other = t.A
		default:
			continue
		}
		if t.apart {
			above = append(above, other)
		} else {
			like = append(like, other)
		}
	}
	text := fmt.Sprintf("%s ends best on %s, %s in the mean", name, p.Tested, reaches)
	switch {
	case len(like) == 0 && len(above) > 0:
		text += ", told apart from every other algorithm"
	case len(above) == 0:
		text += ", and the tests tell it apart from none of the others"
	case len(above)+len(like) > mostNamed:
		text += fmt.Sprintf("; told apart from %d of the %d others", len(above), len(above)+len(like))
	default:
		text += "; told apart from " + strings.Join(above, " and ") + ", not from " + strings.Join(like, " and ")
	}
	return text + "."
}

// largest is the algorithm of the largest hypervolume in the mean; -1 where none is known.
func (p *part) largest() int {
	best := -1
	for i := range p.report.Results {
		volume := func(i int) float64 { return float64(p.report.Results[i].Fronts.Hypervolume) }
		if number.Known(volume(i)) && (best < 0 || volume(i) > volume(best)) {
			best = i
		}
	}
	return best
}

// accuracy says whether results are accuracies in per cent, whose name need not be told.
func accuracy(r *report.Comparison) bool { return r.Metric == evolve.Accuracy.Name() }
