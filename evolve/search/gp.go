package search

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"

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
// It departs from them in this: the losses above the median are compressed logarithmically, since a process that must
// fit the hopeless cells cannot tell the good ones apart; features describe the network as well as the genome, in groups
// with a length-scale each; every architecture of a space of up to 40,000 is looked at; the improvement is over the
// lowest loss told, by the uncertainty of the mean alone, without the noise's; hyper-parameters are fitted anew whenever
// there is a quarter more to fit them to. What runs on other workers counts as if it had ended as well as the best.
type GP struct {
	Scale       string // half, raw, log or copula
	Features    string // an encoding, or several with + between; auto is the best of the space
	Kernel      string // matern or hamming
	Acquisition string // ei, ucb or thompson
	Kappa       float64
	Start       int
	Proxies     string // training-free scores as further features, with + between; none
	Repeat      string
	Same        string

	problem evolve.Problem
	r       *rand.Rand
	memory  memory
	around  *candidates
	view    gpView
	process *gauss.Process
	asked   int

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
			evolve.Choice("kernel", "Matérn 5/2 of the features, or exponential in the number of decisions that differ",
				"matern", "hamming"),
			evolve.Choice("acquisition", "expected improvement, mean and kappa standard deviations, or a draw from "+
				"the posterior of each", "ei", "ucb", "thompson"),
			evolve.Float("kappa", 1, 0, 100, "standard deviations that are added to the mean").OnlyFor("acquisition=ucb"),
			evolve.Int("start", 10, 2, maxPopulation, "random architectures to begin with"),
			evolve.Named("proxies", evolve.Proxies, evolve.None,
				"training-free scores of the benchmark as a further group of features, with + between; none"),
		}, repeatParams(repeatSkip)...),
		Models: true,
		Losses: evolve.UpToScale,
		Claims: modelClaims,
		Needs: func(o evolve.Options) evolve.Needs {
			n := evolve.Encodes
			if o.Text("kernel") == "hamming" {
				n = evolve.Decides
			}
			if o.Text("proxies") != evolve.None {
				n |= evolve.Proxies
			}
			return n
		},
		New: func(o evolve.Options) (evolve.Searcher, error) {
			g := &GP{Scale: o.Text("scale"), Kernel: o.Text("kernel"), Acquisition: o.Text("acquisition"),
				Start: o.Int("start"), Proxies: o.Text("proxies")}
			if g.Kernel == "matern" {
				g.Features = o.Text("features")
			}
			if g.Acquisition == "ucb" {
				g.Kappa = o.Float("kappa")
			}
			g.Repeat, g.Same = repeatOptions(o)
			return g, nil
		},
	})
}

// gpView is what the process sees of a space: its candidates and how far apart architectures are.
type gpView interface {
	// show makes an architecture the next row of the process.
	show(a evolve.Arch) error
	// condition makes the process know the targets of all rows.
	condition(y []float64)
	// best is the candidate that promises most; false where there is none. promise may be drawn from a posterior at
	// random, and is then no function: exact says that it is, and rises with mean and standard deviation.
	best(promise gauss.Acquisition, exact bool, ranked func() []evolve.Arch) (evolve.Arch, bool)
}

