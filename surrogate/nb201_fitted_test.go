package surrogate

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/surrogate/model"
)

// nb201Columns are the columns that the embedded models predict.
var nb201Columns = []struct{ name, unit string }{{"val_12", "%"}, {"test_12", "%"}, {"val_200", "%"}, {"test_200", "%"}, {"epoch_s", "s"}, {"test_s", "s"}}

// The embedded models were fitted on what this seed drew.
const fitSeed = 1

func embedded(t testing.TB) *fitted {
	t.Helper()
	c, err := openFitted()
	if err != nil {
		t.Fatal(err)
	}
	return c.(*fitted)
}

// sets are the data sets that a test predicts; with the race detector a column takes seconds.
func sets() []string {
	if testing.Short() {
		return data.NB201Sets[:1]
	}
	return data.NB201Sets
}

// heldOut are the cells that the embedded models have not seen.
func heldOut() []int {
	return evolve.Stream(fitSeed, "split").Perm(space.NB201Size)[space.NB201Size*8/10:]
}

// The promise of the surrogate, and that its header tells the truth: the held-out quality
// there is what the embedded trees reach on the cells left out of the fit.
func TestFittedQuality(t *testing.T) {
	table := needTable(t)
	f, held := embedded(t), heldOut()
	if got := f.file.Notes["table_sha256"]; got != table.Hash {
		t.Errorf("fitted on table %s, this one is %s", got, table.Hash)
	}
	if n := len(data.NB201Sets) * len(nb201Columns); len(f.file.Models) != n {
		t.Fatalf("%d models, want %d", len(f.file.Models), n)
	}
	for set, name := range sets() {
		for _, target := range nb201Columns {
			key := name + "_" + target.name
			m := f.file.Model(key)
			if m == nil || m.HeldOut == nil || m.Rows+len(held) != space.NB201Size {
				t.Fatalf("%s: %+v, want a model with held-out quality", key, m)
			}
			in, err := model.Whole(space.NB201{}, m.Encoding)
			if err != nil {
				t.Fatal(err)
			}
			pred := make([]float64, len(held))
			if err := m.Trees.PredictAll(pred, in.Columns(held)); err != nil {
				t.Fatal(err)
			}
			col, err := columns(table).column(set, target.name)
			if err != nil {
				t.Fatal(err)
			}
			truth := model.Pick(col, held)
			if q := stats.Evaluate(pred, truth); q != *m.HeldOut {
				t.Errorf("%s: the header says %+v, the trees reach %+v", key, *m.HeldOut, q)
			}
			if key != "cifar10_val_200" {
				continue
			}
			p, top := stats.Above(pred, truth, 80)
			above := stats.Evaluate(p, top)
			if q := m.HeldOut; q.R2 < .995 || q.Tau < .915 || above.R2 < .95 || above.Tau < .88 {
				t.Errorf("%s: %+v, above 80 %% %+v: want R² 0.995 and tau 0.915, above 80 %% 0.95 and 0.88", key, *q, above)
			}
		}
	}
}

// columns is the way to the columns of a table, whose type the tests' variables shadow.
func columns(t *data.NB201) cells { return table{t} }

