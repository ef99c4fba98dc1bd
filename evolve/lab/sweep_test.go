package lab

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Combinations that the searcher refuses or that make no sense are left out with the reason; what is wrong by itself is
// an error before anything runs.
func TestOpenSweep(t *testing.T) {
	spec := Default()
	spec.Benchmark = "bits,length=8"
	open := func(algos ...string) (got, left []string, err error) {
		spec.Algos = algos
		e, out, err := OpenSweep(spec)
		if err != nil {
			return nil, nil, err
		}
		for _, a := range e.Arms {
			got = append(got, a.Algo)
		}
		for _, x := range out {
			left = append(left, x.Algo+" "+x.Why.Error())
		}
		if len(got) != len(e.Spec.Algos) {
			t.Errorf("%d arms, and %d in the spec", len(got), len(e.Spec.Algos))
		}
		return got, left, nil
	}
	for _, c := range []struct{ algo, got, left string }{
		{"regevo,population=2|4,sample=2|4", "regevo,population=2,sample=2 regevo,population=4,sample=2 regevo,population=4,sample=4",
			"regevo,population=2,sample=4 the tournament of 4 is larger than the population of 2: invalid"},
		{"regevo,sample=1|2,replace=no", "regevo,sample=2,replace=no", "replace=no has no effect here"},
		{"regevo,scalar=none|error", "regevo,scalar=none", "regevo,scalar=error "},
	} {
		got, left, err := open(c.algo)
		if err != nil || strings.Join(got, " ") != c.got || len(left) != 1 || !strings.Contains(left[0], c.left) {
			t.Errorf("%s: %q, left out %q, %v", c.algo, got, left, err)
		}
	}
	for _, c := range []struct {
		algos string
		is    error
		want  string
	}{
		{"regevo;random", evolve.ErrInvalid, "2 algorithms: a sweep is of one"},
		{"regevo,population=10", evolve.ErrInvalid, "no option has several values"},
		{"regevo,population=0|10", evolve.ErrInvalid, "population=0: out of range, the range is 1 to"},
		{"regevo,popluation=5|10", evolve.ErrUnknown, `did you mean "population"?`},
		{"rgevo,population=5|10", evolve.ErrUnknown, `did you mean "regevo"?`},
		{"regevo,population=50|050", evolve.ErrInvalid, "is the same as"},
		{"regevo,population=2|3,sample=5", evolve.ErrInvalid,
			"no setting of the sweep makes a search: the tournament of 5 is larger than the population of 2"},
	} {
		_, _, err := open(strings.Split(c.algos, ";")...)
		if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: got %v, want %q", c.algos, err, c.want)
		}
	}
}