func (g *GP) Init(p evolve.Problem, r *rand.Rand) error {
	*g = GP{Scale: g.Scale, Features: g.Features, Kernel: g.Kernel, Acquisition: g.Acquisition, Kappa: g.Kappa,
		Start: g.Start, Proxies: g.Proxies, Repeat: g.Repeat, Same: g.Same, problem: p, r: r}
	if err := g.memory.begin("gp", p.Space, r, g.Repeat, g.Same); err != nil {
		return err
	}
	g.around = newCandidates(p.Space, wholeBound, r)
	kernel := gauss.Matern
	if g.Kernel == "hamming" {
		kernel = gauss.Hamming
	}
	coder, err := g.coder()
	if err != nil {
		return fmt.Errorf("gp: %w", err)
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
	g.process = gauss.New(kernel, len(coder.ends))
	g.view = &gpNear{process: g.process, coder: coder, around: g.around, memory: &g.memory,
		rows: map[evolve.Arch][]float32{}}
	return nil
}

func (g *GP) Ask(p *evolve.Proposal) bool {
	a, ok := g.propose()
	if !ok || g.show(a) != nil {
		return false
	}
	g.asked++
	p.Arch, p.Tag, p.Known = a, len(g.archs)-1, g.memory.recall(a)
	return true
}

// propose chooses an architecture and marks it.
func (g *GP) propose() (evolve.Arch, bool) {
	if g.asked < g.Start || g.known < g.Start {
		return g.memory.draw(func() evolve.Arch { return g.problem.Space.Sample(g.r) })
	}
	best := g.targets()
	if g.fit == 0 || g.known >= g.fit+max(2, g.fit/4) {
		g.learn()
	}
	g.view.condition(g.y)
	promise, exact := g.promise(best)
	a, ok := g.view.best(promise, exact, g.ranked)
	if !ok {
		return g.memory.any()
	}
	g.memory.mark(a)
	return a, true
}

// promise is the acquisition, and whether it is a function.
func (g *GP) promise(best float64) (gauss.Acquisition, bool) {
	switch g.Acquisition {
	case "ucb":
		return func(mean, sd float64) float64 { return mean + float64(g.Kappa*sd) }, true
	case "thompson":
		return func(mean, sd float64) float64 { return mean + float64(sd*samebits.Normal(g.r)) }, false
	}
	return func(mean, sd float64) float64 { return gauss.LogExpectedImprovement(mean, sd, best, 0) }, true
}

// learn fits the hyper-parameters to what was told.
func (g *GP) learn() {
	rows, y := make([]int, 0, g.known), make([]float64, 0, g.known)
	for i, told := range g.told {
		if told {
			rows, y = append(rows, i), append(y, g.y[i])
		}
	}
	g.process.Fit(rows, y)
	g.fit = g.known
}

// ranked are the architectures that were told, the best first.
func (g *GP) ranked() []evolve.Arch {
	at := make([]int, 0, g.known)
	for i, told := range g.told {
		if told {
			at = append(at, i)
		}
	}
	slices.SortStableFunc(at, func(i, j int) int { return cmp.Compare(g.loss[i], g.loss[j]) })
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
	g.memory.told(t, r)
	if i := t.Tag; !g.told[i] {
		g.told[i], g.loss[i] = true, r.Loss
		g.known++
	}
	return nil
}

// Learn lets the process know an architecture that was not proposed.
func (g *GP) Learn(t *evolve.Trial, r *evolve.Result) {
	if g.show(t.Arch) != nil {
		return
	}
	g.memory.mark(t.Arch)
	g.told[len(g.told)-1], g.loss[len(g.loss)-1] = true, r.Loss
	g.known++
}

// Recommend is the architecture with the highest posterior mean among those that were told.
func (g *GP) Recommend() (evolve.Arch, bool) {
	if g.known == 0 {
		return "", false
	}
	return g.ranked()[0], true
}

// targets fills y with what the process is fitted to, which is the higher the better and has mean 0 and variance 1, and
// returns the highest. What is running lies that it is as good. A failed trial is as bad as the worst that did not fail.
func (g *GP) targets() float64 {
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
	return best
}

// gpCoder makes the features that a process sees of an architecture, in groups.
type gpCoder struct {
	problem  evolve.Problem
	encoding string
	features *features.Coder
	scale    *features.Scale
	ends     []int
}

func (g *GP) coder() (*gpCoder, error) {
	c := &gpCoder{problem: g.problem, encoding: g.Features}
	var err error
	if c.features, err = features.NewCoder(g.problem.Space, g.Features); err != nil {
		return nil, err
	}
	if c.scale, err = features.NewScale(g.problem.Space, g.Features); err != nil {
		return nil, err
	}
	for _, group := range c.features.Groups() {
		c.ends = append(c.ends, group.To)
	}
	return c, nil
}

// gpPoints are the points of whole spaces by their features, once a process.
var gpPoints sync.Map // of *features.Table: func() *gauss.Points

// points are the features of a listed space.
func (c *gpCoder) points(around *candidates) (*gauss.Points, error) {
	table, err := features.Standard(c.problem.Space, c.encoding)
	if err != nil {
		return nil, err
	}
	get, ok := gpPoints.Load(table)
	if !ok {
		get, _ = gpPoints.LoadOrStore(table, sync.OnceValue(func() *gauss.Points {
			return gauss.NewPoints(table.X, table.Cols, c.ends)
		}))
	}
	return get.(func() *gauss.Points)(), nil
}

// row is the features of one architecture.
func (c *gpCoder) row(a evolve.Arch) ([]float32, error) {
	row, err := c.features.Encode(nil, a)
	if err != nil {
		return nil, err
	}
	c.scale.Apply(row)
	return row, nil
}

// gpWhole sees all of a listed space.
type gpWhole struct {
	list   evolve.Enumerable
	field  *gauss.Field
	memory *memory
}

func (w *gpWhole) show(a evolve.Arch) error {
	w.field.Show(w.list.Index(a))
	return nil
}

func (w *gpWhole) condition(y []float64) { w.field.Condition(y) }

func (w *gpWhole) best(promise gauss.Acquisition, exact bool, _ func() []evolve.Arch) (evolve.Arch, bool) {
	at := -1
	if exact {
		at = w.field.Max(promise, w.memory.hasAt)
	} else {
		top := math.Inf(-1)
		w.field.All(w.memory.hasAt, func(point int, mean, sd float64) {
			if v := gauss.Round(promise(mean, sd)); v > top || at < 0 {
				at, top = point, v
			}
		})
	}
	if at < 0 {
		return "", false
	}
	return w.list.At(at), true
}

// gpNear sees what lies near the best, and a few others.
type gpNear struct {
	process *gauss.Process
	coder   *gpCoder
	around  *candidates
	memory  *memory
	rows    map[evolve.Arch][]float32 // features of what was looked at
	shown   [][]float32
	drawn   []evolve.Arch
}

func (w *gpNear) features(a evolve.Arch) ([]float32, error) {
	row, ok := w.rows[a]
	if !ok {
		var err error
		if row, err = w.coder.row(a); err != nil {
			return nil, err
		}
		w.rows[a] = row
	}
	return row, nil
}

func (w *gpNear) show(a evolve.Arch) error {
	row, err := w.features(a)
	if err != nil {
		return err
	}
	w.process.Add(w.from(row))
	w.shown = append(w.shown, row)
	return nil
}

// from is how far a row is from those that were shown.
func (w *gpNear) from(row []float32) func(group, j int) float64 {
	return func(group, j int) float64 {
		from := 0
		if group > 0 {
			from = w.coder.ends[group-1]
		}
		to := w.coder.ends[group]
		return gpSquared(row[from:to], w.shown[j][from:to])
	}
}

// gpSquared is the squared distance of two rows.
func gpSquared(a, b []float32) float64 {
	b = b[:len(a)]
	var even, odd float32
	i := 0
	for ; i+1 < len(a); i += 2 {
		x, y := a[i]-b[i], a[i+1]-b[i+1]
		even += float32(x * x)
		odd += float32(y * y)
	}
	if i < len(a) {
		x := a[i] - b[i]
		even += float32(x * x)
	}
	return float64(even + odd)
}

func (w *gpNear) condition(y []float64) { w.process.Condition(y) }

func (w *gpNear) best(promise gauss.Acquisition, _ bool, ranked func() []evolve.Arch) (evolve.Arch, bool) {
	w.drawn = w.around.near(w.drawn[:0], nearCount, ranked(), w.memory.has)
	at, top := -1, math.Inf(-1)
	for i, a := range w.drawn {
		row, err := w.features(a)
		if err != nil {
			continue
		}
		mean, sd := w.process.Predict(w.from(row))
		if v := gauss.Round(promise(mean, sd)); v > top || at < 0 {
			at, top = i, v
		}
	}
	if at < 0 {
		return "", false
	}
	return w.drawn[at], true
}
