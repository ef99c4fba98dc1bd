package search

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/features"
	"github.com/amoeba-nas/amoeba/evolve/gauss"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
)

// GP is Bayesian optimization with a Gaussian process: after every result it proposes the architecture of the greatest
// expected improvement, as in Jones, Schonlau and Welch, "Efficient Global Optimization of Expensive Black-Box
// Functions", Journal of Global Optimization 13, 1998, equation 15, over features as in Kandasamy et al., NeurIPS 2018,
// arXiv:1802.07191, and with the kernel of graphs of Ru, Wan, Dong and Osborne, ICLR 2021, arXiv:2006.07556.
//
// It departs from them in this. The losses above the median are compressed logarithmically, since a process that must
// fit the hopeless cells cannot tell the good ones apart. Features describe the network as well as the genome, in
// groups with a length-scale each. Every architecture of a listed space of up to 40,000 is looked at. Of other spaces,
// and of all by kernel=wl, there are 200 candidates, three quarters of them near the best (see candidates.near) and
// the others random; the code of Ru et al. has 100, half of them mutants of the ten best. The improvement is over the
// target of the architecture with the best posterior mean, as in that code, by the uncertainty of the mean alone,
// without the noise's. Hyper-parameters are fitted anew whenever there is a quarter more to fit them to. What runs on
// other workers counts as if it had ended as well as the best.
type GP struct {
	Scale       string // half, raw, log or copula; "" is half
	Features    string // an encoding, or several with + between; auto or "" is the best of the space
	Kernel      string // matern, hamming or wl; "" is matern
	Acquisition string // ei, ucb or thompson; "" is ei
	Kappa       float64
	Start       int
	Proxies     string           // training-free scores as further features, with + between; none
	Prior       evolve.Benchmark // whose losses are a further feature and choose half of the first; nil for none
	First       evolve.Searcher  // proposes the first; nil samples the space
	Repeat      string
	Same        string

	problem evolve.Problem
	r       *rand.Rand
	memory  memory
	trained trainings
	opening opening
	first   []evolve.Arch // of the prior
	around  *candidates
	view    gpView
	process *gauss.Process
	asked   int
	failed  error // what the process could not see, such as an architecture that a proxy has no score of

	// By row of the process, in the order of asking or learning.
	archs []evolve.Arch
	loss  []float64
	told  []bool
	known int // rows that were told
	fit   int // rows that were told when the hyper-parameters were fitted
	y     []float64
}

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{
		Name: "gp",
		Doc: "Bayesian optimization with a Gaussian process over features of the network: " +
			"expected improvement over the whole of a listed space",
		Paper: "Jones, Schonlau and Welch, J. Global Optimization 13, 1998; " +
			"Kandasamy et al., NeurIPS 2018, arXiv:1802.07191; Ru et al., ICLR 2021, arXiv:2006.07556",
		Params: append([]evolve.Param{
			evolve.Choice("scale", "what the process is fitted to: losses, those above the median compressed "+
				"logarithmically; as they are; their logarithms; their ranks as normal quantiles",
				"half", "raw", "log", "copula"),
			evolve.Named("features", evolve.Encodes, features.Auto,
				"encodings of the space with + between, a length-scale for each; "+
					"auto is onehot and what describes the network, where the space has them").OnlyFor("kernel=matern"),
			evolve.Choice("kernel",
				"Matérn 5/2 of the features; exponential in the number of decisions that differ; or "+
					"Weisfeiler and Lehman's labels of the graphs, of up to two rounds", "matern", "hamming", "wl"),
			evolve.Choice("acquisition", "expected improvement, mean and kappa standard deviations, or a draw from "+
				"the posterior of each", "ei", "ucb", "thompson"),
			evolve.Float("kappa", 1, 0, 100, "standard deviations that are added to the mean").
				OnlyFor("acquisition=ucb"),
			evolve.Int("start", 10, 2, maxPopulation, "random architectures to begin with"),
			evolve.Named("proxies", evolve.Proxies, evolve.None,
				"training-free scores of the benchmark as a further group of features, with + between; none"),
			evolve.Nested("prior", "benchmark", evolve.None, "transfer: a benchmark of the same space, whose "+
				"losses are a further feature, and whose best are half of the first; reports tell from how many "+
				"trained architectures its numbers come").OrNone(),
			initParam(),
		}, repeatParams(repeatSkip)...),
		Models: true,
		Losses: evolve.UpToScale,
		Claims: modelClaims,
		Needs: func(o evolve.Options) evolve.Needs {
			n := evolve.Encodes
			switch o.Text("kernel") {
			case "hamming":
				n = evolve.Decides
			case "wl":
				n = evolve.Graphs
			}
			if o.Text("proxies") != evolve.None {
				n |= evolve.Proxies
			}
			return n
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			g := &GP{Scale: o.Text("scale"), Kernel: o.Text("kernel"), Acquisition: o.Text("acquisition"),
				Start: o.Int("start")}
			if g.Kernel != "wl" {
				g.Proxies = o.Text("proxies")
			}
			if g.Kernel == "matern" {
				g.Features = o.Text("features")
			}
			if g.Acquisition == "ucb" {
				g.Kappa = o.Float("kappa")
			}
			g.Repeat, g.Same = repeatOptions(o)
			var err error
			if g.Kernel != "wl" && o.Text("prior") != evolve.None {
				if g.Prior, err = evolve.Benchmarks.OpenNested(o, "prior"); err != nil {
					return nil, err
				}
			}
			g.First, err = openInit(o)
			return g, err
		},
	})
}

