package surrogate

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

func TestNB201Latency(t *testing.T) {
	needImported(t, "nb201", "nb201-hw")
	s := readSheet(t, "hw-latency", "nb201_latency_help.csv.gz")
	for _, device := range []string{"fpga", "1080ti_256", "samsung_s7"} {
		for _, source := range []string{"table", "surrogate"} {
			b := open(t, "nb201:cifar100,objectives=error+latency:"+device+",source="+source)
			if o := evolve.ObjectiveNames(b.Problem().Objectives); !slices.Equal(o, []string{"error", "latency:" + device}) || !strings.Contains(b.About().Source, "latency:"+device+" measured") {
				t.Errorf("objectives %v of %s", o, b.About().Source)
			}
			for i := range s.rows {
				r, _ := ask(t, b, i)
				if len(r.Others) != 1 || r.Others[0] != s.float(i, device) {
					t.Fatalf("cell %d on %s: %+v, want %v", i, device, r, s.float(i, device))
				}
			}
			f := facts(t, b, space.NB201{}.At(5))
			for _, d := range data.NB201Devices {
				if x := f["latency:"+d]; x.Value != s.float(5, d) || x.Unit != "ms" {
					t.Errorf("%s: %+v", d, x)
				}
			}
		}
	}
	_, err := tryOpen("nb201,objectives=error+latency:fgpa")
	oneLine(t, err, evolve.ErrUnknown, `did you mean "latency:fpga"?`)
	_, err = tryOpen("nb201,latency=raspi4")
	oneLine(t, err, evolve.ErrUnknown, "latency=raspi4 is now written objectives=error+latency:raspi4")
}

// A latency that is asked for is not left out when its table is missing; one that nobody asks
// for is.
func TestNB201LatencyWithoutTable(t *testing.T) {
	t.Setenv("AMOEBA_DATA", t.TempDir())
	_, err := tryOpen("nb201,source=surrogate,objectives=error+latency:fpga")
	oneLine(t, err, nil, "nb201-hw", "amoeba data")
	b := open(t, "nb201,source=surrogate")
	if p := b.Problem(); len(p.Objectives) != 1 || len(p.Proxies) != 2 {
		t.Errorf("%d objectives, proxies %+v", len(p.Objectives), p.Proxies)
	}
}

func TestNB201Proxies(t *testing.T) {
	needImported(t, "nb201", "nb201-zc")
	s := readSheet(t, "nasbench201", "nb201_zerocost.csv.gz")
	for _, c := range []struct {
		set   string
		names []string
	}{
		{"cifar10", []string{"params", "flops", "naswot", "synflow", "logsynflow", "nregions"}},
		{"cifar100", []string{"params", "flops", "naswot", "synflow", "logsynflow", "nregions"}},
		{"imagenet16", []string{"params", "flops", "naswot", "synflow", "logsynflow"}},
	} {
		b := open(t, "nb201:"+c.set)
		var names []string
		dead := 0
		for _, p := range b.Problem().Proxies {
			names = append(names, p.Name)
			for i := range space.NB201Size {
				x, err := p.Score(space.NB201{}.At(i))
				if err != nil {
					t.Fatal(err)
				}
				if p.Name == "params" || p.Name == "flops" {
					params, flops := data.NB201Complexity(space.NB201{}.At(i), slices.Index(data.NB201Sets, c.set))
					if want := map[string]int{"params": params, "flops": flops}[p.Name]; x != float64(want) {
						t.Fatalf("%s of cell %d is %v, want %d", p.Name, i, x, want)
					}
					continue
				}
				if want := s.float(i, c.set+"_"+p.Name); x != want {
					t.Fatalf("%s of cell %d is %v, want %v", p.Name, i, x, want)
				}
				if math.IsInf(x, -1) {
					dead++
				}
			}
		}
		if !slices.Equal(names, c.names) || dead != 201 {
			t.Errorf("%s: proxies %v, %d scores of -Inf", c.set, names, dead)
		}
	}
}

// The cells with the most parameters are good: the best of CIFAR-100 is among the first 25, whoever learns nothing. A
// claim on this table alone is a weak one.
func TestNB201PickBySize(t *testing.T) {
	needTable(t)
	b := open(t, "nb201:cifar100,source=table")
	vals, _ := simulate(t, b, "pick,by=params,drawn=0", 25, 20)
	for _, v := range vals {
		near(t, "val of the best of 25", v, 100*(1-b.About().BestVal), 1e-9)
	}
}

// The whole space by its zero-cost score: what pick finds first is the best by the score.
func TestNB201PickByProxy(t *testing.T) {
	needImported(t, "nb201", "nb201-zc")
	b := open(t, "nb201:cifar10")
	s := readSheet(t, "nasbench201", "nb201_zerocost.csv.gz")
	best, at := math.Inf(-1), 0
	for i := range s.rows {
		if x := s.float(i, "cifar10_naswot"); x > best {
			best, at = x, i
		}
	}
	vals, _ := simulate(t, b, "pick,by=naswot,drawn=0", 1, 3)
	for _, v := range vals {
		near(t, "val of the best by naswot", v, 100*(1-b.score[at].Val), 1e-12)
	}
}
