package lab

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/verify"
)

// trialsOf reads the journal of a run.
func trialsOf(t *testing.T, o *Outcome, dir string, arm, run int) []evolve.Outcome {
	t.Helper()
	past, err := journal.ReadFile(filepath.Join(o.runDir(dir, arm, run), trialsFile))
	if err != nil {
		t.Fatal(err)
	}
	return past
}

// A run on shared weights goes on to the searcher's end without a bound. What its trials became is recorded, scored and
// told; the answer is what the searcher recommends, or of one that recommends nothing the lowest loss; and what is
// reported of it is known at the end alone where no table knows it.
func TestSharedWeights(t *testing.T) {
	listenSharing(nil, nil)
	dir, _, o := once(t, shared(), 1)
	if o.Spec.Incumbent != "searcher" || o.Spec.Trials != 0 || sharing.trials != 2*3*sharedEpochs {
		t.Errorf("incumbent %q, bound %d, %d trials", o.Spec.Incumbent, o.Spec.Trials, sharing.trials)
	}
	trained := 0
	for a, arm := range o.Set.Arms {
		for run, r := range arm.Runs {
			past := trialsOf(t, o, dir, a, run)
			was, answer := strings.Repeat("0", 16), past[len(past)-1]
			for _, p := range past {
				if string(p.Arch) != was || p.Found == "" {
					t.Errorf("%s, run %d: trial %d is %s, found %s; want what was told before, %s", arm.Label, run, p.ID, p.Arch, p.Found, was)
				}
				was = string(p.Found)
				if arm.Label == "test-lowest" && p.Loss < answer.Loss {
					answer = p
				}
			}
			end := r.Final
			if end.Arch != string(answer.Found) || end.Loss != answer.Loss || end.Trial != sharedEpochs || end.SpentEpochs != sharedEpochs {
				t.Errorf("%s, run %d ends with %+v, want trial %+v", arm.Label, run, end, answer)
			}
			for _, step := range r.Steps {
				if known := step.Arch[0] == '1'; known == math.IsNaN(step.TestError) || known && step.ValError != .25 {
					t.Errorf("%s, run %d: a step %+v", arm.Label, run, step)
				}
			}
			want := evolve.Score{Val: .25, Test: .5}
			if end.Arch[0] != '1' {
				trained++
				n := float64(strings.Count(end.Arch, "1"))
				want = evolve.Score{Val: n / 100, Test: n / 50}
			}
			if end.ValError != want.Val || end.TestError != want.Test {
				t.Errorf("%s, run %d: reported %g, %g, want %+v", arm.Label, run, end.ValError, end.TestError, want)
			}
		}
	}
	if trained == 0 || trained == 6 || sharing.finished != trained {
		t.Errorf("%d answers of 6 are in no table, %d were trained", trained, sharing.finished)
	}
	if r, err := Verify(dir, noWeights); err != nil || r.Count(verify.Damaged) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Several studies at a time find what one after another does.
func TestSharedStudiesAtATime(t *testing.T) {
	listenSharing(nil, nil)
	_, want, _ := once(t, shared(), 1)
	if sharing.most != 1 {
		t.Errorf("%d trials at a time on one thread", sharing.most)
	}
	listenSharing(nil, nil)
	_, got, _ := once(t, shared(), 3)
	differ(t, "on three threads", want, got)
}

// Stopped after any trial it ends as if never stopped. A trial whose state was not kept is dropped from the journal and
// evaluated again, with all that were told of it.
func TestSharedResumes(t *testing.T) {
	s := shared()
	s.Algos, s.Seeds = s.Algos[:1], 1
	listenSharing(nil, nil)
	_, want, _ := once(t, s, 1)
	for stop := 1; stop <= sharedEpochs; stop++ {
		dir := filepath.Join(t.TempDir(), "e")
		ctx, cancel := context.WithCancel(t.Context())
		listenSharing(func(trial int) {
			if trial == stop {
				cancel()
			}
		}, nil)
		if _, err := runSpec(t, s, dir, 1, ctx); err == nil && stop < sharedEpochs {
			t.Fatalf("stopped after trial %d, it ended", stop)
		}
		cancel()
		listenSharing(nil, nil)
		if _, err := runSpec(t, s, dir, 1, t.Context()); err != nil {
			t.Fatal(err)
		}
		differ(t, fmt.Sprint("stopped after trial ", stop), want, folder(t, dir))
		again := sharedEpochs - stop + stop%2 // the state is kept after every other trial
		if sharing.trials != again {
			t.Errorf("stopped after trial %d: %d trials more, want %d", stop, sharing.trials, again)
		}
	}
}

// A state that is lost altogether is made again from the first trial.
func TestSharedStateLost(t *testing.T) {
	s := shared()
	s.Algos, s.Seeds = s.Algos[:1], 1
	listenSharing(nil, nil)
	_, want, _ := once(t, s, 1)
	dir := filepath.Join(t.TempDir(), "e")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	listenSharing(func(trial int) {
		if trial == 6 {
			cancel()
		}
	}, nil)
	if _, err := runSpec(t, s, dir, 1, ctx); err == nil {
		t.Fatal("it ended")
	}
	if err := os.RemoveAll(filepath.Join(open(t, s).runDir(dir, 0, 0), weightsFolder)); err != nil {
		t.Fatal(err)
	}
	listenSharing(nil, nil)
	if _, err := runSpec(t, s, dir, 1, t.Context()); err != nil {
		t.Fatal(err)
	}
	differ(t, "without its weights", want, folder(t, dir))
	if sharing.trials != sharedEpochs {
		t.Errorf("%d trials, want all %d", sharing.trials, sharedEpochs)
	}
}

// Stopped while the answer is trained, it trains the answer once more and nothing else; resumed after that, nothing.
func TestSharedFinishResumes(t *testing.T) {
	s := shared()
	s.Algos, s.Seeds = s.Algos[:1], 3
	dir := filepath.Join(t.TempDir(), "e")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	listenSharing(nil, cancel)
	_, err := runSpec(t, s, dir, 1, ctx)
	if stopped := new(Interrupted); !errors.As(err, &stopped) || sharing.finished != 1 {
		t.Fatalf("%v after %d trainings of an answer", err, sharing.finished)
	}
	begun := sharing.trials
	listenSharing(nil, nil)
	o, err := runSpec(t, s, dir, 1, t.Context())
	if err != nil || sharing.trials != 3*sharedEpochs-begun || sharing.finished == 0 {
		t.Errorf("%v: %d trials after %d, and %d trainings of answers", err, sharing.trials, begun, sharing.finished)
	}
	for run, r := range o.Set.Arms[0].Runs {
		if math.IsNaN(r.Final.TestError) {
			t.Errorf("run %d has no result", run)
		}
	}
	listenSharing(nil, nil)
	if _, err := runSpec(t, s, dir, 1, t.Context()); err != nil || sharing.trials+sharing.finished != 0 {
		t.Errorf("%v: a finished experiment trains %d times more", err, sharing.trials+sharing.finished)
	}
}

// What a searcher recommends that no trial has tried, as the likeliest architecture of a policy may be, is an answer
// without a loss, which a table knows or which is trained alone as others are.
func TestSharedUntried(t *testing.T) {
	s := shared()
	s.Algos = []string{"test-foresees"}
	listenSharing(nil, nil)
	dir, _, o := once(t, s, 1)
	for run, r := range o.Set.Arms[0].Runs {
		past := trialsOf(t, o, dir, 0, run)
		end, want := r.Final, .5
		if end.Arch[0] != '1' {
			want = float64(strings.Count(end.Arch, "1")) / 50
		}
		if end.Arch != string(turned(past[len(past)-1].Found)) || !math.IsNaN(end.Loss) || end.TestError != want {
			t.Errorf("run %d ends with %+v, the last of %+v", run, end, past)
		}
	}
	if r, err := Verify(dir, noWeights); err != nil || r.Count(verify.Damaged) > 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// The answer of a searcher that leaves the search to one which recommends nothing is the lowest loss, as that one's is.
func TestSharedDeferred(t *testing.T) {
	s := shared()
	s.Algos = []string{"test-defers"}
	listenSharing(nil, nil)
	dir, _, o := once(t, s, 1)
	for run, r := range o.Set.Arms[0].Runs {
		past := trialsOf(t, o, dir, 0, run)
		least := math.Inf(1)
		for i := range past {
			least = min(least, past[i].Loss)
		}
		if r.Final.Loss != least || r.Final.Arch == "" {
			t.Errorf("run %d ends with %+v, the lowest loss is %g", run, r.Final, least)
		}
	}
}

// An answer that was recommended before its first trial has a loss after that, also where nobody trains the weights.
func TestSharedTriedLater(t *testing.T) {
	e := open(t, shared())
	r := e.recorder(e.Bench, &e.Arms[0], 0)
	r.problem.Sharing = nil
	const a = "0110011001100110"
	if err := r.heedNow(a, true); err != nil || r.row.Arch != a || !math.IsNaN(r.row.Loss) {
		t.Fatalf("%v: %+v", err, r.row)
	}
	tried := &evolve.Outcome{Trial: evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: a}}, Result: evolve.Result{Loss: .5}}
	for range 2 {
		if err := errors.Join(r.Record(tried), r.heedNow(a, true)); err != nil || r.row.Loss != .5 || len(r.rows) != 2 {
			t.Errorf("%v: %+v, %d entries", err, r.row, len(r.rows))
		}
	}
}

