package lab

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/durable"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// sharer stands for a benchmark of shared weights: these are one number, which each trial stirs and which is kept after
// every other one. It is registered in this test's binary alone.
type sharer struct {
	weights *sharedNumber
}

// sharedNumber is what the sharer shares.
type sharedNumber struct {
	dir    string
	trials int // after which state is
	state  uint64
}

func (*sharedNumber) Supernet() string { return "bits" }

// sharing is what a test learns of the sharers.
var sharing struct {
	sync.Mutex
	trials, finished int
	now, most        int             // trials at a time
	after            func(trial int) // called at the end of each
	onFinish         func()
	fails            bool // the training of every answer
}

// listenSharing begins anew.
func listenSharing(after func(trial int), onFinish func()) {
	sharing.Lock()
	defer sharing.Unlock()
	sharing.trials, sharing.finished, sharing.now, sharing.most = 0, 0, 0, 0
	sharing.after, sharing.onFinish, sharing.fails = after, onFinish, false
}

func (b *sharer) Problem() evolve.Problem {
	return evolve.Problem{Space: space.Bits{Length: 16}, Objectives: []evolve.Objective{evolve.NewObjective("error")},
		Fidelities: []evolve.Fidelity{{Epochs: 1}}, Sharing: b.weights}
}

func (b *sharer) About() evolve.About {
	return evolve.About{Title: "shared", Kind: evolve.Training, Shared: true, Epochs: 1, Source: "made up",
		BestVal: math.NaN(), BestTest: math.NaN()}
}

func (b *sharer) In(dir string, _ evolve.Observer) (evolve.Benchmark, error) {
	return &sharer{weights: &sharedNumber{dir: dir}}, nil
}

func (b *sharer) Evaluate(context.Context, *evolve.Trial, *evolve.Result) error {
	return evolve.ErrUnsupported // the searcher does
}

// Score knows architectures that begin with 1.
func (b *sharer) Score(t *evolve.Trial) (evolve.Score, error) {
	if t.Arch[0] == '1' {
		return evolve.Score{Val: .25, Test: .5}, nil
	}
	return evolve.Score{Val: math.NaN(), Test: math.NaN()}, nil
}

func (b *sharer) Finish(ctx context.Context, t *evolve.Trial) (evolve.Score, error) {
	sharing.Lock()
	sharing.finished++
	on, fails := sharing.onFinish, sharing.fails
	sharing.Unlock()
	if on != nil {
		on()
	}
	if err := ctx.Err(); err != nil {
		return evolve.Score{}, err
	}
	if fails {
		return evolve.Score{}, fmt.Errorf("the loss is NaN: %w", evolve.ErrFailed)
	}
	n := strings.Count(string(t.Arch), "1")
	return evolve.Score{Val: float64(n) / 100, Test: float64(n) / 50}, nil
}

func (w *sharedNumber) path(trials int) string {
	return filepath.Join(w.dir, fmt.Sprintf("%d.txt", trials))
}

func (b *sharer) Kept(told int) (int, error) {
	for k := told; k > 0; k-- {
		if _, err := os.Stat(b.weights.path(k)); err == nil {
			return k, nil
		}
	}
	return 0, nil
}

// train is one trial of the weights.
func (w *sharedNumber) train(t *evolve.Trial) error {
	if t.ID > 1 && w.trials == 0 {
		text, err := os.ReadFile(w.path(t.ID - 1))
		if err != nil {
			return err
		}
		if w.state, err = strconv.ParseUint(string(text), 10, 64); err != nil {
			return err
		}
		w.trials = t.ID - 1
	}
	if w.trials != t.ID-1 {
		return fmt.Errorf("trial %d on the weights after %d", t.ID, w.trials)
	}
	w.state, w.trials = evolve.Mix(w.state, t.Seed), t.ID
	if t.ID%2 == 1 || w.dir == "" {
		return nil
	}
	return durable.WriteBytes(w.path(t.ID), strconv.AppendUint(nil, w.state, 10))
}

