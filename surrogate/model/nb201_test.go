package model

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

const (
	nb201SplitSeed = 201
	nb201Train     = space.NB201Size * 4 / 5
)

// nb201Table reads a table with one row for each cell, by official index, and returns
// the way to its columns.
func nb201Table(t testing.TB, file string) func(name string) []float64 {
	t.Helper()
	f, err := os.Open(shared.Path(t, "data", "nasbench201", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 1+space.NB201Size {
		t.Fatalf("%s: %d records", file, len(records))
	}
	return func(name string) []float64 {
		t.Helper()
		column := slices.Index(records[0], name)
		if column < 0 {
			t.Fatalf("%s: no column %s", file, name)
		}
		y := make([]float64, space.NB201Size)
		for i, r := range records[1:] {
			if y[i], err = strconv.ParseFloat(r[column], 64); err != nil {
				t.Fatal(err)
			}
		}
		return y
	}
}

func nb201Features(t testing.TB, encoding string) [][]uint8 {
	t.Helper()
	x, err := Columns(space.NB201{}, encoding, space.NB201Size, space.NB201{}.At)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// heldOut fits on 80 % of the cells and returns predictions and truth of the others.
func heldOut(t testing.TB, x [][]uint8, y []float64, p Params) (m *Trees, pred, truth []float64) {
	t.Helper()
	order := rand.New(rand.NewPCG(nb201SplitSeed, 0)).Perm(len(y))
	train, rest := order[:nb201Train], order[nb201Train:]
	pick := func(rows []int) (px [][]uint8, py []float64) {
		px = make([][]uint8, len(x))
		for _, i := range rows {
			for f := range x {
				px[f] = append(px[f], x[f][i])
			}
			py = append(py, y[i])
		}
		return px, py
	}
	fx, fy := pick(train)
	m = fit(t, fx, fy, p)
	tx, truth := pick(rest)
	pred = make([]float64, len(truth))
	if err := m.PredictAll(pred, tx); err != nil {
		t.Fatal(err)
	}
	return m, pred, truth
}

// The quality that the project promises of its surrogate of CIFAR-10 validation accuracy.
func TestNB201Quality(t *testing.T) {
	if testing.Short() {
		t.Skip("fits on 12,500 cells")
	}
	y := nb201Table(t, "nb201.csv.gz")("cifar10_val_200")
	_, pred, truth := heldOut(t, nb201Features(t, "structure"), y, Defaults())
	q := stats.Evaluate(pred, truth)
	p, top := stats.Above(pred, truth, 80)
	r2, tau := stats.R2(p, top), stats.KendallTauB(p, top)
	t.Logf("all %+v; above 80 %%: R² %.4f, tau %.4f", q, r2, tau)
	if q.R2 < 0.995 || q.Tau < 0.915 || r2 < 0.95 || tau < 0.88 {
		t.Error("below R² 0.995, tau 0.915 and, above 80 %, 0.95 and 0.88")
	}
}

// The other targets, each with the parameters that suit it.
func TestNB201Targets(t *testing.T) {
	if testing.Short() {
		t.Skip("fits on 12,500 cells, fourteen times")
	}
	accuracy, seconds := nb201Table(t, "nb201.csv.gz"), nb201Table(t, "nb201_epoch_time_estimated.csv.gz")
	x, size := nb201Features(t, "structure"), 0
	add := func(name string, x [][]uint8, y []float64, p Params, r2 float64) {
		m, pred, truth := heldOut(t, x, y, p)
		data := marshal(t, &File{Models: []Model{{Name: name, Trees: m}}})
		size += len(data)
		q := stats.Evaluate(pred, truth)
		t.Logf("%-20s R² %.5f tau %.4f top half %.4f MAE %.4f %6d bytes", name, q.R2, q.Tau, q.TauTopHalf, q.MAE, len(data))
		if q.R2 < r2 {
			t.Errorf("%s: R² %.5f, want %v", name, q.R2, r2)
		}
	}
	for _, set := range []string{"cifar10", "cifar100", "imagenet16"} {
		for _, kind := range []string{"val_12", "test_12", "val_200", "test_200"} {
			name := set + "_" + kind
			add(name, x, accuracy(name), Defaults(), 0.94)
		}
	}
	x = nb201Features(t, "onehot")
	for _, name := range []string{"cifar_epoch_s_est", "imagenet16_epoch_s_est"} {
		add(name, x, seconds(name), Additive(0.001), 0.9999)
	}
	if size > 1<<20 {
		t.Errorf("%d bytes, the aim is a megabyte for all", size)
	}
}

func BenchmarkFit(b *testing.B) {
	x, y := nb201Features(b, "structure"), nb201Table(b, "nb201.csv.gz")("cifar10_val_200")
	b.Run(fmt.Sprintf("rows=%d/features=%d", len(y), len(x)), func(b *testing.B) {
		for b.Loop() {
			fit(b, x, y, Defaults())
		}
	})
}

func BenchmarkPredict(b *testing.B) {
	x, y := nb201Features(b, "structure"), nb201Table(b, "nb201.csv.gz")("cifar10_val_200")
	m := fit(b, x, y, Defaults())
	trees, _ := m.Size()
	one, all := row(x, 0), make([]float64, len(y))
	b.Run(fmt.Sprintf("rows=1/trees=%d", trees), func(b *testing.B) {
		for b.Loop() {
			m.Predict(one)
		}
	})
	b.Run(fmt.Sprintf("rows=%d/trees=%d", len(y), trees), func(b *testing.B) {
		for b.Loop() {
			if err := m.PredictAll(all, x); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(y)*b.N)/b.Elapsed().Seconds(), "predictions/s")
	})
}