// The binary ships what trees learnt, not the table: the file is far smaller than the
// accuracies that it predicts are when packed; hardly a prediction, even of a cell fitted on,
// is the published number; and twins, cells that compute the same, are predicted alike, so
// that what tells their published numbers apart cannot be in the file.
func TestFittedIsNoTable(t *testing.T) {
	if testing.Short() {
		t.Skip("predicts 187,500 accuracies")
	}
	table, f := needTable(t), embedded(t)
	var published []byte
	same, all := 0, 0
	for set, name := range data.NB201Sets {
		for _, target := range nb201Columns {
			if target.unit != "%" {
				continue
			}
			truth, err := columns(table).column(set, target.name)
			if err != nil {
				t.Fatal(err)
			}
			pred, err := f.column(set, target.name)
			if err != nil {
				t.Fatal(err)
			}
			distinct := map[float64]bool{}
			for i, y := range truth {
				published = binary.LittleEndian.AppendUint64(published, math.Float64bits(y))
				distinct[pred[i]] = true
				if all++; math.Abs(pred[i]-y) <= .0025 { // half of the models' resolution
					same++
				}
			}
			const classes = 4930 // of twins; package space counts them
			if len(distinct) > classes {
				t.Errorf("%s_%s: %d predictions of %d classes of cells", name, target.name, len(distinct), classes)
			}
		}
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(published) // a Buffer takes everything
	w.Close()
	t.Logf("the file has %d bytes, the accuracies %d when packed; %d of %d predictions are exact", len(nb201Model), packed.Len(), same, all)
	if n := len(nb201Model); n > 2<<20 || n > packed.Len()*2/3 {
		t.Errorf("%d bytes, want at most 2 MiB and two thirds of the %d of the packed accuracies", n, packed.Len())
	}
	if same > all/100 {
		t.Errorf("%d of %d predictions are the published number, want at most one per cent", same, all)
	}
}

func TestFittedRanges(t *testing.T) {
	f := embedded(t)
	for set, name := range sets() {
		for _, target := range nb201Columns {
			col, err := f.column(set, target.name)
			if err != nil {
				t.Fatal(err)
			}
			top := math.MaxFloat64
			if target.unit == "%" {
				top = 100
			}
			if lo, hi := slices.Min(col), slices.Max(col); !(lo >= 0 && hi <= top) {
				t.Errorf("%s_%s: predictions %v to %v %s", name, target.name, lo, hi, target.unit)
			}
		}
	}
}

// Trees may promise more than there is; an accuracy may not.
func TestFittedClips(t *testing.T) {
	in, err := model.Whole(space.NB201{}, SecondsEncoding)
	if err != nil {
		t.Fatal(err)
	}
	p := model.Additive(.001)
	p.Rounds = 1
	f := fitted{file: new(model.File), cols: map[string]func() ([]float64, error){}}
	for _, c := range []struct {
		name, unit  string
		value, want float64
	}{{"val_12", "%", 105, 100}, {"test_12", "%", -5, 0}, {"epoch_s", "s", 105, 105}} {
		trees, err := model.Fit(in.Columns(nil), slices.Repeat([]float64{c.value}, space.NB201Size), p)
		if err != nil {
			t.Fatal(err)
		}
		f.file.Models = append(f.file.Models, model.Model{Name: "cifar10_" + c.name, Unit: c.unit, Encoding: SecondsEncoding, Trees: trees})
		col, err := f.column(0, c.name)
		if err != nil || slices.Min(col) != c.want || slices.Max(col) != c.want {
			t.Errorf("%v %s is told as %v to %v, %v, want %v", c.value, c.unit, slices.Min(col), slices.Max(col), err, c.want)
		}
	}
}

// What a search pays on the surrogate is what it pays on the table.
func TestFittedCost(t *testing.T) {
	needTable(t)
	for _, set := range sets() {
		for _, epochs := range []int{12, 200} {
			text := fmt.Sprintf("nb201:%s,epochs=%d,source=", set, epochs)
			truth, pred := open(t, text+"table").top().cost, open(t, text+"surrogate").top().cost
			sum := 0.0
			for i := range truth {
				sum += math.Abs(pred[i]-truth[i]) / truth[i]
			}
			if mean := sum / float64(len(truth)); mean > .02 {
				t.Errorf("%s at %d epochs: costs are off by %.2f %% in the mean", set, epochs, 100*mean)
			}
		}
	}
}

// A column is predicted once, whoever asks first.
func TestFittedOnce(t *testing.T) {
	c, err := readFitted(nb201Model)
	if err != nil {
		t.Fatal(err)
	}
	got := make([][]float64, 8)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() { got[i], _ = c.column(1, "test_s") })
	}
	wg.Wait()
	for _, col := range got {
		if len(col) != space.NB201Size || &col[0] != &got[0][0] {
			t.Fatal("two askers got two columns")
		}
	}
}

func TestFittedRefuses(t *testing.T) {
	flip := func(at int) []byte {
		b := bytes.Clone(nb201Model)
		b[at] ^= 1
		return b
	}
	for name, text := range map[string][]byte{
		"empty": nil, "cut": nb201Model[:len(nb201Model)/2], "last byte": nb201Model[:len(nb201Model)-1],
		"magic": flip(3), "header": flip(200), "trees": flip(len(nb201Model) / 2), "checksum": flip(len(nb201Model) - 1),
		"longer": append(bytes.Clone(nb201Model), 0),
	} {
		if _, err := readFitted(text); err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "the embedded surrogate of nb201: ") {
			t.Errorf("%s: got %v, want one line that names the surrogate", name, err)
		}
	}
	f := embedded(t)
	_, err := f.column(0, "val_100")
	oneLine(t, err, evolve.ErrUnknown, "cifar10_val_100")
	_, err = model.Whole(space.NB201{}, "onehat")
	oneLine(t, err, evolve.ErrUnknown, `did you mean "onehot"?`)
}
