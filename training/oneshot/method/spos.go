package method

import (
	"fmt"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// Single Path One-Shot: Guo, Zhang, Mu, Heng, Liu, Wei and Sun, "Single Path One-Shot Neural Architecture Search with
// Uniform Sampling", ECCV 2020, arXiv:1904.00420. Each training batch moves the shared weights along the path of a
// random architecture; then a searcher searches the scores of single paths. With fair=yes each batch trains every
// candidate of every edge once, the strict fairness of FairNAS (Chu, Zhang and Xu, ICCV 2021, arXiv:1907.01845), see
// [oneshot.Course.FairPaths]: its steps cost as many times as much as an edge has candidates.
//
// preset=published has 150,000 steps of SGD with momentum 0.9 and weight decay 4e-5 from a rate of 0.5, batch norms
// without scales, whose statistics are computed anew from training images before an architecture is scored, here from
// refit=128 batches, and the evolution of the paper, 20 generations of 50: eaopt,model=spos. The number of steps is
// that of the authors' checkpoint (megvii-model/SinglePathOneShot, README.md); rate, decay, batch norms and the 128
// batches of 200 images were seen in Microsoft NNI, examples/nas/spos (supernet.py, blocks.py, tester.py), which
// follows their code, and the evolution there and in OpenMMLab Razor. A closed weight stays as it is: the authors' code
// forgets gradients that add up to zero before each step (src/Supernet/train.py, read in the forks of AlbertiPot and
// tianxiang999). It departs from these in the schedule, which falls by a cosine and not by a line, in labels, which are
// not smoothed, and in the paper's limit on operations, of which there is none.
//
// preset=small, the default, trains as rsws does, and gives regularized evolution 200 trials.
func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "spos",
		Doc: "single path one-shot: a supernet is trained along random paths, then another searcher searches the " +
			"scores on its weights",
		Paper:  "Guo, Zhang, Mu, Heng, Liu, Wei and Sun, ECCV 2020, arXiv:1904.00420",
		Losses: evolve.ByRank,
		Params: append(oneshot.PlanParams(oneshot.UniformPlan, oneshot.Plan{Steps: 150_000, LR: 0.5, Momentum: 0.9,
			WeightDecay: 4e-5, Closed: oneshot.Still, Split: oneshot.SplitVal}),
			evolve.Switch("fair", false, "strict fairness: each batch trains every candidate of every edge "+
				"once (FairNAS)"),
			preset(evolve.Nested("inner", "searcher", "", "the searcher that searches the scores"),
				"regevo,population=50,sample=10", "eaopt,model=spos,repeat=skip"),
			preset(evolve.Int("trials", 1, 1, maxTrials, "architectures that are scored"), "200", "1000"),
			refitParam("0", "128"),
		),
		Needs: needsShares,
		Suits: func(o evolve.Options, p evolve.Problem) error {
			if o.Text("inner") != evolve.None {
				return nil // that it fits is asked of every nested searcher
			}
			inner, err := evolve.ParseSpec(o.Meant("inner"))
			if err != nil {
				return err
			}
			e, of, err := evolve.Searchers.Resolve(inner)
			if err == nil {
				err = e.Fit(of, p.Unshared())
			}
			if err != nil {
				return fmt.Errorf("inner: %w", err)
			}
			return nil
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			inner, err := sposOpen(o)
			if err != nil {
				return nil, err
			}
			return &scored{name: "spos", plan: oneshot.PlanOf(o), phase: &uniform{fair: o.Yes("fair")}, inner: inner,
				most: meantInt(o, "trials"), scoring: oneshot.Scoring{Refit: meantInt(o, "refit")}}, nil
		},
	})
}

// sposOpen constructs what the option inner names, or means by none.
func sposOpen(o evolve.Options) (evolve.Searcher, error) {
	if o.Text("inner") != evolve.None {
		return evolve.Searchers.OpenNested(o, "inner")
	}
	inner, _, err := evolve.Searchers.OpenText(o.Meant("inner"))
	return inner, err
}
