package surrogate

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// accelLine is a record as published.
type accelLine struct {
	Architecture json.RawMessage
	Metrics      map[string]float64
	Info         map[string]float64             `json:"model_info"`
	Platforms    map[string]map[string]*float64 `json:"platform_perf"`
}

// accelLines are the first records of each network.
func accelLines(t *testing.T) map[evolve.Arch]accelLine {
	t.Helper()
	by := map[evolve.Arch]accelLine{}
	eachLine(t, func(l accelLine) {
		a, err := space.Mnas{}.Parse(string(l.Architecture))
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := by[a]; !twice {
			by[a] = l
		}
	}, "accel-nasbench", "anb.jsonl.gz")
	return by
}

func TestAccelIsThePublishedTable(t *testing.T) {
	needImported(t, "accel")
	lines := accelLines(t)
	b := ofRows(t, "accel")
	best := math.Inf(1)
	for a, l := range lines {
		r := asks(t, b, of(a))
		if r.Loss != 1-l.Metrics["val_top1"]/100 || r.Cost != l.Metrics["train_time"] {
			t.Fatalf("%s: %+v, want %v", a, r, l.Metrics)
		}
		best = min(best, r.Loss)
	}
	if a := b.About(); b.space.Size() != len(lines) || a.BestVal != best || a.Kind != "table" || len(a.Pinned) != 1 || a.Pinned[0].Value != "table" {
		t.Errorf("%d networks, want %d: %+v", b.space.Size(), len(lines), a)
	}
}

// With a device's figure as an objective the pool is of the networks that it measured; of a
// throughput more is better.
func TestAccelObjective(t *testing.T) {
	needImported(t, "accel")
	lines := accelLines(t)
	for _, device := range data.AccelDevices {
		kind, _, _ := strings.Cut(device, "_")
		name := strings.Replace(device, "_", ":", 1)
		b := ofRows(t, "accel,objectives=error+"+name)
		sign := 1.0
		if kind == "throughput" {
			sign = -1
		}
		if o := evolve.ObjectiveNames(b.Problem().Objectives); !slices.Equal(o, []string{"error", name}) {
			t.Errorf("%s: objectives %v", device, o)
		}
		n := 0
		for a, l := range lines {
			x := l.Platforms[device][kind+"_mean"]
			if _, err := b.space.Canon(a); (err == nil) != (x != nil) {
				t.Fatalf("%s of %s is %v: %v", device, a, x, err)
			}
			if x == nil {
				continue
			}
			n++
			r := asks(t, b, of(a))
			if r.Others[0] != sign*(*x) || r.Loss != 1-l.Metrics["val_top1"]/100 {
				t.Fatalf("%s of %s: %+v, want %v", device, a, r, *x)
			}
			if n > 1 {
				continue
			}
			unit := map[string]string{"latency": "ms", "throughput": "/s"}[kind]
			if f := facts(t, b, a); f[name].Value != *x || f[name].Unit != unit {
				t.Errorf("%s: %+v, want %v %s", device, f, *x, unit)
			}
		}
		if b.space.Size() != n || n == 0 {
			t.Errorf("%s: %d networks, want %d", device, b.space.Size(), n)
		}
	}
	for _, name := range []string{"params", "flops"} {
		if b := ofRows(t, "accel,objectives=error+"+name); b.space.Size() != len(lines) {
			t.Errorf("%s: %d networks, want %d", name, b.space.Size(), len(lines))
		}
	}
	for _, name := range []string{"arch", "val_top1", "train_time", "latency"} {
		_, err := tryOpen("accel,objectives=error+" + name)
		oneLine(t, err, evolve.ErrUnknown, "objective", name)
	}
}

// Without a table the embedded surrogate answers for the whole space.
func TestAccelFitted(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	b, err := tryOpen("accel")
	if err != nil {
		t.Fatal(err)
	}
	a := b.About()
	if a.Kind != "surrogate" || a.Title != "Accel-NASBench, ImageNet" || !strings.Contains(a.Source, "PREDICTED") || b.Problem().Space.Name() != "mnas" || !slices.Equal(a.Pinned, []evolve.Setting{{Key: "source", Value: "surrogate"}}) {
		t.Errorf("%+v", a)
	}
	r := evolve.Stream(1, "accel")
	for range 200 {
		arch := b.Problem().Space.Sample(r)
		if got := asks(t, b, of(arch)); !(got.Loss > 0 && got.Loss < 1 && got.Cost >= 1) || scored(t, b, arch).Val != got.Loss {
			t.Fatalf("%s: %+v", arch, got)
		}
	}
	for _, set := range []string{"objectives=error+params", "permute=1"} {
		for source, advice := range map[string]string{
			"":                  "amoeba data import accel",
			",source=surrogate": "leave out source=surrogate",
		} {
			_, err := tryOpen("accel," + set + source)
			oneLine(t, err, evolve.ErrUnsupported, "accel", "need the imported table", advice)
		}
	}
	_, err = tryOpen("accel,source=table")
	oneLine(t, err, nil, "accel", "amoeba data")
}

// The surrogate is of this table, and orders the networks that it was fitted on.
func TestAccelFittedQuality(t *testing.T) {
	needImported(t, "accel")
	table := ofRows(t, "accel")
	fitted, err := tryOpen("accel,source=surrogate")
	if err != nil {
		t.Fatal(err)
	}
	b := fitted.(*predicted)
	if b.val == nil || b.val.HeldOut == nil || b.val.HeldOut.Tau < .85 {
		t.Fatalf("held out: %+v", b.val.HeldOut)
	}
	n := table.space.Size()
	if all := b.val.Rows + b.val.HeldOut.N; all != n {
		t.Errorf("fitted on %d and held out %d of %d networks", b.val.Rows, b.val.HeldOut.N, n)
	}
	// The header tells the truth of the networks held out.
	held := evolve.Stream(1, "split").Perm(n)[b.val.Rows:]
	sum := 0.0
	for _, i := range held {
		a := table.space.(evolve.Enumerable).At(i)
		sum += 100 * math.Abs(asks(t, b, of(a)).Loss-table.levels[0].loss[i])
	}
	near(t, "mean absolute error of those held out", sum/float64(len(held)), b.val.HeldOut.MAE, 1e-9)
}
