package plots_test

import (
	"fmt"
	"os"

	"github.com/amoeba-nas/amoeba/plots"
)

func ExampleGraph_Write() {
	g := plots.Graph{
		Nodes: []plots.Node{{Label: "in", Kind: "input"}, {Label: "out", Kind: "output"}},
		Edges: []plots.Edge{{From: 0, To: 1, Label: "conv 3×3", Kind: "conv"}},
	}
	if err := g.Write(os.Stdout, "mermaid"); err != nil {
		fmt.Println(err)
	}
	// Output:
	// flowchart LR
	// 	n0("in")
	// 	style n0 fill:#e4e4e4,stroke:#555555,color:#222222
	// 	n1("out")
	// 	style n1 fill:#e4e4e4,stroke:#555555,color:#222222
	// 	n0 -->|"conv 3×3"| n1
	// 	linkStyle 0 stroke:#0072b2,color:#0072b2
}

func ExampleChart_Write() {
	f := plots.Chart{
		Note: "three trials",
		Panels: []plots.Panel{{
			XLabel: "trials", YLabel: "regret (%)", LogY: true,
			Series: []plots.Series{{Name: "random search", Baseline: true, X: []float64{1, 2, 3}, Mid: []float64{9, 4, 1}}},
		}},
	}
	file, err := os.CreateTemp("", "*.svg")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.Remove(file.Name())
	defer file.Close()
	fmt.Println(f.Write(file, "svg"))
	// Output: <nil>
}
