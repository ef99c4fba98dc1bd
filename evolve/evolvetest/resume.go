package evolvetest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
)

// resume cuts a journal after every tenth line, at times in the middle of the next, and runs the study again on real
// workers: but for its clock the journal must be that of the uninterrupted run, and nothing that is recorded may be
// paid twice. Failures are among the records.
func (c *searcher) resume(t *testing.T, workers int) {
	path := filepath.Join(t.TempDir(), "trials.jsonl")
	paid, want := c.journalled(t, path, workers)
	lines := bytes.SplitAfter(read(t, path), []byte("\n"))
	lines = lines[:len(lines)-1] // what follows the last line's end
	if len(lines) != c.trials {
		t.Fatalf("%d lines, want %d", len(lines), c.trials)
	}
	step := 10
	if testing.Short() || c.models {
		step = 30 // journals are synced line by line, and models fitted again, which is what this costs
	}
	for cut := 10; cut < len(lines); cut += step {
		part := bytes.Join(lines[:cut], nil)
		if cut%20 == 0 || c.models { // 20, 40, …; with -short 40, 100
			part = append(part, lines[cut][:len(lines[cut])/2]...)
		}
		if err := os.WriteFile(path, part, 0o644); err != nil {
			t.Fatal(err)
		}
		again, got := c.journalled(t, path, workers)
		if !slices.EqualFunc(got, want, func(a, b journal.Trial) bool { return a.Same(&b) }) {
			t.Fatalf("cut after %d trials: the resumed journal differs", cut)
		}
		rest := slices.DeleteFunc(slices.Clone(paid), func(id int) bool { return id <= cut })
		if !slices.Equal(again, rest) {
			t.Fatalf("cut after %d trials: evaluated trials %v, want the unrecorded %v", cut, again, rest)
		}
	}
}

// journalled runs over the journal at path. It returns the numbers of the trials that were evaluated anew, and all
// trials as the journal has them in the order of their numbers, without their place on the clock.
func (c *searcher) journalled(t *testing.T, path string, workers int) (paid []int, all []journal.Trial) {
	t.Helper()
	f, err := journal.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e := &counter{Evaluator: failing{c.bench, 5}}
	pool := evolve.Local(e, evolve.LocalOptions{Window: workers, Procs: 1, Past: f.Past(), Journal: f})
	s := evolve.Study{Problem: c.bench.Problem(), Searcher: c.new(t), Pool: pool, Seed: suiteSeed, Trials: c.trials}
	_, err = s.Run(context.Background())
	pool.Drain()
	if err := errors.Join(err, f.Arrange()); err != nil {
		t.Fatal(err)
	}
	past, err := journal.ReadWhole(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range past {
		row := journal.TrialOf("", "", 0, &past[i])
		row.Start, row.End = 0, 0
		all = append(all, row)
	}
	return e.ids, all
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
