package training

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/training/net"
)

func counting(t *testing.T, cell string) Counting {
	t.Helper()
	of, a, ok := space.Published(cell)
	if !ok {
		t.Fatalf("no cell %s", cell)
	}
	return Counting{Space: of, Arch: a, Cell: space.PublishedName(of, a), Recipe: DefaultRecipe()}
}

// What is not said of a network is settled as its paper has it, or else as train does.
func TestCountingDefaults(t *testing.T) {
	plain := Counting{Space: "nb201", Arch: "301003", Recipe: DefaultRecipe()}
	onCifar := plain
	onCifar.Data = "cifar10"
	mobile := counting(t, "nasnet-a")
	mobile.Data, mobile.Net.N, mobile.Net.F = ImageNet, 4, 44
	large := counting(t, "nasnet-a")
	large.Data, large.Net.N, large.Net.F = ImageNet, 6, 168
	layers := counting(t, "darts-v2")
	layers.Net.Layers = 3
	for name, c := range map[string]struct {
		of         Counting
		data       string
		n, f, side int
		published  bool // figures of it are known
	}{
		"nb201 on digits":     {plain, "digits", 1, 8, 0, false},
		"larger images":       {onCifar, "cifar10", 1, 16, 0, false},
		"a published cell":    {counting(t, "amoebanet-a"), "cifar10", 6, 36, 0, true},
		"the mobile ImageNet": {mobile, ImageNet, 4, 44, ImageNetSide, true},
		"the large ImageNet":  {large, ImageNet, 6, 168, 331, true},
		"layers instead of N": {layers, "cifar10", 0, 36, 0, false},
	} {
		got, err := c.of.Count("notation")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.Data != c.data || got.N != c.n || got.F != c.f || got.Side != c.side || (len(got.Published) > 0) != c.published {
			t.Errorf("%s: %s, N %d, F %d, side %d, published %v", name, got.Data, got.N, got.F, got.Side, got.Published)
		}
		job := Job{Space: c.of.Space, Arch: c.of.Arch, Net: net.Config{Input: got.input, Classes: got.classes, N: max(got.N, 1), F: got.F,
			Layers: c.of.Net.Layers, Stem: got.Stem, Skeleton: strings.TrimSuffix(got.Skeleton, net.SkeletonDARTS)}, Recipe: DefaultRecipe()}
		if want, err := job.Count(); err != nil || want != got.Count {
			t.Errorf("%s: %+v, %v; the network itself counts to %+v", name, got.Count, err, want)
		}
	}
}

func TestCountingRefuses(t *testing.T) {
	base := Counting{Space: "nb201", Arch: "301003", Recipe: DefaultRecipe()}
	for want, change := range map[string]func(*Counting){
		"networks of the skeleton tf alone have an ImageNet stem": func(c *Counting) { c.Data = ImageNet },
		`data set to count on "cifar": did you mean "cifar10"?`:   func(c *Counting) { c.Data = "cifar" },
		`skeleton "drts": did you mean "darts"?`:                  func(c *Counting) { c.Skeleton = "drts" },
		"solver":                                                  func(c *Counting) { c.Recipe.Solver = "lion" },
		"nb201":                                                   func(c *Counting) { c.Arch = "9" },
	} {
		c := base
		change(&c)
		if _, err := c.Count("x"); err == nil || !strings.Contains(err.Error(), want) ||
			!errors.Is(err, evolve.ErrInvalid) && !errors.Is(err, evolve.ErrUnsupported) && !errors.Is(err, evolve.ErrUnknown) {
			t.Errorf("want %q: %v", want, err)
		}
	}
}

// The page has every count of the JSON, digits grouped.
func TestCountedSheet(t *testing.T) {
	got, err := counting(t, "amoebanet-a").Count("Genotype(…)")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := got.Sheet().WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"nasnet Genotype(…)\nAmoebaNet-A, skeleton ", "; cifar10: 3x32x32 images, 10 classes\nparams      3,", "\npublished   ", "; here ",
	} {
		if !strings.Contains(b.String(), line) {
			t.Errorf("no %q in\n%s", line, b.String())
		}
	}
	text, err := json.Marshal(got)
	if err != nil || !strings.Contains(string(text), `"cell":"AmoebaNet-A"`) || !strings.Contains(string(text), `"step_bytes":`) {
		t.Errorf("%s, %v", text, err)
	}
}
