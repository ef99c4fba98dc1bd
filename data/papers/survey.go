package papers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Survey is what a comparison of many searchers on many benchmarks has beside the form of a paper. Each pair of an
// experiment and a searcher is an experiment of the lab in a folder of its own: a searcher's random streams depend on
// itself alone, so that the pairs are the same together and apart.
type Survey struct {
	Seed uint64 `yaml:"seed"` // of all experiments: one on which nothing was chosen
	// Searchers are those of experiments without algos. Registered ones that none of them names follow with their
	// default options.
	Searchers []string `yaml:"searchers"`
	Against   string   `yaml:"against"` // the searcher that all claim to beat
	Control   string   `yaml:"control"` // and the one that none may beat where values are shuffled
	At        []int    `yaml:"at"`      // evaluations after which results are read
	Ranked    []string `yaml:"ranked"`  // searchers of the first table of ranks; others have rows of their own
	Silent    []Silent `yaml:"silent"`
	Limits    []Limit  `yaml:"limits"`
	Peers     []Peer   `yaml:"peers"`
}

// Silent is a searcher of which nobody claims that it beats the others' baseline.
type Silent struct {
	Algo string `yaml:"algo"`
	Why  string `yaml:"why"`
}

// Limit is what a searcher must reach in an experiment: at most these values, one for each of At where 0 is none; or no
// more than another searcher's mean in the end; or runs that another program's do not end below; or at most so many
// seconds a run.
type Limit struct {
	Experiment string    `yaml:"experiment"`
	Algo       string    `yaml:"algo"`
	Most       []float64 `yaml:"most"`
	Runs       int       `yaml:"runs"` // above 0: the values hold in so many runs, and not of their mean
	Over       string    `yaml:"over"`
	Beside     string    `yaml:"beside"` // another program, as Beside names it
	// The level of a test, if any: that it ends better than Over with a two-sided p below this, or worse than Beside
	// with a one-sided p of no less.
	P       float64 `yaml:"p"`
	Seconds float64 `yaml:"seconds"`
	Goal    bool    `yaml:"goal"` // wished for, not demanded
}

// Peer is a row of somebody else's program.
type Peer struct {
	Experiment string    `yaml:"experiment"`
	Name       string    `yaml:"name"`
	Values     []float64 `yaml:"values"` // one for each of At
	Seconds    float64   `yaml:"seconds"`
	Seeds      int       `yaml:"seeds"`
	Source     string    `yaml:"source"`
}

// The parts of a survey, by what its experiments are for.
const (
	ByTrials  = "trials"  // equal numbers of trials
	BySeconds = "seconds" // equal seconds, for searchers that choose how long they train
	Blind     = "blind"   // shuffled values
	Speed     = "speed"   // what a run takes
)

// Parts are the names of the parts.
var Parts = []string{ByTrials, BySeconds, Blind, Speed}

// Pair is a searcher in an experiment of a survey.
type Pair struct {
	Experiment string      `json:"experiment"`
	Label      string      `json:"searcher"`
	Algo       string      `json:"algo"`
	Runs       int         `json:"runs"`
	Lacks      string      `json:"lacks,omitempty"`   // why it cannot run here
	Waiting    bool        `json:"waiting,omitempty"` // not run yet
	Values     [][]float64 `json:"-"`                 // by column, then run; lower is better; NaN: nothing found
	Seconds    float64     `json:"-"`                 // of a processor for a run, of the part speed; else NaN

	exp *lab.Experiment
	dir string
}

// Ran says whether the pair has results.
func (p *Pair) Ran() bool { return p.Lacks == "" && !p.Waiting }

// Final are the values in the end, one a run.
func (p *Pair) Final() []float64 { return p.Values[len(p.Values)-1] }

// hasMean says whether every run had found something in the end.
func (p *Pair) hasMean() bool { return !slices.ContainsFunc(p.Final(), math.IsNaN) }

// Arena is an experiment of a survey with its searchers.
type Arena struct {
	*Experiment
	Pairs []Pair
	Lacks string // why nothing runs here, such as a table that is not imported
	// What the values are, and where in the course of a run they are read, in words.
	What    string
	Columns []string

	at []int
}

