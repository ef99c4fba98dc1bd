package natstest

import (
	"path/filepath"
	"testing"

	"github.com/amoeba-nas/amoeba/data/nats"
	"github.com/google/go-cmp/cmp"
)

// What is written is what is read.
func TestWrite(t *testing.T) {
	run := func(dataset string, seed, epochs int) nats.Run {
		r := nats.Run{Dataset: dataset, Seed: seed, Epochs: epochs, Params: 0.5, FLOPs: 40.25}
		test := nats.Eval{Split: "ori-test", Epochs: []int{epochs - 1}, Acc: []float64{70.1}, Loss: []float64{1.3}}
		valid := nats.Eval{Split: "x-valid"}
		for e := range epochs {
			x := float64(e) + float64(seed)/1000
			r.TrainAcc, r.TrainLoss, r.TrainSeconds = append(r.TrainAcc, x/3), append(r.TrainLoss, 9-x/90), append(r.TrainSeconds, x/7)
			valid.Epochs, valid.Acc, valid.Loss = append(valid.Epochs, e), append(valid.Acc, x/5), append(valid.Loss, 8-x)
			valid.Seconds, test.Seconds = append(valid.Seconds, .1), append(test.Seconds, x/11)
		}
		r.Evals = []nats.Eval{test, valid}
		return r
	}
	a := &nats.Arch{Space: nats.Size, Index: 12, Text: "8:8:8:16:40", Schedules: []nats.Schedule{
		{Name: "01", Runs: []nats.Run{run("cifar10", 777, 1)}},
		{Name: "12", Runs: []nats.Run{run("cifar10-valid", 888, 12), run("cifar10-valid", 777, 12), run("cifar10", 777, 12)}},
		{Name: "90", Runs: []nats.Run{run("cifar100", 777, 90)}},
	}}
	a.Schedules[1].Runs[0].Latency = []float64{0.25, 1e-3}
	a.Schedules[1].Runs[1].TrainTop5 = make([]float64, 12)
	dir := t.TempDir()
	if err := Write(dir, a); err != nil {
		t.Fatal(err)
	}
	got, err := nats.ReadFile(filepath.Join(dir, "000012.pickle.pbz2"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Space != a.Space || got.Index != a.Index || got.Text != a.Text {
		t.Errorf("read architecture %d, %s, of %s", got.Index, got.Text, got.Space.Name)
	}
	if d := cmp.Diff(a.Schedules, got.Schedules); d != "" {
		t.Error(d)
	}
	if err := Write(filepath.Join(dir, "none"), a); err == nil {
		t.Error("written into no folder")
	}
}
