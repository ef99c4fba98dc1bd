package lab

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	_ "github.com/amoeba-nas/amoeba/surrogate"
)

// faulty is random search that goes wrong at its 20th proposal, or before it begins, or breaks there in a third of all
// runs; it is registered in this test's binary alone.
type faulty struct {
	how   string
	bad   bool // this run breaks
	space evolve.Space
	r     *rand.Rand
	asked int
}

func (f *faulty) Init(p evolve.Problem, r *rand.Rand) error {
	f.space, f.r, f.asked, f.bad = p.Space, r, 0, r.IntN(3) == 0
	if f.how == "refuse" {
		return fmt.Errorf("not this space: %w", evolve.ErrUnsupported)
	}
	return nil
}

func (f *faulty) Ask(p *evolve.Proposal) bool {
	if f.how == "silent" {
		return false
	}
	if f.asked++; f.asked == 20 && f.how == "panic" {
		panic("out of ideas")
	}
	p.Arch = f.space.Sample(f.r)
	return true
}

func (f *faulty) Tell(*evolve.Trial, *evolve.Result) error {
	if f.asked == 20 && f.how == "error" {
		return errors.New("does not like it")
	}
	if f.asked == 20 && f.how == "break" && f.bad {
		return fmt.Errorf("its program died: %w", evolve.ErrBroken)
	}
	return nil
}

func TestMain(m *testing.M) {
	for _, how := range []string{"panic", "error", "silent", "refuse", "break"} {
		evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{Name: "test-" + how, New: func(evolve.Options) (evolve.Searcher, error) { return &faulty{how: how}, nil }})
	}
	fileTrials, filesOfArm = 6000, 4 // a file of 4 runs of 1500 trials
	asChild()
	goleak.VerifyTestMain(m)
}

// small is an experiment of 3 arms with several files of trials each and studies long enough to be
// stopped in the middle.
func small(workers int, record string) Spec {
	s := Default()
	s.Benchmark, s.Algos = "bits,length=24,noise=0.1", []string{"regevo,population=10,sample=3", "eaopt,population=10", "random"}
	s.Seeds, s.Trials, s.Workers, s.Record = 15, 1500, workers, record
	return s
}

func open(t *testing.T, s Spec) *Experiment {
	t.Helper()
	e, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// files are a folder's files by name, but some.
func files(t *testing.T, dir string, but ...string) map[string]string {
	t.Helper()
	got := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range entries {
		if slices.Contains(but, f.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got[f.Name()] = string(text)
	}
	return got
}

// same compares folders without printing Parquet.
func same(t *testing.T, what string, want, got map[string]string) {
	t.Helper()
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s: %s differs (%d bytes, want %d)", what, name, len(got[name]), len(text))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s: %s should not be there", what, name)
		}
	}
}

func finished(t *testing.T, s Spec, procs int) (string, map[string]string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "e")
	if _, err := open(t, s).Run(context.Background(), Options{Procs: procs, Dir: dir}); err != nil {
		t.Fatal(err)
	}
	return dir, files(t, dir)
}

func TestProcsChangeNoByte(t *testing.T) {
	for _, s := range []Spec{small(1, "incumbents"), small(8, "all"), small(3, "none")} {
		_, want := finished(t, s, 1)
		for _, procs := range []int{2, 8} {
			_, got := finished(t, s, procs)
			same(t, fmt.Sprintf("record=%s, %d procs", s.Record, procs), want, got)
		}
	}
}

func TestRecord(t *testing.T) {
	_, some := finished(t, small(1, "incumbents"), 2)
	_, none := finished(t, small(1, "none"), 2)
	dir, all := finished(t, small(1, "all"), 2)
	names := func(m map[string]string) (n int) {
		for f := range m {
			if strings.HasPrefix(f, "trials-") {
				n++
			}
		}
		return n
	}
	if names(some) != 0 || names(none) != 0 || names(all) < 3 {
		t.Errorf("trials files: %d, %d and %d", names(some), names(none), names(all))
	}
	if len(none[IncumbentsFile]) >= len(some[IncumbentsFile]) {
		t.Error("record=none keeps as much as record=incumbents")
	}
	o, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	// Every trial, in the order told, and the incumbents are the minima of what they say.
	s := o.Spec
	for a := range o.Arms {
		var rows []journal.Trial
		for _, c := range o.units() {
			if c.arm == a {
				got, err := journal.Read[journal.Trial](o.trialsPath(dir, c), o.trialsID(c))
				if err != nil {
					t.Fatal(err)
				}
				rows = append(rows, got...)
			}
		}
		if len(rows) != s.Seeds*s.Trials {
			t.Fatalf("%s: %d trials, want %d", o.Arms[a].Label, len(rows), s.Seeds*s.Trials)
		}
		for run, r := range o.Set.Arms[a].Runs {
			best, at := rows[run*s.Trials], 0
			for i, x := range rows[run*s.Trials : (run+1)*s.Trials] {
				if int(x.Run) != run {
					t.Fatalf("row %d is of run %d, want %d", i, x.Run, run)
				}
				if x.Loss < best.Loss {
					best, at = x, i
				}
			}
			if r.Final.Loss != float64(best.Loss) || r.Final.Arch != best.Arch || r.Steps[len(r.Steps)-1].Trial != int64(at+1) {
				t.Fatalf("%s run %d: incumbent %v, the best trial is %d: %v", o.Arms[a].Label, run, r.Final, at+1, best)
			}
		}
	}
}

