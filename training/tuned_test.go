package training

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
)

// hyperFile writes a file of hyper-parameters and is the option that names it.
func hyperFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "h.yaml")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return "space=(hyper:" + path + ")"
}

const archLine = "- arch: nb201"

// A trial with its own hyper-parameters is, bit for bit, one of a benchmark with these as options.
func TestTunedIsTheOptions(t *testing.T) {
	const short = "epochs=1"
	for _, c := range []struct {
		lines   []string
		genome  evolve.Arch
		options []string
		cell    evolve.Arch
	}{
		{[]string{archLine, "- {name: lr, type: float, low: 0.01, high: 1, log: true}",
			"- {name: weight_decay, type: float, low: 0, high: 0.1}", "- {name: cutout, type: int, low: 0, high: 4}",
			"- {name: F, type: choice, choices: [2, 4]}", "- {name: N, type: int, low: 1, high: 2}"},
			"214201;lr=0.05,weight_decay=0.01,cutout=3,F=4,N=2",
			[]string{"lr=0.05", "weight_decay=0.01", "cutout=3", "F=4", "N=2"}, "214201"},
		// One cell, and an option that stands for what does not apply.
		{[]string{"- arch: nb201", "  cell: '333333'", "- {name: F, type: choice, choices: [2, 4]}",
			"- {name: lr, type: float, low: 0.01, high: 1, if: {F: 2}}"}, "F=4", []string{"F=4", "lr=0.3"}, "333333"},
	} {
		dir, plain := t.TempDir(), t.TempDir()
		settings := []string{short, hyperFile(t, c.lines...)}
		if !strings.Contains(string(c.genome), "lr=") {
			settings = append(settings, "lr=0.3")
		}
		x := evaluated(t, in(t, trainBench(t, settings...), dir, nil), trial(1, c.genome, 0, 0))
		y := evaluated(t, in(t, trainBench(t, append(c.options, short)...), plain, nil), trial(1, c.cell, 0, 0))
		if x.Loss != y.Loss || !bytes.Equal(file(t, dir, "000001.ckpt"), file(t, plain, "000001.ckpt")) {
			t.Errorf("%s: loss %g, with options %g", c.genome, x.Loss, y.Loss)
		}
		// Its size is that of its own network.
		b, p := trainBench(t, settings...).Problem(), trainBench(t, append(c.options, short)...).Problem()
		for i := range b.Proxies {
			got, err := b.Proxies[i].Score(c.genome)
			want, _ := p.Proxies[i].Score(c.cell)
			if err != nil || got != want {
				t.Errorf("%s: %s %g, %v; want %g", c.genome, b.Proxies[i].Name, got, err, want)
			}
		}
	}
}

// A trial goes on from its own weights and from those of the same hyper-parameters, and from no others.
func TestTunedGoesOn(t *testing.T) {
	b := trainBench(t, "epochs=4", hyperFile(t, archLine, "- {name: lr, type: float, low: 0.01, high: 1}"))
	dir := t.TempDir()
	study := in(t, b, dir, nil)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	study.watch = wholeEpochs(func(p evolve.TrialProgress) {
		if p.Epoch == 2 {
			cancel()
		}
	})
	var r evolve.Result
	if err := study.Evaluate(ctx, trial(1, "333333;lr=0.05", 0, 0), &r); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	again := in(t, b, dir, nil)
	epochs := 0
	again.watch = wholeEpochs(func(evolve.TrialProgress) { epochs++ })
	stopped := evaluated(t, again, trial(1, "333333;lr=0.05", 0, 0))
	straight := evaluated(t, in(t, b, "", nil), trial(1, "333333;lr=0.05", 0, 0))
	if epochs != 2 || stopped.Loss != straight.Loss {
		t.Errorf("%d epochs after the stop to %g, without to %g", epochs, stopped.Loss, straight.Loss)
	}
	evaluated(t, again, trial(2, "333333;lr=0.05", 2, 0))
	if promoted := evaluated(t, again, trial(3, "333333;lr=0.05", 4, 2)); promoted.Loss != straight.Loss {
		t.Errorf("promoted to %g, straight to %g", promoted.Loss, straight.Loss)
	}
	err := again.Evaluate(context.Background(), trial(4, "333333;lr=0.06", 4, 2), &r)
	if err == nil || !strings.Contains(err.Error(), "the weights of trial 2 were trained with other hyper-parameters than 333333;lr=0.06") {
		t.Errorf("of another learning rate: %v", err)
	}
}

// What the benchmark cannot set is refused before anything runs, with what it can.
func TestTunedRefuses(t *testing.T) {
	const lr = "- {name: lr, type: float, low: 0.01, high: 1}"
	for _, c := range []struct {
		says string
		opt  string
		file []string
	}{
		{"known: lr, weight_decay, cutout, N, F", "", []string{archLine, "- {name: momentum, type: float, low: 0, high: 0.9}"}},
		{"want a first entry arch: nb101|nb201|nasnet|darts", "", []string{lr}},
		{`space that trains "macro"`, "", []string{"- arch: macro", lr}},
		{"lr: 0.01 to 1000: train takes 1e-06 to 100", "", []string{archLine, "- {name: lr, type: float, low: 0.01, high: 1000}"}},
		{"F: train takes whole numbers: want type: int", "", []string{archLine, "- {name: F, type: float, low: 1, high: 8}"}},
		{"F: choice wide: want numbers", "", []string{archLine, "- {name: F, type: choice, choices: [4, wide]}"}},
		{"F: choice 4.5: want whole numbers", "", []string{archLine, "- {name: F, type: choice, choices: [4, 4.5]}"}},
		{"lr=0.05 has no effect here", "lr=0.05", []string{archLine, lr}},
		{"cutout 100 of images of 8 x 8", "", []string{archLine, "- {name: cutout, type: int, low: 0, high: 100}"}},
	} {
		settings := []string{"train:digits", hyperFile(t, c.file...)}
		if c.opt != "" {
			settings = append(settings, c.opt)
		}
		s, err := evolve.ParseSpec(strings.Join(settings, ","))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err = evolve.Benchmarks.Open(s); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v, want %q", c.file, err, c.says)
		}
	}
}

// A changed file is another source, so that nobody goes on with it; one that is written otherwise is not.
func TestTunedSource(t *testing.T) {
	source := func(lines ...string) string { return trainBench(t, hyperFile(t, lines...)).About().Source }
	sources := []string{
		source(archLine, "- {name: lr, type: float, low: 0.01, high: 1}"),
		source(archLine, "- {name: lr, type: float, low: 0.01, high: 2}"),
		source(archLine, "- {name: lr, type: float, low: 0.01, high: 1, log: true}"),
		source(archLine, "  cell: '333333'", "- {name: lr, type: float, low: 0.01, high: 1}"),
		source(archLine, "- {name: lr, type: choice, choices: [0.01, 1]}"),
	}
	again := source("# the same", archLine, "- name: lr", "  type: float", "  low: 1e-2", "  high: 1.0")
	if again != sources[0] || !strings.Contains(again, "lr searched in a space of SHA-256 ") {
		t.Errorf("%s, want %s", again, sources[0])
	}
	slices.Sort(sources)
	if n := len(slices.Compact(sources)); n != 5 {
		t.Errorf("%d sources of 5 spaces", n)
	}
}
