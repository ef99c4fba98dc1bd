package surrogate

import (
	"context"
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/hyper"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
	"github.com/amoeba-nas/amoeba/evolve/wrap"
)

// function is a test function of real parameters x1, x2 and so on, whose lowest value is known. Nothing is trained: an
// evaluation costs 1, and gives the value itself.
type function struct {
	title string
	space *hyper.Space
	best  float64
	value func(x []float64) float64
}

// maxDim bounds the option dim: beyond it a genome fills a page.
const maxDim = 1000

func init() {
	register := func(name, doc, paper string, dims bool, open func(dim int) (*function, error)) {
		e := evolve.Entry[evolve.Benchmark]{Name: name, Doc: doc, Paper: paper,
			New: offering(func(o evolve.Options) (*function, error) {
				dim := 0
				if dims {
					dim = o.Int("dim")
				}
				return open(dim)
			})}
		if dims {
			e.Params = append(e.Params, evolve.Int("dim", 10, 2, maxDim, "real parameters").Logarithmic())
		}
		e.Params = append(e.Params, wrap.ObjectivesParam(evolve.LossObjective))
		evolve.Benchmarks.Register(e)
	}
	register("branin", "a function of two real parameters with three equal minima, 0.397887",
		"Dixon and Szegö, Towards Global Optimisation 2, 1978; "+
			"Surjanovic and Bingham, www.sfu.ca/~ssurjano/branin.html",
		false, openBranin)
	register("hartmann6", "a function of six real parameters with one lowest of six minima, −3.32237",
		"Dixon and Szegö, Towards Global Optimisation 2, 1978; Surjanovic and Bingham, www.sfu.ca/~ssurjano/hart6.html",
		false, openHartmann6)
	register("rosenbrock", "a bent valley of real parameters, −5 to 10, whose lowest value is 0 at (1, …, 1)",
		"Rosenbrock, The Computer Journal 3, 1960; Surjanovic and Bingham, www.sfu.ca/~ssurjano/rosen.html",
		true, openRosenbrock)
	register("ackley", "waves of real parameters, ±32.768, around the lowest value, which is 0 in the middle",
		"Ackley, A Connectionist Machine for Genetic Hillclimbing, 1987; Surjanovic and Bingham, "+
			"www.sfu.ca/~ssurjano/ackley.html",
		true, openAckley)
}

// openFunction makes the space of a function, which has the function's name: no other function tells anything of it.
// Parameter i has the range i of the ranges, or the only one.
func openFunction(name, title string, dim int, best float64, value func([]float64) float64,
	ranges ...[2]float64) (*function, error) {
	var params []hyper.Param
	for i := range dim {
		r := ranges[min(i, len(ranges)-1)]
		params = append(params, hyper.Param{Name: fmt.Sprintf("x%d", i+1), Type: hyper.Float, Low: r[0], High: r[1]})
	}
	s, err := hyper.New(name, params)
	return &function{title, s, best, value}, err
}

// openBranin has Branin's function with the usual constants. Where it is lowest the square is 0 and the cosine −1.
func openBranin(int) (*function, error) {
	const t = 1 / (8 * math.Pi)
	return openFunction("branin", "Branin", 2, 10*t, func(x []float64) float64 {
		a := x[1] - float64(5.1/(4*math.Pi*math.Pi)*x[0]*x[0]) + float64(5/math.Pi*x[0]) - 6
		return max(float64(a*a)+float64(10*(1-t)*(1+samebits.Cos(folded(x[0]))))+10*t, 10*t)
	}, [2]float64{-5, 10}, [2]float64{0, 15})
}

// folded is the angle from 0 to π whose cosine is that of x.
func folded(x float64) float64 {
	x = math.Mod(math.Abs(x), 2*math.Pi)
	return min(x, 2*math.Pi-x)
}

