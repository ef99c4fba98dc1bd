// Package cluster is what goes wrong on a simulated cluster: workers that are slow, trials that fail, and workers that
// are lost for good.
package cluster

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/samebits"
)

// Faults are what may befall a trial on a worker. Zero values are a cluster that does what the benchmark says.
type Faults struct {
	Sigma    float64 // a trial takes exp(Sigma·N(0,1)) times the benchmark's seconds, and costs as much
	Fail     float64 // the chance that a trial fails at its end
	Lose     float64 // the chance that a trial's worker is lost with it, at a uniformly drawn moment of its time
	Restarts bool    // a trial whose worker is lost goes to another worker; else it fails
}

// maxSigma is that of workers whose speeds differ by a factor of exp(2·3), some 400, between one standard deviation
// below the median and one above: no cluster is worse, and no clock of seconds loses its small numbers.
const maxSigma = 3

// The values of lost.
const (
	fails    = "fail"
	restarts = "restart"
)

// lognormal is the one distribution that slow knows.
const lognormal = "lognormal"

// clusters reads the options as those of everything registered are read.
var clusters = evolve.NewRegistry[Faults]("simulated")

func init() {
	clusters.Register(evolve.Entry[Faults]{
		Name: "cluster",
		Doc:  "workers that are slow, trials that fail, workers that are lost",
		Params: []evolve.Param{
			evolve.Text("slow", evolve.None, "how the seconds of a trial vary: lognormal:SIGMA"),
			evolve.Float("fail", 0, 0, 1, "chance that a trial fails at its end"),
			evolve.Float("lose", 0, 0, 1, "chance that a trial's worker is lost with it, for good"),
			evolve.Choice("lost", "what becomes of a trial whose worker is lost", fails, restarts).
				OnlyFor("lose above 0"),
		},
		New: faults,
	})
}

// Parse reads slow=lognormal:SIGMA,fail=CHANCE,lose=CHANCE,lost=fail|restart, each of which may be left out. A cluster
// on which nothing goes wrong is refused. Errors wrap ErrInvalid, ErrUnknown or ErrUnsupported.
func Parse(text string) (Faults, error) {
	spec, err := evolve.ParseSpec("cluster," + text)
	if err != nil {
		return Faults{}, fmt.Errorf(
			"cluster %q: want slow=lognormal:0.5,fail=0.01,lose=1e-6,lost=restart or some of these: %w",
			text, evolve.ErrInvalid)
	}
	f, _, err := clusters.Open(spec)
	if err == nil && f == (Faults{}) {
		err = fmt.Errorf("cluster %q: nothing goes wrong on it: leave it out: %w", text, evolve.ErrInvalid)
	}
	return f, err
}

func faults(o evolve.Options) (f Faults, err error) {
	if slow := o.Text("slow"); slow != evolve.None {
		name, sigma, _ := strings.Cut(slow, ":")
		if f.Sigma, err = strconv.ParseFloat(sigma, 64); err != nil || name != lognormal ||
			!(f.Sigma > 0 && f.Sigma <= maxSigma) {
			return f, fmt.Errorf("simulated cluster: slow=%s: want %s:SIGMA, SIGMA above 0, at most %d: %w",
				slow, lognormal, maxSigma, evolve.ErrInvalid)
		}
	}
	f.Fail, f.Lose = o.Float("fail"), o.Float("lose")
	if f.Lose > 0 {
		f.Restarts = o.Text("lost") == restarts
	}
	return f, nil
}

// String is the text that Parse reads, without what is as it would be anyway.
func (f Faults) String() string {
	var all []string
	add := func(text string, x float64) {
		if x > 0 {
			all = append(all, text+strconv.FormatFloat(x, 'g', -1, 64))
		}
	}
	add("slow="+lognormal+":", f.Sigma)
	add("fail=", f.Fail)
	add("lose=", f.Lose)
	if f.Restarts {
		all = append(all, "lost="+restarts)
	}
	return strings.Join(all, ",")
}

// Why a trial failed. Each wraps evolve.ErrFailed.
var (
	ErrTrial  = fmt.Errorf("the cluster let the trial fail: %w", evolve.ErrFailed)
	ErrWorker = fmt.Errorf("the trial's worker was lost: %w", evolve.ErrFailed)
)

// Simulate is a pool of n virtual workers (see evolve.SimulateOn) with these faults, by a random stream of its own of
// the seed. What befalls a trial depends on the seed, the trial's number and how many workers it has lost.
func Simulate(e evolve.Evaluator, n int, f Faults, seed uint64) evolve.Pool {
	return evolve.SimulateOn(e, n, newFates(f, seed))
}

// fates draws for one trial after the other from one generator, seeded anew for each: making one takes longer.
type fates struct {
	Faults
	seed uint64
	pcg  *rand.PCG
	r    *rand.Rand
}

func newFates(f Faults, seed uint64) *fates {
	p := &fates{Faults: f, seed: evolve.Stream(seed, "cluster").Uint64(), pcg: new(rand.PCG)}
	p.r = rand.New(p.pcg)
	return p
}

func (p *fates) Of(trial, lost int, seconds float64) (fate evolve.Fate) {
	p.pcg.Seed(evolve.Mix(p.seed, uint64(trial)), uint64(lost))
	fate.Seconds = seconds
	if p.Sigma > 0 {
		fate.Seconds *= math.Exp(p.Sigma * samebits.Normal(p.r))
	}
	if p.Fail > 0 && p.r.Float64() < p.Fail {
		fate.Err = ErrTrial
	}
	if p.Lose > 0 && p.r.Float64() < p.Lose {
		fate.Err, fate.Lost, fate.Again = ErrWorker, true, p.Restarts
		fate.Seconds *= p.r.Float64()
	}
	return fate
}
