package plots

import (
	"encoding/json"
	"fmt"
	"image/color"
	"strings"
)

// dot is the graph in Graphviz's language.
func (g Graph) dot() string {
	var b strings.Builder
	b.WriteString("digraph cell {\n\trankdir=LR\n")
	if g.Title != "" {
		fmt.Fprintf(&b, "\tlabel=%s labelloc=t labeljust=l\n", quoteDOT(g.Title))
	}
	b.WriteString("\tfontname=\"Liberation Sans\"\n")
	b.WriteString("\tnode [fontname=\"Liberation Sans\" shape=box style=\"rounded,filled\"]\n")
	b.WriteString("\tedge [fontname=\"Liberation Sans\"]\n")
	hues := kindHues(g)
	for i, n := range g.Nodes {
		h := hues[n.Kind]
		shape, ground := "", tint(h.line, 0.16)
		if n.Kind == "sum" {
			shape, ground = " shape=circle style=filled", white
		}
		fmt.Fprintf(&b, "\tn%d [label=%s color=%q fillcolor=%q%s]\n", i, quoteDOT(n.Label), hex(h.line), hex(ground), shape)
	}
	for _, e := range g.Edges {
		h, style := hues[e.Kind], ""
		if e.Dead {
			h, style = hue{deadColor, deadText}, " style=dashed"
		}
		fmt.Fprintf(&b, "\tn%d -> n%d [label=%s color=%q fontcolor=%q%s]\n", e.From, e.To, quoteDOT(e.Label), hex(h.line), hex(h.text), style)
	}
	b.WriteString("}\n")
	return b.String()
}

// quoteDOT escapes backslashes too: in a label, \N would be the node's name.
func quoteDOT(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", `\n`).Replace(s) + `"`
}

// mermaid is the graph as a flowchart in Mermaid's language.
func (g Graph) mermaid() string {
	var b strings.Builder
	if g.Title != "" {
		title, _ := json.Marshal(g.Title) // a string cannot fail, and JSON's are YAML's
		fmt.Fprintf(&b, "---\ntitle: %s\n---\n", title)
	}
	b.WriteString("flowchart LR\n")
	hues := kindHues(g)
	for i, n := range g.Nodes {
		opening, closing := "(", ")"
		h := hues[n.Kind]
		ground := tint(h.line, 0.16)
		if n.Kind == "sum" {
			opening, closing, ground = "((", "))", white
		}
		fmt.Fprintf(&b, "\tn%d%s\"%s\"%s\n", i, opening, escapeMermaid(n.Label), closing)
		fmt.Fprintf(&b, "\tstyle n%d fill:%s,stroke:%s,color:%s\n", i, hex(ground), hex(h.line), hex(ink))
	}
	for i, e := range g.Edges {
		arrow, h := "-->", hues[e.Kind]
		if e.Dead {
			arrow, h = "-.->", hue{deadColor, deadText}
		}
		label := ""
		if e.Label != "" {
			label = `|"` + escapeMermaid(e.Label) + `"|`
		}
		fmt.Fprintf(&b, "\tn%d %s%s n%d\n", e.From, arrow, label, e.To)
		fmt.Fprintf(&b, "\tlinkStyle %d stroke:%s,color:%s\n", i, hex(h.line), hex(h.text))
	}
	return b.String()
}

// escapeMermaid writes entities for all that ends a quoted label or is markup in it, and
// a space for a label without text, which Mermaid refuses.
func escapeMermaid(s string) string {
	if s == "" {
		return " "
	}
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "&", "#amp;", "<", "#lt;", ">", "#gt;",
		"`", "#96;", "*", "#42;", "_", "#95;", "\r", "", "\n", "<br>").Replace(s)
}

func hex(c color.NRGBA) string {

	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}