// epochs is a searcher whose trials are epochs of the shared number, eight of them. It recommends what the last one
// found.
type epochs struct {
	weights *sharedNumber
	asked   int
	found   evolve.Arch
}

const sharedEpochs = 8

func (s *epochs) Init(p evolve.Problem, _ *rand.Rand) error {
	if err := evolve.Shares.Check(p); err != nil {
		return err
	}
	*s = epochs{weights: p.Sharing.(*sharedNumber), found: evolve.Arch(strings.Repeat("0", 16))}
	return nil
}

func (s *epochs) Ask(p *evolve.Proposal) bool {
	p.Arch, p.Epochs = s.found, 1
	s.asked++
	return s.asked <= sharedEpochs
}

func (s *epochs) Tell(t *evolve.Trial, _ *evolve.Result) error {
	s.found = t.Arch
	return nil
}

func (s *epochs) Recommend() (evolve.Arch, bool) { return s.found, s.asked > 0 }

func (s *epochs) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	sharing.Lock()
	sharing.trials++
	sharing.now++
	sharing.most = max(sharing.most, sharing.now)
	after := sharing.after
	sharing.Unlock()
	defer func() { sharing.Lock(); sharing.now--; sharing.Unlock() }()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.weights.train(t); err != nil {
		return err
	}
	r.Loss, r.Cost = float64(s.weights.state%1000)/1000, .001
	r.Found = evolve.Arch(fmt.Sprintf("%016b", s.weights.state>>48))
	if after != nil {
		after(t.ID)
	}
	return nil
}

// lowest is epochs without a recommendation.
type lowest struct {
	evolve.Searcher
	evolve.Evaluator
}

func newLowest() lowest {
	s := new(epochs)
	return lowest{s, s}
}

// before is epochs that trains all of them in its first trial.
type before struct{ *epochs }

func (s before) Ask(p *evolve.Proposal) bool {
	ok := s.epochs.Ask(p)
	p.Epochs = sharedEpochs
	return ok
}

// foresees is epochs that recommends what no trial has tried: what the last one found, with every bit turned.
type foresees struct{ *epochs }

func (s foresees) Recommend() (evolve.Arch, bool) { return turned(s.found), s.asked > 0 }

// defers is lowest as the choice of another searcher, which passes on its recommendations and so has none.
type defers struct{ lowest }

func (defers) Recommend() (evolve.Arch, bool) { return "", false }

func turned(a evolve.Arch) evolve.Arch {
	return evolve.Arch(strings.NewReplacer("0", "1", "1", "0").Replace(string(a)))
}

func init() {
	evolve.Benchmarks.Register(evolve.Entry[evolve.Benchmark]{Name: "test-shared", Doc: "shares a number", Paper: "none",
		New: func(evolve.Options) (evolve.Benchmark, error) { return &sharer{weights: new(sharedNumber)}, nil }})
	shares := func(evolve.Options) evolve.Needs { return evolve.Shares }
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{Name: "test-epochs", Needs: shares, Serial: true,
		New: func(evolve.Options) (evolve.Searcher, error) { return new(epochs), nil }})
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{Name: "test-before", Needs: shares, Serial: true,
		New: func(evolve.Options) (evolve.Searcher, error) { return before{new(epochs)}, nil }})
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{Name: "test-lowest", Needs: shares, Serial: true,
		New: func(evolve.Options) (evolve.Searcher, error) { return newLowest(), nil }})
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{Name: "test-foresees", Needs: shares, Serial: true,
		New: func(evolve.Options) (evolve.Searcher, error) { return foresees{new(epochs)}, nil }})
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{Name: "test-defers", Needs: shares, Serial: true,
		Chooses: func(evolve.Options, evolve.Problem) evolve.Chosen {
			return evolve.Chosen{Searcher: evolve.Spec{Name: "test-lowest"}}
		},
		New: func(evolve.Options) (evolve.Searcher, error) { return defers{newLowest()}, nil }})
}

// shared is an experiment on shared weights.
func shared() Spec {
	s := Default()
	s.Benchmark, s.Algos, s.Seeds = "test-shared", []string{"test-epochs", "test-lowest"}, 3
	return s
}
