package byhand

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/checked"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	_ "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/verify"
)

var background = context.Background()

// loss is an invented loss of an architecture.
func loss(a evolve.Arch) float64 {
	x := uint64(7)
	for i := range len(a) {
		x = evolve.Mix(x, uint64(a[i]))
	}
	return float64(x>>40) / (1 << 24)
}

func ask(t *testing.T, dir string, g Given) Question {
	t.Helper()
	q, err := Ask(background, dir, g)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func tell(t *testing.T, dir string, trial int, r Result) State {
	t.Helper()
	s, err := Tell(background, dir, trial, r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Told at once, a study by hand is the study that Amoeba runs.
func TestIsTheStudy(t *testing.T) {
	for _, algo := range []string{"random", "regevo,population=5,sample=2", "tpe", "local"} {
		spec := Spec{Space: "nb201", Algo: algo, Seed: 3}
		s, err := spec.open()
		if err != nil {
			t.Fatal(err)
		}
		var want []evolve.Arch
		eval := evaluator(func(tr *evolve.Trial, r *evolve.Result) error {
			want = append(want, tr.Arch)
			if r.Loss = loss(tr.Arch); tr.ID%4 == 0 {
				return fmt.Errorf("out of memory: %w", evolve.ErrFailed)
			}
			return nil
		})
		p := evolve.Problem{Space: s.space, Fidelities: []evolve.Fidelity{{Epochs: 1}}}
		if _, err := (&evolve.Study{Problem: p, Searcher: s.searcher, Pool: evolve.Simulate(eval, 1), Trials: 14, Seed: 3}).Run(background); err != nil {
			t.Fatal(err)
		}
		dir, seed := filepath.Join(t.TempDir(), "a", "b"), uint64(3)
		for i := range want {
			q := ask(t, dir, Given{"nb201", algo, &seed})
			if q.Trial != i+1 || q.Arch != want[i] {
				t.Fatalf("%s: trial %d is %d of %s, want %s", algo, i+1, q.Trial, q.Arch, want[i])
			}
			r := Result{Loss: loss(q.Arch), Cost: 2}
			if q.Trial%4 == 0 {
				r = Result{Failed: "out of memory"}
			}
			if got := tell(t, dir, q.Trial, r); got.Trials != i+1 || len(got.Open) != 0 {
				t.Errorf("%s: %+v", algo, got)
			}
		}
	}
}

type evaluator func(*evolve.Trial, *evolve.Result) error

func (f evaluator) Evaluate(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	return f(t, r)
}

// Trials are told in any order, and those of processes that ask at once are different ones.
func TestOpenTrials(t *testing.T) {
	dir := t.TempDir()
	var mu sync.Mutex
	var wg sync.WaitGroup
	seen := map[int]evolve.Arch{}
	for range 4 {
		wg.Go(func() {
			for range 3 {
				q, err := Ask(background, dir, Given{Space: "bits,length=16", Algo: "regevo,population=20,sample=2"})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				seen[q.Trial] = q.Arch
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 12 {
		t.Fatalf("%d trials, want 12", len(seen))
	}
	var s State
	for _, id := range []int{12, 3, 1, 7, 2, 11, 4} {
		s = tell(t, dir, id, Result{Loss: float64(10 - id)})
	}
	want := State{7, []int{5, 6, 8, 9, 10}, &Best{12, seen[12], -2}}
	if d := cmp.Diff(want, s); d != "" {
		t.Error(d)
	}
	if s = tell(t, dir, 5, Result{Loss: -2}); s.Best.Trial != 5 { // of equal ones the earlier
		t.Errorf("%+v", s.Best)
	}
	if q := ask(t, dir, Given{}); q.Trial != 13 {
		t.Errorf("%+v", q)
	}
	tell(t, dir, 13, Result{Loss: 1})
	for trial, want := range map[int]string{
		14: "trial 14 was not asked for, trials 6, 8, 9, 10 are open", 0: "trial 0 was not asked for", 5: "trial 5 has its result, trials 6, 8, 9, 10 are open",
	} {
		if _, err := Tell(background, dir, trial, Result{Loss: 1}); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("trial %d: %v", trial, err)
		}
	}
	for _, r := range []Result{{Loss: math.NaN()}, {Loss: math.Inf(-1)}, {Cost: -1}, {Cost: math.Inf(1)}} {
		if _, err := Tell(background, dir, 6, r); !errors.Is(err, evolve.ErrInvalid) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	tell(t, dir, 6, Result{Loss: 1}) // nothing of these was written
}

// What a searcher answers from memory nobody is asked, and it is told of that again in every process; one that has
// nothing more says so.
func TestKnown(t *testing.T) {
	dir := t.TempDir()
	g := Given{Space: "bits,length=2", Algo: "random,repeat=cache"}
	var seen []evolve.Arch
	for {
		q, err := Ask(background, dir, g)
		if err != nil {
			if !errors.Is(err, evolve.ErrFailed) {
				t.Fatal(err)
			}
			break
		}
		if slices.Contains(seen, q.Arch) || len(seen) > 4 {
			t.Fatalf("%s after %s", q.Arch, seen)
		}
		seen = append(seen, q.Arch)
		tell(t, dir, q.Trial, Result{Loss: loss(q.Arch)})
	}
	text, err := os.ReadFile(filepath.Join(dir, File))
	if err != nil || !bytes.Contains(text, []byte(`"known":true`)) || len(seen) < 3 {
		t.Errorf("%s, %v:\n%s", seen, err, text)
	}
	dir = t.TempDir()
	for range 2 {
		ask(t, dir, Given{Space: "nb201", Algo: "regevo,population=2,sample=1"})
	}
	if _, err := Ask(background, dir, Given{}); !errors.Is(err, evolve.ErrFailed) || !strings.Contains(err.Error(), "waits for a result, trials 1, 2 are open") {
		t.Errorf("%v", err)
	}
}

func TestRefuses(t *testing.T) {
	dir, seed := t.TempDir(), uint64(2)
	for want, g := range map[string]Given{
		"holds no study yet: want --space, and --algo": {}, `space "nb20": did you mean`: {Space: "nb20"}, `searcher "tp": did you mean`: {Space: "nb201", Algo: "tp"},
		"there is no second fidelity": {Space: "nb201", Algo: "asha"}, "want a whole number": {Space: "nb201", Algo: "regevo,population=x"},
	} {
		if _, err := Ask(background, dir, g); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", g, err, want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("what was refused left %v", left)
	}
	if _, err := Tell(background, dir, 1, Result{}); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), "holds no study: amoeba ask begins one") {
		t.Error(err)
	}
	ask(t, dir, Given{Space: "nb201"})
	for want, g := range map[string]Given{
		"is a study of space nb201, not bits": {Space: "bits"}, "is a study of algo regevo, not random": {Algo: "random"}, "is a study of seed 1, not 2": {Seed: &seed},
	} {
		if _, err := Ask(background, dir, g); !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", g, err, want)
		}
	}
	stopped, cancel := context.WithCancel(background)
	cancel()
	if _, err := Ask(stopped, dir, Given{}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

// A torn last line is cut off; what is altered, or proposes otherwise now, is refused and stays.
func TestJournal(t *testing.T) {
	dir := t.TempDir()
	for range 3 {
		q := ask(t, dir, Given{Space: "nb201", Algo: "random"})
		tell(t, dir, q.Trial, Result{Loss: .5})
	}
	path := filepath.Join(dir, File)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	last := len(whole) - len(lines[len(lines)-2])
	for _, cut := range []int{last + 1, last + 20, len(whole) - 1} { // the result of trial 3
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if s := tell(t, dir, 3, Result{Loss: .5}); s.Trials != 3 {
			t.Errorf("%+v", s)
		}
		if got, _ := os.ReadFile(path); !bytes.Equal(got, whole) {
			t.Errorf("cut at %d: %s", cut, got)
		}
	}
	other, err := checked.Line(event{Ask: &asked{Trial: 2, Arch: "000000"}})
	if err != nil {
		t.Fatal(err)
	}
	for want, text := range map[string][]byte{
		"line 2 (byte": bytes.Replace(whole, []byte(`"trial":1`), []byte(`"trial":7`), 1), "no first line": nil, "is no journal of amoeba ask": bytes.Join(lines[1:], nil),
		"trial 2 has its result": slices.Concat(whole, lines[4]), "want a question or a result": slices.Concat(whole, lines[0]),
		"the journal has 000000: ": slices.Concat(lines[0], lines[1], lines[2], other),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Ask(background, dir, Given{})
		kind := evolve.ErrInvalid
		if strings.HasPrefix(want, "the journal") {
			kind = evolve.ErrDiverged
		}
		if !errors.Is(err, kind) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%v, want %s", err, want)
		}
		if got, _ := os.ReadFile(path); !bytes.Equal(got, text) {
			t.Errorf("%s: the file was changed", want)
		}
		reports, err := verify.Below(dir, Checker)
		if err != nil || len(reports) != 1 || (reports[0].Count(verify.Damaged) == 1) != (kind == evolve.ErrInvalid) {
			t.Errorf("%s: verify: %+v, %v", want, reports, err)
		}
	}
}

// A journal of any bytes is read or refused.
func FuzzJournal(f *testing.F) {
	var text []byte
	half := .5
	for _, e := range []event{{Study: &Spec{Space: "nb201", Algo: "random", Seed: 1}}, {Ask: &asked{Trial: 1, Arch: "000000"}}, {Ask: &asked{Trial: 2, Arch: "1", Known: true}},
		{Tell: &told{Trial: 1, Loss: &half}}} {
		line, err := checked.Line(e)
		if err != nil {
			f.Fatal(err)
		}
		text = append(text, line...)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		j := journal{path: "x"}
		if _, err := j.read(bytes.NewReader(text)); err != nil && !errors.Is(err, evolve.ErrInvalid) {
			t.Error(err)
		}
	})
}
