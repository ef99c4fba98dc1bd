package papers

import (
	"embed"
	"encoding/json"
	"io/fs"
)

// Besides are other programs that ran beside ours over one table or test function, and what that gave.
type Besides struct {
	Table string      `json:"table"`
	Note  string      `json:"note"`
	At    []int       `json:"at"`
	Rows  []BesideRow `json:"rows"`
}

// BesideRow is a searcher's row: regrets after the trials of At, and seconds of a processor for a run.
type BesideRow struct {
	Name    string    `json:"name"`
	Seeds   int       `json:"seeds"`
	Mean    []float64 `json:"mean"`
	SE      []float64 `json:"se"`
	Seconds float64   `json:"seconds"`
	Runs    []float64 `json:"runs,omitempty"` // the last regret of each run, of other programs on test functions
}

//go:embed beside/*.json
var beside embed.FS

// Beside is what the script evolve/compare/peers.py wrote last for the page of a survey, a table each.
func (p *Paper) Beside() (all []Besides) {
	names, err := fs.Glob(beside, "beside/"+p.Name+"*.json")
	if err != nil {
		panic(err) // the pattern is well formed
	}
	for _, name := range names {
		text, err := beside.ReadFile(name)
		b := Besides{}
		if err == nil {
			err = json.Unmarshal(text, &b)
		}
		if err != nil {
			panic(err) // a test reads them
		}
		all = append(all, b)
	}
	return all
}

// besides are the runs of another program on a benchmark; nil where it has none.
func (p *Paper) besides(benchmark, name string) []float64 {
	for _, b := range p.Beside() {
		for _, r := range b.Rows {
			if b.Table == benchmark && r.Name == name {
				return r.Runs
			}
		}
	}
	return nil
}
