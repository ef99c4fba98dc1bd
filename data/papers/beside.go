package papers

import (
	_ "embed"
	"encoding/json"
)

// Besides are other programs that ran beside ours over one table, and what that gave.
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
}

//go:embed beside.json
var beside []byte

// Beside is what the script evolve/compare/peers.py wrote last.
func Beside() (b Besides) {
	if err := json.Unmarshal(beside, &b); err != nil {
		panic(err) // a test reads it
	}
	return b
}
