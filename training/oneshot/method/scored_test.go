package method

import (
	"context"
	"errors"
	"math"
	"os"
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

// record is what a study told its recorder.
type record []evolve.Outcome

func (r *record) Record(o *evolve.Outcome) error {
	*r = append(*r, *o)
	return nil
}

// run searches a benchmark in a folder, on top of what an earlier run there has told. A searcher that trains is its own
// evaluator.
func run(t testing.TB, ctx context.Context, benchmark, algo, dir string, workers, trials int, past record) (record,
	evolve.Searcher, error) {
	t.Helper()
	b, _, err := evolve.Benchmarks.OpenText(benchmark)
	if err != nil {
		t.Fatal(err)
	}
	if trainer, ok := b.(evolve.Trainer); ok {
		if b, err = trainer.In(dir, nil); err != nil {
			t.Fatal(err)
		}
	}
	s, _, err := evolve.Searchers.OpenText(algo)
	if err != nil {
		t.Fatal(err)
	}
	var e evolve.Evaluator = b
	if own, ok := s.(evolve.Evaluator); ok {
		e = own
	}
	var got record
	pool := evolve.Local(e, evolve.LocalOptions{Window: workers, Past: past})
	_, err = (&evolve.Study{Problem: b.Problem(), Searcher: s, Pool: pool, Recorder: &got, Seed: 7, Trials: trials}).
		Run(ctx)
	pool.Drain()
	return got, s, err
}

// bare are the outcomes without what is measured.
func bare(r record) (all []evolve.Outcome) {
	for _, o := range r {
		o.Cost, o.Start, o.End, o.Known = 0, 0, 0, nil
		all = append(all, o)
	}
	return all
}

func same(a, b record) bool {
	return slices.EqualFunc(bare(a), bare(b), func(x, y evolve.Outcome) bool {
		return x.Trial == y.Trial && x.Loss == y.Loss && x.Found == y.Found && x.Err == nil && y.Err == nil
	})
}

// checkpoint is the bytes of the one that a study has kept last.
func checkpoint(t testing.TB, dir string) (path string, text []byte) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*.ckpt"))
	if err != nil || len(all) == 0 {
		t.Fatalf("checkpoints of %s: %v, %v", dir, all, err)
	}
	path = slices.Max(all)
	if text, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return path, text
}

// A study that is stopped while it trains, and again while it scores, goes on to the same weights, proposals, scores and
// answer as one that is not.
func TestScoredResumes(t *testing.T) {
	for _, algo := range []string{"rsws,epochs=4,candidates=12,batches=1,finalists=3,rounds=2",
		"spos,epochs=4,trials=25,inner=(regevo,population=5,sample=2)", "spos,epochs=3,trials=12,fair=yes,refit=2"} {
		straight := t.TempDir()
		want, s, err := run(t, context.Background(), tiny, algo, straight, 1, 1<<20, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, ok := s.(evolve.Recommender).Recommend()
		if !ok {
			t.Fatalf("%s recommends nothing", algo)
		}
		_, weights := checkpoint(t, straight)

		dir := t.TempDir()
		past, _, err := run(t, stopping{context.Background(), dir}, tiny, algo, dir, 1, 1<<20, nil)
		if !errors.Is(err, context.Canceled) || len(past) > 0 {
			t.Fatalf("%s: %v after %d trials", algo, err, len(past))
		}
		if path, _ := checkpoint(t, dir); path >= filepath.Join(dir, "epoch-000003.ckpt") {
			t.Fatalf("%s: stopped when all was trained: %s", algo, path)
		}
		past, _, err = run(t, context.Background(), tiny, algo, dir, 1, 8, nil)
		if err != nil || len(past) != 8 {
			t.Fatalf("%s: %d trials, %v", algo, len(past), err)
		}
		got, s, err := run(t, context.Background(), tiny, algo, dir, 1, 1<<20, past)
		if err != nil {
			t.Fatal(err)
		}
		if !same(got, want) {
			t.Errorf("%s: another search after a stop:\n%v\n%v", algo, bare(got), bare(want))
		}
		if again, _ := s.(evolve.Recommender).Recommend(); again != answer {
			t.Errorf("%s answers %s after a stop, %s without", algo, again, answer)
		}
		if _, now := checkpoint(t, dir); string(now) != string(weights) {
			t.Errorf("%s: other weights after a stop", algo)
		}
	}
}

// stopping is a context that ends when a folder has a checkpoint.
type stopping struct {
	context.Context
	dir string
}

func (s stopping) Err() error {
	if kept, _ := filepath.Glob(filepath.Join(s.dir, "*.ckpt")); len(kept) > 0 {
		return context.Canceled
	}
	return nil
}

// Several workers score what one does, wait for the training, and begin nothing beside it.
func TestScoredWorkers(t *testing.T) {
	const algo = "rsws,epochs=60,candidates=20,batches=1,finalists=4,rounds=1"
	one, a, err := run(t, context.Background(), tiny, algo, t.TempDir(), 1, 1<<20, nil)
	if err != nil {
		t.Fatal(err)
	}
	four, b, err := run(t, context.Background(), tiny, algo, t.TempDir(), 4, 1<<20, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !same(one, four) {
		t.Errorf("four workers\n%v\none\n%v", bare(four), bare(one))
	}
	first, _ := a.(evolve.Recommender).Recommend()
	second, _ := b.(evolve.Recommender).Recommend()
	if first != second {
		t.Errorf("four workers answer %s, one %s", second, first)
	}
	for _, o := range four[1:] {
		if o.Start < four[0].End {
			t.Errorf("trial %d began at %g, before the training ended at %g", o.ID, o.Start, four[0].End)
		}
	}
	var others []float64
	for _, o := range four[1:] {
		others = append(others, o.Cost)
	}
	slices.Sort(others) // a loaded machine may delay any one of them
	if median := others[len(others)/2]; four[0].Cost < 2*median {
		t.Errorf("the trial that trains costs %g s, one that scores %g s", four[0].Cost, median)
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