// stopper cancels at an evaluation.
type stopper struct {
	evolve.Benchmark
	left   *atomic.Int64
	cancel context.CancelFunc
}

func (s stopper) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if s.left.Add(-1) == 0 {
		s.cancel()
	}
	return s.Benchmark.Evaluate(ctx, t, r)
}

// stopAt runs what a folder lacks until the n-th evaluation, and says whether it was stopped.
func stopAt(t *testing.T, e *Experiment, dir string, procs int, n int64) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	left := new(atomic.Int64)
	left.Store(n)
	e.Bench = stopper{e.Bench, left, cancel}
	_, err := e.Run(ctx, Options{Procs: procs, Dir: dir})
	if err == nil {
		return false
	}
	var stopped *Interrupted
	if !errors.As(err, &stopped) || !errors.Is(err, context.Canceled) || stopped.Dir != dir || stopped.Total != len(e.Arms)*e.Spec.Seeds || stopped.Done > stopped.Total {
		t.Fatalf("stopped at evaluation %d: %+v", n, err)
	}
	if Finished(dir) {
		t.Fatalf("stopped at evaluation %d: the folder counts as finished", n)
	}
	return true
}

func TestResume(t *testing.T) {
	for _, s := range []Spec{small(1, "incumbents"), small(8, "incumbents"), small(1, "all"), small(8, "all"), small(8, "none")} {
		_, want := finished(t, s, 2)
		total := int64(len(s.Algos) * s.Seeds * s.Trials)
		for _, n := range []int64{1, total / 5, total / 2, total - 1} {
			for procs := 1; procs <= 2; procs++ {
				what := fmt.Sprintf("%d workers, record=%s, %d procs, stopped at %d of %d", s.Workers, s.Record, procs, n, total)
				dir := filepath.Join(t.TempDir(), "e")
				e := open(t, s)
				for again := 0; again < 20 && stopAt(t, e, dir, procs, n); again++ { // and again, from where it stands
					var err error
					if e, err = OpenExtended(dir, Extension{}); err != nil {
						t.Fatalf("%s: %v", what, err)
					}
					if again == 1 {
						n = 1 << 60
					}
				}
				same(t, what, want, files(t, dir))
			}
			if testing.Short() {
				break
			}
		}
	}
}

func TestErrorsOfSearchers(t *testing.T) {
	for algo, want := range map[string]string{"test-panic": "test-panic: internal error: out of ideas", "test-error": "test-error, run 0: trial 20: tell: does not like it"} {
		s := small(1, "all")
		s.Algos, s.Seeds = []string{algo}, 1
		dir := t.TempDir()
		_, err := open(t, s).Run(context.Background(), Options{Procs: 2, Dir: dir})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", algo, err, want)
		}
		if got := files(t, dir); len(got) != 3 || got[SpecFile] == "" || got[ManifestFile] == "" || got[soFarFile] == "" {
			t.Errorf("%s: the folder holds %d files", algo, len(got))
		}
	}
}

// Runs that find nothing are an outcome, told as what cannot be known.
func TestNothingFound(t *testing.T) {
	s := small(1, "incumbents")
	s.Algos = []string{"test-silent", "random"}
	dir := t.TempDir()
	o, err := open(t, s).Run(context.Background(), Options{Procs: 1, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if back, err := Load(dir); err != nil {
		t.Error(err)
	} else if d := cmp.Diff(fmt.Sprint(o.Set.Arms), fmt.Sprint(back.Set.Arms)); d != "" {
		t.Error(d)
	}
}

func TestProgress(t *testing.T) {
	s := small(1, "none")
	var last [2]int
	_, err := open(t, s).Run(context.Background(), Options{Procs: 2, Observer: func(e evolve.Event) {
		p := e.(Progress)
		if p.Done < last[0] || p.Done > p.Of {
			t.Errorf("%d of %d after %d", p.Done, p.Of, last[0])
		}
		last = [2]int{p.Done, p.Of}
	}})
	if want := (s.Seeds * len(s.Algos)); err != nil || last != [2]int{want, want} {
		t.Errorf("%v; ended at %v", err, last)
	}
}
