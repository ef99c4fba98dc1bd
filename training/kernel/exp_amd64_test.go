package kernel

import (
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// exponential computes what the assembly of math.Exp computes (math/exp_amd64.s), with its
// sums of a product and a number given, for arguments whose results are ordinary numbers.
func exponential(x float64, sum func(x, y, z float64) float64) float64 {
	k := math.RoundToEven(x * math.Log2E)
	x = sum(-k, 0.69314718055966295651160180568695068359375, x)
	x = sum(-k, 0.28235290563031577122588448175013436025525412068e-12, x)
	x *= 0.0625
	p := 2.4801587301587301587e-5
	for _, c := range []float64{1.9841269841269841270e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3,
		4.1666666666666666667e-2, 1.6666666666666666667e-1, 0.5, 1} {
		p = sum(p, x, c)
	}
	x *= p
	for range 3 {
		x *= x + 2
	}
	return math.Ldexp(sum(x+2, x, 1), int(k))
}

func apart(x, y, z float64) float64 { return float64(x*y) + z }

// TestExpFuses holds what Name says of math.Exp: that it is one of two functions, and which.
func TestExpFuses(t *testing.T) {
	sum, other := apart, math.FMA
	if expFuses {
		sum, other = math.FMA, apart
	}
	r, differ := rand.New(rand.NewPCG(1, 1)), 0
	for range 100_000 {
		x := 40 * (r.Float64() - 0.5)
		want := exponential(x, sum)
		if got := math.Exp(x); got != want {
			t.Fatalf("fused %v: e to the %v is %v, want %v", expFuses, x, got, want)
		}
		if want != exponential(x, other) {
			differ++
		}
	}
	if differ < 1000 {
		t.Errorf("only %d of 100000 results would tell the two apart", differ)
	}
	if a, b := exponential(expProbe, math.FMA), exponential(expProbe, apart); a != expFused || a == b {
		t.Errorf("e to the %v is %x fused and %x else, the package takes it for %x", float64(expProbe), a, b, float64(expFused))
	}
}

// TestNames starts this test again on what passes for lesser processors, and asks for the names.
func TestNames(t *testing.T) {
	const asked = "AMOEBA_TEST_NAME"
	if os.Getenv(asked) != "" {
		if _, err := os.Stdout.WriteString("name " + Name() + "\n"); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !avx2 {
		t.Skip("this processor has no AVX2 and FMA to switch off")
	}
	for _, c := range []struct{ off, want, built string }{
		{"cpu.avx512f=off", "avx2", "avx2"},
		{"cpu.avx2=off", "go-amd64+fma", "go-amd64+fma"},
		{"cpu.fma=off", "go-amd64", "go-amd64+fma"}, // GOAMD64=v3 lets the library take fusing for granted
	} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestNames$")
		cmd.Env = append(os.Environ(), asked+"=1", "GODEBUG="+c.off)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", c.off, err, out)
		}
		if strings.Contains(string(out), "GODEBUG: unknown cpu feature") {
			c.want = c.built
		}
		if !strings.Contains(string(out), "name "+c.want+"\n") {
			t.Errorf("GODEBUG=%s: want the name %s: %s", c.off, c.want, out)
		}
	}
}
