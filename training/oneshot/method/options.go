package method

import (
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// maxTrials is more than anybody scores.
const maxTrials = 1 << 20

// preset is an option that is not given by default: the two presets that every method has say what it means.
func preset(p evolve.Param, small, published string) evolve.Param {
	return p.OrNone().WithPreset(map[string]string{"small": small, "published": published})
}

// meantInt is a whole number, or what the preset means by none.
func meantInt(o evolve.Options, name string) int {
	n, err := strconv.Atoi(o.Meant(name))
	if err != nil { // the option's check and the presets have whole numbers alone
		panic("method: the option " + name + " is no whole number")
	}
	return n
}

// meantFloat is a number, or what the preset means by none.
func meantFloat(o evolve.Options, name string) float64 {
	x, err := strconv.ParseFloat(o.Meant(name), 64)
	if err != nil { // the option's check and the presets have numbers alone
		panic("method: the option " + name + " is no number")
	}
	return x
}

// refitParam is the option for the statistics of batch norms, as presets have it.
func refitParam(small, published string) evolve.Param {
	return preset(evolve.Int("refit", 0, 0, 1<<16, "training batches that an architecture's batch norms are fitted to "+
		"before it is scored; 0: statistics are those of each batch"), small, published)
}

// alphaRateParam is the option for the rate of the architecture weights, as presets have it.
func alphaRateParam(small, published float64) evolve.Param {
	text := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	return preset(evolve.Float("alpha_lr", 0, 1e-8, 10, "rate of learning of the architecture weights; small raises "+
		"the published one by as much as it takes fewer steps").Logarithmic(), text(small), text(published))
}

// alphaRate is the rate that alphaRateParam's option says.
func alphaRate(o evolve.Options) float64 { return meantFloat(o, "alpha_lr") }

// needsShares says that a searcher trains shared weights, and needs nothing else.
func needsShares(evolve.Options) evolve.Needs { return evolve.Shares }

// suitsMixtures refuses a supernet that has no mixtures, and a plan that no supernet is trained by.
func suitsMixtures(o evolve.Options, p evolve.Problem) error {
	s, err := oneshot.SharingOf(p)
	if err == nil {
		err = s.Mixes()
	}
	if err == nil {
		_, err = s.Epochs(oneshot.PlanOf(o))
	}
	return err
}
