package ranking

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/truth"
)

// made is a truth of live cells whose losses are normal with a little noise, and these losses without it.
func made(t *testing.T, cells int) (*truth.Truth, []float64) {
	t.Helper()
	r := evolve.Stream(1, "truth of a test")
	table := &ownruns.Table{Header: ownruns.Header{Space: "nb201", Seeds: 2, Epochs: 1, Images: ownruns.Images{Train: 1, Val: 1000, Test: 1000}}}
	var losses []float64
	for i := 15624; len(table.Cells) < cells; i-- {
		a := space.NB201{}.At(i)
		if (space.NB201{}).Dead(a) {
			continue
		}
		x := 1 + .1*r.NormFloat64()
		losses = append(losses, x)
		table.Cells, table.Params = append(table.Cells, a), append(table.Params, 1)
		for range 2 {
			y := x + .01*r.NormFloat64()
			table.TestLoss, table.Test = append(table.TestLoss, float32(y)), append(table.Test, int(math.Round(1000-400*y)))
		}
	}
	tr, err := truth.Of("made", truth.Test, table)
	if err != nil {
		t.Fatal(err)
	}
	return tr, losses
}

// scores are the losses of a truth with so much noise, negated.
func scores(variant string, epoch int, seed uint64, losses []float64, noise float64) Scores {
	r := evolve.Stream(seed, fmt.Sprint(variant, epoch))
	s := Scores{Checkpoint: fmt.Sprintf("%s-%d-%d.ckpt", variant, epoch, seed), Seed: seed, Epoch: epoch, Variant: variant}
	for _, x := range losses {
		s.Values = append(s.Values, -x+noise*r.NormFloat64())
	}
	return s
}

func of(t *testing.T, tr *truth.Truth, all []Scores) *Report {
	t.Helper()
	r, err := Of(context.Background(), tr, all, Options{Resamplings: 20, Tables: 3, Seed: 1, Procs: 2})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Ten seeds of two variants at two epochs with controls: what was put in comes out.
func TestReport(t *testing.T) {
	tr, losses := made(t, 300)
	var all []Scores
	for seed := range uint64(10) {
		all = append(all, scores("good", 2, seed, losses, .02), scores("bad", 2, seed, losses, .3), scores("good", 1, seed, losses, .1),
			scores("good", 0, seed, losses, 1))
		control := scores("shuffled", 2, seed, losses, 1e6)
		control.Shuffled = true
		all = append(all, control)
	}
	r := of(t, tr, all)
	if len(r.Results) != 50 || len(r.Means) != 5 || r.Cells != 300 || r.By != truth.ByLoss || len(r.Others) != 1 || r.Others[0].By != truth.ByAccuracy {
		t.Fatalf("%d results, %d means, %d cells", len(r.Results), len(r.Means), r.Cells)
	}
	means := map[string]Mean{}
	for _, m := range r.Means {
		means[fmt.Sprint(m.Variant, m.Epoch)] = m
		sum := 0.0
		for _, x := range r.Results {
			if x.Variant == m.Variant && x.Epoch == m.Epoch {
				sum += float64(x.TauB) / 10
			}
		}
		if m.Seeds != 10 || math.Abs(sum-float64(m.TauB)) > 1e-12 || !(m.TauBLow < m.TauB && m.TauB < m.TauBHigh) {
			t.Errorf("%+v, mean %g", m, sum)
		}
	}
	if !(means["good2"].TauB > means["good1"].TauB && means["good1"].TauB > means["bad2"].TauB && r.Limit.TauB > means["good2"].TauB && r.OneRun.TauB > .9) {
		t.Errorf("%+v", r.Means)
	}
	if len(r.Differences) != 1 || r.Differences[0].A != "bad" || r.Differences[0].B != "good" || r.Differences[0].Says() != "the second orders better" {
		t.Errorf("%+v", r.Differences)
	}
	if d, want := r.Differences[0].TauB, means["bad2"].TauB-means["good2"].TauB; math.Abs(float64(d-want)) > 1e-12 {
		t.Errorf("difference %g, want %g", d, want)
	}
	if len(r.Controls) != 2 || r.Controls[0].Kind != Untrained || !(r.Controls[0].P < 1e-4) || r.Controls[1].Kind != Shuffled || !*r.Controls[1].Within {
		t.Errorf("%+v", r.Controls)
	}
	if want := "of means: 95 %, over the seeds of 10 supernets, Student's t; of single ones: 95 %, over cells, 20 resamplings of the bootstrap; of the limit: the middle 95 % of 3 simulated tables"; r.Intervals != want {
		t.Errorf("%s, want %s", r.Intervals, want)
	}
	var text, table bytes.Buffer
	if err := errors.Join(r.WriteText(&text), r.WriteCSV(&table)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"made · 50 checkpoints of nb201, test part\n", "by loss, all cells (300)", "one run", "limit",
		"bad − good, epoch 2, 10 paired seeds: tau-b -", ": the second orders better.", "Control, untrained (good, epoch 0): tau-b ",
		"Control, shuffled labels (shuffled, epoch 2): tau-b ", "within ±0.05 as it must be."} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%s\nwant %s", text.String(), want)
		}
	}
	rows, err := csv.NewReader(&table).ReadAll()
	if err != nil || len(rows) != 1+2*(50+5+3) || rows[1][5] != "checkpoint" || rows[51][5] != "mean" || rows[56][5] != "one_run" {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	again, err := json.Marshal(of(t, tr, all))
	if first, _ := json.Marshal(r); err != nil || !bytes.Equal(first, again) {
		t.Error("another report of the same scores")
	}
	for _, key := range []string{`{"truth":"made","space":"nb201",`, `"results":[{"checkpoint":"bad-2-0.ckpt","seed":0,"epoch":2,"variant":"bad","tau_b":`, `"one_run":{"tau_b":`, `"limit":{"tau_b":`} {
		if !bytes.Contains(again, []byte(key)) {
			t.Errorf("no %s in %.400s", key, again)
		}
	}
}