// gpView is what the process sees of a space: its candidates and how far apart architectures are.
type gpView interface {
	// show makes an architecture the next row of the process.
	show(a evolve.Arch) error
	// condition makes the process know the targets of all rows.
	condition(y []float64)
	// best is the candidate that promises most; "" where there is none. promise may be drawn from a posterior at
	// random, and is then no function: exact says that it is, and rises with mean and standard deviation. It fails
	// where a candidate cannot be seen.
	best(promise gauss.Acquisition, exact bool, ranked func() []evolve.Arch) (evolve.Arch, error)
}

// valid refuses settings that make no search.
func (g *GP) valid() error {
	for _, x := range []struct {
		option, value string
		known         []string
	}{
		{"scale", g.Scale, scales},
		{"kernel", g.Kernel, []string{"matern", "hamming", "wl"}},
		{"acquisition", g.Acquisition, []string{"ei", "ucb", "thompson"}},
	} {
		if x.value != "" && !slices.Contains(x.known, x.value) {
			return evolve.Unknown("gp "+x.option, x.value, x.known)
		}
	}
	if g.Start < 2 || !(g.Kappa >= 0 && g.Kappa <= 100) {
		return fmt.Errorf("gp: start=%d, kappa=%g: want at least 2 and 0 to 100: %w", g.Start, g.Kappa,
			evolve.ErrInvalid)
	}
	return nil
}

func (g *GP) Init(p evolve.Problem, r *rand.Rand) error {
	if err := g.valid(); err != nil {
		return err
	}
	*g = GP{Scale: cmp.Or(g.Scale, "half"), Features: cmp.Or(g.Features, features.Auto),
		Kernel:      cmp.Or(g.Kernel, "matern"),
		Acquisition: cmp.Or(g.Acquisition, "ei"), Kappa: g.Kappa,
		Start: g.Start, Proxies: g.Proxies, Prior: g.Prior, First: g.First, Repeat: g.Repeat, Same: g.Same,
		problem: p, r: r}
	if err := g.memory.begin("gp", p.Space, r, g.Repeat, g.Same); err != nil {
		return err
	}
	g.trained.begin(p)
	if err := g.opening.begin("gp", g.First, p, r, &g.memory); err != nil {
		return err
	}
	g.around = newCandidates(p.Space, wholeBound, r)
	if g.Kernel == "wl" {
		if err := evolve.Graphs.Check(p); err != nil {
			return fmt.Errorf("gp: %w", err)
		}
		g.process = gauss.New(gauss.Cosine, gpRounds+1)
		g.view = &gpWL{process: g.process, graphs: p.Space.(evolve.Grapher).Graphs(), around: g.around,
			memory: &g.memory}
		return nil
	}
	kernel := gauss.Matern
	if g.Kernel == "hamming" {
		kernel = gauss.Hamming
	}
	coder, err := g.coder()
	if err != nil {
		return fmt.Errorf("gp: %w", err)
	}
	if g.Prior != nil {
		if g.first, err = gpFirst(g.Prior, coder, g.around, g.Start/2); err != nil {
			return fmt.Errorf("gp: prior: %w", err)
		}
	}
	if g.around.whole() > 0 {
		points, err := coder.points(g.around)
		if err != nil {
			return fmt.Errorf("gp: %w", err)
		}
		f := gauss.NewField(kernel, points)
		g.process, g.view = f.Process, &gpWhole{g.around.list, f, &g.memory}
		return nil
	}
	rows := gauss.NewRows(kernel, coder.ends)
	g.process, g.view = rows.Process, &gpNear{newGPDrawn(coder, g.around, &g.memory), rows}
	return nil
}

func (g *GP) Ask(p *evolve.Proposal) bool {
	if g.failed != nil || g.memory.stuck() {
		return false
	}
	row := len(g.archs)
	if g.asked < g.Start || g.known < g.Start {
		if len(g.first) > 0 {
			p.Arch, p.Tag, g.first = g.first[0], row, g.first[1:]
			g.memory.mark(p.Arch)
		} else if !g.opening.ask(p, row) {
			return false
		}
	} else {
		a, ok := g.propose()
		if !ok {
			return false
		}
		p.Arch, p.Tag, p.Known = a, row, g.memory.recall(a)
	}
	g.asked++
	if g.failed == nil {
		g.failed = g.show(p.Arch)
	}
	return true
}

