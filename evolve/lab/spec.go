package lab

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/goccy/go-yaml"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/cluster"
	"github.com/amoeba-nas/amoeba/evolve/trace"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Spec is an experiment as a person writes it, experiment.yaml. Zero values stand for the
// defaults, which Open fills in.
type Spec struct {
	Benchmark string   `yaml:"benchmark"`        // NAME[:DATASET][,option=…]
	Algos     []string `yaml:"algos"`            // [LABEL=]NAME[,key=value…]
	Seeds     int      `yaml:"seeds"`            // runs of each algorithm
	Trials    int      `yaml:"trials,omitempty"` // bound on a run's trials; 0 = none
	Budget    float64  `yaml:"budget,omitempty"` // bound on a run's seconds, simulated or measured; 0 = none
	// Bounds on what all trials of a run cost together, in full trainings, and on the epochs that they are trained for;
	// 0 = none.
	Full        float64 `yaml:"full,omitempty"`
	TotalEpochs int     `yaml:"total_epochs,omitempty"`
	Overshoot   string  `yaml:"overshoot"`        // drop or count the trial that passes the budget
	Epochs      int     `yaml:"epochs,omitempty"` // at which the search trains; 0 = the benchmark's default
	Workers     int     `yaml:"workers"`          // simulated, or trials that train at a time: part of the experiment
	// What goes wrong on the simulated workers, as cluster.Parse reads it; "" for nothing.
	Cluster string `yaml:"cluster,omitempty"`
	Record  string `yaml:"record"` // incumbents, all or none
	// Which trials are compared to tell the best, of the highest fidelity so far or of any, and who tells it: the
	// lowest observed loss, or the searcher. "" is highest and observed or, where losses are of shared weights,
	// searcher.
	FidelityRule string `yaml:"fidelity_rule,omitempty"`
	Incumbent    string `yaml:"incumbent,omitempty"`
	Seed         uint64 `yaml:"seed"`
}

// Default is the main job: evolution, its non-aging control and a genetic algorithm against
// random search on the embedded surrogate.
func Default() Spec {
	return Spec{
		Benchmark: "nb201:cifar10,source=surrogate",
		Algos:     []string{"regevo", "regevo,kill=worst", "eaopt", "random"},
		Seeds:     DefaultSeeds,
		Overshoot: "drop",
		Workers:   1,
		Record:    "incumbents",
		Seed:      1,
	}
}

// The runs of each algorithm, and the trials of a run where neither these nor a budget are
// named. A trial that trains a network takes seconds, and a simulated one 100 ns.
const (
	DefaultSeeds  = 500
	DefaultTrials = 300

	DefaultTrainedSeeds  = 3
	DefaultTrainedTrials = 50
)

// What an experiment may ask for at most.
const (
	MaxSeeds   = 1_000_000         // all runs' incumbents are held at once: so many are some gigabytes
	MaxTrials  = 1_000_000_000_000 // a run on one core, which takes about 100 ns a trial, goes on for a day
	MaxBudget  = 1e15              // seconds: not far above, a float64 clock does not tell one from the next
	MaxFull    = 1e12              // full trainings: as many as trials
	MaxTotal   = MaxTrials         // epochs of a run, each of which is a trial's at least
	MaxEpochs  = 1_000_000         // far above any benchmark's schedule; journals have 32 bits for it
	MaxWorkers = 1 << 20           // all have a trial in flight, some hundred bytes each
)

// Arm is one algorithm of an experiment.
type Arm struct {
	Algo     string         // its spec, as the user wrote it
	Label    string         // the short name that the user gave it, else the spec
	Params   map[string]any // every parameter, defaults included, see [evolve.Options.Map]
	Paper    string         // the literature that its searcher comes from
	Baseline bool           // others are held against it: drawn grey
	Chosen   string         // the spec of the searcher that it left the search to; "" where none
	Because  string         // of that choice
	Priors   []Prior        // the benchmarks that it knows before it begins
	entry    evolve.Entry[evolve.Searcher]
	opts     evolve.Options
	stream   uint64                           // of its runs' seeds: depends on this arm alone
	first    *atomic.Pointer[evolve.Searcher] // made and in no run yet
}

