package surrogate

import (
	"math"
	"testing"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
)

// ownRuns are the embedded runs, read anew.
func ownRuns(t testing.TB, text []byte) *ownruns.Table {
	t.Helper()
	table, err := ownruns.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// The file is of the protocol that the project promises, whole.
func TestDigits201Protocol(t *testing.T) {
	r := ownRuns(t, digits201Runs)
	if len(r.Cells) != 6466 || r.Seeds != 3 || r.Epochs != 20 || r.Space != "nb201" || r.Data != "digits" || r.Images != (ownruns.Images{Train: 1024, Val: 359, Test: 359}) {
		t.Errorf("%d cells with %d seeds and %d epochs of %s on %s: %+v", len(r.Cells), r.Seeds, r.Epochs, r.Space, r.Data, r.Images)
	}
	for i, a := range r.Cells {
		if c, err := (space.NB201{}).Canon(a); err != nil || c != a {
			t.Fatalf("%s is trained, its class goes by %s, %v", a, c, err)
		}
		if i > 0 && (space.NB201{}).Index(a) <= (space.NB201{}).Index(r.Cells[i-1]) {
			t.Fatalf("%s stands behind %s", a, r.Cells[i-1])
		}
	}
	if len(digits201Runs) > 3<<20 {
		t.Errorf("%d bytes", len(digits201Runs))
	}
}

// Every genome is told one of its class's three runs, at every epoch the same, pays by the epoch,
// and is reported by the means.
func TestDigits201IsItsRuns(t *testing.T) {
	r := ownRuns(t, digits201Runs)
	place := map[evolve.Arch]int{}
	for i, a := range r.Cells {
		place[a] = i
	}
	draw, mean := ofRows(t, "digits201"), ofRows(t, "digits201,noise=mean")
	loss := ofRows(t, "digits201,metric=loss")
	seeds := []uint64{0, 1 << 62, 1 << 63, math.MaxUint64}
	drawn := []int{0, 0, 1, 2}
	for i := 0; i < space.NB201Size; i += 7 {
		a := space.NB201{}.At(i)
		canon, err := space.NB201{}.Canon(a)
		if err != nil {
			t.Fatal(err)
		}
		c := place[canon]
		for e := 1; e <= 20; e++ {
			for k, seed := range seeds {
				tr := of(a)
				tr.Epochs, tr.Seed = e, seed
				at := r.At(c, drawn[k], e)
				if got := asks(t, draw, tr); got.Loss != float64(359-r.Val[at])/359 || got.Cost != float64(e)*float64(r.Seconds[c]) {
					t.Fatalf("%s after %d epochs, seed %#x: %+v, want run %d: %d right", a, e, seed, got, drawn[k], r.Val[at])
				}
				if got := asks(t, loss, tr); got.Loss != float64(r.ValLoss[at]) {
					t.Fatalf("%s after %d epochs, seed %#x: %+v, want %v", a, e, seed, got, r.ValLoss[at])
				}
			}
			tr := of(a)
			tr.Epochs = e
			want := float64(3*359-r.Val[r.At(c, 0, e)]-r.Val[r.At(c, 1, e)]-r.Val[r.At(c, 2, e)]) / (3 * 359)
			if got := asks(t, mean, tr); math.Abs(got.Loss-want) > 1e-15 {
				t.Fatalf("%s after %d epochs: %+v, want %v", a, e, got, want)
			}
		}
		sum := func(right []int) (n int) {
			return right[r.At(c, 0, 20)] + right[r.At(c, 1, 20)] + right[r.At(c, 2, 20)]
		}
		for _, b := range []*lookup{draw, mean} {
			s := scored(t, b, a)
			if math.Abs(s.Val-(1-float64(sum(r.Val))/(3*359))) > 1e-15 || math.Abs(s.Test-(1-float64(sum(r.Test))/(3*359))) > 1e-15 {
				t.Fatalf("%s: %+v", a, s)
			}
		}
		if i%101 > 0 {
			continue
		}
		f := facts(t, draw, a)
		if f["params"].Value != float64(r.Params[c]) || f["flops"].Value != float64(r.MACs[c]+10) || f["epoch_s"].Value != float64(r.Seconds[c]) {
			t.Fatalf("%s: %+v", a, f)
		}
	}
}

// A trial with the seed of another goes on with its run and pays the difference.
func TestDigits201Resumes(t *testing.T) {
	b := ofRows(t, "digits201")
	tr := of("301210")
	tr.Seed = 1 << 63
	whole := asks(t, b, tr)
	paid, last := 0.0, 0
	for _, e := range []int{1, 4, 13, 20} {
		tr.Epochs, tr.Trained = e, last
		r := asks(t, b, tr)
		if r.Cost <= 0 {
			t.Errorf("%d epochs after %d cost %g", e, last, r.Cost)
		}
		paid, last = paid+r.Cost, e
		tr.From = 1
		if e == 20 && r.Loss != whole.Loss {
			t.Errorf("in four parts the loss is %g, at once %g", r.Loss, whole.Loss)
		}
	}
	near(t, "seconds in four parts", paid, whole.Cost, 1e-12)
	for i, f := range b.Problem().Fidelities {
		if f != (evolve.Fidelity{Epochs: i + 1, Resumes: true}) {
			t.Errorf("fidelity %d is %+v", i, f)
		}
	}
}

// The bests that the card names, found here by the counts alone.
func TestDigits201Best(t *testing.T) {
	r := ownRuns(t, digits201Runs)
	val, test := 0, 0
	for c := range r.Cells {
		v, s := 0, 0
		for k := range 3 {
			v, s = v+r.Val[r.At(c, k, 20)], s+r.Test[r.At(c, k, 20)]
		}
		val, test = max(val, v), max(test, s)
	}
	a := ofRows(t, "digits201").About()
	near(t, "best validation", a.BestVal, float64(3*359-val)/(3*359), 1e-15)
	near(t, "best test", a.BestTest, float64(3*359-test)/(3*359), 1e-15)
	if a.Kind != "table" || a.Epochs != 20 || a.Hash != r.Hash || a.Unpriced {
		t.Errorf("%+v", a)
	}
}

// Random search through the whole loop is what order statistics of the runs say.
func TestDigits201RandomIsExact(t *testing.T) {
	const n, runs = 100, 1000
	for _, text := range []string{"digits201", "digits201,noise=mean", "digits201,epochs=3", "digits201,permute=5"} {
		b := ofRows(t, text)
		each := b
		if runs := b.levels[len(b.levels)-1].runs; runs != nil {
			// Every run is a row of its own: each has the same chance.
			each = &lookup{levels: make([]level, 1)}
			for i, losses := range runs {
				for _, x := range losses {
					each.levels[0].loss, each.score = append(each.levels[0].loss, x), append(each.score, b.score[i])
				}
			}
		}
		val, test := bestOf(each, n)
		vals, tests := simulate(t, b, "random", n, runs)
		agree(t, text+" val", vals, val)
		agree(t, text+" test", tests, test)
	}
}

// Where results are shuffled nothing can be learnt.
func TestDigits201NobodyBeatsPermuted(t *testing.T) {
	const trials, runs = 300, 500
	margin := 4 * math.Sqrt((runs+runs+1)/(12.*runs*runs)) // four standard errors of A12 under the null hypothesis
	for _, text := range []string{"digits201,permute=11", "digits201,permute=11,noise=mean,metric=loss"} {
		b := ofRows(t, text)
		random, _ := simulate(t, b, "random", trials, runs)
		for _, name := range []string{"regevo", "eaopt"} {
			vals, _ := simulate(t, b, name, trials, runs)
			a12 := stats.MannWhitney(vals, random).A12
			if t.Logf("%s: %s: A12 %.3f", text, name, a12); a12 > .5+margin {
				t.Errorf("%s: %s beats random search on shuffled results: A12 %.3f", text, name, a12)
			}
		}
	}
}

func TestDigits201Refuses(t *testing.T) {
	for text, is := range map[string]error{"digits201,epochs=21": evolve.ErrInvalid, "digits201,epochs=0": evolve.ErrInvalid, "digits201,metric=auc": evolve.ErrUnknown, "digits201:cifar10": evolve.ErrUnknown} {
		_, err := tryOpen(text)
		oneLine(t, err, is)
	}
}
