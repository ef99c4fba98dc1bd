package report

import (
	"context"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// made is a paper that nobody wrote, with numbers to compare with or with claims alone.
func made() *papers.Paper {
	return &papers.Paper{
		Name: "made-up", Title: "Bits", Paper: "Nobody 1999", Unit: "%", Reference: "published",
		Protocol: []string{"60 trials"}, Differences: []string{"the hardware"},
		Experiments: []papers.Experiment{{Name: "x", Benchmark: "bits,length=8", Trials: 60, Seeds: 10, Algos: []string{"random"}}},
		Rows: []papers.Row{
			{Label: "near", Experiment: "x", Algo: "random", Metric: "val", Mean: 93, SD: 5, N: 10, Margin: 40, Note: "a note"},
			{Label: "second-hand", Experiment: "x", Algo: "random", Metric: "test", Mean: 10, Margin: 1, Note: "a note", Unverified: true},
		},
		Claims: []papers.Claim{{Experiment: "x", Metric: "val", A: "random", B: "random", Relation: "same", Margin: 50}},
	}
}

func reproduced(t *testing.T, p *papers.Paper, seeds int) *papers.Reproduction {
	t.Helper()
	r, err := papers.Reproduce(context.Background(), p, papers.Options{Options: lab.Options{Procs: 2}, Seeds: seeds, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(t *testing.T, r *papers.Reproduction, real bool) string {
	t.Helper()
	var b strings.Builder
	if err := WriteReproduction(&b, r, real); err != nil || strings.Contains(b.String(), "NaN") {
		t.Errorf("%v:\n%s", err, b.String())
	}
	return b.String()
}

// All but the real seconds is the same for one seed.
func TestWriteReproduction(t *testing.T) {
	r := reproduced(t, made(), 0)
	golden(t, "reproduction.txt", []byte(text(t, r, false)))
	if got := text(t, r, true); strings.Count(got, " real s") != 1 {
		t.Errorf("the seconds of one algorithm:\n%s", got)
	}
	claims := made()
	claims.Rows, claims.Reference = nil, "the order alone"
	golden(t, "reproduction-claims.txt", []byte(text(t, reproduced(t, claims, 0), false)))
	if got := text(t, reproduced(t, made(), 1), false); !strings.Contains(got, "0 rows equivalent, 0 differ, 0 cannot be judged, 2 were run too short to judge.\nFewer than 10 runs") {
		t.Errorf("one run judges nothing:\n%s", got)
	}
}

func TestForest(t *testing.T) {
	r := reproduced(t, made(), 0)
	f := Forest(r)
	if len(f.Rows) != 2 || f.Rows[0].Published.Spread != 5 || f.Rows[0].Difference.Mean != float64(r.Rows[0].Diff) ||
		!strings.Contains(f.Note, "Ours: 10 runs each. ") || strings.Contains(f.Note, "published numbers") ||
		f.Rows[0].Margin != 40 || f.Rows[1].Margin != 0 {
		t.Errorf("%+v", f)
	}
	// A single run has no interval, and is drawn as a point.
	if f := Forest(reproduced(t, made(), 1)); f.Rows[0].Ours.Spread != 0 || f.Rows[0].Difference.Spread != 0 || f.Rows[0].Verdict != papers.TooShort {
		t.Errorf("%+v", f.Rows[0])
	}
}

// A row that was tuned on the numbers it is held against is no plain agreement, one of other data is not judged, and
// neither is what nothing ran for counted as nothing.
func TestTunedAndLeftOut(t *testing.T) {
	p := made()
	p.Rows[0].Tuned, p.Rows[1].Unverified, p.Rows[1].Incomparable = true, false, true
	p.Rows = append(p.Rows, papers.Row{Label: "gone", Mean: 1, Missing: "nobody has it"})
	r := reproduced(t, p, 0)
	got := text(t, r, false)
	for _, want := range []string{"equivalent, tuned here (40)", "not comparable (1)",
		"\n0 rows equivalent, 0 differ, 0 cannot be judged, 1 equivalent but tuned here, 1 not comparable, 1 cannot be reproduced.\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if note := Forest(r).Note; !strings.Contains(note, "Not drawn: 1 row skipped") {
		t.Error(note)
	}
	if got := text(t, reproduced(t, p, 3), false); !strings.Contains(got, "  - x: 3 runs, not 10\n") {
		t.Errorf("sizes are not told:\n%s", got)
	}
	if got := address("we ird (x) <b>/a.svg"); strings.ContainsAny(got, " <>") {
		t.Error(got)
	}
}

// Every paper has a line that says where its numbers come from.
func TestWritePapers(t *testing.T) {
	var b strings.Builder
	if err := WritePapers(&b); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "references "); n != len(papers.Names()) || !strings.HasPrefix(b.String(), papers.Names()[0]+" ") {
		t.Errorf("%d lines:\n%s", n, b.String())
	}
}
