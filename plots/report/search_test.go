package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/lab"
)

func single(s *lab.Spec) { s.Seeds, s.Algos = 1, []string{"random"} }

// The best of a search is the last incumbent of its run, in the notation of its space.
func TestBest(t *testing.T) {
	o := ran(t, func(s *lab.Spec) { single(s); s.Benchmark, s.Trials = "nb201", 20 })
	steps := o.Set.Arms[0].Runs[0].Steps
	last := steps[len(steps)-1]
	f := Best(o)
	if f.Genome != last.Arch || f.Trial != last.Trial || !strings.HasPrefix(f.Arch, "|") || f.Seconds == nil || f.Real != nil {
		t.Errorf("%+v, of %+v", f, last)
	}
	if want := 100 * (1 - last.TestError); float64(f.Test) != want {
		t.Errorf("test %v, want %v", f.Test, want)
	}
	// Read back, the experiment has no benchmark, and the registry opens it again.
	o.Bench = nil
	if g := Best(o); g.Bench == nil || g.Arch != f.Arch {
		t.Errorf("%+v", g)
	}
	// Of a benchmark that is not registered any more the genome is known.
	o.Spec.Benchmark = "gone"
	if g := Best(o); g.Bench != nil || g.Arch != f.Genome || g.Test != f.Test {
		t.Errorf("%+v", g)
	}
	text, err := json.Marshal(f)
	if err != nil || !strings.HasPrefix(string(text), `{"arch":"|`) || !strings.Contains(string(text), `"sim_seconds":`) ||
		strings.Contains(string(text), "Bench") {
		t.Errorf("%s, %v", text, err)
	}
}

// Where incumbents were not recorded the end of the run tells the same architecture, and not when it was found.
func TestBestOfEnd(t *testing.T) {
	want := Best(ran(t, single))
	o := ran(t, func(s *lab.Spec) { single(s); s.Record = "none" })
	f := Best(o)
	if f == nil || f.Arch != want.Arch || f.Val != want.Val || f.Trial != 0 || f.Seconds != nil {
		t.Fatalf("%+v, want that of %+v", f, want)
	}
	text, err := json.Marshal(f)
	if err != nil || strings.Contains(string(text), "trial") || strings.Contains(string(text), "seconds") {
		t.Errorf("%s, %v", text, err)
	}
	r := Compare(o)
	var b strings.Builder
	WriteSearch(&b, o, &r, f, nil)
	if !strings.Contains(b.String(), "\ngenome    "+f.Genome+"\nobserved  ") {
		t.Error(b.String())
	}
}

func TestBestOfNone(t *testing.T) {
	if f := Best(ran(t, func(*lab.Spec) {})); f != nil {
		t.Errorf("of six runs: %+v", f)
	}
	o := ran(t, func(s *lab.Spec) { single(s); s.Benchmark, s.Trials, s.Budget = "bits,length=8,cost=10", 0, 1 })
	r := Compare(o)
	var b strings.Builder
	WriteSearch(&b, o, &r, Best(o), nil)
	want := "random on bits,length=8,cost=10: 0 trials, 0 simulated seconds\nnothing was evaluated within the bounds\n"
	if got := b.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWriteSearch(t *testing.T) {
	o := ran(t, single)
	o.Files = []string{"here/figure.png"}
	r := Compare(o)
	var b strings.Builder
	WriteSearch(&b, o, &r, Best(o), []string{"amoeba draw x", "amoeba query x"})
	for _, line := range []string{
		"best      ", "% validation, epochs ", "wrote     here/figure.png\n", "\nGo on with it:\n  amoeba draw x\n  amoeba query x\n",
	} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("no %q in\n%s", line, b.String())
		}
	}
	b.Reset()
	r.Files = nil
	WriteSearch(&b, o, &r, Best(o), nil)
	if text := b.String(); strings.Contains(text, "wrote") || strings.Contains(text, "Go on") {
		t.Errorf("neither files nor commands were given:\n%s", text)
	}
}