// Prior is a benchmark that an algorithm knows before it begins, which others do not: what its numbers cost is in no
// bound of a run.
type Prior struct {
	Benchmark string `json:"benchmark"`
	Trained   int    `json:"trained,omitempty"` // architectures whose trainings its numbers come from
	Source    string `json:"source"`
}

// Experiment is a spec whose names are resolved.
type Experiment struct {
	Spec  Spec
	Arms  []Arm
	Bench evolve.Benchmark
	About evolve.About
	Paper string // of the benchmark
	// Objectives are the benchmark's: the loss first, then what trials have beside it.
	Objectives []evolve.Objective
	// FullCost are the seconds that one full training takes in the mean, where full trainings bound the runs; else 0.
	FullCost float64
	// Swept is the sweep that the experiment is opened as; nil of others, and of those read back.
	Swept *Swept

	faults   cluster.Faults // of the spec's cluster
	sealedAs string         // of an experiment read back: what its files are sealed as
	made     string         // of an experiment read back: the version that made it

	ext *former // of one that extends what its folder holds; nil of others
}

// KeyError is what is wrong with the value of a key, so that whoever read the spec from a
// file can say where. Item is the item of a list, "" for other values.
type KeyError struct {
	Key, Item string
	Err       error
}

func (e *KeyError) Error() string { return e.Err.Error() }
func (e *KeyError) Unwrap() error { return e.Err }

