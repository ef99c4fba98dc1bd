package search

import (
	"errors"
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Settings that make no search are refused when a study begins, whoever set them.
func TestInitRefuses(t *testing.T) {
	p := evolve.Problem{Space: space.NB201{}, Fidelities: ladder{}.Problem().Fidelities}
	for name, s := range map[string]evolve.Searcher{
		"regevo's zero value":             &RegEvo{},
		"no sample":                       &RegEvo{Population: 10},
		"sample too large":                &RegEvo{Population: 10, Sample: 11, Distinct: true},
		"unknown kill":                    &RegEvo{Population: 10, Sample: 3, Kill: "youngest"},
		"unknown repeat":                  &RegEvo{Population: 10, Sample: 3, Repeat: "never"},
		"unknown mutation":                &RegEvo{Population: 10, Sample: 3, Mutation: "flip"},
		"eaopt's zero value":              &EAOpt{},
		"eaopt, all contend":              &EAOpt{Population: 3, Contest: 3, MutRate: 1},
		"eaopt, nothing new":              &EAOpt{Population: 10, Contest: 3},
		"eaopt, rate above one":           &EAOpt{Population: 10, Contest: 3, MutRate: 2},
		"gp's zero value":                 &GP{},
		"gp, one to begin with":           &GP{Start: 1},
		"gp, unknown scale":               &GP{Start: 5, Scale: "square"},
		"gp, unknown kernel":              &GP{Start: 5, Kernel: "rbf"},
		"gp, unknown acquisition":         &GP{Start: 5, Acquisition: "pi"},
		"gp, kappa below 0":               &GP{Start: 5, Acquisition: "ucb", Kappa: -1},
		"gp, kappa no number":             &GP{Start: 5, Acquisition: "ucb", Kappa: math.NaN()},
		"gp, unknown network":             &GP{Start: 5, Same: "twin"},
		"gp, unknown features":            &GP{Start: 5, Features: "pixels"},
		"gp, unknown repeat":              &GP{Start: 5, Repeat: "never"},
		"smac's zero value":               &SMAC{},
		"smac, unknown preset":            &SMAC{Start: 5, Features: "auto", Preset: "large"},
		"smac, unknown scale":             &SMAC{Start: 5, Features: "auto", Scale: "square"},
		"smac, trees below 0":             &SMAC{Start: 5, Features: "auto", Trees: -1},
		"smac, all random twice":          &SMAC{Start: 5, Features: "auto", Interleave: 2},
		"smac, start":                     &SMAC{Start: 1, Features: "auto"},
		"smac, interleave no number":      &SMAC{Start: 5, Features: "auto", Interleave: math.NaN()},
		"conformal, held":                 &Conformal{Start: 5, Features: "auto", Held: .6},
		"conformal, start":                &Conformal{Start: 1, Features: "auto"},
		"conformal, held no number":       &Conformal{Start: 5, Features: "auto", Held: math.NaN()},
		"weaknas's zero value":            &WeakNAS{},
		"weaknas, draw":                   &WeakNAS{Start: 5, Features: "auto", Top: 5, Draw: 6},
		"weaknas, start":                  &WeakNAS{Start: 1, Features: "auto", Top: 5, Draw: 5},
		"weaknas, no top":                 &WeakNAS{Start: 5, Features: "auto", Draw: 5},
		"tpe's zero value":                &TPE{},
		"tpe, no candidates":              &TPE{Start: 5},
		"tpe, gamma":                      &TPE{Start: 5, Candidates: 5, Gamma: 1.5},
		"tpe, gamma no number":            &TPE{Start: 5, Candidates: 5, Gamma: math.NaN()},
		"tpe, unknown repeat":             &TPE{Start: 5, Candidates: 5, Repeat: "never"},
		"local, draws":                    &Local{Draws: -1},
		"local, goes on without a memory": &Local{Draws: 1, Continue: true},
		"de's zero value":                 &DE{},
		"de, f":                           &DE{Population: 10, F: 3},
		"de, cr":                          &DE{Population: 10, CR: 2},
		"de, too few":                     &DE{Population: 3},
		"reinforce, lr":                   &Reinforce{Rate: -1},
		"reinforce, lr no number":         &Reinforce{Rate: math.NaN()},
		"reinforce, repeat":               &Reinforce{Repeat: "never"},
		"bananas's zero value":            &Bananas{},
		"bananas, acquisition":            &Bananas{Start: 5, Round: 5, Candidates: 5, Parents: 5, Acquisition: "pi"},
		"bananas, loss":                   &Bananas{Start: 5, Round: 5, Candidates: 5, Parents: 5, Loss: "huber"},
		"bananas, no rounds":              &Bananas{Start: 5, Candidates: 5, Parents: 5},
		"bananas, unknown repeat":         &Bananas{Start: 5, Round: 5, Candidates: 5, Parents: 5, Repeat: "never"},
		"npenas's zero value":             &NPENAS{},
		"npenas, no parents":              &NPENAS{Start: 5, Round: 5, Candidates: 5},
		"npenas, each below 0":            &NPENAS{Start: 5, Round: 5, Candidates: 5, Parents: 5, Each: -1},
		"npenas, epochs":                  &NPENAS{Published: true, Start: 5, Round: 5, Candidates: 5, Parents: 5},
		"npenas, draws of graphs": &NPENAS{Published: true, Epochs: 5, Draws: true, Start: 5, Round: 5, Candidates: 5,
			Parents: 5},
		"pnas's zero value":      &PNAS{},
		"halving's zero value":   &Halving{},
		"halving, n":             &Halving{Eta: 3},
		"halving, eta":           &Halving{Eta: 1, N: 9},
		"halving, inner":         &Halving{Eta: 3, N: 9, Inner: &RegEvo{}},
		"asha's zero value":      &ASHA{},
		"hyperband's zero value": &Hyperband{},
		"median-stop, min":       &MedianStop{},
		"median-stop, grace":     &MedianStop{Min: 1, Grace: -1},
		"median-stop, inner":     &MedianStop{Min: 1, Inner: &RegEvo{}},
		"bohb's zero value":      &BOHB{},
		"bohb, top":              &BOHB{Eta: 3},
		"bohb, eta":              &BOHB{Eta: 1, KDE: published()},
		"kde's zero value":       &KDE{},
		"kde, top":               &KDE{Top: 100, Candidates: 5, Factor: 1},
		"kde, no candidates":     &KDE{Top: 15, Factor: 1},
		"kde, interleave":        &KDE{Top: 15, Candidates: 5, Factor: 1, Interleave: 1.5},
		"kde, factor":            &KDE{Top: 15, Candidates: 5},
		"kde, width":             &KDE{Top: 15, Candidates: 5, Factor: 1, Width: -.1},
		"kde, width above 1":     &KDE{Top: 15, Candidates: 5, Factor: 1, Width: 1.1},
		"kde, width no number":   &KDE{Top: 15, Candidates: 5, Factor: 1, Width: math.NaN()},
		"kde, repeat":            &KDE{Top: 15, Candidates: 5, Factor: 1, Repeat: "never"},
		"dehb's zero value":      &DEHB{},
		"dehb, f":                &DEHB{Eta: 3, F: 3},
		"dehb, eta":              &DEHB{Eta: 1},
		"dehb, cr":               &DEHB{Eta: 3, CR: 1.1},
		"dehb, f no number":      &DEHB{Eta: 3, F: math.NaN()},
		"dehb, repeat":           &DEHB{Eta: 3, Repeat: "never"},
		"freeze-thaw, start":     &FreezeThaw{},
		"freeze-thaw, repeat":    &FreezeThaw{Start: 5, Repeat: "never"},
		"auto's zero value":      &Auto{},
	} {
		err := s.Init(p, evolve.Stream(1, "search"))
		if !errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