// An answer whose training fails has no result; its run has ended, and is not tried again.
func TestSharedFinishFails(t *testing.T) {
	s := shared()
	s.Algos, s.Seeds = s.Algos[:1], 3
	dir := filepath.Join(t.TempDir(), "e")
	listenSharing(nil, nil)
	sharing.fails = true
	told := map[int]string{}
	o, err := open(t, s).Run(t.Context(), Options{Procs: 1, Dir: dir, Observer: evolve.On(func(u Unjudged) {
		told[u.Run] = u.Arch + " " + u.Err.Error()
	})})
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for run, r := range o.Set.Arms[0].Runs {
		unknown := math.IsNaN(r.Final.TestError) && math.IsNaN(r.Final.ValError)
		if unknown {
			failed++
			if want := r.Final.Arch + " the loss is NaN: failed"; told[run] != want {
				t.Errorf("run %d: told %q, want %q", run, told[run], want)
			}
		}
		if unknown == (r.Final.Arch[0] == '1') || !r.Final.Final || r.Underway || r.Final.Trial != sharedEpochs {
			t.Errorf("run %d ends with %+v", run, r.Final)
		}
	}
	if failed == 0 || sharing.finished != failed || len(told) != failed {
		t.Errorf("%d runs without a result, %d trainings of answers", failed, sharing.finished)
	}
	listenSharing(nil, nil)
	if _, err := runSpec(t, s, dir, 1, t.Context()); err != nil || sharing.trials+sharing.finished != 0 {
		t.Errorf("%v: a finished experiment trains %d times more", err, sharing.trials+sharing.finished)
	}
}

