package evolvetest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// resume cuts a journal after every tenth line, at times in the middle of the next,
// and runs the study again: the bytes must be those of the uninterrupted run, and nothing
// that is recorded may be paid twice. Failures are among the records.
func (c *searcher) resume(t *testing.T, workers int) {
	path := filepath.Join(t.TempDir(), "trials.jsonl")
	paid, order := c.journalled(t, path, workers)
	whole := read(t, path)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	lines = lines[:len(lines)-1] // what follows the last line's end
	if len(lines) != c.trials {
		t.Fatalf("%d lines, want %d", len(lines), c.trials)
	}
	step := 10
	if testing.Short() {
		step = 30 // journals are synced line by line, which is what this costs
	}
	for cut := 10; cut < len(lines); cut += step {
		part := bytes.Join(lines[:cut], nil)
		if cut%20 == 0 { // 20, 40, …; with -short 40, 100
			part = append(part, lines[cut][:len(lines[cut])/2]...)
		}
		if err := os.WriteFile(path, part, 0o644); err != nil {
			t.Fatal(err)
		}
		again, _ := c.journalled(t, path, workers)
		if !bytes.Equal(read(t, path), whole) {
			t.Fatalf("cut after %d trials: the resumed journal differs", cut)
		}
		want := slices.DeleteFunc(slices.Clone(paid), func(id int) bool { return slices.Contains(order[:cut], id) })
		if !slices.Equal(again, want) {
			t.Fatalf("cut after %d trials: evaluated trials %v, want the unrecorded %v", cut, again, want)
		}
	}
}

// journalled runs over the journal at path and returns the trials that were evaluated anew
// and all trials in the order of the journal.
func (c *searcher) journalled(t *testing.T, path string, workers int) (paid, order []int) {
	t.Helper()
	f, err := journal.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r tape
	e := &counter{Evaluator: failing{c.bench, 5}}
	s := evolve.Study{Problem: c.bench.Problem(), Searcher: c.new(t), Pool: evolve.Simulate(evolve.Replay(f.Past(), e), workers),
		Recorder: both{f, &r}, Seed: suiteSeed, Trials: c.trials}
	if _, err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, o := range r.outcomes {
		order = append(order, o.ID)
	}
	return e.ids, order
}

// both records twice.
type both [2]evolve.Recorder

func (b both) Record(o *evolve.Outcome) error {
	if err := b[0].Record(o); err != nil {
		return err
	}
	return b[1].Record(o)
}

// counter notes which trials reach an evaluator.
type counter struct {
	evolve.Evaluator
	ids []int
}

func (c *counter) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	c.ids = append(c.ids, t.ID)
	return c.Evaluator.Evaluate(ctx, t, r)
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
