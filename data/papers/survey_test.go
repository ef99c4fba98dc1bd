package papers

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// small is a survey that runs in a moment.
func small() *Paper {
	algos := []string{"random", "random,repeat=skip", "regevo,population=10,sample=3", "E=eaopt", "nosuch", "asha"}
	return &Paper{
		Name: "made-up", Title: "Made up", Unit: "points",
		Experiments: []Experiment{
			{Name: "bits", Part: ByTrials, Title: "Bits", Benchmark: "bits,length=12", Trials: 60, Seeds: 8, Algos: algos, Ranked: true, Block: "strings"},
			{Name: "long", Part: ByTrials, Title: "Long", Benchmark: "bits,length=30", Trials: 60, Seeds: 8, Algos: algos, Ranked: true, Block: "strings"},
			{Name: "cells", Part: ByTrials, Title: "Cells", Benchmark: "nb201:cifar10,source=surrogate", Trials: 60, Seeds: 8, Algos: algos, Ranked: true},
			{Name: "digits", Part: BySeconds, Title: "Digits", Benchmark: "digits201", Budget: 10, Seeds: 8, Algos: []string{"random", "asha"}, Ranked: true},
			{Name: "shuffled", Part: Blind, Title: "Shuffled", Benchmark: "nb201:cifar10,source=surrogate,permute=3", Trials: 60, Seeds: 8, Algos: algos[:4]},
			{Name: "away", Part: Blind, Title: "Away", Benchmark: "nb201:cifar10,source=surrogate,nosuch=3", Trials: 60, Seeds: 8, Algos: algos[:2]},
			{Name: "speed", Part: Speed, Title: "Speed", Benchmark: "bits,length=12", Trials: 60, Seeds: 4, Algos: algos[:3]},
		},
		Survey: &Survey{Seed: 7, Against: "random", Control: "random,repeat=skip", At: []int{20, 60, 90},
			Ranked: []string{"random", "regevo,population=10,sample=3", "E"},
			Silent: []Silent{{"E", "it is slow"}},
			Limits: []Limit{
				{Experiment: "bits", Algo: "E", Most: []float64{99, 0}}, {Experiment: "bits", Algo: "random", Most: []float64{0, 1e-9}},
				{Experiment: "bits", Algo: "random", Over: "E"}, {Experiment: "bits", Algo: "random", Most: []float64{0, 1e-9}, Goal: true},
				{Experiment: "bits", Algo: "nosuch", Most: []float64{1, 1}}, {Experiment: "speed", Algo: "random", Seconds: 1e-12},
			}},
	}
}

