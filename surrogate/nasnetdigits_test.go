package surrogate

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate/model"
	"github.com/amoeba-nas/amoeba/training/net"
)

func openRungs(t testing.TB, text string) *rungs {
	t.Helper()
	b, err := tryOpen(text)
	if err != nil {
		t.Fatal(err)
	}
	return b.(*rungs)
}

// The embedded models are of the embedded runs, and their header tells the truth of the networks
// held out.
func TestNASNetDigitsHeldOut(t *testing.T) {
	r := ownRuns(t, nasnetDigitsRuns)
	if len(r.Cells) < 1500 || r.Seeds != 1 || r.Epochs != 4 || r.Space != "nasnet" || r.Data != "digits" {
		t.Errorf("%d networks with %d seeds and %d epochs of %s on %s", len(r.Cells), r.Seeds, r.Epochs, r.Space, r.Data)
	}
	b := openRungs(t, "nasnet-digits")
	f, err := model.Read(bytes.NewReader(nasnetDigitsModel))
	if err != nil || f.Notes["table_sha256"] != r.Hash {
		t.Errorf("fitted on %s, %v, the runs are %s", f.Notes["table_sha256"], err, r.Hash)
	}
	n := len(r.Cells)
	if all := b.val.Rows + b.val.HeldOut.N; all != n {
		t.Errorf("fitted on %d and held out %d of %d networks", b.val.Rows, b.val.HeldOut.N, n)
	}
	held := evolve.Stream(1, "split").Perm(n)[b.val.Rows:]
	for e := 1; e <= 4; e++ {
		sum := 0.0
		for _, i := range held {
			tr := of(r.Cells[i])
			tr.Epochs = e
			sum += math.Abs(100*asks(t, b, tr).Loss - 100*float64(359-r.Val[r.At(i, 0, e)])/359)
		}
		near(t, "mean absolute error of those held out", sum/float64(len(held)), b.rungs[e-1].HeldOut.MAE, 1e-9)
	}
}

// What can be foreseen: the accuracy after the first epochs, in part.
func TestNASNetDigitsQuality(t *testing.T) {
	b := openRungs(t, "nasnet-digits")
	for i, least := range []float64{.3, .25} {
		if q := b.rungs[i].HeldOut; q == nil || q.Tau < least {
			t.Errorf("after %d epochs held out: %+v", i+1, q)
		}
	}
}

// Sizes are counted: of every network that was trained they are those that were counted then.
func TestNASNetDigitsCounts(t *testing.T) {
	r, b := ownRuns(t, nasnetDigitsRuns), openRungs(t, "nasnet-digits")
	for i, a := range r.Cells {
		for k, want := range []int{r.Params[i], r.MACs[i] + 10} {
			if got, err := b.size(a, k); err != nil || got != float64(want) {
				t.Fatalf("%s of %s: %g, %v, want %d", net.Counts[k].Objective, a, got, err, want)
			}
		}
	}
	for _, f := range facts(t, b, r.Cells[0]) {
		if counted := f.Name == "params" || f.Name == "flops"; counted != (f.How == "counted") {
			t.Errorf("%+v", f)
		}
	}
}

