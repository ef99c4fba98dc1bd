package report

import (
	"bytes"
	"context"
	"testing"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// The page of a survey, all of its parts: who is missed, who cannot run, who waits.
func TestSurveyPage(t *testing.T) {
	algos := []string{"random", "random,repeat=skip", "regevo,population=10,sample=3", "nosuch", "asha"}
	p := &papers.Paper{
		Name: "made-up", Title: "How good they are", Unit: "points", Protocol: []string{"a run is a run"}, Differences: []string{"nothing else"},
		Experiments: []papers.Experiment{
			{Name: "bits", Part: papers.ByTrials, Title: "Bits", Benchmark: "bits,length=12", Trials: 1500, Seeds: 30, Algos: algos, Ranked: true, Notes: []string{"Ones count."}},
			{Name: "cells", Part: papers.ByTrials, Title: "Cells", Benchmark: "nb201:cifar10,source=surrogate", Trials: 60, Seeds: 20, Algos: algos, Ranked: true},
			{Name: "digits", Part: papers.BySeconds, Title: "Digits", Benchmark: "digits201", Budget: 1000, Seeds: 20, Algos: []string{"random", "asha"}, Ranked: true},
			{Name: "shuffled", Part: papers.Blind, Title: "Shuffled", Benchmark: "nb201:cifar10,source=surrogate,permute=3", Trials: 60, Seeds: 20, Algos: algos[:3]},
			{Name: "away", Part: papers.Blind, Title: "Away", Benchmark: "macros", Trials: 60, Seeds: 20, Algos: algos[:3]},
			{Name: "speed", Part: papers.Speed, Title: "Speed", Benchmark: "bits,length=12", Trials: 60, Seeds: 4, Algos: algos[:3]},
		},
		Survey: &papers.Survey{Seed: 7, Against: "random", Control: "random,repeat=skip", At: []int{20, 60}, Ranked: algos[:3],
			Silent: []papers.Silent{{Algo: "random,repeat=skip", Why: "a baseline"}},
			Limits: []papers.Limit{{Experiment: "cells", Algo: "regevo,population=10,sample=3", Most: []float64{5, 0.001}},
				{Experiment: "cells", Algo: "regevo,population=10,sample=3", Most: []float64{0, 0.5}, Goal: true},
				{Experiment: "cells", Algo: "random,repeat=skip", Over: "random"}, {Experiment: "cells", Algo: "nosuch", Over: "random"}},
			Peers: []papers.Peer{{Experiment: "cells", Name: "Theirs", Values: []float64{.9, .3}, Seeds: 9, Source: "another program"},
				{Experiment: "speed", Name: "Theirs", Seconds: 2, Seeds: 9, Source: "another program"}}},
	}
	s, err := p.Run(context.Background(), papers.SurveyOptions{Options: lab.Options{Procs: 2, Dir: t.TempDir()},
		Only: []string{papers.ByTrials, papers.BySeconds, papers.Blind}})
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := WriteSurvey(&page, s); err != nil {
		t.Fatal(err)
	}
	if !PageKind(p).Is(page.Bytes()) {
		t.Errorf("the page is not of its kind: %.80s", page.String())
	}
	golden(t, "survey.md", page.Bytes())
}
