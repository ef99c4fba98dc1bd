package papers

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/amoeba-nas/amoeba/evolve"
)

//go:embed *.yaml
var files embed.FS

// Paper is a reproduction: what was published and how to repeat it.
type Paper struct {
	Name        string       `yaml:"-"`           // of the file
	Title       string       `yaml:"title"`       // which table or figure
	Paper       string       `yaml:"paper"`       // authors, venue, identifier
	Protocol    []string     `yaml:"protocol"`    // what is repeated, a line each
	Differences []string     `yaml:"differences"` // what is not, and is said in the output
	Reference   string       `yaml:"reference"`   // heading of the reference column: published, or computed by whom
	References  string       `yaml:"references"`  // where its numbers come from, a key of Origins
	Unit        string       `yaml:"unit"`        // of all numbers
	Experiments []Experiment `yaml:"experiments"`
	Rows        []Row        `yaml:"rows"`
	Claims      []Claim      `yaml:"claims"`
	Tables      []Table      `yaml:"tables"` // of text, which nothing here computes
	Figures     []Figure     `yaml:"figures"`
	Survey      *Survey      `yaml:"survey"` // of a comparison of many searchers, which has no rows; else nil
}

// Experiment is one comparison to run or, in place of a benchmark and searchers, one measurement.
type Experiment struct {
	Name string `yaml:"name"`
	// One of Measurements with its options, NAME[,key=value…]; "" for a comparison. Of the fields below it has seeds,
	// the values of each sample.
	Measurement string   `yaml:"measurement"`
	Benchmark   string   `yaml:"benchmark"`
	Algos       []string `yaml:"algos"` // [LABEL=]NAME[,key=value…]
	Seeds       int      `yaml:"seeds"`
	Trials      int      `yaml:"trials"`
	Budget      float64  `yaml:"budget"`
	Overshoot   string   `yaml:"overshoot"`
	Epochs      int      `yaml:"epochs"`
	Workers     int      `yaml:"workers"` // trials in flight; 0 = 1
	Quick       Quick    `yaml:"quick"`
	// As in experiment.yaml: "" is highest, and observed.
	FidelityRule string `yaml:"fidelity_rule"`
	Incumbent    string `yaml:"incumbent"`
	// Of a survey: the measure of trace.Set that its values are, "" for the regret. The missing share of a hypervolume
	// is told in percent, the points of the exact front as those that are missed.
	Measure string `yaml:"measure"`
	// Of a survey: the part it belongs to, its heading, the experiments that count as one with it in a ranking, whether
	// it counts in rankings at all, and what is to be said of it.
	Part string   `yaml:"part"`
	Also []string `yaml:"also"` // searchers beside the survey's, such as slow ones
	// Runs of searchers that fit models, which take a second and not a millisecond; 0: as many as of the others.
	ModelSeeds int      `yaml:"model_seeds"`
	Title      string   `yaml:"title"`
	Block      string   `yaml:"block"`
	Ranked     bool     `yaml:"ranked"`
	Notes      []string `yaml:"notes"`
}

// Quick are an experiment's sizes where it is run in seconds, too short to judge anything by; 0 is the experiment's
// own, and of seeds QuickSeeds.
type Quick struct {
	Seeds  int     `yaml:"seeds"`
	Trials int     `yaml:"trials"`
	Budget float64 `yaml:"budget"`
}

// QuickSeeds are the runs of each algorithm in a quick experiment: three show a spread.
const QuickSeeds = 3

// Row is one number of the paper and where ours comes from.
type Row struct {
	Label      string `yaml:"label"`
	Experiment string `yaml:"experiment"`
	Algo       string `yaml:"algo"` // its label or its spec; of a measurement the label of a sample
	// A measure of trace.Set, such as val or test, or TrialsToBest; of a measurement "".
	Metric     string  `yaml:"metric"`
	Benchmark  string  `yaml:"benchmark"` // where the winner is looked up; "" = where it was found
	Mean       float64 `yaml:"mean"`
	SD         float64 `yaml:"sd"` // over runs
	N          int     `yaml:"n"`  // runs
	Margin     float64 `yaml:"margin"`
	Source     string  `yaml:"source"`
	Note       string  `yaml:"note"`       // said beside the verdict
	Unverified bool    `yaml:"unverified"` // second-hand or read off a figure: shown, but nothing is judged by it
	// Of other architectures or other data than the print's, as the note says: shown, but nothing is judged by it.
	Incomparable bool `yaml:"incomparable"`
	// A setting of the row that the paper does not give was chosen by trying several against these numbers, as the note
	// says: agreement confirms little.
	Tuned bool `yaml:"tuned"`
	// Why the number cannot be reproduced here, such as data that nobody has; "" where it can. Such a row has neither
	// experiment nor margin.
	Missing string `yaml:"missing"`
}

