package oneshot

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/training/kernel"
	"github.com/amoeba-nas/amoeba/training/net"
)

// speeds are the shapes at which steps are compared: those of the digits and of CIFAR-10.
var speeds = []struct {
	name   string
	config net.Config
}{
	{"F8 8x8", net.Config{Input: net.Shape{C: 1, H: 8, W: 8}, Classes: 10, N: 1, F: 8}},
	{"F16 32x32", net.Config{Input: net.Shape{C: 3, H: 32, W: 32}, Classes: 10, N: 1, F: 16}},
}

// best is the least time of a step of each kind, over blocks that take turns.
func best(b *testing.B, blocks, steps int, kinds ...func()) []float64 {
	least := make([]float64, len(kinds))
	for k := range kinds {
		least[k] = math.Inf(1)
		kinds[k]()
	}
	for range blocks {
		for k, step := range kinds {
			begin := time.Now()
			for range steps {
				step()
			}
			least[k] = min(least[k], time.Since(begin).Seconds()/float64(steps))
		}
	}
	return least
}

// BenchmarkPath compares a step along a path, which is found anew for each, with a step of the architecture's own
// network: 1 is as fast.
func BenchmarkPath(b *testing.B) {
	const batch = 64
	for _, s := range speeds {
		for _, a := range []evolve.Arch{"333333", "413112"} {
			b.Run(s.name+" "+string(a), func(b *testing.B) {
				n := newShared(b, s.config, Options{Recipe: recipe("sgd", batch)})
				d := newAlone(b, n, s.config, a)
				open, images := path(b, n, a), noise(s.config, batch, 1)
				for range b.N {
					t := best(b, 10, 3, func() {
						n.train.open = n.train.open[:0]
						if _, err := n.Step(open, images, 1e-9); err != nil {
							b.Fatal(err)
						}
					}, func() { d.train(b, images, 1e-9, 0) })
					b.ReportMetric(t[0]/t[1], "path/alone")
					b.ReportMetric(t[1]*1e3, "ms-alone")
				}
			})
		}
	}
}

// BenchmarkMixture compares a step on the mixture of all operations of nb201 with what they cost apart: the steps of the
// four networks that have one operation on every edge, less three of the network that has none on any, which is the
// skeleton. 1 is as fast.
func BenchmarkMixture(b *testing.B) {
	const batch = 64
	for _, s := range speeds {
		b.Run(s.name, func(b *testing.B) {
			n := newShared(b, s.config, Options{Recipe: recipe("sgd", batch)})
			images := noise(s.config, batch, 1)
			gates, shares := make([]bool, n.Edges*len(n.Ops)), make([]float64, n.Edges*len(n.Ops))
			for g := range gates {
				gates[g], shares[g] = true, 0.2
			}
			if err := n.Mix(shares); err != nil {
				b.Fatal(err)
			}
			open := n.Open(gates)
			kinds := []func(){func() {
				if _, err := n.StepMixed(open, images, 1e-9); err != nil {
					b.Fatal(err)
				}
			}}
			for _, a := range []evolve.Arch{"111111", "222222", "333333", "444444", "000000"} {
				d := newAlone(b, n, s.config, a)
				kinds = append(kinds, func() { d.train(b, images, 1e-9, 0) })
			}
			for range b.N {
				t := best(b, 10, 3, kinds...)
				b.ReportMetric(t[0]/(t[1]+t[2]+t[3]+t[4]-3*t[5]), "mixture/apart")
				b.ReportMetric(t[0]*1e3, "ms-mixture")
			}
		})
	}
}

// speedPaths are the architectures whose paths take turns in BenchmarkStep; ../compare/speed.py has the same.
var speedPaths = []evolve.Arch{"413112", "333333", "142322", "231344", "320413", "113242", "434121", "223314"}

// BenchmarkStep measures the steps of a supernet, along one path after another or of the mixture of all candidates.
// ../compare/speed.py reads its lines.
func BenchmarkStep(b *testing.B) {
	const batch = 64
	fmt.Println("kernels:", kernel.Name())
	for _, s := range speeds {
		r := recipe("sgd", batch)
		r.Nesterov = true
		s.config.Unscaled = true // as most methods publish it
		n := newShared(b, s.config, Options{Recipe: r})
		images := noise(s.config, batch, 1)
		steps := func(name string, step func(k int) error) {
			b.Run(fmt.Sprint("net=", name, s.config.Input.H), func(b *testing.B) {
				for k := range b.N {
					if err := step(k); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "images/s")
				b.ReportMetric(float64(n.Params()), "params")
			})
		}
		var paths [][]bool
		for _, a := range speedPaths {
			paths = append(paths, path(b, n, a))
		}
		steps("path", func(k int) error {
			_, err := n.Step(paths[k%len(paths)], images, 1e-9)
			return err
		})
		gates, shares := make([]bool, n.Edges*len(n.Ops)), make([]float64, n.Edges*len(n.Ops))
		for g := range gates {
			gates[g], shares[g] = true, 0.2
		}
		if err := n.Mix(shares); err != nil {
			b.Fatal(err)
		}
		open := n.Open(gates)
		steps("mixture", func(int) error {
			_, err := n.StepMixed(open, images, 1e-9)
			return err
		})
	}
}
