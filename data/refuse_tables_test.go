package data

import (
	"math"
	"strings"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/long"
)

// accelLine is a valid record of the source, or one with a replacement.
func accelLine(old, new string) string {
	var b strings.Builder
	b.WriteString(`{"id": 0, "architecture": ` + space.Mnas{}.Format("4330453063316511653165306521") + `, "metrics": {"val_top1": 60, "val_top5": 80, "train_time": 9}, "model_info": {"macs": 400, "params": 3}, "platform_perf": {`)
	for i, device := range AccelDevices {
		kind, _, _ := strings.Cut(device, "_")
		b.WriteString([]string{"", ", "}[min(i, 1)] + `"` + device + `": {"` + kind + `_mean": null}`)
	}
	return strings.Replace(b.String()+"}}\n", old, new, 1)
}

// The parsers meet only files of a known SHA-256, but must not rely on it.
func TestSmallParsersRefuse(t *testing.T) {
	const (
		channel = "arch,test_acc_s0,test_acc_s1,test_acc_s2,mean,std,params,flops\n1111111,1,2,3,2,1,10,20\n"
		graph   = "hash,valid_perf,test_perf,latency,params\n12,0.5,0.5,1,2\n"
		tnb101  = "task,arch,val_metric,flops_m,params_m\nnormal,123123,0.5,1,2\n"
		darts   = "idx,arch,val_acc,flops_m,params_m,zc_synflow,zc_nwot,zc_jacov,zc_grad_norm,zc_l2_norm\n"
		macro   = `{"22212220": {"test_acc": [1, 2, 3], "mean_acc": 2, "params": 5, "flops": 6}`
		cells   = "[[(0, 0), (1, 5), (1, 1), (0, 1), (1, 3), (0, 3), (1, 3), (3, 2)], [(1, 0), (0, 2), (1, 3), (0, 3), (3, 0), (0, 1), (2, 0), (3, 6)]]"
	)
	one := func(parse func([]byte) (*sheet, error)) func([]byte) error {
		return func(b []byte) error {
			_, err := parse(b)
			return err
		}
	}
	nine := one(func(b []byte) (*sheet, error) { return parseGraph(b, space.NewGraph(false)) })
	five := one(func(b []byte) (*sheet, error) { return parseGraph(b, space.NewGraph(true)) })
	micro := one(func(b []byte) (*sheet, error) { return parseTNB101(b, space.TNB101FromNASLib) })
	skeleton := one(func(b []byte) (*sheet, error) { return parseTNB101(b, space.TNB101MacroFromNASLib) })
	scores := func(b []byte) error {
		_, err := parseIndexed(b, []string{"a", "b"})
		return err
	}
	for _, c := range []struct {
		name  string
		parse func([]byte) error
		in    string // JSON as it is, anything else in a gzip file
		msg   string
	}{
		{"macro: arch", one(parseMacro), `{"22212223": {}}`, `"22212223"`},
		{"macro: runs", one(parseMacro), `{"22212220": {"test_acc": [1, 2]}}`, "22212220: test_acc has 2 runs, want 3"},
		{"macro: twice", one(parseMacro), macro + "," + macro[1:] + "}", "22212220 is there twice"},
		{"macro: missing", one(parseMacro), macro + "}", "1 of 6561 architectures, the first missing is 00000000"},
		{"macro: type", one(parseMacro), `{"22212220": {"params": "x"}}`, "22212220: json: cannot unmarshal string"},
		{"channel: arch", one(parseChannel), strings.Replace(channel, "1111111", "1111115", 1), "line 2: channel: "},
		{"channel: twice", one(parseChannel), channel + "1111111,1,2,3,2,1,10,20\n", "line 3: 1111111 is there twice, first in row 0"},
		{"channel: missing", one(parseChannel), channel, "1 of 16384 architectures, the first missing is 1111112"},
		{"channel: number", one(parseChannel), strings.Replace(channel, ",10,", ",ten,", 1), `line 2: column params: "ten" is no number`},
		{"graph: hash", nine, strings.Replace(graph, "\n12,", "\n9,", 1), "line 2: graph: "},
		{"graph: long hash", nine, strings.Replace(graph, "\n12,", "\n123456,", 1), "line 2: graph: "},
		{"graph: padded hash", nine, strings.Replace(graph, "\n12,", "\n00012,", 1), "line 2: hash 00012 is not how the benchmark numbers that network, 12 is"},
		{"graph: not canonical", nine, strings.Replace(graph, "\n12,", "\n21,", 1), "line 2: hash 21 is not how the benchmark numbers that network, 12 is"},
		{"graph: twice", nine, graph + "12,0.5,0.5,1,2\n", "line 3: 00012 is there twice"},
		{"proteins: operation", five, graph, "line 2: graph: "},
		{"tnb101: task", micro, strings.Replace(tnb101, "normal", "normol", 1), `line 2: task of tnb101 "normol": did you mean "normal"?`},
		{"tnb101: arch", micro, strings.Replace(tnb101, "123123", "123124", 1), "line 2: tnb101-micro: "},
		{"tnb101: twice", micro, tnb101 + "normal,123123,0.5,1,2\n", "line 3: 123123 is there twice for normal"},
		{"tnb101: skeleton", skeleton, strings.Replace(tnb101, "123123", "111111", 1), "line 2: tnb101-macro: "},
		{"darts: order", one(parseDARTS), darts + "1,\"" + cells + "\",1,2,3,4,5,6,7,8\n", `line 2: column idx: "1", want 0`},
		{"darts: cells", one(parseDARTS), darts + "0,\"[[(0, 9)]]\",1,2,3,4,5,6,7,8\n", "line 2: darts: "},
		{"darts: twice", one(parseDARTS), darts + "0,\"" + cells + "\",1,2,3,4,5,6,7,8\n1,\"" + cells + "\",1,2,3,4,5,6,7,8\n", "line 3: "},
		{"indexed: index", scores, "index,a,b\n1.5,1,2\n", `line 2: column index: "1.5" is no whole number`},
		{"indexed: range", scores, "index,a,b\n15625,1,2\n", "line 2: index 15625, want 0..15624"},
		{"indexed: twice", scores, "index,a,b\n3,1,2\n3,1,2\n", "line 3: cell 3, 410001, is there twice"},
		{"indexed: missing", scores, "index,a,b\n0,1,2\n", "1 of 15625 cells, the first missing is 1, 334131"},
		{"accel: missing", one(parseAccel), accelLine("", ""), "1 lines, want 5138"},
		{"accel: JSON", one(parseAccel), "\n", "line 1: unexpected end of JSON input"},
		{"accel: id", one(parseAccel), accelLine("", "") + accelLine("", ""), "line 2: want the record of id 1"},
		{"accel: no id", one(parseAccel), accelLine(`"id": 0, `, ""), "line 1: want the record of id 0"},
		{"accel: arch", one(parseAccel), accelLine(`"block0_e":4`, `"block0_e":5`), "line 1: mnas: "},
		{"accel: no arch", one(parseAccel), accelLine("architecture", "arch"), "line 1: mnas: "},
		{"accel: metric", one(parseAccel), accelLine(`"val_top1": 60, `, ""), "line 1: neither metrics nor model_info has a number val_top1"},
		{"accel: null", one(parseAccel), accelLine(`"macs": 400`, `"macs": null`), "has a number macs"},
		{"accel: device", one(parseAccel), accelLine(`"throughput_a100"`, `"throughput_h100"`), "platform_perf has no throughput_a100 throughput_mean"},
		{"accel: mean", one(parseAccel), accelLine(`"latency_mean"`, `"latency_std"`), "platform_perf has no latency_vck190 latency_mean"},
		{"accel: more devices", one(parseAccel), accelLine(`"latency_vck190"`, `"more": {}, "latency_vck190"`), "platform_perf has [latency_vck190 latency_zcu102 more "},
	} {
		in := []byte(c.in)
		if !strings.HasPrefix(c.name, "macro") {
			in = zipped(t, c.in)
		}
		if err := c.parse(in); err == nil || !strings.Contains(err.Error(), c.msg) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q in a line", c.name, err, c.msg)
		}
	}
	for name, parse := range map[string]func([]byte) error{"channel": one(parseChannel), "accel": one(parseAccel), "tnb101": micro, "indexed": scores} {
		if err := parse([]byte("junk")); err == nil {
			t.Errorf("%s: no gzip: no error", name)
		}
	}
}