func runSmall(t *testing.T, dir string, only ...string) *Surveyed {
	t.Helper()
	s, err := small().Run(context.Background(), SurveyOptions{Options: lab.Options{Procs: 2, Dir: dir}, Only: only})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// values are all results of a survey.
func values(s *Surveyed) map[string][][]float64 {
	all := map[string][][]float64{}
	for _, a := range s.Arenas {
		for _, p := range a.Pairs {
			if p.Ran() && a.Part != Speed {
				all[a.Name+" "+p.Label] = p.Values
			}
		}
	}
	return all
}

// A survey that is run in parts is the survey that is run at once, and tells of what its folder holds.
func TestSurveyInParts(t *testing.T) {
	whole := runSmall(t, t.TempDir())
	dir := t.TempDir()
	first := runSmall(t, dir, "bits", Blind)
	if got := values(first); len(got) != 4+4 || first.Waiting != 4+5+2+3 {
		t.Errorf("one experiment and one part: %d pairs ran, %d wait", len(got), first.Waiting)
	}
	runSmall(t, dir, "cells", "long", Speed)
	last := runSmall(t, dir, BySeconds)
	if d := cmp.Diff(values(whole), values(last)); d != "" || last.Waiting != 0 {
		t.Errorf("in parts: %s, %d wait", d, last.Waiting)
	}
	// What runs took was measured once.
	before, after := runSmall(t, dir, Speed).Arena("speed").Pair("random").Seconds, last.Arena("speed").Pair("random").Seconds
	if before != after || !(before > 0) {
		t.Errorf("seconds measured twice: %g and %g", before, after)
	}
	// Finished pairs are read, not computed.
	path := filepath.Join(dir, "digits")
	folders, err := os.ReadDir(path)
	if err != nil || len(folders) != 2 {
		t.Fatalf("%v, %v", folders, err)
	}
	if err := os.RemoveAll(filepath.Join(path, folders[0].Name())); err != nil {
		t.Fatal(err)
	}
	if s := runSmall(t, dir, "bits"); s.Waiting != 1 {
		t.Errorf("a folder is gone: %d wait", s.Waiting)
	}
	if d := cmp.Diff(values(whole), values(runSmall(t, dir))); d != "" {
		t.Errorf("what was gone: %s", d)
	}
}

// A stop keeps what is finished, and the same command goes on.
func TestSurveyStopped(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	o := SurveyOptions{Options: lab.Options{Procs: 2, Dir: dir}}
	o.Observer = evolve.On(func(p lab.Progress) {
		if p.Done > 30 {
			stop()
		}
	})
	_, err := small().Run(ctx, o)
	var interrupted *lab.Interrupted
	if err == nil || !strings.Contains(err.Error(), "runs done") {
		t.Fatalf("stopped: %v (%v)", err, interrupted)
	}
	if d := cmp.Diff(values(runSmall(t, t.TempDir())), values(runSmall(t, dir))); d != "" {
		t.Error(d)
	}
}

func TestSurveyJudged(t *testing.T) {
	s := runSmall(t, t.TempDir())
	bits := s.Arena("bits")
	var lacks []string
	for _, a := range s.Arenas {
		for _, p := range a.Pairs {
			if p.Lacks != "" {
				lacks = append(lacks, a.Name+" "+p.Label+": "+p.Lacks)
			}
		}
	}
	for i, want := range []string{"bits nosuch: not in this build", "bits asha: there is no second fidelity", "long nosuch", "long asha", "cells nosuch",
		"away random: option of benchmark nb201 \"nosuch\"", "away random,repeat=skip"} {
		if i >= len(lacks) || !strings.HasPrefix(lacks[i], want) {
			t.Fatalf("lacks %q, want %q", lacks, want)
		}
	}
	if d := cmp.Diff([]string{"nosuch"}, s.Absent()); d != "" {
		t.Error(d)
	}
	// Results are read at the trials of the survey that a run has; more trials are no worse.
	if d := cmp.Diff([]string{"20", "60"}, bits.Columns); d != "" {
		t.Error(d)
	}
	for name, v := range values(s) {
		for run := range v[0] {
			if first, end := v[0][run], v[len(v)-1][run]; strings.HasPrefix(name, "cells") && !(end <= first && end >= 0) {
				t.Errorf("%s: %g after %g", name, end, first)
			}
		}
	}
	if d := cmp.Diff([]string{"2.5 s", "5 s", "10 s"}, s.Arena("digits").Columns); d != "" {
		t.Error(d)
	}
	rows := s.Standings(bits)
	if !slices.IsSortedFunc(rows, func(a, b Standing) int {
		if last(a.Means) > last(b.Means) {
			return 1
		}
		return -1
	}) || len(rows) != 4 {
		t.Errorf("rows %+v", rows)
	}
	for _, r := range rows {
		if (r.Label == "random") != math.IsNaN(r.P) || r.Label != "random" && !(r.Effect.Low < r.Effect.High) {
			t.Errorf("%s: p %g, effect %+v", r.Label, r.P, r.Effect)
		}
	}
	met, missed, open := s.Demands()
	if met != 1 || len(missed) != 3 || !slices.Equal(open, []string{"`nosuch` on bits"}) ||
		!strings.HasPrefix(missed[0], "`random` on speed: ") || !strings.HasSuffix(missed[0], " s a run, at most 1e-12 (measured)") {
		t.Errorf("%d met, missed %q, open %q", met, missed, open)
	}

	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		Met         int `json:"demands_met"`
		Experiments []struct {
			Searchers []struct {
				Searcher string
				Means    []float64
				Lacks    string
			}
		}
	}
	if err := json.Unmarshal(text, &told); err != nil || told.Met != met || len(told.Experiments) != len(s.Arenas) {
		t.Fatalf("%v: %s", err, text)
	}
	for i, row := range told.Experiments[0].Searchers[:4] {
		if row.Searcher != rows[i].Label || row.Means[1] != last(rows[i].Means) {
			t.Errorf("as JSON row %d is %+v", i, row)
		}
	}
	if row := told.Experiments[0].Searchers[4]; row.Searcher != "nosuch" || row.Lacks != Absent {
		t.Errorf("as JSON: %+v", row)
	}

	few := *s // the same results, had they been asked for by a number of runs
	if few.Seeds = LeastRuns - 1; !few.Short() {
		t.Error("nine runs are judged")
	}
	if met, missed, open := few.Demands(); met != 0 || missed != nil || len(open) != 5 {
		t.Errorf("of few runs: %d met, missed %q, open %q", met, missed, open)
	}
	if few.Seeds = LeastRuns; few.Short() {
		t.Error("ten runs are not judged")
	}

	r := s.Ranking(ByTrials)
	if len(r.Searchers) != 3 || r.All.Rows != 3 || r.BlockRows != 2 || r.Blocks.Rows != 2 || r.Left != nil || !strings.HasPrefix(r.Searchers[0], "regevo") {
		t.Errorf("ranks %+v", r)
	}
	if sum := r.All.Ranks[0] + r.All.Ranks[1] + r.All.Ranks[2]; math.Abs(sum-6) > 1e-9 || !slices.IsSorted(r.All.Ranks) {
		t.Errorf("ranks %v", r.All.Ranks)
	}
	var others []string
	for _, o := range r.Others {
		others = append(others, o.Label)
		if o.Label == "random,repeat=skip" && !(o.On == 3 && o.Rank >= 1 && o.Rank <= 4) || o.Label == "asha" && !(o.On == 1 && len(o.Lacks) == 2) {
			t.Errorf("%+v", o)
		}
	}
	if d := cmp.Diff([]string{"random,repeat=skip", "asha"}, others); d != "" {
		t.Error(d)
	}
	if r := s.Ranking(BySeconds); len(r.Names) != 1 || len(r.Searchers) != 2 {
		t.Errorf("by seconds: %+v", r)
	}

	blind, mean, se := s.Blindness(s.Arena("shuffled"))
	if len(blind) != 3 || !(mean > 0 && se > 0) {
		t.Fatalf("blind: %d rows, %g ± %g", len(blind), mean, se)
	}
	for _, b := range blind {
		if !b.Passes || b.PHolm < b.P {
			t.Errorf("%s sees: %+v", b.Label, b)
		}
	}
	if rows, mean, _ := s.Blindness(s.Arena("away")); rows != nil || !math.IsNaN(mean) {
		t.Errorf("without the control: %v", rows)
	}

	for _, c := range s.Claims() {
		switch {
		case c.Label == "random", c.Tried == 0, c.Holds != (len(c.Better) >= 2):
			t.Errorf("%+v", c)
		case c.Label == "E" && (c.Why != "it is slow" || c.Tried != 3), c.Label == "asha" && c.Tried != 2:
			t.Errorf("%+v", c)
		}
	}
	if rows := s.Paces(s.Arena("speed")); len(rows) != 3 || len(rows[0].Limits) != 1 || !(rows[0].Seconds > 0) {
		t.Errorf("paces %+v", rows)
	}
}

