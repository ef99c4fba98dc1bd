package lab

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve"
)

// An experiment with other algorithms is the one that Open makes of them, without opening the benchmark again.
func TestWith(t *testing.T) {
	s := Default()
	s.Benchmark, s.Seeds, s.Trials, s.Algos = "bits,length=8", 3, 20, []string{"random"}
	base, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := base.With("regevo,population=5,sample=2", "E=eaopt")
	if err != nil {
		t.Fatal(err)
	}
	s.Algos = []string{"regevo,population=5,sample=2", "E=eaopt"}
	want, err := Open(s)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want.YAML()), string(got.YAML())); d != "" || got.ID() != want.ID() || got.Bench != base.Bench {
		t.Errorf("%s, %s and %s", d, got.ID(), want.ID())
	}
	if len(base.Arms) != 1 || base.Arms[0].Label != "random" || len(got.Arms) != 2 || got.Arms[1].Label != "E" {
		t.Errorf("arms %v, and of the other %v", base.Arms, got.Arms)
	}
	if _, err := base.With("asha"); !errors.Is(err, evolve.ErrUnsupported) || !strings.Contains(err.Error(), "no second fidelity") {
		t.Errorf("what does not fit: %v", err)
	}
}