// One checkpoint has an interval over cells, and shuffled labels that order cells are told of.
func TestSingle(t *testing.T) {
	tr, losses := made(t, 100)
	s := scores("path", 3, 1, losses, .01)
	s.Shuffled = true
	r := of(t, tr, []Scores{s})
	if m := r.Means[0]; m.Seeds != 1 || m.Agreed != r.Results[0].Agreed || !(m.TauBLow < m.TauB) {
		t.Errorf("%+v", m)
	}
	if want := "of one supernet each: 95 %, over cells, 20 resamplings of the bootstrap; of the limit: the middle 95 % of 3 simulated tables"; r.Intervals != want {
		t.Errorf("%s, want %s", r.Intervals, want)
	}
	var text bytes.Buffer
	if err := r.WriteText(&text); err != nil || *r.Controls[0].Within || !strings.Contains(text.String(), "outside of ±0.05") {
		t.Errorf("%+v, %s", r.Controls, text.String())
	}
	two := of(t, tr, []Scores{s, scores("path", 4, 1, losses, .1), scores("path", 4, 2, losses, .1)})
	if !strings.Contains(two.Intervals, "; fewer than 10 seeds say little; ") || !strings.Contains(two.Intervals, "1 to 2 supernets") {
		t.Error(two.Intervals)
	}
}

func TestRefused(t *testing.T) {
	tr, losses := made(t, 20)
	s := scores("path", 1, 1, losses, 1)
	short := s
	short.Values = short.Values[1:]
	ended, end := context.WithCancel(context.Background())
	end()
	for says, c := range map[string]struct {
		ctx context.Context
		all []Scores
	}{
		"no checkpoint": {context.Background(), nil}, "19 scores of 20 cells": {context.Background(), []Scores{short}},
		"are both of path, seed 1, epoch 1": {context.Background(), []Scores{s, s}}, "context canceled": {ended, []Scores{s}},
	} {
		if _, err := Of(c.ctx, tr, c.all, Options{}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
}
