package page

import (
	"context"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// byHand is an experiment of two runs of one algorithm and one of another, whose numbers fit a sheet of paper.
func byHand() *lab.Outcome {
	step := func(trial int64, val float64) journal.Entry {
		return journal.Entry{Arch: "0", Trial: trial, Seconds: float64(10 * trial), Spent: float64(10 * trial),
			SpentEpochs: 12 * trial, Epochs: 12, Loss: val, ValError: val, TestError: val + .01, Best: true}
	}
	run := func(end int64, steps ...journal.Entry) trace.Run {
		last := steps[len(steps)-1]
		last.Trial, last.Seconds, last.Spent, last.SpentEpochs = end, float64(10*end), float64(10*end), 12*end
		last.Final = true
		return trace.Run{Steps: steps, Entries: steps, Final: last}
	}
	about := evolve.About{Title: "Made up", Kind: "table", Dataset: "cifar10", Epochs: 12,
		Source: "written down by hand", BestVal: .05, BestTest: .06}
	o := &lab.Outcome{Experiment: &lab.Experiment{
		Spec: lab.Spec{Benchmark: "made,up=yes", Algos: []string{"one", "R=random"}, Seeds: 2, Trials: 4, Overshoot: "drop",
			Workers: 1, Record: "incumbents", Seed: 7},
		Arms: []lab.Arm{{Algo: "one", Label: "one", Params: map[string]any{"k": "v"}},
			{Algo: "random", Label: "R", Params: map[string]any{}, Baseline: true}},
		Objectives: []evolve.Objective{evolve.NewObjective("error")}, About: about, Paper: "your own",
	}, Ran: make([]int64, 2), Wall: make([]float64, 2)}
	o.Set = &trace.Set{Name: "folder", About: about, Objectives: o.Objectives,
		Spec: trace.Spec{Benchmark: "made,up=yes", Seeds: 2, Trials: 4, Workers: 1, Record: "incumbents", Seed: 7},
		Arms: []trace.Arm{
			{Algo: "one", Label: "one", Runs: []trace.Run{
				run(4, step(1, .30), step(3, .10)),
				run(4, step(1, .20), step(2, .16), step(4, .06)),
			}},
			{Algo: "random", Label: "R", Baseline: true, Runs: []trace.Run{run(4, step(1, .40)), run(4, step(1, .50))}},
		}}
	return o
}

// ran is a small experiment that was run here.
func ran(t testing.TB, change func(*lab.Spec)) *lab.Outcome {
	t.Helper()
	s := lab.Default()
	s.Benchmark, s.Algos, s.Seeds, s.Trials = "bits,length=8", []string{"random", "regevo,population=10"}, 3, 30
	change(&s)
	e, err := lab.Open(s)
	if err != nil {
		t.Fatal(err)
	}
	o, err := e.Run(context.Background(), lab.Options{Procs: 1})
	if err != nil {
		t.Fatal(err)
	}
	o.Set.Name = "folder"
	return o
}
