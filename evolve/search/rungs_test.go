package search_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/search"
)

// schedules is a problem of nothing but fidelities. Those at which the training of the one before does not go on are
// given below zero.
func schedules(epochs ...int) (p evolve.Problem) {
	for _, e := range epochs {
		p.Fidelities = append(p.Fidelities, evolve.Fidelity{Epochs: max(e, -e), Resumes: e > 0})
	}
	return p
}

func upTo(n int) (all []int) {
	for e := 1; e <= n; e++ {
		all = append(all, e)
	}
	return all
}

// epochsOf are the epochs of fidelities, below zero where they do not resume. The first has nothing to resume from.
func epochsOf(rungs []evolve.Fidelity) (epochs []int) {
	for i, f := range rungs {
		if i > 0 && !f.Resumes {
			f.Epochs = -f.Epochs
		}
		epochs = append(epochs, f.Epochs)
	}
	return epochs
}

func TestRungs(t *testing.T) {
	for _, c := range []struct {
		have []int
		eta  int
		want []int
	}{
		{upTo(27), 3, []int{1, 3, 9, 27}},
		{upTo(243), 3, []int{1, 3, 9, 27, 81, 243}}, // logarithms lose one here
		{upTo(20), 3, []int{1, 2, 7, 20}},
		{upTo(9), 3, []int{1, 3, 9}},
		{upTo(4), 3, []int{1, 4}},
		{upTo(16), 2, []int{1, 2, 4, 8, 16}},
		{upTo(20), 1000, []int{1, 20}},
		{[]int{4, 12, 36, 108}, 3, []int{4, 12, 36, 108}},
		{[]int{4, 12, 36, 108}, 9, []int{4, 12, 108}}, // 12, and then 4/3, which is below 4
		{[]int{-12, -200}, 3, []int{12, -200}},
		{[]int{9, 10}, 3, []int{9, 10}},
		{[]int{1, 4, 16}, 8, []int{1, 16}},               // 2 is as near to 1 as to 4: the shorter
		{[]int{1, 5, 16}, 8, []int{1, 16}},               // 2 is nearer to 1
		{[]int{1, 3, 16}, 8, []int{1, 3, 16}},            // 2 is nearer to 3
		{[]int{1, 3, -4, 9, 27}, 3, []int{1, 3, -9, 27}}, // 9 goes on from 4 and 4 from nothing, so that 9 does not go on from 3
	} {
		got, err := search.Rungs(schedules(c.have...), c.eta)
		if err != nil || !slices.Equal(epochsOf(got), c.want) {
			t.Errorf("fidelities %v, η=%d: rungs %v, %v, want %v", c.have, c.eta, epochsOf(got), err, c.want)
		}
	}
}

func TestRungsRefuse(t *testing.T) {
	for _, c := range []struct {
		have []int
		want string
	}{
		{nil, "there is no second fidelity, a number of epochs to train for: unsupported"},
		{[]int{200}, "there is no second fidelity, a number of epochs to train for, beside 200: unsupported"},
	} {
		if _, err := search.Rungs(schedules(c.have...), 3); !errors.Is(err, evolve.ErrUnsupported) || err.Error() != c.want {
			t.Errorf("fidelities %v: %v, want %q", c.have, err, c.want)
		}
	}
}

// Rungs rise from the lowest fidelity to the last, and of a problem that has every number of epochs they are the
// quotients rounded.
func TestRungsProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have := slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.IntRange(1, 1000), 2, 30).Draw(t, "epochs"))))
		eta := rapid.IntRange(2, 10).Draw(t, "eta")
		if len(have) < 2 {
			return
		}
		got, err := search.Rungs(schedules(have...), eta)
		if err != nil {
			t.Fatal(err)
		}
		e := epochsOf(got)
		if e[0] != have[0] || e[len(e)-1] != have[len(have)-1] || !slices.IsSorted(e) || len(slices.Compact(slices.Clone(e))) != len(e) {
			t.Fatalf("of %v, η=%d: %v", have, eta, e)
		}
		most := 1
		for q := have[len(have)-1]; q > have[0]; q = (q - 1) / eta {
			most++
		}
		if len(e) > most+1 {
			t.Fatalf("of %v, η=%d: %d rungs %v, want at most %d", have, eta, len(e), e, most+1)
		}
	})
}