// Bounds cut what has no bound of its own, and a run that one cut goes on to a later one.
func TestSharedBounds(t *testing.T) {
	s := shared()
	s.Algos, s.Seeds = s.Algos[:1], 1
	listenSharing(nil, nil)
	_, want, _ := once(t, s, 1)
	whole := want[filepath.Join(runsFolder, "00-test-epochs-000000", trialsFile)]
	for name, bound := range map[string]func(*Spec){
		"trials": func(s *Spec) { s.Trials = 3 }, "epochs": func(s *Spec) { s.TotalEpochs = 3 },
	} {
		cut := s
		bound(&cut)
		listenSharing(nil, nil)
		dir, got, o := once(t, cut, 1)
		trials := got[filepath.Join(runsFolder, "00-test-epochs-000000", trialsFile)]
		if n := strings.Count(trials, "\n"); n != 3 || sharing.trials != 3 || !strings.HasPrefix(whole, trials) || o.Set.Arms[0].Runs[0].Final.Trial != 3 {
			t.Errorf("%s: %d trials in the journal, %d evaluated:\n%s", name, n, sharing.trials, trials)
		}
		if name != "trials" {
			continue
		}
		listenSharing(nil, nil)
		e, err := OpenExtended(dir, Extension{Trials: 6})
		if err == nil {
			_, err = e.Run(t.Context(), Options{Procs: 1, Dir: dir})
		}
		if err != nil {
			t.Fatal(err)
		}
		cut.Trials = 6
		_, want, _ := once(t, cut, 1)
		differ(t, "extended", want, folder(t, dir))
	}
	dir := filepath.Join(t.TempDir(), "e")
	if _, err := runSpec(t, s, dir, 1, t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenExtended(dir, Extension{Trials: 9}); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "no bound but the end of each search") {
		t.Errorf("a bound for runs that have none: %v", err)
	}
}

// What does not go together is refused before anything runs, in one line.
func TestSharedRefusals(t *testing.T) {
	for _, c := range []struct {
		change func(*Spec)
		key    string
		want   string
	}{
		{func(s *Spec) { s.Workers = 2 }, "workers", `^workers 2: each trial of test-epochs begins where the one before it ended: want 1 worker;`},
		{func(s *Spec) { s.Algos = []string{"random"} }, "algos", `the weights that architectures of bits share are not trained here without weights=FILE: want a searcher that trains them \(.*test-epochs.*\): unsupported$`},
		{func(s *Spec) { s.Benchmark = "bits" }, "algos", `there are no shared weights to train`},
	} {
		s := shared()
		c.change(&s)
		_, err := Open(s)
		key := new(KeyError)
		if !errors.As(err, &key) || key.Key != c.key || !errors.Is(err, evolve.ErrUnsupported) || !regexp.MustCompile(c.want).MatchString(err.Error()) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %s of %s", err, c.want, c.key)
		}
	}
	s := shared()
	s.Algos, s.TotalEpochs = []string{"test-before"}, sharedEpochs-1
	listenSharing(nil, nil)
	_, err := runSpec(t, s, filepath.Join(t.TempDir(), "e"), 1, t.Context())
	if want := "total_epochs 7: the first trial of test-before trains the shared weights for 8 epochs: want 8 or more, or overshoot count"; !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(fmt.Sprint(err), want) || sharing.trials != 0 {
		t.Errorf("%v after %d trials, want %s", err, sharing.trials, want)
	}
	s = shared()
	s.Incumbent = "observed" // the lowest loss is asked for in so many words, and written down
	e := open(t, s)
	if e.Spec.Advised() || !strings.Contains(string(e.YAML()), "incumbent: observed") {
		t.Errorf("%s", e.YAML())
	}
	again, err := ReadSpec("experiment.yaml", e.YAML())
	if err != nil || open(t, again).ID() != e.ID() {
		t.Errorf("%+v, %v", again, err)
	}
}