// In says where in the text of a file the value of an Open error stands, if it does.
func In(name string, text []byte, err error) error {
	var key *KeyError
	if !errors.As(err, &key) {
		return err
	}
	inKey := false
	for i, line := range strings.Split(string(text), "\n") {
		goesOn := !strings.Contains(line, ":") || strings.ContainsAny(line[:1], " -") // no other key begins
		inKey = strings.HasPrefix(line, key.Key+":") || inKey && goesOn
		if inKey && strings.Contains(bare(line), bare(key.Item)) {
			if cut := new(misread); errors.As(err, &cut) && flowList.Match(text) {
				err = fmt.Errorf("between [ and ] an entry with a comma stands in quotes: %w", err)
			}
			return fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
	}
	return err // of a flag given beside the file
}

// flowList is a list of algorithms on one line, in which YAML takes each comma for the end of an entry.
var flowList = regexp.MustCompile(`(?m)^algos:[ \t]*\[`)

// bare leaves out what YAML may add to a text that has quotes or backslashes.
func bare(text string) string { return strings.NewReplacer(`"`, "", "'", "", `\`, "").Replace(text) }

// What keys can be. The first of rules and of incumbents is the default, which experiment.yaml leaves out.
var (
	overshoots = []string{"drop", "count"}
	records    = []string{"incumbents", "all", "none"}
	rules      = trace.Rules
	incumbents = []string{observed, advised}
)

// Who tells what is the best of a run.
const (
	observed = "observed" // the lowest loss
	advised  = "searcher" // what an evolve.Recommender recommends
)

// Rule is the rule by which trials of several fidelities are compared.
func (s Spec) Rule() trace.Rule {
	return trace.Rule(max(0, slices.Index(rules, s.FidelityRule)))
}

// Advised says whether the incumbents are those that searchers recommend.
func (s Spec) Advised() bool { return s.Incumbent == advised }

// Open checks a spec, fills in its defaults and opens its benchmark.
func Open(s Spec) (*Experiment, error) {
	e, err := openBare(s)
	if err != nil {
		return nil, err
	}
	return e, e.openArms(s)
}

// openBare is Open without the algorithms.
func openBare(s Spec) (*Experiment, error) {
	for _, c := range []struct {
		key             string
		value, low, max int // a low of 0 is a key that was not given
	}{
		{"seeds", s.Seeds, 0, MaxSeeds},
		{"trials", s.Trials, 0, MaxTrials},
		{"workers", s.Workers, 1, MaxWorkers},
		{"epochs", s.Epochs, 0, MaxEpochs},
		{"total_epochs", s.TotalEpochs, 0, MaxTotal},
	} {
		if c.value < c.low || c.value > c.max {
			return nil, &KeyError{c.key, "",
				fmt.Errorf("%s %d: want a whole number, 1 to %d: %w", c.key, c.value, c.max, evolve.ErrInvalid)}
		}
	}
	if !(s.Budget >= 0 && s.Budget <= MaxBudget) {
		return nil, &KeyError{"budget", "",
			fmt.Errorf("budget %g: want seconds, above 0, at most %g: %w", s.Budget, MaxBudget, evolve.ErrInvalid)}
	}
	if !(s.Full >= 0 && s.Full <= MaxFull) {
		return nil, &KeyError{"full", "",
			fmt.Errorf("full %g: want full trainings, above 0, at most %g: %w", s.Full, MaxFull, evolve.ErrInvalid)}
	}
	if len(s.Algos) == 0 {
		return nil, &KeyError{"algos", "", fmt.Errorf("no algorithm: want at least one: %w", evolve.ErrInvalid)}
	}
	for _, c := range []struct {
		key   string
		value *string
		names []string
		open  bool // the first name is the default, and written down as ""
	}{
		{"overshoot", &s.Overshoot, overshoots, false}, {"record", &s.Record, records, false},
		{"fidelity_rule", &s.FidelityRule, rules, true}, {"incumbent", &s.Incumbent, incumbents, true},
	} {
		if c.key == "fidelity_rule" && *c.value == c.names[0] {
			*c.value = ""
		}
		if !slices.Contains(c.names, *c.value) && !(c.open && *c.value == "") {
			return nil, &KeyError{c.key, "", evolve.Unknown(c.key, *c.value, c.names)}
		}
	}
	if s.Rule() != trace.Highest && s.Advised() {
		return nil, &KeyError{"fidelity_rule", "", fmt.Errorf(
			"fidelity_rule %s has no effect here: the searcher tells its incumbent itself: leave it out: %w",
			s.FidelityRule, evolve.ErrInvalid)}
	}
	e := &Experiment{Spec: s}
	if err := e.openBenchmark(); err != nil {
		return nil, &KeyError{"benchmark", "", err}
	}
	e.tellIncumbents()
	if err := e.openCluster(); err != nil {
		return nil, &KeyError{"cluster", "", err}
	}
	if s.Rule() != trace.Highest && len(e.Bench.Problem().Fidelities) < 2 {
		return nil, &KeyError{"fidelity_rule", "", fmt.Errorf(
			"fidelity_rule %s has no effect on %s, whose trials are all of one fidelity: leave it out: %w",
			s.FidelityRule, s.Benchmark, evolve.ErrInvalid)}
	}
	seeds, trials := DefaultSeeds, DefaultTrials
	if e.About.Trains() {
		seeds, trials = DefaultTrainedSeeds, DefaultTrainedTrials
	}
	if s.Seeds == 0 {
		e.Spec.Seeds = seeds
	}
	if s.bounds() == (bounds{}) && !e.endless() {
		e.Spec.Trials = trials
	}
	if s.Full > 0 {
		cost, err := FullCost(e.Bench)
		if err != nil {
			return nil, &KeyError{"full", "", fmt.Errorf("full %g: %w", s.Full, err)}
		}
		e.FullCost = cost
	}
	return e, nil
}

// tellIncumbents writes down who tells the best: the default of the benchmark as "", or where losses are of shared
// weights by its name, for a loss of theirs is no result.
func (e *Experiment) tellIncumbents() {
	switch who := &e.Spec.Incumbent; {
	case e.About.Shared:
		*who = cmp.Or(*who, advised)
	case *who == observed:
		*who = ""
	}
}

// With is the experiment with other algorithms on the same benchmark, which is not opened again.
func (e *Experiment) With(algos ...string) (*Experiment, error) {
	other := *e
	other.Spec.Algos, other.Arms = algos, nil
	return &other, other.openArms(other.Spec)
}

// openArms opens the algorithms of a spec, whose benchmark still stands as it was asked for.
func (e *Experiment) openArms(s Spec) error {
	same, named := map[uint64]string{}, map[string]string{}
	for _, text := range s.Algos {
		arm, err := openArm(text)
		if err != nil {
			return &KeyError{"algos", specOf(text), err}
		}
		if other, dup := same[arm.stream]; dup {
			err := fmt.Errorf("algo %q is the same as %q: %w", text, other, evolve.ErrInvalid)
			return &KeyError{"algos", arm.Algo, err}
		}
		if other, dup := named[arm.Label]; dup {
			err := fmt.Errorf("algo %q has the name of %q: want another: %w", text, other, evolve.ErrInvalid)
			return &KeyError{"algos", arm.Algo, err}
		}
		for _, other := range e.Arms { // figures and extensions take either name of an algorithm
			if arm.Label == other.Algo || arm.Algo == other.Label {
				shared := arm.Label
				if arm.Algo == other.Label {
					shared = arm.Algo
				}
				err := fmt.Errorf("algo %q: %q would name another algorithm too: want another short name: %w",
					text, shared, evolve.ErrInvalid)
				return &KeyError{"algos", arm.Algo, err}
			}
		}
		same[arm.stream], named[arm.Label] = text, text
		// What the searcher has to say against its options and this problem comes now, not in the middle.
		if err := arm.fit(e.Bench.Problem(), e.About, e.Spec.Advised(), s.benchmark()); err != nil {
			return &KeyError{"algos", arm.Algo, fmt.Errorf("algo %q on %s: %w", text, s.Benchmark, err)}
		}
		if arm.entry.Serial && s.Workers > 1 {
			return &KeyError{"workers", "", fmt.Errorf("workers %d: each trial of %s begins where the one before it "+
				"ended: want 1 worker; --procs runs several searches at a time: %w", s.Workers, text,
				evolve.ErrUnsupported)}
		}
		if err := e.roomFor(&arm); err != nil {
			return &KeyError{"total_epochs", "", err}
		}
		e.Arms = append(e.Arms, arm)
	}
	return e.Spec.writable()
}

func (e *Experiment) openBenchmark() error {
	spec, err := evolve.ParseSpec(e.Spec.Benchmark)
	if err != nil {
		return err
	}
	if n := e.Spec.Epochs; n != 0 {
		entry, err := evolve.Benchmarks.Lookup(spec.Name)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(entry.Params, func(p evolve.Param) bool { return p.Name == "epochs" }) {
			return fmt.Errorf("epochs %d: benchmark %s has no schedules to choose from: %w",
				n, spec.Name, evolve.ErrUnsupported)
		}
		if slices.ContainsFunc(spec.Set, func(kv evolve.Setting) bool {
			return kv.Key == "epochs" && kv.Value != strconv.Itoa(n)
		}) {
			return fmt.Errorf("epochs %d contradicts benchmark %s: %w", n, e.Spec.Benchmark, evolve.ErrInvalid)
		}
		spec.Set = slices.DeleteFunc(spec.Set, func(kv evolve.Setting) bool { return kv.Key == "epochs" })
		spec.Set = append(spec.Set, evolve.Setting{Key: "epochs", Value: strconv.Itoa(n)})
	}
	var opts evolve.Options
	if e.Bench, opts, err = evolve.Benchmarks.Open(spec); err != nil {
		return err
	}
	entry, _ := evolve.Benchmarks.Lookup(spec.Name)
	e.About, e.Paper, e.Objectives = e.Bench.About(), entry.Paper, e.Bench.Problem().Objectives
	// What was left open is written down as it was decided, so that the folder repeats it.
	spec.Variant = opts.Variant()
	for _, pin := range e.About.Pinned {
		spec.Set = slices.DeleteFunc(spec.Set, func(kv evolve.Setting) bool { return kv.Key == pin.Key })
		spec.Set = append(spec.Set, pin)
	}
	e.Spec.Benchmark, e.Spec.Epochs = spec.String(), 0
	return nil
}

// openCluster reads what goes wrong on the workers, and writes it down as cluster.Faults.String does.
func (e *Experiment) openCluster() (err error) {
	text := e.Spec.Cluster
	switch {
	case text == "":
		return nil
	case e.About.Trains():
		return fmt.Errorf("cluster %s has no effect on %s, whose trials run here and are not simulated: "+
			"leave it out: %w", text, e.Spec.Benchmark, evolve.ErrUnsupported)
	}
	e.faults, err = cluster.Parse(text)
	e.Spec.Cluster = e.faults.String()
	return err
}

func openArm(text string) (Arm, error) {
	given := text
	label, text, err := CutLabel(given)
	if err != nil {
		return Arm{}, err
	}
	spec, err := evolve.ParseSpec(text)
	if err == nil {
		_, err = evolve.Searchers.Lookup(spec.Name)
	}
	if err != nil && label != "" {
		err = &misread{given, label, err}
	}
	if err != nil {
		return Arm{}, err
	}
	if _, err := evolve.Searchers.Lookup(label); err == nil && label != spec.Name {
		return Arm{}, fmt.Errorf("algo %q: %q is a searcher's own name: want another short name: %w",
			given, label, evolve.ErrInvalid)
	}
	entry, opts, err := evolve.Searchers.Resolve(spec)
	if err != nil {
		return Arm{}, err
	}
	return Arm{Algo: spec.String(), Label: cmp.Or(label, spec.String()), Params: opts.Map(), Paper: entry.Paper,
		Baseline: entry.Baseline, entry: entry, opts: opts, stream: streamOf(opts)}, nil
}

// streamOf numbers the random stream of an algorithm by its name and every option that is part of its identity.
func streamOf(o evolve.Options) (stream uint64) {
	is := o.Identity()
	h := sha256.New()
	fmt.Fprintln(h, evolve.Spec{Name: is.Name, Variant: is.Variant})
	for _, kv := range is.Set {
		fmt.Fprintln(h, kv.Key, kv.Value)
	}
	for _, b := range h.Sum(nil)[:8] {
		stream = stream<<8 | uint64(b)
	}
	return stream
}

// fit makes the arm's first searcher, which checks its options, and holds what it needs against what the problem
// offers. An advised experiment needs searchers that recommend, but for the lowest loss where weights are shared. on is
// the benchmark as it was asked for, about what it says of itself.
func (a *Arm) fit(p evolve.Problem, about evolve.About, advised bool, on evolve.Spec) error {
	s, err := a.entry.New(a.opts)
	if err != nil {
		return err
	}
	if err := a.entry.Fit(a.opts, p); err != nil {
		return a.suggest(err, on)
	}
	if a.entry.Chooses != nil {
		c := a.entry.Chooses(a.opts, p)
		a.Chosen, a.Because = c.Searcher.String(), c.Because
	}
	priors, err := a.entry.PriorsOf(a.opts, p)
	if err != nil {
		return err
	}
	for _, x := range priors {
		if x.About.Dataset == about.Dataset && (about.Dataset != "" || x.About.Title == about.Title) {
			return fmt.Errorf("prior %s knows the data set that is searched, and so the answers: want another one: %w",
				x.Spec, evolve.ErrUnsupported)
		}
		a.Priors = append(a.Priors, Prior{x.Spec.String(), x.About.Trained, x.About.Source})
	}
	if advised && !about.Shared && !a.recommends(s) {
		return fmt.Errorf("it recommends no architecture, which incumbent: searcher would score: "+
			"want incumbent: observed, or a searcher that does (%s): %w", recommenders(), evolve.ErrUnsupported)
	}
	a.first = new(atomic.Pointer[evolve.Searcher])
	a.first.Store(&s)
	return a.opts.Idle()
}

// recommends says whether a searcher of the arm recommends an architecture: where it leaves the search to another one,
// whether that one does.
func (a *Arm) recommends(s evolve.Searcher) bool {
	if a.Chosen != "" {
		chosen, err := evolve.ParseSpec(a.Chosen)
		if err != nil {
			return false
		}
		if s, _, err = evolve.Searchers.Open(chosen); err != nil {
			return false
		}
	}
	_, ok := s.(evolve.Recommender)
	return ok
}

// Schedules says whether the arm decides itself how long each architecture is trained. Of an experiment that was read
// back it is not known where the searcher is not here.
func (a *Arm) Schedules() bool {
	entry, opts, known := a.searches()
	return known && entry.NeedsOf(opts)&evolve.Schedules != 0
}

// Fronts says whether the arm minimises several objectives where there are. Of an experiment that was read back it is
// not known where the searcher is not here.
func (a *Arm) Fronts() bool {
	entry, opts, known := a.searches()
	return known && entry.FrontsOf(opts)
}

// searches is the entry of the searcher that does the search, the chosen one where the arm left it to another. It is
// not known where the searcher is not here.
func (a *Arm) searches() (entry evolve.Entry[evolve.Searcher], opts evolve.Options, known bool) {
	if a.entry.New != nil && a.Chosen == "" {
		return a.entry, a.opts, true
	}
	spec, err := evolve.ParseSpec(cmp.Or(a.Chosen, a.Algo))
	if err == nil {
		entry, opts, err = evolve.Searchers.Resolve(spec)
	}
	return entry, opts, err == nil
}

// suggest adds to a refusal what would do: the same benchmark without the option that took away what the arm needs, or
// with another choice or the example of one, else other benchmarks.
func (a *Arm) suggest(refusal error, on evolve.Spec) error {
	if !errors.Is(refusal, evolve.ErrUnsupported) {
		return refusal
	}
	given := func(key string) bool {
		return slices.ContainsFunc(on.Set, func(kv evolve.Setting) bool { return kv.Key == key })
	}
	fits := func(set []evolve.Setting) bool {
		other := on
		other.Set = set
		b, _, err := evolve.Benchmarks.Open(other)
		return err == nil && a.entry.Fit(a.opts, b.Problem()) == nil
	}
	for i, kv := range on.Set {
		// Without the space that somebody named another one would be searched.
		if kv.Key != "space" && fits(slices.Delete(slices.Clone(on.Set), i, i+1)) {
			return words.Advise(refusal, fmt.Sprintf("without %s=%s this benchmark would do", kv.Key, kv.Value))
		}
	}
	if entry, err := evolve.Benchmarks.Lookup(on.Name); err == nil {
		for _, p := range entry.Params {
			var values []string
			switch {
			case given(p.Name):
			case p.Kind == evolve.ChoiceParam:
				values = p.Choices
			case p.Example != "":
				values = []string{p.Example}
			}
			for _, value := range values {
				if fits(append(slices.Clone(on.Set), evolve.Setting{Key: p.Name, Value: value})) {
					return words.Advise(refusal, fmt.Sprintf("with %s=%s this benchmark would do", p.Name, value))
				}
			}
		}
	}
	if two := evolve.TwoObjectives; !given(two.Key) && fits(append(slices.Clone(on.Set), two)) {
		return words.Advise(refusal, fmt.Sprintf("with %s=%s this benchmark would do", two.Key, two.Value))
	}
	return a.entry.Suggest(a.opts, refusal)
}

// benchmark is the benchmark as it was asked for, the epochs among its options.
func (s *Spec) benchmark() evolve.Spec {
	on, err := evolve.ParseSpec(s.Benchmark)
	if err == nil && s.Epochs != 0 {
		on.Set = slices.DeleteFunc(on.Set, func(kv evolve.Setting) bool { return kv.Key == "epochs" })
		on.Set = append(on.Set, evolve.Setting{Key: "epochs", Value: strconv.Itoa(s.Epochs)})
	}
	return on
}

// searcher makes a searcher for one run. Whichever run comes first gets the one that was made to check the options.
func (a *Arm) searcher() (evolve.Searcher, error) {
	if s := a.first.Swap(nil); s != nil {
		return *s, nil
	}
	return a.entry.New(a.opts)
}

// Seed is the study seed of a run. Another arm or more runs shift nobody's.
func (e *Experiment) Seed(arm *Arm, run int) uint64 {
	return evolve.Mix(evolve.Mix(e.Spec.Seed, uint64(run)+1), arm.stream)
}

// YAML is the resolved spec, which ReadSpec reads back.
func (e *Experiment) YAML() []byte { return e.Spec.yaml() }

func (s Spec) yaml() []byte {
	var options []yaml.EncodeOption
	// The library writes a tab and the like as they are, and does not read them back.
	odd := func(text string) bool {
		return strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
	}
	if odd(s.Benchmark) || slices.ContainsFunc(s.Algos, odd) {
		options = append(options, yaml.CustomMarshaler(func(text string) ([]byte, error) {
			return []byte(strconv.Quote(text)), nil
		}))
	}
	text, err := yaml.MarshalWithOptions(s, options...)
	if err != nil {
		panic(err) // a struct of plain values always marshals
	}
	return text
}

// writable refuses what experiment.yaml cannot carry, such as a name that is no UTF-8: nobody could resume it.
func (s Spec) writable() error {
	again, err := ReadSpec("experiment.yaml", s.yaml())
	if err == nil && !reflect.DeepEqual(again, s) {
		err = fmt.Errorf("benchmark %q: experiment.yaml cannot carry it, want names in UTF-8: %w",
			s.Benchmark, evolve.ErrInvalid)
	}
	return err
}

// ID is a short name of the experiment: equal for equal resolved specs.
func (e *Experiment) ID() string {
	h := sha256.Sum256(e.YAML())
	return hex.EncodeToString(h[:4])
}
