//go:build native && (linux || darwin)

package conform

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/opencl/opencltest"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

func TestMain(m *testing.M) { opencltest.Main(m) }

func TestOpenCL(t *testing.T) {
	t.Run("float32", func(t *testing.T) { conforms[float32](t, 12) })
	t.Run("float64", func(t *testing.T) { conforms[float64](t, 6) })
}

func conforms[T kernel.Float](t *testing.T, rounds int) {
	r, err := Run(opencltest.Open[T](t), rounds, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d comparisons\n%s", r.Count(), r)
	for _, f := range r.Failures {
		t.Error(f)
	}
}

// Each operation once, in shapes small enough for oclgrind, which watches every access: see make oclgrind.
func TestOpenCLTiny(t *testing.T) {
	dev := opencltest.Open[float32](t)
	for i, row := range device.Rows[float32]() {
		d := drawn{row: i, seed: [2]uint64{5, uint64(i)}, tiny: true}
		want, err := onCPU[float32](d)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := newTrial(dev, draw[float32](d))
		if err != nil {
			t.Fatal(err)
		}
		got, err := tr.run()
		if err != nil {
			t.Fatal(err)
		}
		for k, p := range got {
			if diff, same := difference(p.v, want[k].v, draw[float64](d).Sums); !same || diff > 1e-6 {
				t.Errorf("%s: %s differs by %g", row.Name, p.name, diff)
			}
		}
		tr.close()
	}
}

// threads is PoCL's variable for how many run a device's groups.
const threads = "POCL_MAX_PTHREAD_COUNT"

// A device of 1, 2 and 4 threads has the same bits. PoCL reads the number once a process.
func TestOpenCLThreads(t *testing.T) {
	opencltest.Open[float32](t)
	digests := map[string]bool{}
	for _, n := range []string{"1", "2", "4"} {
		c := exec.Command(os.Args[0], "-test.run=^TestOpenCLDigest$", "-test.v")
		c.Env = append(os.Environ(), threads+"="+n, "AMOEBA_WANT_OPENCL=1")
		out, err := c.CombinedOutput()
		_, after, ok := strings.Cut(string(out), "digest ")
		if err != nil || !ok {
			t.Fatalf("%s threads: %v\n%s", n, err, out)
		}
		digests[strings.Fields(after)[0]] = true
	}
	if len(digests) != 1 {
		t.Errorf("%d different results of 1, 2 and 4 threads", len(digests))
	}
}

// The digest of what a device computes, for TestOpenCLThreads.
func TestOpenCLDigest(t *testing.T) {
	if os.Getenv(threads) == "" {
		t.Skip("run by TestOpenCLThreads")
	}
	dev, h := opencltest.Open[float32](t), sha256.New()
	for i := range device.Rows[float32]() {
		tr, err := newTrial(dev, draw[float32](drawn{row: i, seed: [2]uint64{3, uint64(i)}, large: i%2 == 1}))
		if err != nil {
			t.Fatal(err)
		}
		parts, err := tr.run()
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			for _, v := range p.v {
				binary.Write(h, binary.LittleEndian, math.Float32bits(v))
			}
		}
		tr.close()
	}
	fmt.Printf("digest %x\n", h.Sum(nil))
}
