package data

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// GraphSets are the data sets of the table graph, in the order of its columns.
var GraphSets = []string{"cora", "citeseer", "pubmed", "cs", "physics", "photo", "computers", "arxiv"}

// Networks of NAS-Bench-Graph that were trained, all that its authors hold to differ: of nine
// operations, and of the five that its data set proteins leaves.
const (
	graphRows         = 26206
	graphProteinsRows = 2021
)

// NAS-Bench-Graph (Qin et al., NeurIPS 2022, arXiv:2206.09166), in the order of GraphSets.
var (
	graphSources = []Source{
		graphSource("cora", 277531, "989329d21ec2fa4fd1a3ac55fcf22a41bb98405942bc3092877c2730bc903025"),
		graphSource("citeseer", 284666, "b90eb352f6a619527eb9b38e7b00b6cfdb008a28771bc969e4de99df35a790ba"),
		graphSource("pubmed", 276377, "ce44ca686dc3165b41ebd7b284a391bef7279a9bdb3fe189ee867b11b398700b"),
		graphSource("cs", 320674, "a6037c2c78e4af4cdb076ff03ca6859caa417a8e5c6352ef1c330a9ec9260c97"),
		graphSource("physics", 328191, "69025c67e6b47842f173710cb63e0002f412f9e64e5eb1e42c7fdd86c8dc00bc"),
		graphSource("photo", 317430, "c7aa8b29befafab98aa6dc9e549769e84b8be833ce3c1bf45dd92169d103bc3c"),
		graphSource("computers", 320377, "4a1458188681c899849e75ef8077610c590b67ef45cf0b7f3ea73c12e74463f1"),
		graphSource("arxiv", 323582, "0a244703604fa042a94de3be0f05990eada155d2764e1fe8c188c4f0162672e4"),
	}
	graphProteinsSource = graphSource("proteins", 27253,
		"8ac2cd83f082989e1486fb0a996eef5ab1c9e7a9ea77545be591e34aca32437b")
)

func graphSource(set string, size int64, sum string) Source {
	return Source{"THUMNLab/NAS-Bench-Graph", "be42534b56f6aaab2c3d6145b10eda9cbde10193", "nas-bench-graph/light/" +
		set + ".bench", size, sum, "Apache-2.0", "nasbench-graph/" + set + ".csv.gz"}
}

// Columns of a data set: the two metrics are fractions, latency and parameters (millions) the
// source's numbers.
var graphNames = []string{"valid_perf", "test_perf", "latency", "params"}

func init() {
	register(Table{
		Name: "graph", Holds: "NAS-Bench-Graph: accuracy, latency and size of every network on eight graphs",
		Rows: graphRows, Sets: GraphSets, Objectives: []string{"error", "params", "latency:recorded"},
		Measured: "validation and test accuracy; latency", Estimated: "parameters, counted by the authors",
		Sources: graphSources, Bytes: 7e6,
		importFrom: func(im *importing) (*Frame, string, error) {
			return importGraph(im, graphSources, GraphSets, graphRows, space.NewGraph(false))
		},
		check: func(f *Frame) error {
			return checkRows(f, graphRows, space.NewGraph(false), graphSpans(GraphSets)...)
		},
	})
	sets := []string{"proteins"}
	register(Table{
		Name: "graph-proteins",
		Holds: "NAS-Bench-Graph: ROC-AUC, latency and size of every network of five " +
			"operations on ogbn-proteins",
		Rows: graphProteinsRows, Sets: sets, Objectives: []string{"error", "params", "latency:recorded"},
		Measured: "validation and test ROC-AUC; latency", Estimated: "parameters, counted by the authors",
		Sources: []Source{graphProteinsSource}, Bytes: 84e3,
		importFrom: func(im *importing) (*Frame, string, error) {
			return importGraph(im, []Source{graphProteinsSource}, sets, graphProteinsRows, space.NewGraph(true))
		},
		check: func(f *Frame) error {
			return checkRows(f, graphProteinsRows, space.NewGraph(true), graphSpans(sets)...)
		},
	})
}

// importGraph makes a table of a source a data set.
func importGraph(im *importing, sources []Source, sets []string, rows int, g space.Graph) (*Frame, string, error) {
	var prefixes []string
	for _, set := range sets {
		prefixes = append(prefixes, set+"_")
	}
	f, err := im.sheets(sources, prefixes, rows, func(b []byte) (*sheet, error) { return parseGraph(b, g) })
	return f, fmt.Sprintf("%d networks on %s", rows, strings.Join(sets, ", ")), err
}

// parseGraph reads the networks under their published numbers.
func parseGraph(b []byte, g space.Graph) (*sheet, error) {
	return readSheet(b, "hash,"+strings.Join(graphNames, ","), 1, func(texts []string) (evolve.Arch, error) {
		a, err := g.Parse(texts[0])
		if err != nil {
			return "", err
		}
		if hash := g.Hash(a); hash != texts[0] {
			return "", fmt.Errorf("hash %s is not how the benchmark numbers that network, %s is", texts[0], hash)
		}
		return a, nil
	})
}

func graphSpans(sets []string) []span {
	var spans []span
	for _, set := range sets {
		spans = append(spans, between(0, 1, set+"_valid_perf", set+"_test_perf"),
			positive(set+"_latency", set+"_params"))
	}
	return spans
}
