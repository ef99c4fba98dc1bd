package method

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// A study that is stopped while it trains, and again while it scores, goes on to the same weights, proposals, scores and
// answer as one that is not.
func TestScoredResumes(t *testing.T) {
	for _, algo := range []string{"rsws,epochs=4,candidates=12,batches=1,finalists=3,rounds=2",
		"spos,epochs=4,trials=25,inner=(regevo,population=5,sample=2)", "spos,epochs=3,trials=12,fair=yes,refit=2",
		quickSmash} {
		whole := studied(t, tiny, algo, 0)
		s := &search{dir: t.TempDir(), kept: true}
		if err := s.run(t, tiny, algo, 0); !errors.Is(err, context.Canceled) || len(s.outcomes) > 0 {
			t.Fatalf("%s: %v after %d trials", algo, err, len(s.outcomes))
		}
		if path, _ := checkpoint(t, s.dir); path >= filepath.Join(s.dir, "epoch-000003.ckpt") {
			t.Fatalf("%s: stopped when all was trained: %s", algo, path)
		}
		s.kept = false
		if err := s.run(t, tiny, algo, 8); err != nil || len(s.outcomes) != 8 {
			t.Fatalf("%s: %d trials, %v", algo, len(s.outcomes), err)
		}
		if err := s.run(t, tiny, algo, 0); err != nil {
			t.Fatal(err)
		}
		s.matches(t, algo, whole)
	}
}

// Several workers score what one does, wait for the training, and begin nothing beside it.
func TestScoredWorkers(t *testing.T) {
	for _, algo := range []string{"rsws,epochs=60,candidates=20,batches=1,finalists=4,rounds=1", quickSmash} {
		one, four := studied(t, tiny, algo, 0), &search{dir: t.TempDir(), workers: 4}
		if err := four.run(t, tiny, algo, 0); err != nil {
			t.Fatal(err)
		}
		four.matches(t, algo, one)
		trains, score := four.outcomes[0], four.outcomes[1:]
		var costs []float64
		for _, o := range score {
			if costs = append(costs, o.Cost); o.Start < trains.End {
				t.Errorf("trial %d began at %g, before the training ended at %g", o.ID, o.Start, trains.End)
			}
		}
		slices.Sort(costs) // a loaded machine may delay any one of them
		if median := costs[len(costs)/2]; trains.Cost < 2*median {
			t.Errorf("the trial that trains costs %g s, one that scores %g s", trains.Cost, median)
		}
	}
}

// planted tells trials a loss by a function of architecture and tag.
func planted(t *testing.T, s evolve.Searcher, loss func(evolve.Arch, int) float64) (all []evolve.Trial) {
	t.Helper()
	if err := s.Init(evolve.Problem{Space: space.NB201{}}, evolve.Stream(3, "search")); err != nil {
		t.Fatal(err)
	}
	for {
		trial := evolve.Trial{ID: len(all) + 1}
		if !s.Ask(&trial.Proposal) {
			return all
		}
		all = append(all, trial)
		if err := s.Tell(&trial, &evolve.Result{Loss: loss(trial.Arch, trial.Tag)}); err != nil {
			t.Fatal(err)
		}
	}
}

// Finalists are the best candidates of their round, scored on everything; the best finalist of all rounds is the
// answer, whatever a candidate's few batches said.
func TestRounds(t *testing.T) {
	s := &rounds{rounds: 3, candidates: 20, finalists: 4, batches: 2}
	few := func(a evolve.Arch) float64 { return float64(evolve.Mix(1, uint64(space.NB201{}.Index(a))) >> 40) }
	all := func(a evolve.Arch) float64 { return float64(evolve.Mix(2, uint64(space.NB201{}.Index(a)))>>40) + 1e9 }
	trials := planted(t, s, func(a evolve.Arch, tag int) float64 {
		if tag < 0 {
			return all(a)
		}
		return few(a)
	})
	if len(trials) != 3*24 {
		t.Fatalf("%d trials, want 72", len(trials))
	}
	best, least := evolve.Arch(""), math.Inf(1)
	for round := range 3 {
		candidates := slices.Clone(trials[24*round:][:20])
		for i, c := range candidates {
			if from, n := s.part(&c); from != 2*(20*round+i) || n != 2 {
				t.Errorf("candidate %d of round %d is scored on %d batches from %d on", i, round, n, from)
			}
		}
		slices.SortStableFunc(candidates, func(a, b evolve.Trial) int { return int(few(a.Arch) - few(b.Arch)) })
		for i, f := range trials[24*round+20:][:4] {
			if f.Arch != candidates[i].Arch || f.Parents[0] != candidates[i].ID {
				t.Errorf("finalist %d of round %d is %s of trial %d, want %s of trial %d", i, round, f.Arch, f.Parents[0],
					candidates[i].Arch, candidates[i].ID)
			}
			if from, n := s.part(&f); from != 0 || n != 0 {
				t.Errorf("a finalist is scored on %d batches from %d on", n, from)
			}
			if x := all(f.Arch); x < least {
				best, least = f.Arch, x
			}
		}
	}
	if a, ok := s.Recommend(); !ok || a != best {
		t.Errorf("the answer is %s, want %s", a, best)
	}
}

