package surrogate

import (
	"fmt"
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Every genome has the record of its network, which is the published line of its number.
func TestGraphIsThePublishedTables(t *testing.T) {
	needImported(t, "graph", "graph-proteins")
	for _, set := range graphSets {
		b := ofRows(t, "graph:"+set)
		s := readSheet(t, "nasbench-graph", set+".csv.gz")
		g := space.NewGraph(set == "proteins")
		if b.space.Size() != g.Size() {
			t.Fatalf("%s: %d genomes, want %d", set, b.space.Size(), g.Size())
		}
		line := map[evolve.Arch]int{}
		val, test := math.Inf(1), math.Inf(1)
		for i := range s.rows {
			a := evolve.Arch(fmt.Sprintf("%05s", s.text(i, "hash")))
			line[a] = i
			want := evolve.Score{Val: 1 - s.float(i, "valid_perf"), Test: 1 - s.float(i, "test_perf")}
			if got := scored(t, b, a); got != want {
				t.Fatalf("%s, %s: %+v, want %+v", set, a, got, want)
			}
			if r := asks(t, b, of(a)); r.Loss != want.Val || r.Cost != 1 {
				t.Fatalf("%s, %s: %+v, want loss %v at cost 1", set, a, r, want.Val)
			}
			val, test = min(val, want.Val), min(test, want.Test)
		}
		if a := b.About(); a.BestVal != val || a.BestTest != test || a.Dataset != set {
			t.Errorf("%s: %+v, want the best %v and %v", set, a, val, test)
		}
		if m := b.About().Metric.Name(); (m == "ROC-AUC") != (set == "proteins") {
			t.Errorf("%s is judged by %s", set, m)
		}
		for i := range g.Size() {
			a := g.At(i)
			c, err := g.Canon(a)
			if err != nil {
				t.Fatal(err)
			}
			k, ok := line[c]
			if !ok {
				t.Fatalf("%s: %s is recorded as %s, which is not published", set, a, c)
			}
			if got := b.levels[0].loss[i]; got != 1-s.float(k, "valid_perf") {
				t.Fatalf("%s: %s has loss %v, its network %s has %v", set, a, got, c, 1-s.float(k, "valid_perf"))
			}
		}
	}
}

func TestGraphObjective(t *testing.T) {
	needImported(t, "graph", "graph-proteins")
	s := readSheet(t, "nasbench-graph", "proteins.csv.gz")
	b := ofRows(t, "graph:proteins,objectives=error+latency:recorded")
	for i := range s.rows {
		a := evolve.Arch(fmt.Sprintf("%05s", s.text(i, "hash")))
		if r := asks(t, b, of(a)); r.Others[0] != 1000*s.float(i, "latency") {
			t.Fatalf("%s: %+v, want %v", a, r, s.float(i, "latency"))
		}
	}
	f := facts(t, b, "11145")
	if f["params"].Unit != "count" || f["latency:recorded"].Unit != "ms" || f["proteins_valid_perf"].Value != 1-b.levels[0].loss[space.NewGraph(true).Index("11145")] {
		t.Errorf("%+v", f)
	}
	for text, nearest := range map[string]string{"graph:protein": "proteins", "graph:cora,objectives=error+latency:record": `did you mean "latency:recorded"`, "graph:cora,objective=latency": "objective=latency is now written objectives=error+latency:recorded"} {
		_, err := tryOpen(text)
		oneLine(t, err, evolve.ErrUnknown, nearest)
	}
}