// Who is registered and not named runs with default options, but who chooses how long to train.
func TestSurveySearchers(t *testing.T) {
	p := small()
	p.Survey.Searchers = []string{"random", "RE=regevo,sample=3"}
	if fronts := p.algos(&Experiment{Measure: "igd"}); !slices.Contains(fronts, "nsga2") || slices.Contains(fronts, "eaopt") ||
		slices.Contains(fronts, "asha") {
		t.Errorf("of fronts: %q", fronts)
	}
	got := p.algos(&Experiment{Also: []string{"random,repeat=cache"}})
	if got[len(got)-1] != "random,repeat=cache" {
		t.Errorf("beside the survey's: %q", got)
	}
	if !slices.Equal(got[:2], p.Survey.Searchers) || !slices.Contains(got, "eaopt") || slices.Contains(got, "asha") || slices.Contains(got[2:], "regevo") {
		t.Errorf("%q", got)
	}
	if _, err := p.Run(context.Background(), SurveyOptions{Only: []string{"spead"}}); err == nil || !strings.Contains(err.Error(), `did you mean "speed"`) {
		t.Errorf("an unknown part: %v", err)
	}
}

func TestBeside(t *testing.T) {
	for name, tables := range map[string]int{"quality": 1, "functions": 2, "fronts": 0} {
		p, err := Get(name)
		if err != nil || len(p.Beside()) != tables {
			t.Fatalf("%s: %d tables, %v", name, len(p.Beside()), err)
		}
		for _, b := range p.Beside() {
			for _, r := range b.Rows {
				if len(r.Mean) != len(b.At) || len(r.SE) != len(r.Mean) || r.Seeds < 2 || !(r.Seconds > 0) {
					t.Errorf("%+v", r)
				}
				if mean := stats.Mean(r.Runs); r.Runs != nil && (len(r.Runs) != r.Seeds || math.Abs(mean-last(r.Mean)) > 1e-5) {
					t.Errorf("%s: %d runs of mean %g, want %d of %g", r.Name, len(r.Runs), mean, r.Seeds, last(r.Mean))
				}
			}
		}
	}
}

