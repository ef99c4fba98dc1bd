package export

import (
	"bytes"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/net"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

func pytorch(t testing.TB, n *net.Net, title string) string {
	t.Helper()
	var b bytes.Buffer
	if err := PyTorch(&b, n, title, Input{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPyTorchGolden(t *testing.T) {
	c := digits
	c.Aux, c.DropPath, c.F = true, .2, 4
	_, cell, ok := space.Published("DARTS_V2")
	if !ok {
		t.Fatal("no DARTS_V2")
	}
	tf := net.Config{Input: net.Shape{C: 1, H: 6, W: 5}, Classes: 10, N: 1, F: 4, Aux: true, Skeleton: net.SkeletonTF}
	_, amoeba, ok := space.Published("AmoebaNet-D")
	if !ok {
		t.Fatal("no AmoebaNet-D")
	}
	for name, n := range map[string]*net.Net{
		"tf.py":     build(t, "nasnet", amoeba, tf),
		"nb201.py":  build(t, "nb201", "140320", digits),
		"darts.py":  build(t, "darts", cell, c),
		"oddity.py": oddity(t),
	} {
		path := filepath.Join("testdata", name)
		got := pytorch(t, n, "A \"network\" \\ of "+name)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
			t.Errorf("%s (-want +got; -update rewrites):\n%s", path, diff)
		}
	}
}

// TestPyTorch checks names in the text of random networks: every variable is assigned before
// it is read, every module is registered once and every class has a definition.
func TestPyTorch(t *testing.T) {
	var (
		define   = regexp.MustCompile(`^class (\w+)\(nn\.Module\):`)
		method   = regexp.MustCompile(`^    def (\w+)\(self(.*)\):`)
		register = regexp.MustCompile(`^ +self\.(\w+) = (\w+)`)
		assign   = regexp.MustCompile(`^ +([\w, ]+) = (.*)$`)
		word     = regexp.MustCompile(`(?:self\.|torch\.|nn\.(?:functional\.)?|\b)[A-Za-z_]\w*`)
	)
	for _, name := range net.Spaces() {
		r := rand.New(rand.NewPCG(7, 8))
		for range 30 {
			for _, c := range []net.Config{digits, images} {
				a, n := random(t, name, c, r)
				classes := map[string]bool{"nn": true}
				modules, variables := map[string]bool{}, map[string]bool{}
				in := ""
				reads := func(line, text string) {
					for _, w := range word.FindAllString(text, -1) {
						module := strings.TrimPrefix(w, "self.")
						if module != w && !modules[module] || !strings.Contains(w, ".") && !variables[w] {
							t.Fatalf("%s %s: %s in %q", name, a, w, line)
						}
					}
				}
				text, _, _ := strings.Cut(pytorch(t, n, string(a)), "\n\ndef count")
				_, text, _ = strings.Cut(text, "from torch import nn\n")
				if _, rest, ok := strings.Cut(text, "bernoulli_(keep) / keep\n"); ok {
					text, classes["DropPath"] = rest, true
				}
				for line := range strings.SplitSeq(text, "\n") {
					if m := define.FindStringSubmatch(line); m != nil {
						if classes[m[1]] {
							t.Fatalf("%s %s: class %s a second time", name, a, m[1])
						}
						classes[m[1]], modules, in = true, map[string]bool{"training": true}, ""
					} else if m := method.FindStringSubmatch(line); m != nil {
						in, variables = m[1], map[string]bool{"if": true, "and": true}
						for _, v := range strings.Split(m[2], ",") {
							v, _, _ = strings.Cut(strings.TrimSpace(v), "=")
							variables[v] = true
						}
					} else if m := register.FindStringSubmatch(line); m != nil && in == "__init__" {
						if modules[m[1]] || !classes[m[2]] && !variables[m[2]] {
							t.Fatalf("%s %s: %q", name, a, line)
						}
						modules[m[1]] = true
					} else if _, value, ok := strings.Cut(line, "return "); ok {
						reads(line, value)
					} else if m := assign.FindStringSubmatch(line); m != nil && in == "forward" {
						reads(line, m[2])
						for _, v := range strings.Split(m[1], ", ") {
							variables[v] = true
						}
					}
				}
			}
		}
	}
}

func TestUnify(t *testing.T) {
	make := func(a, b, c channels, x, y source) *sketch {
		s := &sketch{}
		s.add("conv(", a, ", ", b, ", ", c, ")(", x, " + ", y, ")")
		return s
	}
	for _, c := range []struct {
		all         []*sketch
		want        string
		sizes, from int
	}{
		{[]*sketch{make(1, 1, 2, 5, 5)}, "conv(1, 1, 2)(x + x)", 0, 1},
		{[]*sketch{make(1, 1, 2, 5, 6)}, "conv(1, 1, 2)(x0 + x1)", 0, 2},
		{[]*sketch{make(1, 1, 2, 5, 5), make(3, 3, 2, 6, 6)}, "conv(c, c, 2)(x + x)", 1, 1},
		{[]*sketch{make(1, 1, 2, 5, 5), make(1, 3, 3, 6, 7)}, "conv(1, c0, c1)(x0 + x1)", 2, 2},
	} {
		words, sizes, reads := unify(c.all)
		if got := c.all[0].fill(func(k int) string { return words[k] }); got != c.want || len(sizes) != c.sizes || len(reads) != c.from {
			t.Errorf("%s with %d and %d parameters, want %s with %d and %d", got, len(sizes), len(reads), c.want, c.sizes, c.from)
		}
	}
}

func TestNames(t *testing.T) {
	n := names{}
	var got []string
	for _, path := range []string{"block0/left", "block0-left", "x", "x12", "x1a", "c", "7", "2nd", "", "é"} {
		got = append(got, n.of(path))
	}
	want := []string{"block0_left", "block0_left_2", "layer_x", "layer_x12", "x1a", "layer_c", "layer_7", "layer_2nd", "layer_", "_"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if v, err := strconv.ParseFloat(decimal(0.003), 64); err != nil || v != 0.003 {
		t.Error(v, err)
	}
}
