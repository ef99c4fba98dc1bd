package papers_test

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data/papers"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	_ "github.com/amoeba-nas/amoeba/evolve/search"
	_ "github.com/amoeba-nas/amoeba/surrogate"
	_ "github.com/amoeba-nas/amoeba/surrogate/predictor"
	_ "github.com/amoeba-nas/amoeba/training"
	_ "github.com/amoeba-nas/amoeba/training/oneshot/method"
)

// Every embedded paper refers only to what there is: a typing error must not wait for the
// hours that a reproduction takes.
func TestPapers(t *testing.T) {
	if len(papers.Names()) == 0 {
		t.Fatal("no papers")
	}
	for _, name := range papers.Names() {
		t.Run(name, func(t *testing.T) {
			p, err := papers.Get(name)
			if err != nil {
				t.Fatal(err)
			}
			if p.Survey != nil {
				survey(t, p)
				return
			}
			if p.Name != name || p.Title == "" || p.Paper == "" || p.Unit == "" || p.Reference == "" || len(p.Protocol) == 0 || len(p.Rows)+len(p.Claims)+len(p.Tables) == 0 {
				t.Errorf("a heading, protocol or table is missing: %+v", p)
			}
			check(t, p)
		})
	}
}

// survey holds a survey to what there is.
func survey(t *testing.T, p *papers.Paper) {
	s := p.Survey
	names, benchmarks, labels := map[string]string{}, map[string]string{}, map[string]bool{}
	spec := func(algo string) {
		label, text, err := lab.CutLabel(algo)
		if err != nil {
			t.Fatal(err)
		}
		spec, err := evolve.ParseSpec(text)
		if err != nil || spec.String() != text {
			t.Errorf("algo %q is written %q: %v", algo, spec, err)
		}
		if _, _, err := evolve.Searchers.Open(spec); err != nil {
			t.Errorf("algo %q: %v", algo, err)
		}
		labels[cmp.Or(label, text)] = true
	}
	for _, algo := range s.Searchers {
		spec(algo)
	}
	for _, x := range p.Experiments {
		if names[x.Name] != "" || x.Name == "" || x.Title == "" || !slices.Contains(papers.Parts, x.Part) || x.Seeds < 2 || (x.Trials > 0) == (x.Budget > 0) {
			t.Errorf("experiment %+v", x)
		}
		benchmarks[x.Name] = x.Benchmark
		if names[x.Name] = x.Part; !strings.Contains(x.Benchmark, "each=") {
			benchmark(t, x.Benchmark)
		}
		for _, algo := range slices.Concat(x.Algos, x.Also) {
			spec(algo)
		}
	}
	beside := map[string]bool{}
	for _, b := range p.Beside() {
		for _, r := range b.Rows {
			beside[b.Table+" "+r.Name] = len(r.Runs) == r.Seeds
		}
	}
	for _, l := range s.Limits {
		kinds := 0
		for _, is := range []bool{len(l.Most) > 0, l.Over != "", l.Beside != "", l.Seconds > 0} {
			if is {
				kinds++
			}
		}
		if kinds != 1 || len(l.Most) > 0 && len(l.Most) != len(s.At) || names[l.Experiment] == "" || (l.Seconds > 0) != (names[l.Experiment] == papers.Speed) || !labels[l.Algo] {
			t.Errorf("limit %+v", l)
		}
		if l.Runs > 0 && len(l.Most) == 0 || l.P > 0 && l.Over+l.Beside == "" || l.Beside != "" && !(l.P > 0 && beside[benchmarks[l.Experiment]+" "+l.Beside]) {
			t.Errorf("limit %+v, beside %v", l, beside)
		}
	}
	for _, x := range s.Peers {
		if names[x.Experiment] == "" || x.Name == "" || x.Source == "" || x.Seeds < 2 || len(x.Values) != len(s.At) && !(x.Seconds > 0) {
			t.Errorf("peer %+v", x)
		}
	}
	for _, name := range slices.Concat(s.Ranked, []string{s.Against, s.Control}) {
		if name != "" && !labels[name] {
			t.Errorf("%q is no searcher of the survey", name)
		}
	}
	for _, x := range s.Silent {
		if !labels[x.Algo] || x.Why == "" {
			t.Errorf("silent %+v", x)
		}
	}
	if s.Against == "" || p.Title == "" || p.Unit == "" || len(p.Protocol) == 0 || s.Seed == 0 {
		t.Errorf("a heading or the seed is missing: %+v", p)
	}
}