// Pair is the searcher's by its label, nil where it has no results.
func (a *Arena) Pair(label string) *Pair {
	at := slices.IndexFunc(a.Pairs, func(p Pair) bool { return p.Label == label && p.Ran() })
	if at < 0 {
		return nil
	}
	return &a.Pairs[at]
}

// Surveyed is a survey with its results.
type Surveyed struct {
	Paper   *Paper  `json:"-"`
	Arenas  []Arena `json:"-"`
	Seeds   int     `json:"seeds"` // that replaced the survey's own; 0 = none did
	Seed    uint64  `json:"seed"`
	Waiting int     `json:"waiting"` // pairs that have not run yet
	Quick   bool    `json:"quick"`   // too short to judge anything by
}

// Arena is an experiment by its name.
func (s *Surveyed) Arena(name string) *Arena {
	for i := range s.Arenas {
		if s.Arenas[i].Name == name {
			return &s.Arenas[i]
		}
	}
	return nil
}

// SurveyOptions are how a survey is run.
type SurveyOptions struct {
	lab.Options
	Only  []string // parts and experiments to run, all where none is named; of the others what the folder holds is read
	Seeds int      // above 0 replaces the numbers of runs
	Seed  uint64   // above 0 replaces the survey's
}

// secondsFile holds what runs took. It stands beside the folders of the experiments.
const secondsFile = "seconds.json"

// SurveyFiles are what a survey writes into its folder beside the folders of its experiments.
var SurveyFiles = durable.Files{secondsFile: secondsKind}

var secondsKind = durable.Begins("seconds of a survey", "{\n")

// took is what the runs of a pair took of the processor.
type took struct {
	Runs    int     `json:"runs"`
	Seconds float64 `json:"seconds"` // of all of them
}

// Has refuses a name that is no part of a survey and none of its experiments.
func (p *Paper) Has(names []string) error {
	known := slices.Clone(Parts)
	for _, x := range p.Experiments {
		if !slices.Contains(known, x.Name) {
			known = append(known, x.Name)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return evolve.Unknown("part or experiment of "+p.Name, name, known)
		}
	}
	return nil
}

// Run runs the survey of a paper in o.Dir, where each pair has a folder, or goes on with it. A searcher that fails
// is told of on the page and stops no other.
func (p *Paper) Run(ctx context.Context, o SurveyOptions) (*Surveyed, error) {
	if err := p.Has(o.Only); err != nil {
		return nil, err
	}
	s := &Surveyed{Paper: p, Seeds: o.Seeds, Seed: cmp.Or(o.Seed, p.Survey.Seed)}
	times, err := readSeconds(o.Dir)
	if err != nil {
		return nil, err
	}
	total := 0
	wanted := func(x *Experiment) bool {
		return len(o.Only) == 0 || slices.Contains(o.Only, x.Part) || slices.Contains(o.Only, x.Name)
	}
	for i := range p.Experiments { // all are opened before the first runs
		x := &p.Experiments[i]
		a := s.open(x)
		for k := range a.Pairs {
			if pair := &a.Pairs[k]; pair.Lacks == "" {
				_, timed := times[pair.dir]
				pair.Waiting = !wanted(x) && !timed && !lab.Finished(filepath.Join(o.Dir, pair.dir))
				if !pair.Waiting {
					total += pair.Runs
				}
			}
		}
		s.Arenas = append(s.Arenas, a)
	}
	before := 0
	for i := range s.Arenas {
		a := &s.Arenas[i]
		for k := range a.Pairs {
			pair := &a.Pairs[k]
			if pair.Waiting {
				s.Waiting++
			}
			if !pair.Ran() {
				continue
			}
			opts := lab.Options{Procs: o.Procs, Dir: filepath.Join(o.Dir, pair.dir)}
			if o.Observer != nil {
				opts.Observer = evolve.On(func(p lab.Progress) {
					o.Observer(lab.Progress{Done: before + p.Done, Of: total})
				})
			}
			if a.Part == Speed {
				err = pair.time(ctx, opts, o.Dir, times)
			} else {
				err = pair.run(ctx, opts, a)
			}
			if ctx.Err() != nil {
				return nil, &lab.Interrupted{Done: before, Total: total, Cause: ctx.Err()}
			}
			if err != nil {
				pair.Lacks = "failed: " + words.Line(err)
			}
			before += pair.Runs
			pair.exp = nil // what hundreds of searchers have learned need not stay in memory
		}
	}
	return s, nil
}

