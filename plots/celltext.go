package plots

import (
	"encoding/json"
	"fmt"
	"image/color"
	"strings"
)

// dot is the graphs in Graphviz's language, several as clusters.
func (cs Cells) dot() string {
	var b strings.Builder
	b.WriteString("digraph cell {\n\trankdir=LR\n")
	if len(cs) == 1 {
		dotTitle(&b, cs[0].Title)
	}
	b.WriteString("\tfontname=\"Liberation Sans\"\n")
	b.WriteString("\tnode [fontname=\"Liberation Sans\" shape=box style=\"rounded,filled\"]\n")
	b.WriteString("\tedge [fontname=\"Liberation Sans\"]\n")
	hues, first := kindHues(cs), 0
	for i, g := range cs {
		if len(cs) > 1 {
			fmt.Fprintf(&b, "\tsubgraph cluster%d {\n", i)
			dotTitle(&b, g.Title)
		}
		g.dot(&b, hues, first)
		if len(cs) > 1 {
			b.WriteString("\t}\n")
		}
		first += len(g.Nodes)
	}
	b.WriteString("}\n")
	return b.String()
}

func dotTitle(b *strings.Builder, title string) {
	if title != "" {
		fmt.Fprintf(b, "\tlabel=%s labelloc=t labeljust=l\n", quoteDOT(title))
	}
}

// dot writes nodes, numbered from first, and edges.
func (g Graph) dot(b *strings.Builder, hues map[string]hue, first int) {
	for i, n := range g.Nodes {
		h := hues[n.Kind]
		line, ground, more := h.line, tint(h.line, 0.16), ""
		if n.Kind == "sum" {
			more, ground = " shape=circle style=filled", white
		}
		if n.Dead {
			line, ground = deadColor, white
			more = fmt.Sprintf(" style=\"rounded,filled,dashed\" fontcolor=%q", hex(deadText))
			if n.Kind == "sum" {
				more = fmt.Sprintf(" shape=circle style=\"filled,dashed\" fontcolor=%q", hex(deadText))
			}
		}
		fmt.Fprintf(b, "\tn%d [label=%s color=%q fillcolor=%q%s]\n",
			first+i, quoteDOT(n.Label), hex(line), hex(ground), more)
	}
	for _, e := range g.Edges {
		h, style := hues[e.Kind], ""
		if e.Dead {
			h, style = hue{deadColor, deadText}, " style=dashed"
		}
		fmt.Fprintf(b, "\tn%d -> n%d [label=%s color=%q fontcolor=%q%s]\n",
			first+e.From, first+e.To, quoteDOT(e.Label), hex(h.line), hex(h.text), style)
	}
}

// quoteDOT escapes backslashes too: in a label, \N would be the node's name.
func quoteDOT(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\r", "", "\n", `\n`).Replace(s) + `"`
}

// mermaid is the graphs as a flowchart in Mermaid's language, several as subgraphs.
func (cs Cells) mermaid() string {
	var b strings.Builder
	if title := cs[0].Title; len(cs) == 1 && title != "" {
		text, _ := json.Marshal(title) // a string cannot fail, and JSON's are YAML's
		fmt.Fprintf(&b, "---\ntitle: %s\n---\n", text)
	}
	b.WriteString("flowchart LR\n")
	hues, nodes, edges := kindHues(cs), 0, 0
	for i, g := range cs {
		if len(cs) > 1 {
			fmt.Fprintf(&b, "\tsubgraph s%d[\"%s\"]\n\tdirection LR\n", i, escapeMermaid(g.Title))
		}
		g.mermaid(&b, hues, nodes, edges)
		if len(cs) > 1 {
			b.WriteString("\tend\n")
		}
		nodes += len(g.Nodes)
		edges += len(g.Edges)
	}
	return b.String()
}

// mermaid writes nodes and edges, which are numbered from the given ones.
func (g Graph) mermaid(b *strings.Builder, hues map[string]hue, firstNode, firstEdge int) {
	for i, n := range g.Nodes {
		opening, closing := "(", ")"
		h := hues[n.Kind]
		line, ground, text, dashes := h.line, tint(h.line, 0.16), ink, ""
		if n.Kind == "sum" {
			opening, closing, ground = "((", "))", white
		}
		if n.Dead {
			line, ground, text, dashes = deadColor, white, deadText, ",stroke-dasharray:3"
		}
		fmt.Fprintf(b, "\tn%d%s\"%s\"%s\n", firstNode+i, opening, escapeMermaid(n.Label), closing)
		fmt.Fprintf(b, "\tstyle n%d fill:%s,stroke:%s,color:%s%s\n",
			firstNode+i, hex(ground), hex(line), hex(text), dashes)
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
		fmt.Fprintf(b, "\tn%d %s%s n%d\n", firstNode+e.From, arrow, label, firstNode+e.To)
		fmt.Fprintf(b, "\tlinkStyle %d stroke:%s,color:%s\n", firstEdge+i, hex(h.line), hex(h.text))
	}
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