func check(t *testing.T, p *papers.Paper) {
	algos, measured, seeds := map[string][]string{}, map[string]bool{}, map[string]int{}
	for _, x := range p.Experiments {
		seeds[x.Name] = x.Seeds
		if _, twice := algos[x.Name]; twice || x.Name == "" {
			t.Errorf("experiment %q has no name of its own", x.Name)
		}
		algos[x.Name] = nil
		if x.Measurement != "" {
			measurement(t, x.Measurement)
			measured[x.Name] = true
			if x.Seeds < 1 || x.Benchmark != "" || len(x.Algos) > 0 {
				t.Errorf("measurement %s: seeds, or a comparison's fields: %+v", x.Name, x)
			}
			continue
		}
		benchmark(t, x.Benchmark)
		if x.Seeds < 2 || x.Trials < 0 || x.Budget < 0 || x.Trials == 0 && x.Budget == 0 && !strings.HasPrefix(x.Benchmark, "oneshot:") || !slices.Contains([]string{"", "drop", "count"}, x.Overshoot) {
			t.Errorf("experiment %s: seeds, bounds or overshoot: %+v", x.Name, x)
		}
		for _, a := range x.Algos {
			label, text, err := lab.CutLabel(a)
			if err != nil {
				t.Fatal(err)
			}
			spec, err := evolve.ParseSpec(text)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := evolve.Searchers.Open(spec); err != nil {
				t.Errorf("experiment %s: %v", x.Name, err)
			}
			if spec.String() != text {
				t.Errorf("experiment %s: algo %q is written %q, which no row would find", x.Name, a, spec)
			}
			algos[x.Name] = append(algos[x.Name], label, text)
		}
	}
	metric := func(at, experiment, algo, m string) {
		if measured[experiment] {
			if algo == "" || m != "" {
				t.Errorf("%s: of a measurement, want a sample and no metric", at)
			}
			return
		}
		if !slices.Contains(algos[experiment], algo) {
			t.Errorf("%s: experiment %q has no algo %q", at, experiment, algo)
		}
		if !slices.Contains([]string{"val", "test", "test-regret", papers.TrialsToBest, papers.Skips, papers.Collapsed,
			papers.SkipShare, papers.SkipRise}, m) {
			t.Errorf("%s: metric %q", at, m)
		}
	}
	labels := map[string]bool{}
	for _, r := range p.Rows {
		if r.Missing != "" {
			if r.Label == "" || labels[r.Label] || r.Source == "" || r.Experiment+r.Algo != "" || r.Margin != 0 {
				t.Errorf("row %q cannot be reproduced: label, source, or what such a row has not: %+v", r.Label, r)
			}
			labels[r.Label] = true
			continue
		}
		metric(r.Label, r.Experiment, r.Algo, r.Metric)
		if r.Benchmark != "" {
			benchmark(t, r.Benchmark)
		}
		// Who copies a number seldom copies how sure it is; a measurement's is often printed without, and may be below 0.
		sure := r.SD > 0 && r.N >= 2 || (measured[r.Experiment] || r.Note != "") && r.SD == 0 && r.N == 0
		if !(r.Margin > 0) || !sure || !(r.Mean > 0 || measured[r.Experiment]) || !(r.Mean >= -1 && (r.Mean <= 100 || r.Metric == papers.TrialsToBest)) || r.Source == "" || r.Label == "" || labels[r.Label] {
			t.Errorf("row %q: margin, spread, runs, mean, source or label: %+v", r.Label, r)
		}
		labels[r.Label] = true
	}
	for _, c := range p.Claims {
		at := "claim " + c.A + " " + c.Relation + " " + c.B
		metric(at, c.Experiment, c.A, c.Metric)
		if c.Relation != "above" && c.Relation != "below" {
			metric(at, c.Experiment, c.B, c.Metric)
		}
		switch {
		case papers.Relations[c.Relation] == "":
			t.Errorf("%s: unknown relation", at)
		case c.Relation == "above" || c.Relation == "below":
			if c.B != "" || c.P != 0 || c.Margin != 0 {
				t.Errorf("%s: b, p or margin", at)
			}
		case c.Relation == "better" && c.P > 0 && c.P < 1 && c.Margin == 0:
		case (c.Relation == "same" || c.Relation == "not better") && c.Margin > 0 && c.P == 0:
			if n := seeds[c.Experiment]; n < papers.LeastRuns { // a verdict is then never given
				t.Errorf("%s: %d runs, want %d", at, n, papers.LeastRuns)
			}
		case (c.Relation == "passes" || c.Relation == "sooner") && c.Value > 0 && c.Factor > 1 && c.P == 0:
		default:
			t.Errorf("%s: relation, p or margin", at)
		}
	}
	for _, x := range p.Tables {
		for _, row := range x.Rows {
			if len(row.Cells) != len(x.Columns) || row.Source == "" || x.Title == "" {
				t.Errorf("table %q: columns or source of %+v", x.Title, row)
			}
		}
	}
	for _, f := range p.Figures {
		if algos[f.Experiment] == nil || f.Title == "" || !slices.Contains([]string{"val", "test", "regret", "test-regret"}, f.Metric) || f.X != "trials" && f.X != "seconds" {
			t.Errorf("figure %+v", f)
		}
	}
}

