package plots

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve/trace"
)

// Experiments of several benchmarks have a panel each, in which an algorithm looks the same wherever it stands.
func TestMultiples(t *testing.T) {
	first, second, third := rivals(), rivals(), rivals()
	first.Name, second.Name, third.Name = "a", "b", "c"
	second.Spec.Benchmark, third.Spec.Benchmark = "other", "third"
	second.About.Title, third.About.Title = "Other", "Third"
	second.Arms[0], second.Arms[1] = second.Arms[1], second.Arms[0]
	third.Arms = third.Arms[1:]
	for _, c := range []struct {
		kind    string
		columns int
		titles  []string
	}{
		{"trajectories", 3, []string{"Made up", "Other", "Third"}},
		{"trajectories,metric=val+test", 3, []string{"Made up", "Other", "Third", "Made up", "Other", "Third"}},
		{"ecdf", 3, []string{"Made up", "Other", "Third"}},
		{"ecdf,within=1+5", 3, []string{"Made up", "Other", "Third", "Made up", "Other", "Third"}},
	} {
		f := chart(t, c.kind, first, second, third)
		var titles []string
		looks := map[string]look{}
		for _, p := range f.Panels {
			titles = append(titles, p.Title)
			for i, k := range p.looks() {
				name := p.Series[i].Name
				if was, seen := looks[name]; seen && !was.equal(k) {
					t.Errorf("%s: %s has two looks", c.kind, name)
				}
				looks[name] = k
			}
		}
		if d := cmp.Diff(c.titles, titles); d != "" || f.Columns != c.columns || len(looks) != 3 {
			t.Errorf("%s: %d columns, %d looks, %s", c.kind, f.Columns, len(looks), d)
		}
		text := string(written(t, f, "svg"))
		if n := strings.Count(text, ">late</text>"); n != 1 {
			t.Errorf("%s: named %d times, want once above the panels", c.kind, n)
		}
	}
	// Of two with one title the specs tell them apart, and experiments of one benchmark share its panel.
	second.About.Title = "Made up"
	f := chart(t, "trajectories", first, second, third)
	if got := []string{f.Panels[0].Title, f.Panels[1].Title}; cmp.Diff([]string{"made-up", "other"}, got) != "" {
		t.Error(got)
	}
	second.Spec.Benchmark = "made-up"
	if f = chart(t, "trajectories", first, second, third); len(f.Panels) != 2 || f.Panels[0].Series[3].Name != "b late" {
		t.Errorf("%d panels, %+v", len(f.Panels), f.Panels[0].Series)
	}
	if note := chart(t, "trajectories", first, third).Note; !strings.Contains(note, "Benchmark third: likewise.") {
		t.Error(note)
	}
}

// Several targets are a panel each, over the same runs: see fourRuns.
func TestECDFTargets(t *testing.T) {
	f := chart(t, "ecdf,within=0.001+1.001+5.001", fourRuns())
	for i, want := range []struct {
		label string
		at    map[float64]float64 // shares at trials
	}{
		{"share with validation regret ≤ 0.001 % points", map[float64]float64{7.9: 0, 10: .25}},
		{"share with validation regret ≤ 1.001 % points", map[float64]float64{3.9: 0, 7.9: .25, 10: .5}},
		{"share with validation regret ≤ 5.001 % points", map[float64]float64{1.9: 0, 3.9: .25, 7.9: .5, 10: .75}},
	} {
		p := f.Panels[i]
		if p.YLabel != want.label {
			t.Error(p.YLabel)
		}
		for x, share := range want.at {
			got := 0.0
			for k, at := range p.Series[0].X {
				if at <= x {
					got = p.Series[0].Mid[k]
				}
			}
			if got != share {
				t.Errorf("%s: %g at %g, want %g", want.label, got, x, share)
			}
		}
	}
	if _, err := drawing("ecdf,within=1+1", Options{}, []*trace.Set{fourRuns()}...); err == nil || !strings.Contains(err.Error(), "1 is named twice") {
		t.Error(err)
	}
}