// silent is a searcher that could recommend something and does not.
type silent struct{ evolve.Searcher }

func (silent) Tell(*evolve.Trial, *evolve.Result) error { return nil }

func (silent) Recommend() (evolve.Arch, bool) { return "", false }

// Where the inner searcher recommends nothing the answer is the first of the lowest losses.
func TestScoredAnswer(t *testing.T) {
	s := &scored{inner: silent{}, least: math.Inf(1)}
	for i, loss := range []float64{.5, .25, .25, .75} {
		trial := evolve.Trial{ID: i + 1, Proposal: evolve.Proposal{Arch: space.NB201{}.At(i)}}
		if err := s.Tell(&trial, &evolve.Result{Loss: loss}); err != nil {
			t.Fatal(err)
		}
	}
	if a, ok := s.Recommend(); !ok || a != (space.NB201{}).At(1) {
		t.Errorf("the answer is %s", a)
	}
}

// The presets are the published settings, and options change them.
func TestUniformPresets(t *testing.T) {
	for text, want := range map[string]oneshot.Plan{
		"rsws,preset=published": {Epochs: 0, Steps: 39062, LR: 0.025, LRMin: 0.001, Momentum: 0.9, WeightDecay: 3e-4,
			Clip: 0.25, Closed: "still", Split: "half"},
		"spos,preset=published,lr=0.1": {Steps: 150_000, LR: 0.1, Momentum: 0.9, WeightDecay: 4e-5, Closed: "still",
			Split: "val"},
		"rsws,epochs=3": {Epochs: 3, LR: 0.1, LRMin: 0.001, Momentum: 0.9, WeightDecay: 3e-4, Clip: 5, Closed: "still",
			Split: "val"},
	} {
		s := evolvetest.Open(t, evolve.Searchers, text).(*scored)
		if s.plan != want {
			t.Errorf("%s: %+v, want %+v", text, s.plan, want)
		}
	}
	published := evolvetest.Open(t, evolve.Searchers, "rsws,preset=published").(*scored).inner.(*rounds)
	if published.rounds != 3 || published.candidates != 1000 || published.batches != 10 || published.finalists != 10 {
		t.Errorf("rsws: %+v", published)
	}
	spos := evolvetest.Open(t, evolve.Searchers, "spos,preset=published").(*scored)
	if spos.most != 1000 || spos.scoring.Refit != 128 {
		t.Errorf("spos: %d trials, statistics of %d batches", spos.most, spos.scoring.Refit)
	}
}

// What cannot be searched is refused before anything runs.
func TestUniformRefused(t *testing.T) {
	for text, want := range map[string]struct {
		err  error
		says string
	}{
		"rsws,candidates=3,finalists=4": {evolve.ErrInvalid, "finalists=4 of candidates=3"},
		"rsws,split=third":              {evolve.ErrUnknown, "third"},
		"spos,inner=nobody":             {evolve.ErrUnknown, "nobody"},
	} {
		if _, _, err := evolve.Searchers.OpenText(text); !errors.Is(err, want.err) || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, c := range map[string]struct{ benchmark, says string }{
		"rsws":                         {"digits201", "rsws: "},
		"spos,inner=asha":              {tiny, "spos: inner: asha: "},
		"spos,inner=(spos)":            {tiny, "spos: inner: spos: "},
		"random":                       {tiny, "rsws, "},
		"spos,preset=published":        {tiny, ""},
		"spos,inner=(regevo),fair=yes": {tiny, ""},
	} {
		err := refused(t, c.benchmark, text)
		fits := c.says == ""
		if fits && err != nil || !fits && !errors.Is(err, evolve.ErrUnsupported) ||
			!fits && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", text, err, c.says)
		}
	}
}