// algos are the searchers of an experiment: its own, or the survey's with those that are registered beside them.
func (p *Paper) algos(x *Experiment) []string {
	if len(x.Algos) > 0 {
		return x.Algos
	}
	all := slices.Clone(p.Survey.Searchers)
	named := map[string]bool{}
	for _, text := range all {
		if _, text, err := lab.CutLabel(text); err == nil {
			if spec, err := evolve.ParseSpec(text); err == nil {
				named[spec.Name] = true
			}
		}
	}
	for _, e := range evolve.Searchers.Entries() {
		// A program of the user's is whatever it is.
		if !named[e.Name] && !e.Program && x.fits(e) {
			all = append(all, e.Name)
		}
	}
	return append(all, x.Also...)
}

// fits says whether a searcher with its default options is of an experiment's kind: who needs two objectives is
// compared by fronts alone, with others of the kind, and who chooses how long to train by seconds.
func (x *Experiment) fits(e evolve.Entry[evolve.Searcher]) bool {
	var needs evolve.Needs
	if _, o, err := evolve.Searchers.Resolve(evolve.Spec{Name: e.Name}); err == nil && e.Needs != nil {
		needs = e.Needs(o)
	}
	return needs&evolve.Schedules == 0 && (needs&evolve.Objectives != 0) == (x.Measure != "")
}

// open opens the pairs of an experiment.
func (s *Surveyed) open(x *Experiment) Arena {
	a := Arena{Experiment: x, at: s.Paper.Survey.At}
	alone := *x
	alone.Algos = []string{"random"} // it needs nothing of a benchmark
	base, err := lab.Open(alone.spec(Options{Seeds: s.Seeds, Seed: s.Seed}))
	if err != nil {
		a.Lacks = words.Line(err)
	}
	for _, algo := range s.Paper.algos(x) {
		label, text, err := lab.CutLabel(algo)
		pair := Pair{Experiment: x.Name, Label: cmp.Or(label, text), Algo: text, Seconds: math.NaN(), Lacks: a.Lacks}
		if err == nil && a.Lacks == "" {
			pair.exp, err = base.With(algo)
			if s.Seeds == 0 && x.ModelSeeds > 0 && fitsModel(text) && err == nil {
				pair.exp.Spec.Seeds = x.ModelSeeds
			}
		}
		switch {
		case err != nil:
			pair.Lacks = refusal(err)
		case a.Lacks == "":
			pair.Runs = pair.exp.Spec.Seeds
			pair.dir = filepath.Join(x.Name, slug(pair.Label)+"-"+pair.exp.ID())
		}
		a.Pairs = append(a.Pairs, pair)
	}
	return a
}

// fitsModel says whether a searcher, or one that it is made of, fits a model whenever it proposes.
func fitsModel(algo string) bool {
	spec, err := evolve.ParseSpec(algo)
	if err != nil {
		return false
	}
	e, err := evolve.Searchers.Lookup(spec.Name)
	return err == nil && e.Models
}

// Absent is what is said of searchers and options that are not registered.
const Absent = "not in this build"

// refusal is why a pair cannot run, without its name, which stands beside it.
func refusal(err error) string {
	if errors.Is(err, evolve.ErrUnknown) {
		return Absent
	}
	text := words.Line(err)
	if strings.HasPrefix(text, "algo ") {
		_, text, _ = strings.Cut(text, ": ")
	}
	if name, after, ok := strings.Cut(text, ": "); ok && slices.Contains(evolve.Searchers.Names(), name) {
		text = after
	}
	text, _, _ = strings.Cut(text, "; ") // behind it stand benchmarks that would do
	return text
}

// slug is a name as a folder's.
func slug(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name), "-")
}

