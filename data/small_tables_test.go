package data

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// Every table of this file's kind: its rows, its columns, and what the import says.
func TestSmallTables(t *testing.T) {
	for _, c := range []struct {
		name    string
		rows    int
		columns int
		some    string // columns that must be there
		found   string
	}{
		{"macro", 6561, 8, "arch test_acc_s0 test_acc_s1 test_acc_s2 mean std params flops", "6561 networks, 3 runs each; 3969 distinct by identity"},
		{"channel", 16384, 15, "arch resnet_test_acc_s0 resnet_mean resnet_std resnet_params resnet_flops mobilenet_test_acc_s2 mobilenet_flops", "16384 widths of 2 networks, 3 runs each"},
		{"graph", 26206, 33, "arch cora_valid_perf cora_test_perf cora_latency cora_params arxiv_params", "26206 networks on cora, citeseer, pubmed, cs, physics, photo, computers, arxiv"},
		{"graph-proteins", 2021, 5, "arch proteins_valid_perf proteins_test_perf proteins_latency proteins_params", "2021 networks on proteins"},
		{"accel", 5125, 14, "arch val_top1 val_top5 train_time macs params latency_vck190_mean throughput_tpuv3_mean", "5125 networks of 5138 records, of those trained twice the first; 92 of 41000 device numbers are missing"},
		{"darts", 725, 9, "arch val_acc flops_m params_m zc_synflow zc_l2_norm", "725 pairs of cells; their accuracy is a surrogate's output"},
		{"tnb101-micro", 711, 22, "arch val_jigsaw flops_m_jigsaw params_m_jigsaw", "711 networks on 7 tasks; 0 of 4977 metrics are missing"},
		{"tnb101-macro", 725, 22, "arch val_class_scene flops_m_normal params_m_room_layout", "725 networks on 7 tasks; 126 of 5075 metrics are missing"},
		{"nb201-hw", 15625, 27, "1080ti_1 fpga titanxp_32", "15625 cells on 27 devices and batches"},
		{"nb201-zc", 15625, 11, "cifar10_naswot imagenet16_logsynflow", "11 scores of 15625 cells; naswot is -Inf for 201"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, found := importedFrame(t, c.name)
			table, err := Lookup(c.name)
			if err != nil {
				t.Fatal(err)
			}
			if f.Rows != c.rows || table.Rows != c.rows || len(f.Columns()) != c.columns {
				t.Errorf("%d rows (registered %d) of %d columns, want %d of %d", f.Rows, table.Rows, len(f.Columns()), c.rows, c.columns)
			}
			for _, name := range strings.Fields(c.some) {
				if !f.Has(name) {
					t.Errorf("no column %s in %v", name, f.Columns())
				}
			}
			if found != c.found {
				t.Errorf("found %q, want %q", found, c.found)
			}
			if len(f.Sources) != len(table.Sources) {
				t.Errorf("%d sources in the table, want %d", len(f.Sources), len(table.Sources))
			}
			if b, err := f.seal(); err != nil || math.Abs(float64(len(b))/float64(table.Bytes)-1) > 0.05 {
				t.Errorf("%d bytes, registered with about %d, %v", len(b), table.Bytes, err)
			}
		})
	}
}

// The highest number of a column and whose it is, where others have published it.
func TestSmallTablesBest(t *testing.T) {
	for _, c := range []struct {
		table, column string
		best          float64
		arch          string
	}{
		{"macro", "mean", 93.1267, "22212220"},
		{"channel", "resnet_mean", 93.8933, "4344424"},
		{"channel", "mobilenet_mean", 91.8867, "4444342"},
		{"graph", "cora_valid_perf", 0.819333, "83102"},
		{"graph", "cora_test_perf", 0.831333, "77016"},
		{"graph", "citeseer_valid_perf", 0.728, "31144"},
		{"graph", "pubmed_valid_perf", 0.811333, "30224"},
		{"graph", "cs_valid_perf", 0.921333, "26503"},
		{"graph", "physics_valid_perf", 0.94, "60717"},
		{"graph", "photo_valid_perf", 0.940667, "30743"},
		{"graph", "computers_valid_perf", 0.919, "73033"},
		{"graph", "arxiv_valid_perf", 0.736667, "83533"},
		{"graph-proteins", "proteins_valid_perf", 0.853333, "74578"},
		{"accel", "val_top1", 67.052, "4330453063316511653165306521"},
		{"darts", "val_acc", 94.488883, ""},
		{"tnb101-micro", "val_autoencoder", 0.571911, "311101"},
		{"tnb101-micro", "val_class_object", 45.730495, "301121"},
		{"tnb101-micro", "val_class_scene", 54.796974, "312212"},
		{"tnb101-micro", "val_jigsaw", 94.994034, "032223"},
		{"tnb101-micro", "val_normal", 0.578420, "321122"},
		{"tnb101-micro", "val_room_layout", -0.609499, "311310"},
		{"tnb101-micro", "val_segmentsemantic", 94.754814, "323322"},
		{"tnb101-macro", "val_autoencoder", 0.768785, "221113"},
		{"tnb101-macro", "val_class_object", 47.472134, "212311"},
		{"tnb101-macro", "val_class_scene", 56.911823, "214113"},
		{"tnb101-macro", "val_jigsaw", 96.919785, "2213"},
		{"tnb101-macro", "val_normal", 0.643541, "224111"},
		{"tnb101-macro", "val_room_layout", -0.562762, "22333"},
		{"tnb101-macro", "val_segmentsemantic", 95.049637, "122311"},
	} {
		f, _ := importedFrame(t, c.table)
		xs, best := floatsOf(t, f, c.column), 0
		for i, x := range xs {
			if x > xs[best] || math.IsNaN(xs[best]) {
				best = i
			}
		}
		// As the compact files round: macro's raw means have all digits.
		if math.Abs(xs[best]-c.best) > 5e-5 {
			t.Errorf("%s: best %s is %v, want %v", c.table, c.column, xs[best], c.best)
		}
		if a := archsOf(t, f)[best]; c.arch != "" && a != c.arch {
			t.Errorf("%s: best %s is of %s, want %s", c.table, c.column, a, c.arch)
		}
	}
}