func TestNASNetDigitsRungs(t *testing.T) {
	b := openRungs(t, "nasnet-digits")
	p := b.Problem()
	if len(p.Fidelities) != 4 || p.Fidelities[0] != (evolve.Fidelity{Epochs: 1, Resumes: true}) || len(p.Proxies) != 2 || p.Proxies[1].Name != "flops" || p.Space.Name() != "nasnet" {
		t.Fatalf("%+v", p)
	}
	r := evolve.Stream(1, "rungs")
	for range 100 {
		tr := of(p.Space.Sample(r))
		whole := asks(t, b, tr)
		paid := 0.0
		for e := 1; e <= 4; e++ {
			tr.Epochs, tr.Trained = e, e-1
			part := asks(t, b, tr)
			paid += part.Cost
			if e == 4 && part.Loss != whole.Loss || !(part.Loss >= 0 && part.Loss <= 1) {
				t.Fatalf("%s: %+v in parts, %+v at once", tr.Arch, part, whole)
			}
		}
		near(t, "seconds in parts", paid, whole.Cost, 1e-12)
		if s := scored(t, b, tr.Arch); s.Val != whole.Loss || !(s.Test >= 0 && s.Test <= 1) {
			t.Fatalf("%s: %+v is reported, %+v was told", tr.Arch, s, whole)
		}
		f := facts(t, b, tr.Arch)
		for i, name := range []string{"params", "flops"} {
			if x, err := p.Proxies[i].Score(tr.Arch); err != nil || x != f[name].Value || !(x > 0) {
				t.Fatalf("%s of %s is %g, %v", name, tr.Arch, x, err)
			}
		}
		tr.Epochs, tr.Trained = 1, 0
		if x := f["val_1"].Value; math.Abs(x-100*(1-asks(t, b, tr).Loss)) > 1e-9 {
			t.Fatalf("%s: %g %% after one epoch", tr.Arch, x)
		}
	}
	if b := openRungs(t, "nasnet-digits,epochs=2"); b.About().Epochs != 2 || len(b.Problem().Fidelities) != 2 || asks(t, b, of("0a0a0a0a0a0a0a0a0a0a-0a0a0a0a0a0a0a0a0a0a")).Cost >= asks(t, openRungs(t, "nasnet-digits"), of("0a0a0a0a0a0a0a0a0a0a-0a0a0a0a0a0a0a0a0a0a")).Cost {
		t.Errorf("%+v", b.About())
	}
	for _, c := range []struct{ epochs, trained int }{{5, 0}, {-1, 0}, {2, 2}, {2, 3}, {2, -1}} {
		tr := of("0a0a0a0a0a0a0a0a0a0a-0a0a0a0a0a0a0a0a0a0a")
		tr.Epochs, tr.Trained = c.epochs, c.trained
		var res evolve.Result
		oneLine(t, b.Evaluate(context.Background(), &tr, &res), evolve.ErrUnsupported, "1 to 4")
	}
}

func TestNASNetDigitsRefuses(t *testing.T) {
	for text, is := range map[string]error{"nasnet-digits,permute=1": evolve.ErrUnsupported, "nasnet-digits,metric=loss": evolve.ErrUnsupported, "nasnet-digits,epochs=5": evolve.ErrInvalid, "nasnet-digits,source=table,epochs=5": evolve.ErrInvalid} {
		_, err := tryOpen(text)
		oneLine(t, err, is)
	}
	f, err := model.Read(bytes.NewReader(nasnetDigitsModel))
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range f.Models {
		if m.Name == "val" {
			continue // what no surrogate is without
		}
		fewer := *f
		fewer.Models = append(append([]model.Model(nil), f.Models[:i]...), f.Models[i+1:]...)
		text, err := fewer.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		_, err = readRungs(text)
		oneLine(t, err, evolve.ErrInvalid, "a model is missing")
	}
}

// The pool answers with the runs of its networks.
func TestNASNetDigitsPool(t *testing.T) {
	r := ownRuns(t, nasnetDigitsRuns)
	b, loss := ofRows(t, "nasnet-digits,source=table"), ofRows(t, "nasnet-digits,source=table,metric=loss")
	for i, a := range r.Cells {
		if c, err := (space.NASNet{}).Canon(a); err != nil || c != a {
			t.Fatalf("%s goes by %s, %v", a, c, err)
		}
		for e := 1; e <= 4; e++ {
			tr := of(a)
			tr.Epochs = e
			at := r.At(i, 0, e)
			if got := asks(t, b, tr); got.Loss != float64(359-r.Val[at])/359 || got.Cost != float64(e)*float64(r.Seconds[i]) {
				t.Fatalf("%s after %d epochs: %+v", a, e, got)
			}
			if got := asks(t, loss, tr); got.Loss != float64(r.ValLoss[at]) {
				t.Fatalf("%s after %d epochs: %+v", a, e, got)
			}
		}
		if s := scored(t, b, a); s.Test != float64(359-r.Test[r.At(i, 0, 4)])/359 {
			t.Fatalf("%s: %+v", a, s)
		}
	}
	if a := b.About(); b.space.Size() != len(r.Cells) || a.Kind != "table" || !strings.Contains(a.Source, "one run each") || !strings.Contains(a.Source, "pool: only the") {
		t.Errorf("%d networks: %+v", b.space.Size(), a)
	}
	vals, tests := simulate(t, b, "random", 50, 400)
	val, test := bestOf(b, 50)
	agree(t, "pool val", vals, val)
	agree(t, "pool test", tests, test)
}