// measurement resolves a spec without opening it.
func measurement(t *testing.T, text string) {
	t.Helper()
	spec, err := evolve.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := papers.Measurements.Resolve(spec); err != nil {
		t.Error(err)
	}
}

// benchmark resolves a spec without opening it: the table may not be imported here.
func benchmark(t *testing.T, text string) {
	t.Helper()
	spec, err := evolve.ParseSpec(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := evolve.Benchmarks.Resolve(spec); err != nil {
		t.Error(err)
	}
}

func TestGetUnknown(t *testing.T) {
	_, err := papers.Get("nb201-tabel5")
	if !errors.Is(err, evolve.ErrUnknown) || !strings.Contains(err.Error(), `did you mean "nb201-table5"?`) {
		t.Errorf("got %v", err)
	}
	if _, err := papers.Get("../papers/nb201-table5"); !errors.Is(err, evolve.ErrUnknown) {
		t.Errorf("a path: %v", err)
	}
}

// What a paper says of its references is what its rows say.
func TestReferences(t *testing.T) {
	for _, name := range papers.Names() {
		p, err := papers.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		unverified := 0
		for _, r := range p.Rows {
			if r.Unverified || r.Missing != "" && p.References == "second-hand" {
				unverified++
			}
		}
		switch p.References {
		case "print":
			if p.Reference != "published" || unverified > 0 || len(p.Rows)+len(p.Tables) == 0 {
				t.Errorf("%s: references in print, heading %q, %d of %d rows unverified", name, p.Reference, unverified, len(p.Rows))
			}
		case "second-hand":
			if unverified != len(p.Rows) || unverified+len(p.Tables) == 0 {
				t.Errorf("%s: second-hand, and %d of %d rows unverified", name, unverified, len(p.Rows))
			}
		case "ours":
			if p.Reference == "published" || len(p.Rows) == 0 {
				t.Errorf("%s: our own, heading %q, %d rows", name, p.Reference, len(p.Rows))
			}
		case "demands":
			if p.Survey == nil || len(p.Rows)+len(p.Claims) != 0 {
				t.Errorf("%s: demands, and it is no survey, or has rows or claims", name)
			}
		case "none":
			if len(p.Rows) != 0 || len(p.Claims) == 0 {
				t.Errorf("%s: the order alone, %d rows and %d claims", name, len(p.Rows), len(p.Claims))
			}
		}
	}
}
