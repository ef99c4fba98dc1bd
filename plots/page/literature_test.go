package page

import (
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/lab"
)

// A page cites what it rests on, and nothing else: no tests of one algorithm, ranks where they are drawn, and of a
// training the space and the data.
func TestLiterature(t *testing.T) {
	for name, c := range map[string]struct {
		bench string
		tests bool
		kind  string // of a figure
		want  string // keys, those of the checklist first
	}{
		"one algorithm": {bench: "bits", want: "lindauer2020"},
		"tests":         {bench: "bits", tests: true, kind: "box", want: "lindauer2020 mann1947 holm1979 vargha2000"},
		"ranks":         {bench: "bits", kind: "cd", want: "lindauer2020 friedman1937 nemenyi1963 demsar2006"},
		"digits":        {bench: "train:digits,space=nasnet", want: "zoph2018 real2019 alpaydin1998 lindauer2020"},
		"devices":       {bench: "nb201:cifar10", want: "li2021 lee2021 lindauer2020"},
	} {
		o := byHand()
		o.Spec.Benchmark, o.Paper, o.Arms = c.bench, "your own", nil
		if strings.HasPrefix(c.bench, "train") {
			o.About.Kind = evolve.Training
		}
		o.Objectives = append(o.Objectives, evolve.NewObjective("latency:raspi4"))
		v := &view{Parts: make([]part, 1), Figures: []figure{{Kind: c.kind}}}
		if c.tests {
			v.Parts[0].Tests = make([]testRow, 1)
		}
		var keys []string
		for line := range strings.Lines(literature(v, []*lab.Outcome{o})) {
			if _, key, ok := strings.Cut(line, "{"); ok && line[0] == '@' {
				keys = append(keys, strings.TrimRight(key, ",\n"))
			}
		}
		if got := strings.Join(keys[1:], " "); got != c.want { // the first is amoeba itself
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
