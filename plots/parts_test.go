package plots

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/plot/vg"
)

func labels(ticks []tick) string {
	var out []string
	for _, t := range ticks {
		if t.label != "" {
			out = append(out, t.label)
		}
	}
	return strings.Join(out, " ")
}

func TestTicks(t *testing.T) {
	cases := []struct {
		lo, hi float64
		want   int
		linear string
		log    string
	}{
		{1, 1000, 6, "200 400 600 800 1000", "1 10 100 1k"},
		{1, 1e6, 8, "0.2M 0.4M 0.6M 0.8M 1.0M", "1 10 100 1k 10k 100k 1M"},
		{1, 1e6, 3, "0.5M 1.0M", "1 100 10k 1M"},
		{1, 60, 6, "10 20 30 40 50 60", "1 2 5 10 20 50"},
		{0.03, 2, 4, "0.5 1.0 1.5 2.0", "0.05 0.1 0.2 0.5 1 2"},
		{93.7, 94.42, 8, "93.7 93.8 93.9 94.0 94.1 94.2 94.3 94.4", "93.7 93.8 93.9 94.0 94.1 94.2 94.3 94.4"},
		{200, 90000, 5, "20k 40k 60k 80k", "1k 10k"},
		{1e-7, 1e-3, 9, "0.0002 0.0004 0.0006 0.0008 0.0010", "1e−7 1e−6 1e−5 0.0001 0.001"},
	}
	for _, c := range cases {
		if got := labels(linearTicks(c.lo, c.hi, c.want)); got != c.linear {
			t.Errorf("linear %g..%g: %s, want %s", c.lo, c.hi, got, c.linear)
		}
		if got := labels(logTicks(c.lo, c.hi, c.want)); got != c.log {
			t.Errorf("log %g..%g: %s, want %s", c.lo, c.hi, got, c.log)
		}
	}
	if got, want := labels(linearTicks(-1, 1, 4)), "−1.0 −0.5 0 0.5 1.0"; got != want {
		t.Errorf("around 0: %s, want %s", got, want)
	}
}

func TestSpread(t *testing.T) {
	cases := []struct{ places, want []vg.Length }{
		{nil, []vg.Length{}},
		{[]vg.Length{50}, []vg.Length{50}},
		{[]vg.Length{10, 90}, []vg.Length{10, 90}},
		{[]vg.Length{50, 50}, []vg.Length{55, 45}}, // the first goes on top
		{[]vg.Length{52, 50, 90}, []vg.Length{56, 46, 90}},
		{[]vg.Length{99, 98}, []vg.Length{100, 90}},
		{[]vg.Length{-5, 0}, []vg.Length{0, 10}},
		{slices.Repeat([]vg.Length{0}, 5), []vg.Length{40, 30, 20, 10, 0}},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, spread(c.places, 10, 0, 100)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.places, diff)
		}
	}
	crowded := spread(make([]vg.Length, 21), 10, 0, 100)
	if slices.Max(crowded) != 100 || slices.Min(crowded) != 0 {
		t.Errorf("21 labels in 100 points do not fill them: %v", crowded)
	}
}

// TestNoOverlap checks what the layout promises: boxes of a column stay apart.
func TestNoOverlap(t *testing.T) {
	for name, g := range map[string]Graph{"nb201": nb201(), "labelled": complete(7, "sep_conv_5x5"), "plain": complete(12, "")} {
		layers, err := g.layers()
		if err != nil {
			t.Fatal(err)
		}
		l := newLayout(g, layers)
		for _, c := range l.columns {
			for k := 1; k < len(c); k++ {
				if l.slots[c[k]].y-l.slots[c[k-1]].y < l.gap(c[k-1], c[k])-1e-6 {
					t.Errorf("%s: slots %d and %d are too close", name, c[k-1], c[k])
				}
			}
		}
		if name == "nb201" && l.crossings() != 0 {
			t.Errorf("the complete graph of four nodes is planar, not with %d crossings", l.crossings())
		}
	}
}

func TestEscapes(t *testing.T) {
	s := "a\"b\\N <c> & #d `e`\nf"
	if got, want := quoteDOT(s), `"a\"b\\N <c> & #d `+"`e`"+`\nf"`; got != want {
		t.Errorf("DOT: %s, want %s", got, want)
	}
	if got, want := escapeMermaid(s), `a#quot;b\N #lt;c#gt; #amp; #35;d #96;e#96;<br>f`; got != want {
		t.Errorf("Mermaid: %s, want %s", got, want)
	}
	if got, want := encode1252("93,7 ± 0.1 × −1 “é” → €"), "93,7 \xb1 0.1 \xd7 \x961 \x93\xe9\x94 ? \x80"; got != want {
		t.Errorf("cp1252: %q, want %q", got, want)
	}
}

// TestReadableRange keeps the first bad trials from flattening the rest, yet in the frame.
func TestReadableRange(t *testing.T) {
	s := Series{Name: "s"}
	for i := range 100 {
		s.X = append(s.X, float64(i+1))
		s.Mid = append(s.Mid, 94-84/float64(1+i*i))
	}
	p := Panel{Series: []Series{s}, Lines: []Line{{"best", 94.4}}}
	x, _ := p.limitsX()
	if y := p.limitsY(x); x.min != 0 || y.min < 85 || y.max < 94.4 || y.max > 95.5 {
		t.Errorf("limits %+v, %+v", x, y)
	}
}

// The name of the Y axis stays within the panel's height, in lines of about one length.
func TestLinesY(t *testing.T) {
	for _, c := range []struct {
		label  string
		height vg.Length
		want   []string
	}{
		{"", 100, nil},
		{"share", 100, []string{"share"}},
		{"share with regret ≤ 0.1 % points", 200, []string{"share with regret ≤ 0.1 % points"}},
		{"share with validation regret ≤ 0.1 % points", 150,
			[]string{"share with validation", "regret ≤ 0.1 % points"}},
		{"share with latency_of_a_device ≤ 3", 60, []string{"share with", "latency_of_a…", "≤ 3"}},
	} {
		l := panelLayout{Panel: Panel{YLabel: c.label}, frame: frame{y: axis{max: 1}}}
		l.Max.Y = c.height
		got := l.linesY()
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q in %g: %s", c.label, c.height, d)
		}
		for _, line := range got {
			if w := textWidth(line, labelSize); w > c.height {
				t.Errorf("%q is %g long, the axis %g", line, w, c.height)
			}
		}
		one := l
		if one.YLabel = "y"; len(c.want) > 0 && l.left() != one.left()+vg.Length(len(c.want)-1)*lineHeight {
			t.Errorf("%q: %g left of the axis, %g for one line", c.label, l.left(), one.left())
		}
	}
}
