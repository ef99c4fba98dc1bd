package report

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/front"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/evolve/lab"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

const twoObjectives = "nb201:cifar10,source=surrogate,objectives=error+params"

// met are the losses of a run's entries that no other beats, each pair once.
func met(run *trace.Run) (points [][]float64) {
	for _, e := range run.Entries {
		points = append(points, []float64{e.ValError, e.Others[0]})
	}
	slices.SortFunc(points, slices.Compare)
	points = slices.CompactFunc(points, slices.Equal)
	all := slices.Clone(points)
	return slices.DeleteFunc(points, func(p []float64) bool {
		return slices.ContainsFunc(all, func(q []float64) bool { return q[0] <= p[0] && q[1] <= p[1] && !slices.Equal(p, q) })
	})
}

// What a comparison says of fronts is what the points of its runs come to.
func TestFronts(t *testing.T) {
	o := ran(t, func(s *lab.Spec) {
		s.Benchmark, s.Algos, s.Seeds, s.Trials = twoObjectives, []string{"random", "nsga2,population=20"}, 4, 400
	})
	r := Compare(o)
	points, ok := front.Exact(o.Bench)
	if !ok || r.Exact == nil || r.Exact.Points != len(points) || r.Tested != "hypervolume" || r.Ignored != nil || r.NoHypervolume != "" {
		t.Fatalf("%d exact points, %+v", len(points), r)
	}
	if r.Reference[0] != .2 || r.Reference[1] != 6e5 {
		t.Errorf("reference %v", r.Reference)
	}
	var exact, scaled [][]float64
	least := points[len(points)-1].Values[1]
	scale := func(p []float64) []float64 {
		return []float64{(p[0] - points[0].Values[0]) / (.2 - points[0].Values[0]), (p[1] - least) / (6e5 - least)}
	}
	for _, p := range points {
		exact, scaled = append(exact, p.Values), append(scaled, scale(p.Values))
	}
	corner := []float64{.2, 6e5}
	whole := stats.Hypervolume(exact, corner)
	near := func(what string, got number.Nullable, want float64) {
		t.Helper()
		if math.Abs(float64(got)-want) > 1e-9*max(1, math.Abs(want)) {
			t.Errorf("%s: %g, want %g", what, got, want)
		}
	}
	near("exact hypervolume", r.Exact.Hypervolume, whole)
	var shares [][]float64
	for i, a := range o.Set.Arms {
		var volume, igd, found float64
		var share []float64
		for k := range a.Runs {
			var own [][]float64
			for _, p := range met(&a.Runs[k]) {
				own = append(own, scale(p))
				if slices.ContainsFunc(exact, func(q []float64) bool { return slices.Equal(p, q) }) {
					found++
				}
			}
			v := stats.Hypervolume(met(&a.Runs[k]), corner)
			volume, igd, share = volume+v/4, igd+stats.IGDPlus(own, scaled)/4, append(share, v/whole)
		}
		f := r.Results[i].Fronts
		near("hypervolume", f.Hypervolume, volume)
		near("share", f.Share, volume/whole)
		near("gap", f.Gap, math.Log10(1-volume/whole))
		near("IGD+", f.IGD, igd)
		near("exact points", f.Found, found/4)
		shares = append(shares, share)
		for _, p := range f.Front {
			at := slices.IndexFunc(a.Runs[p.Run].Entries, func(e journal.Entry) bool { return e.Arch == p.Arch })
			if at < 0 || float64(p.Values[1]) != a.Runs[p.Run].Entries[at].Others[0] {
				t.Errorf("%+v is not of run %d", p, p.Run)
			}
		}
		if !slices.IsSortedFunc(f.Front, func(p, q FrontPoint) int { return slices.Compare(p.Values, q.Values) }) || len(f.Front) < 3 {
			t.Errorf("%+v", f.Front)
		}
	}
	want := stats.Compare([]string{"random", "nsga2"}, shares)[0]
	if got := r.Tests[0]; float64(got.P) != want.P || float64(got.A12) != want.A12 {
		t.Errorf("p %g, A12 %g, want %g and %g", got.P, got.A12, want.P, want.A12)
	}
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"\nFronts, means of the runs; reference point error 0.2, params 600,000; the exact front has ",
		" fraction × params:\n", "\nWho beats whom on hypervolume ("} {
		if !strings.Contains(b.String(), part) {
			t.Errorf("%s\nlacks %q", b.String(), part)
		}
	}
	if strings.Contains(b.String(), "minimises them") {
		t.Errorf("nsga2 minimises both: %s", b.String())
	}
}

// What is not known is null, and said.
func TestFrontsUnknown(t *testing.T) {
	for want, change := range map[string]func(*lab.Outcome){
		"No hypervolume: no reference point of params is known": func(o *lab.Outcome) { o.Set.Objectives[1].Reference = math.NaN() },
		"No architecture is better than the reference point in every objective": func(o *lab.Outcome) {
			o.Set.Objectives[0].Reference = .01
		},
		"No hypervolume: record=none kept no fronts": func(o *lab.Outcome) {
			o.Set.Spec.Record, o.Spec.Record = "none", "none"
		},
	} {
		o := ran(t, func(s *lab.Spec) {
			s.Benchmark, s.Seeds, s.Trials, s.Algos = twoObjectives, 1, 30, []string{"nsga2,population=5"}
		})
		change(o)
		r := Compare(o)
		var b, table strings.Builder
		WriteSearch(&b, o, &r, Best(o), nil)
		if err := r.WriteText(&table); err != nil || !strings.Contains(table.String(), want) || !strings.Contains(b.String(), want) {
			t.Errorf("%s\n%s\nwant %q, %v", b.String(), table.String(), want, err)
		}
		text, err := json.Marshal(r)
		if err != nil || strings.HasPrefix(want, "No hypervolume") && !strings.Contains(string(text), `"hypervolume_mean":null,"hypervolume_share_mean":null,"hypervolume_gap_mean":null,`) {
			t.Errorf("%s, %v", text, err)
		}
	}
	// Of one objective nothing of it is there.
	text, err := json.Marshal(Compare(byHand()))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"hypervolume", "igd", "front", "reference", "tested"} {
		if strings.Contains(string(text), key) {
			t.Errorf("%q in %s", key, text)
		}
	}
}
