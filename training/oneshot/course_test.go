package oneshot

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/net"
)

// tiny is a setting that a test trains in: few digits, few channels.
func tiny(t testing.TB) setting {
	t.Helper()
	d, err := training.OpenData("digits")
	if err != nil {
		t.Fatal(err)
	}
	return setting{supernet: "nb201", space: space.NB201{}, data: d, images: 160, batch: 32,
		config: net.Config{Input: d.Shape(), Classes: d.Set.Classes, N: 1, F: 4}, device: device.CPU[float32]()}
}

func plan() Plan { return Plan{Epochs: 4, LR: 0.1, Momentum: 0.9, WeightDecay: 5e-4, Nesterov: true} }

// begin goes on in a folder after so many trials.
func begin(t testing.TB, s setting, dir string, p Plan, trials int) (*Course, State) {
	t.Helper()
	c, state, err := (&Sharing{setting: s, dir: dir}).Begin(t.Context(), 7, p, trials)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, state
}

// Whoever watches a study hears of each epoch that ends: of the trial that trains it, with its seconds alone.
func TestCourseReports(t *testing.T) {
	var heard []evolve.TrialProgress
	dir, p := t.TempDir(), plan()
	study := func(trials int) *Course {
		s := &Sharing{setting: tiny(t), dir: dir, watch: evolve.On(func(p evolve.TrialProgress) { heard = append(heard, p) })}
		c, _, err := s.Begin(t.Context(), 7, p, trials)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	epoch := func(c *Course, told int) {
		if err := c.UniformEpoch(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if err := c.Save(told, false, nil); err != nil {
			t.Fatal(err)
		}
	}
	c := study(0)
	epoch(c, 0)
	c = study(0) // the first trial goes on
	epoch(c, 1)
	epoch(c, 2)
	c = study(2)
	epoch(c, 3)
	want := []struct{ trial, before int }{{1, 0}, {1, 0}, {2, 2}, {3, 3}}
	if len(heard) != len(want) {
		t.Fatalf("heard %+v", heard)
	}
	for i, h := range heard {
		if h.Trial != want[i].trial || h.Epoch != i+1 || h.Epochs != 4 || h.Part != 0 || !math.IsNaN(h.ValLoss) ||
			h.TrainLoss != float64(c.Notes()[i].Loss) {
			t.Errorf("epoch %d: %+v", i+1, h)
		}
		if sum := c.secondsFrom(want[i].before) - c.secondsFrom(i+1); math.Abs(h.Seconds-sum) > 1e-9 {
			t.Errorf("epoch %d: %g seconds of trial %d, want %g", i+1, h.Seconds, h.Trial, sum)
		}
	}
	heard = nil
	begin := time.Now().Add(-time.Minute)
	c.turn.latest = begin
	c.underway(1, begin)
	c.underway(2, begin) // soon after the other
	c.turn.latest = begin
	c.underway(c.Steps(), begin) // the epoch's end is reported by itself
	if len(heard) != 1 || heard[0].Part != 1/float64(c.Steps()) || heard[0].Epoch != 4 || heard[0].Trial != 4 ||
		heard[0].Seconds < 60 || !math.IsNaN(heard[0].TrainLoss) {
		t.Errorf("within an epoch of %d steps: %+v", c.Steps(), heard)
	}
}

// walk trains an epoch along paths of its own stream, and gives the architecture two batches.
func walk(ctx context.Context, c *Course) error {
	r := c.Stream("walk", c.Done())
	err := c.Epoch(ctx, func(_ int, b Batch, rate float64) error {
		open, err := c.Path(c.space.Sample(r))
		if err == nil {
			_, err = c.Step(open, b, rate)
		}
		return err
	})
	if err != nil {
		return err
	}
	c.Val()
	c.Note(Note{Loss: 1, Entropy: 1})
	c.Val()
	return nil
}

func newest(t testing.TB, dir string) []byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, keptPrefix+"*"+keptSuffix))
	if err != nil || len(names) == 0 {
		t.Fatalf("%v in %s: %v", names, dir, err)
	}
	slices.Sort(names)
	text, err := os.ReadFile(names[len(names)-1])
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A training that is stopped, in the middle of an epoch too, and begun again from its folder keeps the same bytes, and
// finds the same batches for the architecture.
func TestCourseGoesOn(t *testing.T) {
	s := tiny(t)
	straight, cut := t.TempDir(), t.TempDir()
	c, state := begin(t, s, straight, plan(), 0)
	if state != nil || c.Done() != 0 {
		t.Fatalf("a new course has %d epochs and the state %v", c.Done(), state)
	}
	for k := range 3 {
		if err := walk(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if err := c.Save(k+1, false, State{"alpha": {float64(k), math.Inf(1)}}); err != nil {
			t.Fatal(err)
		}
	}
	for k := range 3 {
		c, _ := begin(t, s, cut, plan(), k)
		if c.Done() != k {
			t.Fatalf("%d epochs after %d trials", c.Done(), k)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if err := c.Epoch(ctx, func(i int, b Batch, rate float64) error {
			open, _ := c.Path("123401")
			_, err := c.Step(open, b, rate)
			cancel()
			return err
		}); !errors.Is(err, context.Canceled) || c.Done() != k {
			t.Fatalf("stopped: %v after %d epochs", err, c.Done())
		}
		c, state := begin(t, s, cut, plan(), k)
		if k > 0 && !slices.Equal(state["alpha"], []float64{float64(k - 1), math.Inf(1)}) {
			t.Errorf("state %v after %d trials", state, k)
		}
		if err := walk(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if err := c.Save(k+1, false, State{"alpha": {float64(k), math.Inf(1)}}); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(newest(t, straight), newest(t, cut)) {
		t.Error("a stopped training keeps other bytes")
	}
	again, _ := begin(t, s, cut, plan(), 3)
	a, b := c.Val(), again.Val()
	if !slices.Equal(a.X, b.X) || !slices.Equal(a.Y, b.Y) {
		t.Error("another batch for the architecture after a stop")
	}
	if n := len(again.Notes()); n != 3 {
		t.Errorf("%d notes of 3 epochs", n)
	}
	if again.Seconds() <= 0 {
		t.Error("the seconds before the stop are lost")
	}
}

// The last two checkpoints are kept, which say how much of a journal they are of.
func TestKept(t *testing.T) {
	s, dir := tiny(t), t.TempDir()
	c, _ := begin(t, s, dir, plan(), 0)
	kept := func(told, want int) {
		t.Helper()
		if got, err := c.sharing.Kept(told); got != want || err != nil {
			t.Errorf("of %d told trials %d are kept: %v; want %d", told, got, err, want)
		}
	}
	kept(3, 0)
	for k := range 4 {
		if err := walk(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if err := c.Save(k+1, false, nil); err != nil {
			t.Fatal(err)
		}
	}
	if epochs, _ := c.sharing.kept(); !slices.Equal(epochs, []int{3, 4}) {
		t.Errorf("kept are epochs %v", epochs)
	}
	kept(4, 4)
	kept(3, 3)
	kept(9, 4)
	kept(2, 0)
	if _, _, err := c.sharing.Begin(t.Context(), 7, plan(), 2); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("trial 2 is no longer kept: %v", err)
	}
	if err := c.Save(4, true, nil); err != nil { // the same epoch again
		t.Fatal(err)
	}
	kept(100, 100)
	kept(3, 3)
	if again, _ := begin(t, s, dir, plan(), 100); again.Done() != 4 {
		t.Errorf("%d epochs of weights that are done", again.Done())
	}
}

// A checkpoint of anything else is refused in words that say what differs.
func TestAnotherCheckpoint(t *testing.T) {
	s, dir := tiny(t), t.TempDir()
	c, _ := begin(t, s, dir, plan(), 0)
	if err := c.Save(0, false, nil); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		change func(*setting, *Plan)
		seed   uint64
		want   string
	}{
		{func(s *setting, _ *Plan) { s.config.F = 8 }, 7, "with F 4, this is 8"},
		{func(s *setting, _ *Plan) { s.supernet, s.space = "darts", space.DARTS{} }, 7, "space nb201, this is darts"},
		{func(s *setting, _ *Plan) { s.images = 0 }, 7, "images= 160, this is 0"},
		{func(s *setting, _ *Plan) { s.batch = 16 }, 7, "batch 32, this is 16"},
		{func(_ *setting, p *Plan) { p.LR = 0.2 }, 7, "lr=0.1, this has 0.2"},
		{func(_ *setting, p *Plan) { p.Closed = Drift }, 7, "closed=still, this has drift"},
		{func(_ *setting, p *Plan) { p.Epochs = 5 }, 7, "epochs=4, this has 5"},
		{func(*setting, *Plan) {}, 8, "seed 7, this is 8"},
	} {
		s, p := s, plan()
		row.change(&s, &p)
		_, _, err := (&Sharing{setting: s, dir: dir}).Begin(t.Context(), row.seed, p, 0)
		remove := "; remove " + dir + " to train these weights anew"
		if !errors.Is(err, evolve.ErrInvalid) || !strings.Contains(err.Error(), row.want) ||
			!strings.HasSuffix(err.Error(), remove) {
			t.Errorf("%v; want %q and %q", err, row.want, remove)
		}
	}
}

// Scorers of their own give the same scores at the same time, and a scorer changes nothing.
func TestScorersAtOnce(t *testing.T) {
	s := tiny(t)
	c, _ := begin(t, s, t.TempDir(), plan(), 0)
	if err := walk(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(c.Model.Values)
	archs := []evolve.Arch{"123412", "000000", "333333", "411302"}
	for _, o := range []Scoring{{}, {Refit: 2}, {Mixed: true}, {Refit: 2, Mixed: true}} {
		one, err := c.Scorer(o)
		if err != nil {
			t.Fatal(err)
		}
		var want []Scored
		for _, a := range archs {
			score, err := one.Score(t.Context(), a, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, score)
		}
		got := make([]Scored, len(archs))
		errs := make(chan error, len(archs))
		for i, a := range archs {
			go func() {
				two, err := c.Scorer(o)
				if err == nil {
					got[i], err = two.Score(t.Context(), a, 0, 0)
				}
				errs <- err
			}()
		}
		for range archs {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %v at once, %v one after another", o, got, want)
		}
		if want[0] == want[2] {
			t.Errorf("%+v: two architectures score %v", o, want[0])
		}
	}
	if !slices.Equal(before, c.Model.Values) {
		t.Error("scoring moves weights")
	}
}

// A score of some batches goes on from the first after the last, and the whole is the mean of its images.
func TestScoreOfBatches(t *testing.T) {
	c, _ := begin(t, tiny(t), "", plan(), 0)
	s, err := c.Scorer(Scoring{})
	if err != nil {
		t.Fatal(err)
	}
	score := func(from, batches int) Scored {
		t.Helper()
		x, err := s.Score(t.Context(), "123412", from, batches)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	n := c.ScoringBatches() // 359 images in batches of 32: 11 whole ones and one of 7
	var loss, wrong float64
	for i := range n {
		images := 32.0
		if i == n-1 {
			images = 7
		}
		x := score(i, 1)
		loss, wrong = loss+x.Loss*images, wrong+x.Error*images
	}
	all := score(0, 0)
	if math.Abs(all.Loss-loss/359) > 1e-9 || math.Abs(all.Error-wrong/359) > 1e-12 {
		t.Errorf("the whole scores %v, its parts %v and %v", all, loss/359, wrong/359)
	}
	if score(n, 2) != score(0, 2) || score(3, n) != all {
		t.Error("a score does not go on from the first batch after the last")
	}
	if _, err := s.Score(t.Context(), "12341", 0, 0); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("no architecture: %v", err)
	}
	if _, err := c.Scorer(Scoring{Refit: -1}); !errors.Is(err, evolve.ErrInvalid) {
		t.Errorf("refit=-1: %v", err)
	}
}

// The rate falls by a cosine over the steps of the horizon and stays at its least.
func TestRates(t *testing.T) {
	p := plan()
	p.LRMin = 0.02
	c, _ := begin(t, tiny(t), "", p, 0)
	var rates []float64
	for range 5 {
		if err := c.Epoch(t.Context(), func(_ int, _ Batch, rate float64) error {
			rates = append(rates, rate)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if c.Steps() != 5 || len(rates) != 25 {
		t.Fatalf("%d rates in epochs of %d steps", len(rates), c.Steps())
	}
	for i, rate := range rates {
		want := 0.02
		if i < 20 {
			want += 0.04 * (1 + math.Cos(math.Pi*float64(i)/20))
		}
		if math.Abs(rate-want) > 1e-12 {
			t.Errorf("step %d: rate %v, want %v", i, rate, want)
		}
	}
	p.Steps, p.Epochs = 11, 0
	if c, _ := begin(t, tiny(t), "", p, 0); c.Plan.Epochs != 3 {
		t.Errorf("11 steps of epochs of 5 are %d epochs", c.Plan.Epochs)
	}
}
