package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// latexEscapes are the characters that mean something to LaTeX, and signs of ours that its default fonts lack.
var latexEscapes = strings.NewReplacer(`\`, `\textbackslash{}`, "{", `\{`, "}", `\}`, "$", `\$`, "&", `\&`, "#", `\#`,
	"%", `\%`, "_", `\_`, "~", `$\sim$`, "^", `\textasciicircum{}`, "±", `$\pm$`, "≤", `$\le$`, "≥", `$\ge$`,
	"–", "--", "×", `$\times$`, "∞", `$\infty$`, "χ²", `$\chi^2$`, "<", `$<$`, ">", `$>$`, `"`, "''")

// latex is a text as LaTeX prints it, on one line.
func latex(text string) string {
	return latexEscapes.Replace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text))
}

// writeLaTeX writes the table as a table of the packages booktabs, the best of each row bold and what is not told apart
// from it with a tilde. The caption is plain text.
func (g tabular) writeLaTeX(w io.Writer, caption, label string) error {
	var b strings.Builder
	row := func(name string, cells []string) {
		if name = latex(name); strings.HasPrefix(name, "[") || strings.HasPrefix(name, "*") {
			name = "{}" + name // what follows \\ and \midrule would be their option
		}
		fmt.Fprintf(&b, "    %s \\\\\n", strings.Join(append([]string{name}, cells...), " & "))
	}
	fmt.Fprintf(&b, "%% \\usepackage{booktabs}\n\\begin{table}\n  \\centering\n  \\caption{%s}\n  \\label{tab:%s}\n",
		latex(caption), label)
	fmt.Fprintf(&b, "  \\begin{tabular}{l%s}\n    \\toprule\n", strings.Repeat("r", len(g.head)-1))
	var head []string
	for _, h := range g.head[1:] {
		head = append(head, latex(h))
	}
	row(g.head[0], head)
	for _, rows := range [][]tabularRow{g.rows, g.sums} {
		if len(rows) > 0 {
			fmt.Fprintln(&b, `    \midrule`)
		}
		for _, r := range rows {
			var cells []string
			for _, c := range r.cells {
				cells = append(cells, c.latex())
			}
			row(r.name, cells)
		}
	}
	b.WriteString("    \\bottomrule\n  \\end{tabular}\n\\end{table}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// latex is the cell: a value in bold if it is the best, its doubt, and a tilde if it is not told apart from the best.
func (c tabularCell) latex() string {
	text := latex(c.value)
	if c.best {
		text = `\textbf{` + text + `}`
	}
	if c.doubt != "" {
		text += " " + latex(c.doubt)
	}
	if c.tied {
		text += `$^{\sim}$`
	}
	return text
}