// The constants of Hartmann's function of six parameters: heights, inverse widths and places of its four dips.
var (
	hartmannHeights = [4]float64{1, 1.2, 3, 3.2}
	hartmannWidths  = [4][6]float64{{10, 3, 17, 3.5, 1.7, 8}, {.05, 10, 17, .1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8},
		{17, 8, .05, 10, .1, 14}}
	hartmannPlaces = [4][6]float64{{.1312, .1696, .5569, .0124, .8283, .5886},
		{.2329, .4135, .8307, .3736, .1004, .9991}, {.2348, .1451, .3522, .2883, .3047, .6650},
		{.4047, .8828, .8732, .5743, .1091, .0381}}
)

// hartmannBest is the value at (0.20168951, 0.15001069, 0.47687397, 0.27533243, 0.31165162, 0.65730053), rounded down.
const hartmannBest = -3.322368011415515

func openHartmann6(int) (*function, error) {
	return openFunction("hartmann6", "Hartmann 6", 6, hartmannBest, func(x []float64) float64 {
		sum := 0.0
		for i, height := range hartmannHeights {
			square := 0.0
			for j, v := range x {
				d := v - hartmannPlaces[i][j]
				square += float64(hartmannWidths[i][j] * d * d)
			}
			sum += float64(height * math.Exp(-square))
		}
		return max(-sum, hartmannBest)
	}, [2]float64{0, 1})
}

func openRosenbrock(dim int) (*function, error) {
	name, title := fmt.Sprintf("rosenbrock,dim=%d", dim), fmt.Sprintf("Rosenbrock, %d parameters", dim)
	return openFunction(name, title, dim, 0, func(x []float64) float64 {
		sum := 0.0
		for i := range len(x) - 1 {
			bend, way := x[i+1]-float64(x[i]*x[i]), 1-x[i]
			sum += float64(100*bend*bend) + float64(way*way)
		}
		return sum
	}, [2]float64{-5, 10})
}

func openAckley(dim int) (*function, error) {
	name, title := fmt.Sprintf("ackley,dim=%d", dim), fmt.Sprintf("Ackley, %d parameters", dim)
	return openFunction(name, title, dim, 0, func(x []float64) float64 {
		n, squares, waves := float64(len(x)), 0.0, 0.0
		for _, v := range x {
			squares += float64(v * v)
			waves += samebits.Cos(2 * math.Pi * math.Abs(v-math.Round(v)))
		}
		return max(float64(20*(1-math.Exp(-.2*math.Sqrt(squares/n))))+(math.E-math.Exp(waves/n)), 0)
	}, [2]float64{-32.768, 32.768})
}

// Problem has one fidelity, and names it one epoch.
func (f *function) Problem() evolve.Problem {
	return evolve.Problem{Space: f.space,
		Objectives: []evolve.Objective{evolve.TrainedObjective(evolve.PlainLoss)},
		Fidelities: []evolve.Fidelity{{Epochs: 1}}}
}

// About says that nothing here was ever trained, and what the lowest value is.
func (f *function) About() evolve.About {
	return evolve.About{Title: f.title, Kind: "synthetic", Metric: evolve.PlainLoss, Epochs: 1, Unpriced: true,
		Source: "a test function; no network was trained: each query costs 1", BestVal: f.best, BestTest: f.best}
}

// at is the value of a genome.
func (f *function) at(a evolve.Arch) (float64, error) {
	if _, err := f.space.Canon(a); err != nil {
		return 0, err
	}
	return f.value(f.space.Choices(nil, a)), nil
}

// Evaluate gives the value.
func (f *function) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) (err error) {
	if t.Epochs > 1 {
		return fmt.Errorf("%s: %d epochs: nothing is trained, want 0 or 1: %w", f.title, t.Epochs,
			evolve.ErrUnsupported)
	}
	r.Loss, err = f.at(t.Arch)
	r.Cost = 1
	return err
}

// Score is the value, as validation and as test.
func (f *function) Score(t *evolve.Trial) (evolve.Score, error) {
	v, err := f.at(t.Arch)
	return evolve.Score{Val: v, Test: v}, err
}

// Query tells the value.
func (f *function) Query(a evolve.Arch) ([]evolve.Fact, error) {
	v, err := f.at(a)
	return []evolve.Fact{factOf("value", v, "", "computed")}, err
}