// Claim is what the paper asserts of one or two algorithms, or of samples of a measurement.
type Claim struct {
	Experiment string  `yaml:"experiment"`
	Metric     string  `yaml:"metric"` // as of a row
	A          string  `yaml:"a"`
	B          string  `yaml:"b"`
	Relation   string  `yaml:"relation"` // one of Relations
	P          float64 `yaml:"p"`        // of "better": level of the test
	Margin     float64 `yaml:"margin"`   // of "same" and "not better"
	Value      float64 `yaml:"value"`    // of "above", "below", "passes" and "sooner"
	Factor     float64 `yaml:"factor"`   // of "passes" and "sooner": how far from value still counts
	Text       string  `yaml:"text"`     // the assertion in words, said before it; "" where it is plain
	Source     string  `yaml:"source"`   // where the paper says so
}

// Relations are what a claim can assert.
var Relations = map[string]string{
	"better":     "A's values beat B's, by a test at level p",
	"not better": "the mean of A is better than that of B by no more than margin",
	"same":       "the means of A and B differ by no more than margin",
	"above":      "the mean of A lies above value",
	"below":      "the mean of A lies below value",
	"passes":     "the mean curve of A passes that of B for good after about value seconds, within a factor",
	"sooner":     "the mean curve of A reaches the end of B about value times sooner, within a factor",
}

// Table is a table of text that a paper printed, each row with its source.
type Table struct {
	Title   string     `yaml:"title" json:"title"`
	Columns []string   `yaml:"columns" json:"columns"`
	Rows    []TableRow `yaml:"rows" json:"rows"`
}

// TableRow is a line of a table.
type TableRow struct {
	Cells  []string `yaml:"cells" json:"cells"`         // one a column
	Source string   `yaml:"source" json:"source"`       // where the numbers come from
	Note   string   `yaml:"note" json:"note,omitempty"` // such as how a figure differs from its original
}

// Figure is a picture of one experiment's trajectories.
type Figure struct {
	Experiment string `yaml:"experiment"`
	Title      string `yaml:"title"`
	Metric     string `yaml:"metric"`
	X          string `yaml:"x"`
	LogX       bool   `yaml:"logx"`
	LogY       bool   `yaml:"logy"`
	Mean       bool   `yaml:"mean"` // of the runs, as the paper draws, instead of the median
}

// Spec is the kind of figure with its options.
func (f Figure) Spec() evolve.Spec {
	yesNo := map[bool]string{true: "yes", false: "no"}
	return evolve.Spec{Name: "trajectories", Set: []evolve.Setting{{Key: "metric", Value: f.Metric},
		{Key: "x", Value: f.X},
		{Key: "log-x", Value: yesNo[f.LogX]}, {Key: "log-y", Value: yesNo[f.LogY]},
		{Key: "mean", Value: yesNo[f.Mean]}}}
}

// Origins are where reference numbers can come from.
var Origins = map[string]string{
	"print":       "in print",
	"second-hand": "second-hand",
	"ours":        "ours, by another program",
	"none":        "none in print: the order alone",
	"words":       "in words: a claim without numbers",
	"demands":     "demands of our own, and other programs beside ours",
}

// Column heads the reference numbers: published, unless the paper printed none.
func (p *Paper) Column() string {
	if p.Reference == "published" {
		return "published"
	}
	return "reference"
}

// Names lists the papers.
func Names() []string {
	entries, err := fs.Glob(files, "*.yaml")
	if err != nil {
		panic(err) // the pattern is well formed
	}
	for i := range entries {
		entries[i] = strings.TrimSuffix(entries[i], ".yaml")
	}
	return entries
}

// Get reads a paper.
func Get(name string) (*Paper, error) {
	if !slices.Contains(Names(), name) {
		return nil, evolve.Unknown("paper", name, Names())
	}
	text, err := files.ReadFile(path.Clean(name + ".yaml"))
	if err != nil {
		return nil, err
	}
	p := &Paper{Name: name}
	if err := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(p); err != nil {
		return nil, fmt.Errorf("paper %s: %w", name, err)
	}
	if Origins[p.References] == "" {
		return nil, fmt.Errorf("paper %s: %w",
			name, evolve.Unknown("references", p.References, slices.Sorted(maps.Keys(Origins))))
	}
	return p, nil
}
