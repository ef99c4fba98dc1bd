package lab

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/words"
)

// Version is the program's, written into manifests: folders of two versions do not mix.
const Version = "0.1.0"

// schema numbers the layout of an experiment's folder: its manifest, its Parquet files, its journals.
const schema = 2

// manifest says what an experiment's numbers rest on: enough to report and draw them without
// opening the benchmark again. It holds no time and no machine.
type manifest struct {
	Schema    int               `json:"schema"`
	Amoeba    string            `json:"amoeba"`
	Spec      string            `json:"experiment_sha256"` // of experiment.yaml, which a person may alter by accident
	Benchmark manifestBenchmark `json:"benchmark"`
	Algos     []manifestAlgo    `json:"algos"`
	Seed      string            `json:"seed"` // text: 64 bits do not fit a JSON number
	Runs      int               `json:"runs"`
	Cluster   string            `json:"cluster,omitempty"` // what goes wrong on simulated workers
	Rule      string            `json:"fidelity_rule"`
	Incumbent string            `json:"incumbent"`

	digest string // of the file as it was read
}

type manifestBenchmark struct {
	Spec     string          `json:"spec"`
	Title    string          `json:"title"`
	Kind     string          `json:"kind"`
	Metric   string          `json:"metric"`
	Dataset  string          `json:"dataset,omitempty"`
	Epochs   int             `json:"epochs"`
	Unpriced bool            `json:"unpriced,omitempty"`
	Timed    bool            `json:"timed,omitempty"`
	Shared   bool            `json:"shared,omitempty"` // losses are of shared weights
	Protocol string          `json:"protocol,omitempty"`
	Device   string          `json:"device,omitempty"` // that networks are trained on; the processor's key is absent
	Source   string          `json:"source"`
	SHA256   string          `json:"sha256,omitempty"`
	BestVal  number.Nullable `json:"best_val_error"` // null where it is not known
	BestTest number.Nullable `json:"best_test_error"`
	Paper    string          `json:"paper,omitempty"`
	// Seconds of a full training, where runs are bounded by a number of them.
	FullSeconds float64 `json:"full_seconds,omitempty"`
	// The loss, then the further objectives in the order in which trials have them.
	Objectives []manifestObjective `json:"objectives"`
}

// manifestObjective is an objective of the benchmark. Reference and Ideal are losses, null where they are not known.
type manifestObjective struct {
	Name      string          `json:"name"`
	Unit      string          `json:"unit,omitempty"`
	Metric    string          `json:"metric"`
	Maximised bool            `json:"maximised,omitempty"` // its losses are minus its numbers
	Exact     bool            `json:"exact,omitempty"`
	Reference number.Nullable `json:"reference"`
	Ideal     number.Nullable `json:"ideal"`
}

type manifestAlgo struct {
	Label    string         `json:"label"`
	Algo     string         `json:"algo"`
	Params   map[string]any `json:"params"`
	Baseline bool           `json:"baseline,omitempty"`
	Paper    string         `json:"paper"`
	Chosen   string         `json:"chosen,omitempty"`
	Because  string         `json:"because,omitempty"`
	Priors   []Prior        `json:"priors,omitempty"`
}

func (e *Experiment) manifest() []byte {
	a := e.About
	m := manifest{Schema: schema, Amoeba: Version, Spec: digest(e.YAML()),
		Seed: strconv.FormatUint(e.Spec.Seed, 10), Runs: e.Spec.Seeds, Cluster: e.Spec.Cluster,
		Rule: e.Spec.Rule().String(), Incumbent: cmp.Or(e.Spec.Incumbent, observed),
		Benchmark: manifestBenchmark{e.Spec.Benchmark, a.Title, a.Kind, a.Metric.Name(), a.Dataset, a.Epochs,
			a.Unpriced, a.Timed, a.Shared, a.Protocol, a.Device, a.Source, a.Hash, number.Nullable(a.BestVal),
			number.Nullable(a.BestTest), e.Paper, e.FullCost, []manifestObjective{}}}
	for _, o := range e.Objectives {
		m.Benchmark.Objectives = append(m.Benchmark.Objectives, manifestObjective{o.Name, o.Unit, o.Metric.Name(),
			o.Maximised, o.Exact, number.Nullable(o.Reference), number.Nullable(o.Ideal)})
	}
	for _, arm := range e.Arms {
		m.Algos = append(m.Algos, manifestAlgo{arm.Label, arm.Algo, arm.Params, arm.Baseline, arm.Paper,
			arm.Chosen, arm.Because, arm.Priors})
	}
	return m.text()
}

