package method

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// What has no meaning is refused in one line, before anything is trained.
func TestDartsRefuses(t *testing.T) {
	for _, c := range []struct{ on, algo, want string }{
		{"oneshot:digits,space=nasnet,F=1,batch=2,images=20", "darts", "paths and no mixtures"},
		{"train:digits", "darts", "shared weights"},
		{tiny, "darts,select=perturbation,stop=skips", "one remedy at a time"},
		{tiny, "darts,order=3", "3"},
		{tiny, "darts,lr=0.0005", "lr_min=0.001"},
		{tiny, "darts,preset=published,steps=0", "want epochs or steps above 0"},
	} {
		err := refused(t, c.on, c.algo)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s on %s: %v", c.algo, c.on, err)
		}
	}
	if err := refused(t, tiny, "darts,order=2,stop=eigenvalue"); err != nil {
		t.Error(err)
	}
}

// A search that stops at skip connections ends with the first epoch whose answer has two.
func TestStopsAtSkips(t *testing.T) {
	s := studied(t, tiny, "darts,epochs=40,stop=skips,alpha_lr=0.03", 0)
	for i, o := range s.outcomes {
		last := i == len(s.outcomes)-1
		if n := skips("nb201", o.Found); last != (n >= mostSkips) && i < 39 {
			t.Errorf("epoch %d of %d: %s has %d skips", o.ID, len(s.outcomes), o.Found, n)
		}
	}
	if n := len(s.outcomes); n == 1 || n == 40 {
		t.Errorf("ends after %d epochs: nothing was tested", n)
	}
}

// A search whose eigenvalues have grown has ended, with the answer of the shares before, also after it was saved and
// loaded.
func TestAnswerOfEarlierShares(t *testing.T) {
	c := course(t, "")
	fresh := func() *darts {
		d := &darts{learned: learned{rate: 0.1}, stop: stopEigenvalue, watch: true}
		if err := d.begin(c); err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := fresh()
	for range 11 {
		d.curve = append(d.curve, 1e-6) // whatever comes next has grown
	}
	for i := range stepsBack {
		shares := make([]float64, 30)
		for e := range 6 {
			shares[5*e+(i+1)%5] = 1
		}
		d.past = append(d.past, shares)
	}
	if d.ended() {
		t.Fatal("has ended before it was looked at")
	}
	if err := d.bend(); err != nil {
		t.Fatal(err)
	}
	again := fresh()
	if err := again.load(d.save()); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*darts{d, again} {
		a, err := d.answer(t.Context())
		if err != nil || a != "111111" || !d.ended() {
			t.Errorf("the answer is %s, %v, and it has ended: %v; want that of six eigenvalues before", a, err, d.ended())
		}
	}
}

// course is one on the tiny benchmark, in memory.
func course(t *testing.T, settings string) *oneshot.Course {
	t.Helper()
	b, _, err := evolve.Benchmarks.OpenText(tiny + settings)
	if err != nil {
		t.Fatal(err)
	}
	sharing, err := oneshot.SharingOf(b.Problem())
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := sharing.Begin(t.Context(), 1, dartsSmall, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// Selection by perturbation goes on after the plan until every edge has one candidate, which the answer has.
func TestPerturbationOfTraining(t *testing.T) {
	s := studied(t, tiny, "darts,epochs=2,select=perturbation,tune=2", 0)
	if want := 2 + 2*5 + 1; len(s.outcomes) != want {
		t.Fatalf("%d epochs, want %d", len(s.outcomes), want)
	}
	noted := s.notes(t)
	for i, n := range noted {
		sure := 0
		for _, p := range n.Shares {
			if p == 1 {
				sure++
			}
		}
		if want := max(0, (i-2+2)/2); i < 2 && sure != 0 || i >= 2 && sure != want {
			t.Errorf("epoch %d: %d edges are chosen, want %d", i+1, sure, want)
		}
	}
	if last := noted[len(noted)-1]; last.Entropy != 0 {
		t.Errorf("the entropy at last is %v", last.Entropy)
	}
}

// The curve of eigenvalues changes nothing else, and stands at every second epoch.
func TestEigenvaluesOnlyLook(t *testing.T) {
	plain, curved := studied(t, tiny, "darts,epochs=4", 0), studied(t, tiny, "darts,epochs=4,eigenvalue=yes", 0)
	a, b := plain.notes(t), curved.notes(t)
	for i := range a {
		if fmt.Sprint(a[i].Shares, a[i].Loss) != fmt.Sprint(b[i].Shares, b[i].Loss) {
			t.Errorf("epoch %d: shares or loss are others with the curve", i+1)
		}
		if known := !math.IsNaN(float64(b[i].Eigenvalue)); known != (i%2 == 0) || !math.IsNaN(float64(a[i].Eigenvalue)) {
			t.Errorf("epoch %d: eigenvalues %v and %v", i+1, a[i].Eigenvalue, b[i].Eigenvalue)
		}
	}
}

// A supernet that has diverged ends the search: its trial has failed, and the answer is that of the epoch before.
func TestDivergedSearchEnds(t *testing.T) {
	s := &search{dir: t.TempDir()}
	if err := s.run(t, tiny, "darts,epochs=40,lr=100,lr_min=100,clip=0,weight_decay=1", 0); err != nil {
		t.Fatal(err)
	}
	last := s.outcomes[len(s.outcomes)-1]
	if !errors.Is(last.Err, evolve.ErrFailed) || len(s.outcomes) == 40 {
		t.Fatalf("after %d trials: %v", len(s.outcomes), last.Err)
	}
	answer, ok := s.searcher.(evolve.Recommender).Recommend()
	if n := len(s.outcomes); ok != (n > 1) || ok && answer != s.outcomes[n-2].Found {
		t.Errorf("the answer is %s, %v", answer, ok)
	}
}
