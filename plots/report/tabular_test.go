package report

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Two digits of the least width decide how many digits are printed.
func TestPlaces(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		value  float64
		widths []float64
		want   int
	}{{94, []float64{.42, .051}, 3}, {94, []float64{1.2}, 1}, {1e4, []float64{350}, 0}, {94, []float64{1e-13}, 4}, {1, []float64{nan}, 4},
		{1, nil, 4}, {42385.4257, nil, 1}, {-1e7, nil, 0}, {0, nil, 4}, {0, []float64{.0099}, 4}, {1, []float64{nan, .5}, 2}} {
		if got := places(c.value, c.widths...); got != c.want {
			t.Errorf("%g within %v: %d, want %d", c.value, c.widths, got, c.want)
		}
	}
}

// What means something to LaTeX is printed as it is; marks are bold and a tilde.
func TestLaTeX(t *testing.T) {
	g := tabular{head: []string{"set", "a_1", "b&c"}, rows: []tabularRow{{"50% {x}\n#1", []tabularCell{
		{value: "1.5", doubt: "± 0.1", best: true}, {value: "1.4", doubt: "± 0.2", tied: true}}},
		{"[x]", []tabularCell{{value: "1"}, {value: "2"}}}, {"*y", []tabularCell{{value: "3"}, {value: "4"}}}}}
	var b bytes.Buffer
	if err := g.writeLaTeX(&b, `by A\B^2 ~ $5 < p ≥ 0×1`, "x"); err != nil {
		t.Fatal(err)
	}
	want := `% \usepackage{booktabs}
\begin{table}
  \centering
  \caption{by A\textbackslash{}B\textasciicircum{}2 $\sim$ \$5 $<$ p $\ge$ 0$\times$1}
  \label{tab:x}
  \begin{tabular}{lrr}
    \toprule
    set & a\_1 & b\&c \\
    \midrule
    50\% \{x\} \#1 & \textbf{1.5} $\pm$ 0.1 & 1.4 $\pm$ 0.2$^{\sim}$ \\
    {}[x] & 1 & 2 \\
    {}*y & 3 & 4 \\
    \bottomrule
  \end{tabular}
\end{table}
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	turned := g.turned("method")
	if d := cmp.Diff([]string{"method", "50% {x}\n#1", "[x]", "*y"}, turned.head); d != "" || len(turned.rows) != 2 || turned.rows[1].name != "b&c" ||
		!turned.rows[1].cells[0].tied {
		t.Errorf("%s%+v", d, turned)
	}
}
