package lab

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/journal"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// adviser is random search that recommends what it was told of last, from its fourth trial on, or an architecture that
// it never asks for.
type adviser struct {
	unseen bool
	space  evolve.Space
	r      *rand.Rand
	told   int
	last   evolve.Arch
}

func (a *adviser) Init(p evolve.Problem, r *rand.Rand) error {
	*a = adviser{unseen: a.unseen, space: p.Space, r: r}
	return nil
}

func (a *adviser) Ask(p *evolve.Proposal) bool {
	p.Arch = a.space.Sample(a.r)
	return true
}

func (a *adviser) Tell(t *evolve.Trial, r *evolve.Result) error {
	if a.told++; !math.IsInf(r.Loss, 1) {
		a.last = t.Arch
	}
	return nil
}

func (a *adviser) Recommend() (evolve.Arch, bool) {
	if a.unseen {
		return evolve.Arch(strings.Repeat("1", 24)), true
	}
	return a.last, a.told >= 4 && a.last != ""
}

func init() {
	for _, unseen := range []bool{false, true} {
		evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{Name: map[bool]string{false: "test-adviser", true: "test-seer"}[unseen],
			New: func(evolve.Options) (evolve.Searcher, error) { return &adviser{unseen: unseen}, nil }})
	}
}

// advice is an experiment whose incumbents searchers tell.
func advice(workers int) Spec {
	s := small(workers, "all")
	s.Algos, s.Seeds, s.Trials, s.Incumbent = []string{"test-adviser"}, 3, 40, "searcher"
	return s
}

// What the searcher recommends is scored, with the loss that was observed of it.
func TestAdvised(t *testing.T) {
	dir, _ := finished(t, advice(1), 1)
	o, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var rows []journal.Trial
	for _, u := range o.units() {
		got, err := journal.Read[journal.Trial](o.trialsPath(dir, u), o.trialsID(u))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, got...)
	}
	for run, r := range o.Set.Arms[0].Runs {
		if len(r.Steps) != 37 {
			t.Fatalf("run %d: %d steps, want one for each of trials 4 to 40", run, len(r.Steps))
		}
		for i, s := range r.Steps {
			x := rows[run*40+i+3]
			if s.Trial != int64(i+4) || s.Arch != x.Arch || s.Loss != float64(x.Loss) || s.Seconds != x.End || !s.Best {
				t.Fatalf("run %d: step %d is %+v, the trial %+v", run, i, s, x)
			}
			if want := 1 - float64(strings.Count(s.Arch, "1"))/24; math.Abs(s.ValError-want) > 1e-12 {
				t.Errorf("run %d: step %d has error %g, want %g", run, i, s.ValError, want)
			}
		}
		if f, last := r.Final, r.Steps[36]; f.Arch != last.Arch || f.Trial != 40 {
			t.Errorf("run %d ends with %+v", run, f)
		}
	}
}

// An experiment whose incumbents are recommended is extended like any other, and trained ones resume.
func TestAdvisedExtended(t *testing.T) {
	long.Test(t)
	for _, workers := range []int{1, 4} {
		dir, _ := finished(t, advice(workers), 1)
		x := Extension{Trials: 55, Seeds: 4}
		_, want := finished(t, longer(advice(workers), x), 1)
		extended(t, dir, x, 2)
		same(t, fmt.Sprintf("%d workers", workers), want, files(t, dir))
	}
	s := trained(2)
	s.Algos, s.Incumbent, s.Seeds = []string{"test-adviser"}, "searcher", 1
	listen(nil)
	_, want, _ := once(t, s, 2)
	dir := filepath.Join(t.TempDir(), "e")
	ctx, cancel := context.WithCancel(context.Background())
	listen(func(n int) {
		if n == 13 {
			cancel()
		}
	})
	if _, err := runSpec(t, s, dir, 1, ctx); err == nil {
		t.Fatal("not stopped")
	}
	listen(nil)
	if _, err := runSpec(t, s, dir, 1, context.Background()); err != nil {
		t.Fatal(err)
	}
	differ(t, "resumed", want, folder(t, dir))
}

// A table knows what would be reported of an architecture that no trial evaluated; a training does not.
func TestAdvisedUnseen(t *testing.T) {
	s := advice(1)
	s.Algos = []string{"test-seer"}
	dir, _ := finished(t, s, 1)
	o, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range o.Set.Arms[0].Runs {
		if len(r.Steps) != 1 || r.Final.ValError != 0 || !math.IsNaN(r.Final.Loss) || r.Steps[0].Trial != 1 {
			t.Errorf("%+v", r)
		}
	}
	s = trained(1)
	s.Algos, s.Incumbent = []string{"test-seer"}, "searcher"
	listen(nil)
	_, err = runSpec(t, s, filepath.Join(t.TempDir(), "e"), 1, context.Background())
	if want := "the searcher recommends 111111111111111111111111: none of its trials has trained it"; !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// The two keys are part of the experiment, but at their defaults of nothing.
func TestRuleAndIncumbent(t *testing.T) {
	plain := open(t, tiny())
	s := tiny()
	s.FidelityRule, s.Incumbent = "highest", "observed"
	if e := open(t, s); e.ID() != plain.ID() || string(e.YAML()) != string(plain.YAML()) {
		t.Errorf("the defaults, written out, are another experiment:\n%s", e.YAML())
	}
	s = trained(1)
	s.FidelityRule = "any"
	e := open(t, s)
	back, err := ReadSpec("x.yaml", e.YAML())
	if err != nil || cmp.Diff(e.Spec, back) != "" || !strings.Contains(string(e.YAML()), "fidelity_rule: any\n") || !strings.Contains(string(e.manifest()), `"fidelity_rule": "any"`) {
		t.Errorf("%v: %s", err, e.YAML())
	}
	for _, c := range []struct {
		alter func(*Spec)
		want  string
	}{
		{func(s *Spec) { s.FidelityRule = "lowest" }, `fidelity_rule "lowest" (known: highest, any)`},
		{func(s *Spec) { s.Incumbent = "observe" }, `incumbent "observe": did you mean "observed"?`},
		{func(s *Spec) { s.FidelityRule = "any" }, "fidelity_rule any has no effect on bits"},
		{func(s *Spec) { s.FidelityRule, s.Incumbent = "any", "searcher" }, "fidelity_rule any has no effect here"},
		{func(s *Spec) { s.Incumbent, s.Algos = "searcher", []string{"test-adviser", "random"} }, `algo "random" on bits`},
	} {
		s := tiny()
		c.alter(&s)
		if _, err := Open(s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
