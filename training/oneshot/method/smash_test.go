package method

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/evolvetest"
	"github.com/amoeba-nas/amoeba/evolve/notes"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/internal/long"
	_ "github.com/amoeba-nas/amoeba/surrogate" // digits201
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

const quickSmash = "smash,epochs=4,random=12,perturbed=6,chained=6"

func TestSmashSaysItsSize(t *testing.T) {
	dir := studied(t, tiny, "smash,epochs=1,random=1,perturbed=0,chained=0", 0).dir
	n, err := notes.Read(dir)
	if err != nil || !strings.HasPrefix(n.Said, "a hypernetwork of ") || len(n.Epochs) != 1 {
		t.Errorf("%+v, %v", n, err)
	}
	if all, err := filepath.Glob(filepath.Join(dir, "*.ckpt")); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	} else if f, err := os.Stat(all[0]); err != nil || f.Size() == 0 {
		t.Errorf("%v", err)
	}
}

func TestSmashRefused(t *testing.T) {
	for _, c := range []struct{ benchmark, algo, says string }{
		{tiny, "smash,rank=16", "smash: a hypernetwork of "},
		{"digits201", "smash", "smash: there are no shared weights to train"},
	} {
		if err := refused(t, c.benchmark, c.algo); err == nil || !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%s on %s: %v, want %q", c.algo, c.benchmark, err, c.says)
		}
	}
}

// Half of all networks are kept out of training. With the weights that are written for them they are ranked as well as
// those that were trained.
func TestSmashRanksWhatItHasNotSeen(t *testing.T) {
	long.Test(t)
	b, err := evolvetest.Open(t, evolve.Benchmarks, "oneshot:digits").(evolve.Trainer).In("", nil)
	if err != nil {
		t.Fatal(err)
	}
	sharing, err := oneshot.SharingOf(b.Problem())
	if err != nil {
		t.Fatal(err)
	}
	plan := smashSmall
	plan.Epochs = 60
	c, _, err := sharing.Begin(context.Background(), 1, plan, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := &smash{rank: 4, rate: .003 / plan.LR, holdout: .5}
	if err := s.begin(c); err != nil {
		t.Fatal(err)
	}
	for range plan.Epochs {
		if err := s.epoch(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 1000 {
		if a := s.sample(c.Stream("drawn", i)); s.keptOut(a) {
			t.Fatalf("%s is kept out and was drawn", a)
		}
	}
	asks, err := c.Scorer(oneshot.Scoring{Own: true})
	if err != nil {
		t.Fatal(err)
	}
	truth := evolvetest.Open(t, evolve.Benchmarks, "digits201,metric=loss")
	var said, found [2][]float64 // of networks that were trained, and of those kept out
	for r := c.Stream("asked"); len(said[0])+len(said[1]) < 400; {
		a := c.Cells().Sample(r)
		if err := s.write(asks, a); err != nil {
			t.Fatal(err)
		}
		got, err := asks.Score(context.Background(), a, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		known, err := truth.Score(&evolve.Trial{ID: 1, Proposal: evolve.Proposal{Arch: a}})
		if err != nil {
			t.Fatal(err)
		}
		k := 0
		if s.keptOut(a) {
			k = 1
		}
		said[k], found[k] = append(said[k], got.Loss), append(found[k], known.Test)
	}
	var tau, width [2]float64
	for k := range tau {
		tau[k] = stats.KendallTauB(said[k], found[k])
		// 1.96 standard errors of a tau of as many networks whose ranks do not agree (Kendall, Biometrika 30, 1938).
		width[k] = 1.96 * math.Sqrt(2*float64(2*len(said[k])+5)/float64(9*len(said[k])*(len(said[k])-1)))
	}
	if len(said[1]) < 150 {
		t.Fatalf("%d of 400 networks were kept out", len(said[1]))
	}
	t.Logf("tau-b %.3f of %d that were trained, %.3f of %d that were not", tau[0], len(said[0]), tau[1], len(said[1]))
	if joint := math.Hypot(width[0], width[1]); math.Abs(tau[0]-tau[1]) > joint || tau[1] < width[1] {
		t.Errorf("tau-b %.3f of networks that were trained, %.3f of others, ± %.3f", tau[0], tau[1], joint)
	}
}