// The whole of the tables made of compact CSV files, read in another way.
func TestSmallTablesAgainstFiles(t *testing.T) {
	long.Test(t)
	for _, c := range []struct {
		table, file, prefix string
		columns             int
	}{
		{"macro", "nasbench-macro/nasbench_macro_cifar10.csv.gz", "", 7},
		{"channel", "channelbench-macro/channelbench_resnet_cifar10.csv.gz", "resnet_", 7},
		{"channel", "channelbench-macro/channelbench_mobilenet_cifar10.csv.gz", "mobilenet_", 7},
		{"graph", "nasbench-graph/cora.csv.gz", "cora_", 4},
		{"graph", "nasbench-graph/arxiv.csv.gz", "arxiv_", 4},
		{"graph-proteins", "nasbench-graph/proteins.csv.gz", "proteins_", 4},
		{"darts", "nasbench301-subset/nb301_725.csv.gz", "", 8},
		{"nb201-hw", "hw-latency/nb201_latency_help.csv.gz", "", 27},
		{"nb201-zc", "nasbench201/nb201_zerocost.csv.gz", "", 11},
	} {
		f, _ := importedFrame(t, c.table)
		header, rows := readCSV(t, c.file)
		row := func(i int, _ []string) int { return i }
		if c.table == "macro" { // the raw file has another order
			at := map[string]int{}
			for i, a := range archsOf(t, f) {
				at[a] = i
			}
			row = func(_ int, r []string) int { return at[r[0]] }
		}
		if len(rows) != f.Rows {
			t.Errorf("%s: %d rows, want %d", c.file, f.Rows, len(rows))
			continue
		}
		compared := 0
		for k, name := range header {
			if !f.Has(c.prefix+name) || name == "arch" {
				continue
			}
			compared++
			xs := floatsOf(t, f, c.prefix+name)
			for i, r := range rows {
				want, got := parseNumber(t, r[k]), xs[row(i, r)]
				if got != want && !(c.table == "macro" && math.Abs(got-want) <= 0.51e-4) {
					t.Fatalf("%s: row %d, %s: %s is %v, want %v", c.table, i, r[0], name, got, want)
				}
			}
		}
		if compared != c.columns {
			t.Errorf("%s: %d columns compared, want %d", c.table, compared, c.columns)
		}
	}
}

// Two architectures of NASLib's files by hand, and a value that the source lacks.
func TestTNB101Cells(t *testing.T) {
	f, _ := importedFrame(t, "tnb101-micro")
	i := slices.Index(archsOf(t, f), "100210")
	if i < 0 || floatsOf(t, f, "val_class_scene")[i] != 34.89251708984375 || floatsOf(t, f, "flops_m_class_scene")[i] != 263.299072 || floatsOf(t, f, "params_m_class_scene")[i] != 0.910687 {
		t.Errorf("cell 100210 is row %d", i)
	}
	f, _ = importedFrame(t, "tnb101-macro")
	gaps := 0
	for _, x := range floatsOf(t, f, "val_class_scene") {
		if math.IsNaN(x) {
			gaps++
		}
	}
	if gaps != 725-662 {
		t.Errorf("%d networks without class_scene, want 63", gaps)
	}
}

// The published records are the same for genomes of one network.
func TestMacroIdentity(t *testing.T) {
	f, _ := importedFrame(t, "macro")
	archs, first, sum := archsOf(t, f), map[evolve.Arch]int{}, 0.
	columns := map[string][]float64{}
	for _, name := range macroNames {
		columns[name] = floatsOf(t, f, name)
	}
	for i, a := range archs {
		canon, err := space.Macro{}.Canon(evolve.Arch(a))
		if err != nil {
			t.Fatal(err)
		}
		j, again := first[canon]
		if !again {
			first[canon], j = i, i
		}
		for name, xs := range columns {
			if xs[i] != xs[j] {
				t.Fatalf("%s of %s and %s, one network, is %v and %v", name, a, archs[j], xs[i], xs[j])
			}
		}
		sum += columns["mean"][i]
	}
	if mean := sum / float64(len(archs)); len(first) != 3969 || math.Abs(mean-90.247) > 5e-4 {
		t.Errorf("%d networks of mean accuracy %v, want 3969 of 90.247", len(first), mean)
	}
	i := slices.Index(archs, "22212220")
	if p, n := columns["params"][i], columns["flops"][i]; p != 1985514 || n != 85164544 {
		t.Errorf("22212220 has %v parameters and %v FLOPs", p, n)
	}
}