// Values of an experiment with a measure are of the fronts: what is missing of the exact one, lower being better.
func TestSurveyFronts(t *testing.T) {
	algos := []string{"random", "nsga2,start=10,population=10"}
	const benchmark = "digits201,noise=mean,objectives=error+params"
	p := &Paper{Name: "made-up",
		Experiments: []Experiment{
			{Name: "gap", Part: ByTrials, Benchmark: benchmark, Measure: "hypervolume-gap", Trials: 400, Seeds: 6, Algos: algos},
			{Name: "points", Part: ByTrials, Benchmark: benchmark, Measure: "exact-points", Trials: 400, Seeds: 6, Algos: algos},
			{Name: "one", Part: ByTrials, Benchmark: "digits201", Measure: "hypervolume-gap", Trials: 9, Seeds: 2, Algos: algos[:1]},
		},
		Survey: &Survey{Seed: 7, Against: "random", At: []int{20, 400}, Limits: []Limit{
			{Experiment: "gap", Algo: algos[1], Over: "random", P: .01}, {Experiment: "gap", Algo: "random", Over: algos[1], P: .01},
			{Experiment: "gap", Algo: algos[1], Over: "random", P: 1e-9}, {Experiment: "points", Algo: "random", Most: []float64{0}, Runs: 1},
			{Experiment: "points", Algo: "random", Most: []float64{99}, Runs: 6}, {Experiment: "points", Algo: "random", Beside: "Theirs", P: .01},
		}}}
	s, err := p.Run(context.Background(), SurveyOptions{Options: lab.Options{Procs: 2, Dir: t.TempDir()}})
	if err != nil {
		t.Fatal(err)
	}
	if lacks := s.Arena("one").Pairs[0].Lacks; !strings.Contains(lacks, "hypervolume-gap") {
		t.Errorf("the hypervolume of one objective: %q", lacks)
	}
	gap, points := s.Arena("gap"), s.Arena("points")
	if gap.What != "missing share of the exact front's hypervolume (%)" || !strings.HasPrefix(points.What, "missed points of the ") {
		t.Errorf("values are %q and %q", gap.What, points.What)
	}
	for _, a := range []*Arena{gap, points} {
		for _, pair := range a.Pairs {
			for run, end := range pair.Final() {
				if begin := pair.Values[0][run]; !(end >= 0 && end <= begin && begin <= 100) {
					t.Errorf("%s %s: %g, then %g", a.Name, pair.Label, begin, end)
				}
			}
		}
	}
	if begin := stats.Mean(gap.Pair("random").Values[0]); !(begin > 1) {
		t.Errorf("20 random cells miss %g %% of the hypervolume, want some in a hundred", begin)
	}
	if end := points.Pair("random").Final()[0]; end != math.Trunc(end) {
		t.Errorf("%g points are missed", end)
	}
	verdicts := map[string]string{}
	for _, a := range []*Arena{gap, points} {
		for _, row := range s.Standings(a) {
			for _, v := range row.Verdicts {
				verdicts[row.Label+" "+v.Want] = v.Miss
			}
		}
	}
	for want, miss := range map[string]string{
		"nsga2,start=10,population=10 < random, p < 0.01": "", "nsga2,start=10,population=10 < random, p < 1e-09": "p 0.0",
		"random < nsga2,start=10,population=10, p < 0.01": " > ", "random ≤ 0 in 1 run": "in 0 runs", "random ≤ 99 in 6 runs": "",
		"random not above Theirs, p ≥ 0.01": "Theirs has not run",
	} {
		if got, ok := verdicts[want]; !ok || !strings.Contains(got, miss) || (got == "") != (miss == "") {
			t.Errorf("%q: missed by %q, want %q", want, got, miss)
		}
	}
}