// Sheets of one table must have the same rows.
func TestSheetsAlike(t *testing.T) {
	a, b, c := newSheet(), newSheet(), newSheet()
	a.add("x")
	a.add("y")
	b.add("x")
	c.add("x")
	c.add("z")
	if err := a.alike(a); err != nil {
		t.Error(err)
	}
	if err := b.alike(a); err == nil || err.Error() != "1 architectures, the files before have 2" {
		t.Error(err)
	}
	if err := c.alike(a); err == nil || err.Error() != "row 1 is z, in the files before it is y" {
		t.Error(err)
	}
}

// What only these tables check of their frames.
func TestSmallTablesCheck(t *testing.T) {
	long.Test(t)
	altered := func(name, column string, row int, x float64) error {
		f, _ := importedFrame(t, name)
		g := &Frame{Table: name, Rows: f.Rows}
		for _, c := range f.cols {
			if c.Name == column {
				xs := floatsOf(t, f, column)
				xs[row] = x
				g.AddFloats(column, xs)
			} else {
				g.cols = append(g.cols, c)
			}
		}
		table, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		return table.check(g)
	}
	for _, c := range []struct {
		table, column string
		x             float64
		msg           string
	}{
		{"macro", "mean", 50, "macro: row 5: mean is 50, of its runs it is "},
		{"channel", "mobilenet_mean", 50, "channel: row 5: mobilenet_mean is 50, of its runs it is "},
		{"channel", "resnet_params", 0, "resnet_params is 0, want a positive number"},
		{"graph", "cs_test_perf", 1.5, "cs_test_perf is 1.5, want 0..1"},
		{"graph-proteins", "proteins_latency", -1, "proteins_latency is -1, want a positive number"},
		{"accel", "val_top5", 101, "val_top5 is 101, want 0..100"},
		{"accel", "latency_vck190_mean", math.NaN(), ""},
		{"darts", "val_acc", math.NaN(), "val_acc is NaN, want 0..100"},
		{"tnb101-micro", "val_room_layout", 1, "val_room_layout is 1, want "},
		{"tnb101-macro", "val_normal", 1.5, "val_normal is 1.5, want -1..1"},
		{"tnb101-macro", "val_class_scene", math.NaN(), ""},
		{"nb201-hw", "fpga", 0, "nb201-hw: row 5: fpga is 0, want a positive number"},
		{"nb201-zc", "cifar10_synflow", -1, "cifar10_synflow is -1, want 0.."},
		{"nb201-zc", "cifar10_naswot", math.Inf(-1), ""},
		{"nlp", "val_50", math.NaN(), `nlp: row 5: status "OK" with a last validation loss of NaN`},
		{"nlp", "seconds_3", math.NaN(), "seconds_3 is NaN, want a positive number"},
	} {
		if err := altered(c.table, c.column, 5, c.x); (err == nil) != (c.msg == "") || err != nil && !strings.Contains(err.Error(), c.msg) {
			t.Errorf("%s: got %v, want %q", c.table, err, c.msg)
		}
	}
}

func FuzzAccel(f *testing.F) {
	f.Add(accelLine("", ""))
	f.Add(accelLine("null", "1e999"))
	f.Add(accelLine(`"id": 0`, `"id": null`))
	f.Fuzz(func(t *testing.T, line string) {
		s := newSheet(append(append([]string{}, accelNames...), accelDeviceNames()...)...)
		if s.addAccel([]byte(line), 0) == nil && s.frame().Rows != 1 {
			t.Errorf("%d rows of a record", len(s.archs))
		}
	})
}

func FuzzMacro(f *testing.F) {
	f.Add([]byte(`{"22212220": {"test_acc": [1, 2, 3], "mean_acc": 2, "std": 1, "params": 5, "flops": 6}}`))
	f.Add([]byte(`{"22212220": {"test_acc": null}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		if s, err := parseMacro(in); err == nil && len(s.archs) != 6561 {
			t.Errorf("%d networks", len(s.archs))
		}
	})
}
