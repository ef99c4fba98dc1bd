package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/internal/long"
	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/surrogate/ranking"
)

// spreadTruth writes the runs of so many cells of digits201, evenly from the worst mean test loss to the best ones.
func spreadTruth(t *testing.T, path string, cells int) {
	t.Helper()
	all, err := surrogate.OpenRuns("digits201")
	if err != nil {
		t.Fatal(err)
	}
	losses := ownruns.Losses(all.TestLoss).Means(all, all.Epochs)
	order := make([]int, len(all.Cells))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(losses[b], losses[a]) })
	some := &ownruns.Table{Header: all.Header}
	some.Header.Cells = cells
	for k := range cells {
		// The square leaves many of the worst, which lie far apart: the best differ by noise.
		i := order[k*k*(len(order)-1)/((cells-1)*(cells-1))]
		some.Cells, some.Params = append(some.Cells, all.Cells[i]), append(some.Params, all.Params[i])
		some.MACs, some.Seconds = append(some.MACs, all.MACs[i]), append(some.Seconds, all.Seconds[i])
		from, to := all.At(i, 0, 1), all.At(i, all.Seeds-1, all.Epochs)+1
		for _, column := range [][2]*[]int{{&some.Train, &all.Train}, {&some.Val, &all.Val}, {&some.Test, &all.Test}} {
			*column[0] = append(*column[0], (*column[1])[from:to]...)
		}
		for _, column := range [][2]*[]float32{{&some.TrainLoss, &all.TrainLoss}, {&some.ValLoss, &all.ValLoss}, {&some.TestLoss, &all.TestLoss}} {
			*column[0] = append(*column[0], (*column[1])[from:to]...)
		}
	}
	b, err := some.MarshalBinary()
	if err == nil {
		err = os.WriteFile(path, b, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Supernets that were trained order cells better than those that were not.
func TestOneshotRank(t *testing.T) {
	long.Test(t)
	const seeds = 5 // of which p < 0.01 is within reach: two samples of five have 252 orders
	dir := t.TempDir()
	cells := filepath.Join(dir, "cells.bin")
	spreadTruth(t, cells, 80)
	args := []string{"oneshot", "rank", "--truth", "runs:" + cells, "--bootstrap", "10", "--tables", "2", "--quiet"}
	for seed := range seeds {
		for _, epochs := range []int{0, 60} {
			path := filepath.Join(dir, fmt.Sprintf("s%d-%d.ckpt", seed, epochs))
			succeeds(t, []string{"oneshot", "train", "-F", "4", "--lr", "0.1", "--epochs", fmt.Sprint(epochs), "--seed", fmt.Sprint(seed + 1), "--out", path, "--quiet"})
			args = append(args, path)
		}
	}
	var out, errs bytes.Buffer
	if code := run(append(slices.Clone(args), "--json", "--refit", "1"), nil, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	var r ranking.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Cells != 80 || len(r.Results) != 2*2*seeds || len(r.Means) != 4 {
		t.Fatalf("%v: %s", err, out.String())
	}
	variants := map[string]int{}
	for _, m := range r.Means {
		variants[m.Variant]++
		t.Logf("%s, epoch %d: tau-b %.3f [%.3f, %.3f]", m.Variant, m.Epoch, m.TauB, m.TauBLow, m.TauBHigh)
		if m.Seeds != seeds {
			t.Errorf("%+v", m)
		}
	}
	if len(variants) != 2 || variants["path, F=4"] != 2 || variants["path, F=4, refit=1"] != 2 ||
		len(r.Differences) != 1 || !slices.Equal(r.Differs, []string{"F=4 for 8"}) {
		t.Errorf("%v, %d differences", variants, len(r.Differences))
	}
	for _, c := range r.Controls {
		t.Logf("%+v", c)
		if c.Variant == "path, F=4" && !(c.Kind == ranking.Untrained && c.P < .01) {
			t.Errorf("trained weights lie above untrained ones with p = %g", c.P)
		}
	}
	var one, two bytes.Buffer
	few := args[:len(args)-2*(seeds-1)]
	if code := run(append(slices.Clone(few), "--csv", "-p", "1"), nil, &one, &errs) | run(append(slices.Clone(few), "--csv", "-p", "3"), nil, &two, &errs); code != 0 || !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Errorf("another report on three cores: %s", errs.String())
	}
}

func TestOneshotRankRefused(t *testing.T) {
	dir := t.TempDir()
	nb201, darts, other, none := filepath.Join(dir, "nb201.ckpt"), filepath.Join(dir, "darts.ckpt"), filepath.Join(dir, "x.ckpt"), filepath.Join(dir, "none.ckpt")
	nasnet := filepath.Join(dir, "nasnet.ckpt")
	succeeds(t, []string{"oneshot", "train", "-F", "2", "--epochs", "0", "--out", nb201, "--quiet"})
	succeeds(t, []string{"oneshot", "train", "-F", "2", "--space", "darts", "--epochs", "0", "--out", darts, "--quiet"})
	succeeds(t, []string{"oneshot", "train", "-F", "2", "--space", "nasnet,ops=enas", "--images", "64", "--batch", "32", "--epochs", "0", "--out", nasnet, "--quiet"})
	put(t, other, "no checkpoint")
	for says, args := range map[string][]string{
		none:  {none},
		other: {other},
		"no embedded table is of darts on digits: want --truth, one of digits201": {darts},
		"is a supernet of darts, and truth digits201 is of nb201":                 {darts, "--truth", "digits201"},
		"are both of path, F=2, seed 1, epoch 0: want other seeds":                {nb201, nb201},
		"nasnet.ckpt: a supernet of ":                                             {nasnet, "--mixture"}, // before there is a truth
		`truth "digits"`:                                                          {nb201, "--truth", "digits"},
		`part of a truth "train"`:                                                 {nb201, "--part", "train"},
		"--json and --csv":                                                        {nb201, "--json", "--csv"},
		`ending "txt"`:                                                            {nb201, "--out", filepath.Join(dir, "x.txt")},
		"x.svg: no such file or directory":                                        {none, "--out", filepath.Join(dir, "none", "x.svg")}, // before a checkpoint is read
	} {
		var errs bytes.Buffer
		if code := run(append([]string{"oneshot", "rank", "--quiet"}, args...), nil, &bytes.Buffer{}, &errs); code != 1 || !strings.Contains(errs.String(), says) || strings.Count(errs.String(), "\n") != 1 {
			t.Errorf("%v: %d, %s, want %s", args, code, errs.String(), says)
		}
	}
}