// A run that found nothing leaves its searcher without a mean: it stands last, and what it ran in ranks nobody, but the
// other experiments still do.
func TestSurveyEmptyRun(t *testing.T) {
	s := runSmall(t, t.TempDir(), ByTrials)
	r := s.Ranking(ByTrials)
	before := len(r.Names)
	empty := func(experiment, label string) {
		final := s.Arena(experiment).Pair(label).Final()
		final[3] = math.NaN()
	}
	empty("long", "E")
	empty("bits", "random,repeat=skip") // which is not ranked
	rows := s.Standings(s.Arena("long"))
	if end := rows[len(rows)-1]; end.Label != "E" || end.Found != end.Runs-1 || math.IsNaN(last(rows[0].Means)) {
		t.Errorf("first %s, last %s with %d of %d runs", rows[0].Label, end.Label, end.Found, end.Runs)
	}
	r = s.Ranking(ByTrials)
	if d := cmp.Diff([]string{"long, where a run found nothing of E"}, r.Left); d != "" || len(r.Names) != before-1 {
		t.Errorf("left out %s, ranked by %q", d, r.Names)
	}
	if sum := r.All.Ranks[0] + r.All.Ranks[1] + r.All.Ranks[2]; math.Abs(sum-6) > 1e-9 {
		t.Errorf("ranks %v", r.All.Ranks)
	}
	for _, o := range r.Others {
		if o.Label == "random,repeat=skip" && (o.On != 1 || math.IsNaN(o.Rank) ||
			!slices.Equal(o.Lacks, []string{"bits: a run found nothing"})) {
			t.Errorf("%+v", o)
		}
	}
}

// Searchers that fit models run more seldom where an experiment says so, unless all numbers of runs are replaced.
func TestSurveyModelSeeds(t *testing.T) {
	p := small()
	x := &Experiment{Name: "cells", Part: ByTrials, Benchmark: "nb201:cifar10,source=surrogate", Trials: 20, Seeds: 8,
		ModelSeeds: 3, Algos: []string{"random", "smac"}}
	runs := func(seeds int) (all []int) {
		a := (&Surveyed{Paper: p, Seeds: seeds, Seed: 7}).open(x)
		for _, pair := range a.Pairs {
			all = append(all, pair.Runs)
		}
		return all
	}
	if few, replaced := runs(0), runs(2); !slices.Equal(few, []int{8, 3}) || !slices.Equal(replaced, []int{2, 2}) {
		t.Errorf("runs %d, replaced %d", few, replaced)
	}
}
