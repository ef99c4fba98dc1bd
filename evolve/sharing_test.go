package evolve_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// finder is an evaluator whose trials decide what their architectures become, but for the third.
func finder(_ context.Context, t *evolve.Trial, r *evolve.Result) error {
	r.Loss, r.Cost = 1/float64(t.ID), 1
	if t.ID != 3 {
		r.Found = t.Arch + "'"
	}
	return nil
}

// listener proposes a and keeps what it is told.
type listener struct {
	idle
	told []evolve.Arch
}

func (l *listener) Tell(t *evolve.Trial, _ *evolve.Result) error {
	l.told = append(l.told, t.Arch)
	return nil
}

// What a trial has become is recorded and told in the place of what was proposed. A pool's journal has both, and the
// study that goes on with it asks for what was proposed.
func TestFound(t *testing.T) {
	want := []evolve.Arch{"a'", "a'", "a", "a'"}
	var journal tape
	for _, known := range []int{0, 2, 4} {
		var l listener
		var r tape
		past := append(tape(nil), journal[:min(known, len(journal))]...)
		pool := evolve.Local(evaluator(finder), evolve.LocalOptions{Window: 1, Past: past, Journal: &journal})
		_, err := (&evolve.Study{Searcher: &l, Pool: pool, Recorder: &r, Trials: 4}).Run(t.Context())
		if err != nil {
			t.Fatalf("%d known: %v", known, err)
		}
		equal(t, "recorded", r.archs(), want)
		equal(t, "told", l.told, want)
	}
	for _, o := range journal {
		if o.Arch != "a" || (o.Found == "a'") != (o.ID != 3) {
			t.Errorf("the journal has trial %d as %q, found %q", o.ID, o.Arch, o.Found)
		}
	}
}

// shared are shared weights by name alone.
type shared struct{}

func (shared) Supernet() string { return "only" }

// trains is a searcher that trains shared weights, with a searcher within it.
type trains struct{ idle }

func (trains) Init(p evolve.Problem, _ *rand.Rand) error { return evolve.Shares.Check(p) }

func init() {
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{Name: "test-trains",
		Params: []evolve.Param{evolve.Nested("inner", "searcher", "test-plain", "proposes")},
		Needs:  func(evolve.Options) evolve.Needs { return evolve.Shares },
		New:    func(evolve.Options) (evolve.Searcher, error) { return trains{}, nil }})
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{Name: "test-plain",
		New: func(evolve.Options) (evolve.Searcher, error) { return idle{}, nil }})
	evolve.Searchers.Register(evolve.Entry[evolve.Searcher]{Name: "test-holds",
		Params: []evolve.Param{evolve.Nested("inner", "searcher", "test-plain", "proposes")},
		New:    func(evolve.Options) (evolve.Searcher, error) { return idle{}, nil }})
}

// Shared weights that are to be trained are searched by who trains them, and by nobody else; a searcher within such a
// one finds none.
func TestFitSharing(t *testing.T) {
	plain := evolve.Problem{Space: only{}}
	sharing := plain
	sharing.Sharing = shared{}
	const untrained = "the weights that architectures of only share are not trained here without weights=FILE: " +
		"want a searcher that trains them (test-trains): unsupported"
	const none = "there are no shared weights to train, which oneshot:DATA has without weights=FILE: unsupported"
	for _, c := range []struct {
		algo string
		p    evolve.Problem
		want string // the error; "" for none
	}{
		{"test-trains", sharing, ""},
		{"test-plain", plain, ""},
		{"test-plain", sharing, "test-plain: " + untrained},
		{"test-holds", sharing, "test-holds: " + untrained},
		{"test-trains", plain, "test-trains: " + none},
		{"test-trains,inner=test-trains", sharing, "test-trains: inner: test-trains: " + none},
		{"test-trains,inner=(test-holds,inner=test-trains)", sharing, "test-trains: inner: test-holds: inner: test-trains: " + none},
	} {
		spec, err := evolve.ParseSpec(c.algo)
		if err != nil {
			t.Fatal(err)
		}
		e, o, err := evolve.Searchers.Resolve(spec)
		if err != nil {
			t.Fatal(err)
		}
		err = e.Fit(o, c.p)
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: %v, want %q", c.algo, err, c.want)
			continue
		}
		if err == nil {
			continue
		}
		// Where weights are to be trained the refusal says all; elsewhere another benchmark may do.
		advised := e.Suggest(o, err)
		if said := strings.Contains(c.want, "not trained here"); !errors.Is(advised, evolve.ErrUnsupported) ||
			said != (advised.Error() == err.Error()) {
			t.Errorf("%s: %v becomes %v", c.algo, err, advised)
		}
	}
}
