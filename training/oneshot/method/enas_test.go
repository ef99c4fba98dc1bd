package method

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// enasOf are the settings of options.
func enasOf(t testing.TB, algo string) (*enas, oneshot.Plan) {
	t.Helper()
	s, _, err := evolve.Searchers.OpenText(algo)
	if err != nil {
		t.Fatal(err)
	}
	f := s.(*follower)
	l, err := f.fresh()
	if err != nil {
		t.Fatal(err)
	}
	return l.(*enas), f.plan
}

// The presets are those of the two codes, counted in steps: 200 epochs of NAS-Bench-201 are 78,200 training batches and
// 10,000 steps of the LSTM, 150 of the micro search 42,300 and 4,500.
func TestENASPresets(t *testing.T) {
	for _, c := range []struct {
		algo           string
		batches, steps int
		rate           float64
		units, layers  int
		answers        int
	}{{"enas,preset=published", 78200, 10000, 0.001, 32, 2, 100}, {"enas,preset=micro", 42300, 4500, 0.0035, 64, 1, 10}} {
		e, plan := enasOf(t, c.algo)
		if plan.Steps != c.batches || e.due(plan.Steps) != c.steps || e.Rate != c.rate || e.answers != c.answers ||
			e.controller.Units != c.units || e.controller.Layers != c.layers {
			t.Errorf("%s: %+v, %+v, %d steps of the LSTM", c.algo, plan, e, e.due(plan.Steps))
		}
	}
	if e, _ := enasOf(t, "enas,units=7,updates=3"); e.controller.Units != 7 || e.updates != 3 || e.round != 0 {
		t.Errorf("options that are given: %+v", e)
	}
}

// The rate begins anew after 10, 20, 40 and 80 rounds, and so ends with its least after 150.
func TestRestarted(t *testing.T) {
	plan := oneshot.Plan{LR: 0.05, LRMin: 0.0005}
	for round, want := range map[int]float64{0: plan.LR, 10: plan.LR, 30: plan.LR, 70: plan.LR,
		5: (plan.LR + plan.LRMin) / 2, 20: (plan.LR + plan.LRMin) / 2, 110: (plan.LR + plan.LRMin) / 2} {
		if got := restarted(plan, round*microRound, 10*microRound); math.Abs(got-want) > 1e-12 {
			t.Errorf("round %d: rate %v, want %v", round, got, want)
		}
	}
	if got := restarted(plan, 150*microRound-1, 10*microRound); math.Abs(got-plan.LRMin) > 1e-6 {
		t.Errorf("the last rate is %v", got)
	}
}

// On the supernet of ENAS only its five operations are written, and the micro search favours separable convolutions, in
// the normal cell more.
func TestENASWrites(t *testing.T) {
	cells := space.NASNet{Ops: space.ENASOps}
	supernet, err := net.Super("enas", config)
	if err != nil {
		t.Fatal(err)
	}
	for _, algo := range []string{"enas", "enas,preset=micro"} {
		e, _ := enasOf(t, algo)
		w, err := e.writer(cells, supernet.Ops, evolve.Stream(1, "controller"))
		if err != nil {
			t.Fatal(err)
		}
		var separable [2]float64 // share of each cell's operations
		r := evolve.Stream(1, "draws")
		const n = 300
		for range n {
			a, err := w.Write(r)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := supernet.Path(a); err != nil {
				t.Fatalf("%s: the supernet has not what was written: %v", algo, err)
			}
			x := space.NASNet{}.Choices(nil, a) // among all operations
			for i, d := range (space.NASNet{}).Decisions() {
				if strings.Contains(d.Name, ".op") && strings.HasPrefix(space.NASNetOps[int(x[i])], "sep_conv") {
					separable[i/20] += 1. / (10 * n)
				}
			}
		}
		// exp(0.44+0.25) of two against exp(-0.25) of three in the normal cell, exp(0.44) against 1 in the other.
		want := [2]float64{0.4, 0.4}
		if e.micro {
			want = [2]float64{0.629, 0.509}
		}
		for cell, share := range separable {
			if math.Abs(share-want[cell]) > 0.04 {
				t.Errorf("%s: %.3f of the operations of cell %d are separable convolutions, want %.3f", algo, share, cell,
					want[cell])
			}
		}
	}
}

var config = net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, F: 2, N: 1, Unscaled: true}

// ENAS serves every space whose supernet has paths.
func TestENASOnAllSupernets(t *testing.T) {
	for _, cells := range []evolve.Space{space.NB201{}, space.DARTS{}, space.NASNet{}} {
		supernet, err := net.Super(cells.Name(), config)
		if err != nil {
			t.Fatal(err)
		}
		e, _ := enasOf(t, "enas,units=4")
		w, err := e.writer(cells, supernet.Ops, evolve.Stream(1, "controller"))
		if err != nil {
			t.Fatal(err)
		}
		a, err := w.Write(evolve.Stream(1, "draws"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := supernet.Path(a); err != nil {
			t.Errorf("%s: %s: %v", cells.Name(), a, err)
		}
	}
	e, _ := enasOf(t, "enas")
	if _, err := e.writer(noDecisions{}, nil, evolve.Stream(1, "controller")); !errors.Is(err, evolve.ErrUnsupported) {
		t.Errorf("a space without decisions: %v", err)
	}
}

// noDecisions is a space that is no list of decisions.
type noDecisions struct{ evolve.Space }

func (noDecisions) Name() string { return "none" }

const quick = "enas,epochs=4,units=6,updates=2,aggregate=3,answers=4,controller_lr=0.05"

// A trial is an epoch, the policy's entropy and shares are noted, and a study that is stopped goes on to the same.
func TestENASTrains(t *testing.T) {
	whole := studied(t, tiny, quick, 0)
	if len(whole.outcomes) != 4 {
		t.Fatalf("%d trials of 4 epochs", len(whole.outcomes))
	}
	for i, n := range whole.notes(t) {
		sum := 0.0
		for _, p := range n.Shares {
			sum += p
		}
		if len(n.Shares) != 30 || math.Abs(sum-6) > 1e-9 || !(n.Entropy > 0.5 && n.Entropy < 1.61) || !(n.Loss > 0) {
			t.Errorf("epoch %d: %+v", i+1, n)
		}
	}
	s := &search{dir: t.TempDir(), stop: 2}
	if err := s.run(t, tiny, quick, 0); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped with %v", err)
	}
	s.stop = 0
	if err := s.run(t, tiny, quick, 0); err != nil {
		t.Fatal(err)
	}
	s.matches(t, quick, whole)
}