// text is the file.
func (m *manifest) text() []byte {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // plain values always marshal
	}
	return append(text, '\n')
}

// readable refuses the folder of a version of amoeba that laid its files out otherwise.
func (m *manifest) readable(dir string) error {
	which := "an earlier"
	switch {
	case m.Schema == schema || m.Schema == 0 || m.Amoeba == "": // 0 is of something else
		return nil
	case m.Schema > schema:
		which = "a later"
	}
	return fmt.Errorf("%s: an experiment of %s version of amoeba (schema %d, this one reads %d), "+
		"which this one cannot read; "+
		"read it with that version, or run it anew: amoeba compare -f %s --out FOLDER: %w",
		dir, which, m.Schema, schema, words.Quote(filepath.Join(dir, SpecFile)), evolve.ErrInvalid)
}

// parseManifest reads what [manifest.text] wrote into a folder and nothing else.
func parseManifest(dir string, text []byte) (*manifest, error) {
	m := new(manifest)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("altered: %w: %w", err, evolve.ErrInvalid)
	}
	if err := m.readable(dir); err != nil {
		return nil, err
	}
	if string(m.text()) != string(text) {
		return nil, fmt.Errorf("altered: it is not as amoeba writes it: %w", evolve.ErrInvalid)
	}
	m.digest = digest(text)
	return m, nil
}

// experiment is what a manifest tells of its experiment, which cannot run.
func (m *manifest) experiment(s Spec) *Experiment {
	b := m.Benchmark
	e := &Experiment{Spec: s, sealedAs: m.digest, made: m.Amoeba, Paper: b.Paper, FullCost: b.FullSeconds}
	e.About = evolve.About{
		Title: b.Title, Kind: b.Kind, Metric: evolve.Metric(b.Metric), Dataset: b.Dataset, Epochs: b.Epochs,
		Unpriced: b.Unpriced, Timed: b.Timed, Shared: b.Shared, Protocol: b.Protocol, Device: b.Device,
		Source: b.Source, Hash: b.SHA256, BestVal: float64(b.BestVal), BestTest: float64(b.BestTest)}
	for _, o := range b.Objectives {
		e.Objectives = append(e.Objectives, evolve.Objective{Name: o.Name, Unit: o.Unit,
			Metric: evolve.Metric(o.Metric), Maximised: o.Maximised, Exact: o.Exact,
			Reference: float64(o.Reference), Ideal: float64(o.Ideal)})
	}
	for _, a := range m.Algos {
		e.Arms = append(e.Arms, Arm{Label: a.Label, Algo: a.Algo, Params: a.Params, Paper: a.Paper,
			Baseline: a.Baseline, Chosen: a.Chosen, Because: a.Because, Priors: a.Priors})
	}
	return e
}

// Made is the version of the program that made the experiment, which is this one where it was not read back.
func (e *Experiment) Made() string { return cmp.Or(e.made, Version) }

// id binds the files of a folder together: each is sealed as part of it.
func (e *Experiment) id() string { return cmp.Or(e.sealedAs, digest(e.manifest())) }

func digest(text []byte) string {
	h := sha256.Sum256(text)
	return hex.EncodeToString(h[:])
}
