package front_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/front"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// invented is a benchmark of few cells with two objectives of which many are equal, where "3…" fails.
type invented struct {
	*evolvetest.Invented
	first  string // objective
	report float64
}

func small() *evolvetest.Invented { return &evolvetest.Invented{Space: space.NB201{}, Rungs: true} }

func (b invented) Problem() evolve.Problem {
	p := b.Invented.Problem()
	if b.first == evolve.ParamsObjective {
		slices.Reverse(p.Objectives)
	}
	return p
}

func (b invented) Evaluate(ctx context.Context, t *evolve.Trial, r *evolve.Result) error {
	if t.Arch[0] == '3' {
		return evolve.ErrFailed
	}
	err := b.Invented.Evaluate(ctx, t, r)
	r.Others[0] = math.Floor(20*(1-r.Loss)) + math.Floor(r.Others[0]/200)
	r.Loss = math.Floor(20*r.Loss) / 20
	if b.first == evolve.ParamsObjective {
		r.Loss, r.Others[0] = r.Others[0], r.Loss
	}
	return err
}

func (b invented) Score(t *evolve.Trial) (evolve.Score, error) {
	var r evolve.Result
	err := b.Evaluate(context.Background(), t, &r)
	return evolve.Score{Val: r.Loss + b.report}, err
}

// A point is on the front where no other beats it, each pair of values once.
func TestExact(t *testing.T) {
	b := invented{small(), evolve.ErrorObjective, 0}
	got, ok := front.Exact(b)
	if !ok || len(got) < 2 {
		t.Fatalf("%v, %t", got, ok)
	}
	values := map[string]bool{}
	for _, p := range got {
		values[fmt.Sprint(p.Values)] = true
	}
	on := map[string]bool{}
	var all [][]float64
	for i := range (space.NB201{}).Size() {
		var r evolve.Result
		tr := evolve.Trial{Proposal: evolve.Proposal{Arch: space.NB201{}.At(i)}}
		if b.Evaluate(t.Context(), &tr, &r) == nil {
			all = append(all, []float64{r.Loss, r.Others[0]})
		}
	}
	for _, p := range all {
		beaten := slices.ContainsFunc(all, func(q []float64) bool { return q[0] <= p[0] && q[1] <= p[1] && (q[0] < p[0] || q[1] < p[1]) })
		if on[fmt.Sprint(p)] = !beaten; !beaten != values[fmt.Sprint(p)] {
			t.Errorf("%v: beaten %t, on the front %t", p, beaten, values[fmt.Sprint(p)])
		}
	}
	if len(values) != len(got) || !slices.IsSortedFunc(got, func(p, q front.Point) int { return slices.Compare(p.Values, q.Values) }) {
		t.Errorf("want each pair once, rising: %v", got)
	}
}

// Nobody knows the front of what is trained, of a space without an end, and of a second result of training that is
// reported otherwise than told.
func TestExactIsNotKnown(t *testing.T) {
	if _, ok := front.Exact(&evolvetest.Invented{Space: space.DARTS{}, Rungs: true}); ok {
		t.Error("a space that cannot be enumerated")
	}
	if _, ok := front.Exact(trains{invented{small(), evolve.ErrorObjective, 0}}); ok {
		t.Error("a benchmark that trains")
	}
	if _, ok := front.Exact(invented{small(), evolve.ParamsObjective, 0}); ok {
		t.Error("errors that nothing reports")
	}
}

type trains struct{ invented }

func (b trains) About() evolve.About { return evolve.About{Kind: evolve.Training} }

func ExampleExact() {
	points, ok := front.Exact(invented{small(), evolve.ErrorObjective, 0})
	fmt.Println(len(points), ok)
	// Output: 20 true
}