// run runs the pair, or what its folder lacks of it, and reads its values.
func (p *Pair) run(ctx context.Context, o lab.Options, a *Arena) error {
	run := func() (*lab.Outcome, error) { return p.exp.Run(ctx, o) }
	if lab.Finished(o.Dir) {
		run = func() (*lab.Outcome, error) { return lab.Load(o.Dir) }
	}
	out, err := run()
	if err != nil {
		return err
	}
	if out.About.Source != p.exp.About.Source {
		return fmt.Errorf("%s: holds numbers of %q, here they would be of %q; remove it: %w", o.Dir, out.About.Source,
			p.exp.About.Source, evolve.ErrInvalid)
	}
	m, err := out.Set.Measure(cmp.Or(a.Measure, "regret"))
	if err != nil {
		return err
	}
	if math.IsNaN(m.Best) && a.Measure == "" { // nobody knows what is best: the errors themselves
		m = out.Set.Validation()
	}
	axis, at, unit := out.Set.Trials(), make([]float64, 0, 3), 1.0
	a.Columns = nil
	switch {
	case m.Name == trace.GapMeasure:
		a.What, unit = m.Label+" (%)", 100
	case m.Name == trace.PointsMeasure:
		a.What = fmt.Sprintf("missed points of the %g of the exact front", m.Top)
	case m.Falls:
		a.What = m.What + " (" + cmp.Or(m.Unit, "no unit") + ")"
	default:
		a.What = "validation error (%)"
	}
	if x := out.Spec; x.Budget > 0 {
		axis = out.Set.Seconds()
		for _, share := range []float64{.25, .5, 1} {
			at = append(at, share*x.Budget)
			a.Columns = append(a.Columns, seconds(share*x.Budget))
		}
	} else {
		for _, t := range a.at {
			if t <= x.Trials {
				at = append(at, float64(t))
				a.Columns = append(a.Columns, fmt.Sprint(t))
			}
		}
	}
	p.Values = make([][]float64, len(at))
	for c, limit := range at {
		for i := range out.Set.Arms[0].Runs {
			p.Values[c] = append(p.Values[c], unit*value(&out.Set.Arms[0].Runs[i], m, axis, limit))
		}
	}
	return nil
}

// seconds prints a number of seconds.
func seconds(x float64) string {
	if x == math.Trunc(x) && x < 1e9 {
		return number.Grouped(int(x)) + " s"
	}
	return fmt.Sprintf("%g s", x)
}

// value is a measure of what a run had found by a point on an axis, turned so that lower is better.
func value(r *trace.Run, m trace.Measure, axis trace.Axis, limit float64) float64 {
	x := math.NaN()
	steps := m.Steps(r)
	after := slices.IndexFunc(steps, func(e journal.Entry) bool { return axis.At(&e) > limit })
	if after < 0 {
		after = len(steps)
	}
	if after > 0 {
		x = m.At(r, after-1)
	}
	if m.Falls {
		return x
	}
	if math.IsNaN(m.Top) {
		return -x
	}
	return m.Top - x
}

// time measures what the pair's runs take of the processor, unless that is known. What a process does but once, such as
// to encode a space, is done before.
func (p *Pair) time(ctx context.Context, o lab.Options, dir string, times map[string]took) error {
	t, known := times[p.dir]
	if !known {
		warm := *p.exp
		warm.Spec.Seeds = 1
		if _, err := warm.Run(ctx, lab.Options{Procs: 1}); err != nil {
			return err
		}
		o.Dir, o.Procs = "", 1
		begin := processorSeconds()
		if _, err := p.exp.Run(ctx, o); err != nil {
			return err
		}
		t = took{p.Runs, processorSeconds() - begin}
		times[p.dir] = t
		if err := writeSeconds(dir, times); err != nil {
			return err
		}
	}
	p.Seconds = t.Seconds / float64(t.Runs)
	return nil
}

func readSeconds(dir string) (map[string]took, error) {
	times := map[string]took{}
	path := filepath.Join(dir, secondsFile)
	text, err := durable.ReadFile(path, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return times, nil
	}
	if err == nil {
		if json.Unmarshal(text, &times) != nil {
			err = fmt.Errorf("%s: is damaged; remove it, and what runs take is measured again: %w", path,
				evolve.ErrInvalid)
		}
	}
	return times, err
}

func writeSeconds(dir string, times map[string]took) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text, err := json.MarshalIndent(times, "", " ")
	if err != nil {
		return err
	}
	return secondsKind.WriteBytes(filepath.Join(dir, secondsFile), append(text, '\n'))
}