// propose chooses an architecture and marks it.
func (g *GP) propose() (evolve.Arch, bool) {
	g.targets()
	if g.fit == 0 || g.known >= g.fit+max(2, g.fit/4) {
		g.process.Fit(g.facts())
		g.fit = g.known
	}
	g.view.condition(g.y)
	promise, exact := g.promise(g.incumbent())
	a, err := g.view.best(promise, exact, g.ranked)
	if g.failed = err; a == "" {
		return g.memory.any() // also where it failed, since nobody but Tell can say so
	}
	g.memory.mark(a)
	return a, true
}

// incumbent is the target of the row with the highest posterior mean: where losses are noisy, the highest target is the
// luckiest.
func (g *GP) incumbent() float64 {
	at, top := -1, math.Inf(-1)
	for i, y := range g.y {
		if mean := gauss.Round(g.process.Fitted(i, y)); at < 0 || mean > top {
			at, top = i, mean
		}
	}
	return g.y[at]
}

// promise is the acquisition, and whether it is a function.
func (g *GP) promise(best float64) (gauss.Acquisition, bool) {
	switch g.Acquisition {
	case "ucb":
		return func(mean, sd float64) float64 { return mean + float64(g.Kappa*sd) }, true
	case "thompson":
		return func(mean, sd float64) float64 { return mean + float64(sd*samebits.Normal(g.r)) }, false
	}
	return func(mean, sd float64) float64 { return gauss.LogExpectedImprovement(mean, sd, best) }, true
}

// facts are the rows that were told, and their targets.
func (g *GP) facts() (rows []int, y []float64) {
	rows, y = make([]int, 0, g.known), make([]float64, 0, g.known)
	for i, told := range g.told {
		if told {
			rows, y = append(rows, i), append(y, g.y[i])
		}
	}
	return rows, y
}

// ranked are the architectures that were told, the best first.
func (g *GP) ranked() []evolve.Arch {
	at := make([]int, 0, g.known)
	for i, told := range g.told {
		if told {
			at = append(at, i)
		}
	}
	sortBy(at, func(i int) float64 { return g.loss[i] })
	archs := make([]evolve.Arch, len(at))
	for k, i := range at {
		archs[k] = g.archs[i]
	}
	return archs
}

func (g *GP) show(a evolve.Arch) error {
	if err := g.view.show(a); err != nil {
		return err
	}
	g.archs, g.loss, g.told = append(g.archs, a), append(g.loss, 0), append(g.told, false)
	return nil
}

func (g *GP) Tell(t *evolve.Trial, r *evolve.Result) error {
	if g.failed != nil {
		return fmt.Errorf("gp: %w", g.failed)
	}
	g.memory.told(t, r)
	row, err := g.opening.tell(t, r)
	g.add(row, t.Epochs, r.Loss)
	return err
}

// Learn lets the process know an architecture that was not proposed, or another training of one that was.
func (g *GP) Learn(t *evolve.Trial, r *evolve.Result) {
	row := slices.Index(g.archs, t.Arch)
	if row < 0 {
		if g.show(t.Arch) != nil {
			return
		}
		row = len(g.archs) - 1
	}
	g.memory.mark(t.Arch)
	g.add(row, t.Epochs, r.Loss)
}

// add takes in what was told of a row.
func (g *GP) add(row, epochs int, loss float64) {
	g.trained.add(g.loss, row, epochs, loss)
	if !g.told[row] {
		g.told[row] = true
		g.known++
	}
}

// Recommend is the architecture with the highest posterior mean among those that were told: where losses are noisy, the
// lowest is the luckiest. Before the process knows anything it is the one with the lowest.
func (g *GP) Recommend() (evolve.Arch, bool) {
	if g.known == 0 {
		return "", false
	}
	if g.fit == 0 {
		return g.ranked()[0], true
	}
	g.targets()
	rows, y := g.facts()
	best, top := -1, math.Inf(-1)
	for k, mean := range g.process.Smooth(rows, y) {
		if mean = gauss.Round(mean); mean > top || best < 0 {
			best, top = rows[k], mean
		}
	}
	return g.archs[best], true
}

// targets fills y with what the process is fitted to, which is the higher the better and has mean 0 and variance 1.
// What is running lies that it is as good as the best. A failed trial is as bad as the worst that did not fail.
func (g *GP) targets() {
	var losses []float64
	for i, told := range g.told {
		if told {
			losses = append(losses, g.loss[i])
		}
	}
	scaleTargets(g.Scale, losses)
	standardize(losses)
	g.y = g.y[:0]
	best := slices.Max(losses)
	for _, told := range g.told {
		v := best
		if told {
			v, losses = losses[0], losses[1:]
		}
		g.y = append(g.y, v)
	}
}
