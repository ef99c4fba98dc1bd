package nats

import (
	"math"
	"strings"
	"testing"
)

func TestReadRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(arch, part, run *dict)
		msg    string
	}{
		{"no schedule", func(a, _, _ *dict) { a.drop("90") }, `neither schedule "200" of the topology space nor "90" of the size space is there`},
		{"a schedule missing", func(a, _, _ *dict) { a.drop("12") }, "12: missing"},
		{"a schedule of another kind", func(a, _, _ *dict) { a.set("12", 5) }, "12: want a dictionary, got int64"},
		{"too many keys", func(_, _, r *dict) {
			for i := range 250 {
				r.set(i, nil)
			}
		}, "01: (cifar10-valid, 777): 266 keys, want at most 256"},
		{"index of another kind", func(_, p, _ *dict) { p.set("arch_index", 12.0) }, "01: arch_index: want a whole number, got float64"},
		{"negative index", func(_, p, _ *dict) { p.set("arch_index", -1) }, "01: arch_index: want a number 0..2^31-1, got -1"},
		{"index of another text", func(_, p, _ *dict) { p.set("arch_index", 13) }, "01: arch_index: 13, the official index of 8:8:8:16:40 is 12"},
		{"text", func(_, p, _ *dict) { p.set("arch_str", "8:8:8:16:44") }, `01: arch_str: the sizes "8:8:8:16:44", want five of 8, 16, …, 64`},
		{"text with a zero", func(_, p, _ *dict) { p.set("arch_str", "08:8:8:16:40") }, `01: arch_str: the sizes "08:8:8:16:40"`},
		{"four sizes", func(_, p, _ *dict) { p.set("arch_str", "8:8:8:16") }, `01: arch_str: the sizes "8:8:8:16"`},
		{"text of lines", func(_, p, _ *dict) { p.set("arch_str", "8\n8") }, `01: arch_str: want printable text, got "8\n8"`},
		{"long text", func(_, p, _ *dict) { p.set("arch_str", strings.Repeat("8", 257)) }, "01: arch_str: want a text of at most 256 bytes, got 257"},
		{"text of another kind", func(_, p, _ *dict) { p.set("arch_str", nil) }, "01: arch_str: want a text, got None"},
		{"two architectures", func(a, _, _ *dict) { a.at("12").(*dict).set("arch_index", 3) }, `12: arch_index: architecture 3, "8:8:8:16:40", another schedule has 12`},
		{"no runs", func(_, p, _ *dict) { p.drop("all_results") }, "01: all_results: missing"},
		{"no seeds", func(_, p, _ *dict) { p.drop("dataset_seed") }, "01: dataset_seed: missing"},
		{"seeds of another kind", func(_, p, _ *dict) { p.set("dataset_seed", newDict("cifar10", 777)) }, "01: dataset_seed: cifar10: want a list, got int64"},
		{"a seed twice", func(_, p, _ *dict) { p.set("dataset_seed", newDict("cifar10-valid", newList(777, 777))) }, "01: dataset_seed: (cifar10-valid, 777) twice"},
		{"many seeds", func(_, p, _ *dict) {
			l := newList(upTo(40)...)
			p.set("dataset_seed", newDict("cifar10", l, "cifar100", l))
		}, "01: dataset_seed: more than 64 runs"},
		{"a run missing", func(_, p, _ *dict) { p.set("dataset_seed", newDict("cifar10-valid", newList(888))) }, "01: (cifar10-valid, 888): missing"},
		{"a run too many", func(_, p, _ *dict) { p.set("dataset_seed", newDict()) }, "01: all_results: 1 runs, dataset_seed names 0"},
		{"a run twice", func(_, p, r *dict) {
			p.set("all_results", newDict(tuple{"cifar10", 1}, r, tuple{"cifar10", 1}, r))
		}, "01: all_results: (cifar10, 1) twice"},
		{"many runs", func(_, p, r *dict) {
			all := newDict()
			for i := range 65 {
				all.items = append(all.items, tuple{"cifar10", i}, r)
			}
			p.set("all_results", all)
		}, "01: all_results: 65 runs, want at most 64"},
		{"a run's key", func(_, p, r *dict) { p.set("all_results", newDict("cifar10", r)) }, "01: all_results: a key: want a data set and a seed, got string"},
		{"a run's seed", func(_, p, r *dict) { p.set("all_results", newDict(tuple{"cifar10", "777"}, r)) }, "01: all_results: seed of a key: want a whole number, got string"},
		{"name", func(_, _, r *dict) { r.set("name", "svhn") }, `01: (cifar10-valid, 777): name: "svhn", want "cifar10-valid"`},
		{"seed", func(_, _, r *dict) { r.set("seed", "0888") }, "01: (cifar10-valid, 777): seed: 888, want 777"},
		{"seed of letters", func(_, _, r *dict) { r.set("seed", "x") }, `01: (cifar10-valid, 777): seed: want digits, got "x"`},
		{"epochs", func(_, _, r *dict) { r.set("epochs", 2) }, "01: (cifar10-valid, 777): epochs: 2, want 1"},
		{"params", func(_, _, r *dict) { r.drop("params") }, "01: (cifar10-valid, 777): params: missing"},
		{"params of another kind", func(_, _, r *dict) { r.set("params", true) }, "params: want a number, got bool"},
		{"params of a dictionary", func(_, _, r *dict) { r.set("params", &odict{}) }, "params: want a number: numpy: object of collections.OrderedDict, want a scalar"},
		{"operations", func(_, _, r *dict) { r.set("flop", "1") }, "flop: want a number, got string"},
		{"latency", func(_, _, r *dict) { r.set("latency", newList[any](1.0, nil)) }, "latency: element 1: want a number, got None"},
		{"many latencies", func(_, _, r *dict) { r.set("latency", newList(make([]float64, 1025)...)) }, "latency: 1025 measurements, want at most 1024"},
		{"an epoch too many", func(_, _, r *dict) { r.set("train_losses", newDict(0, 1.0, 1, 1.0)) }, "train_losses: 2 epochs, want 1"},
		{"another epoch", func(_, _, r *dict) { r.set("train_losses", newDict(1, 1.0)) }, "train_losses: key 1, want each epoch 0..0 once"},
		{"an epoch's kind", func(_, _, r *dict) { r.set("train_losses", newDict("0", 1.0)) }, "train_losses: a key: want a whole number, got string"},
		{"no losses", func(_, _, r *dict) { r.set("train_losses", nil) }, "train_losses: want a dictionary, got None"},
		{"an accuracy's kind", func(_, _, r *dict) { r.set("train_acc1es", newDict(0, nil)) }, "train_acc1es: epoch 0: want a number, got None"},
		{"a top-5 accuracy's kind", func(_, _, r *dict) { r.set("train_acc5es", newDict(0, "5")) }, "train_acc5es: epoch 0: want a number, got string"},
		{"an infinite time", func(_, _, r *dict) { r.set("train_times", newDict(0, math.Inf(1))) }, "train_times: epoch 0: want a finite number, got +Inf"},
		{"a number of numpy", func(_, _, r *dict) { r.at("eval_acc1es").(*dict).set("x-valid@0", newList(1)) }, `01: (cifar10-valid, 777): eval_acc1es: "x-valid@0": want a number, got list`},
		{"an unknown split", func(_, _, r *dict) { r.set("eval_losses", newDict("x-vali@0", 1.0)) }, `eval_losses: key "x-vali@0", want one of ["ori-test" "x-valid"], @ and an epoch 0..0`},
		{"an epoch beyond the end", func(_, _, r *dict) { r.set("eval_losses", newDict("x-valid@1", 1.0)) }, `eval_losses: key "x-valid@1"`},
		{"an epoch with a zero", func(_, _, r *dict) { r.set("eval_losses", newDict("x-valid@00", 1.0)) }, `eval_losses: key "x-valid@00"`},
		{"no epoch", func(_, _, r *dict) { r.set("eval_losses", newDict("x-valid", 1.0)) }, `eval_losses: key "x-valid"`},
		{"an evaluation twice", func(_, _, r *dict) { r.set("eval_losses", newDict("x-valid@0", 1.0, "x-valid@0", 1.0)) }, `eval_losses: key "x-valid@0"`},
		{"many evaluations", func(_, _, r *dict) { r.at("eval_losses").(*dict).set("x-valid@1", 1.0) }, "eval_losses: 3 keys, want at most 2"},
		{"a loss missing", func(_, _, r *dict) { r.at("eval_losses").(*dict).drop("x-valid@0") }, `eval_losses: "x-valid@0": missing`},
		{"an accuracy missing", func(_, _, r *dict) { r.at("eval_acc1es").(*dict).drop("ori-test@0") }, `eval_acc1es: "ori-test@0": missing`},
		{"a time missing", func(_, _, r *dict) { r.at("eval_times").(*dict).drop("x-valid@0") }, `eval_times: "x-valid@0": missing`},
		{"a split twice", func(_, _, r *dict) { r.set("eval_names", newList("x-valid", "x-valid")) }, `eval_names: "x-valid" twice`},
		{"many splits", func(_, _, r *dict) { r.set("eval_names", newList("1", "2", "3", "4", "5", "6", "7", "8", "9")) }, "eval_names: 9 splits, want at most 8"},
		{"a split's kind", func(_, _, r *dict) { r.set("eval_names", newList(1)) }, "eval_names: want a text, got int64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, run := toy()
			c.change(a, a.at("01").(*dict), run)
			_, err := decode(pickled(a))
			if err == nil || !strings.Contains(err.Error(), c.msg) {
				t.Errorf("got %v, want %q", err, c.msg)
			}
		})
	}
}

func TestDecodeRefusesPickles(t *testing.T) {
	for in, msg := range map[string]string{
		"":                                  "pickle: byte 0: PROTO: wants 2 bytes, 0 are left",
		"\x80\x04N.":                        "want a dictionary, got None",
		"\x80\x04cos\nsystem\n.":            `pickle: byte 2: GLOBAL: the name "os.system" is not allowed`,
		"\x80\x04ctorch._utils\n_rebuild\n": `pickle: byte 2: GLOBAL: the name "torch._utils._rebuild" is not allowed`,
		"\x80\x04B\xff\xff\xff\xff.":        "pickle: byte 2: BINBYTES: wants 4294967295 bytes, 1 are left",
		"\x80\x04" + strings.Repeat("N0", maxValues+1) + "N.": "more than 524288 values",
	} {
		if _, err := decode([]byte(in)); err == nil || !strings.Contains(err.Error(), msg) {
			t.Errorf("%.20q: got %v, want %q", in, err, msg)
		}
	}
}

func TestTopologyText(t *testing.T) {
	for text, msg := range map[string]string{
		"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|": "the official index of",
		"000000":           `arch_str: the cell "000000", want "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"`,
		"|max_pool_3x3~0|": "nb201:",
	} {
		_, err := decode(pickled(buildArch(Topology, 12, text)))
		if err == nil || !strings.Contains(err.Error(), msg) {
			t.Errorf("got %v, want %q", err, msg)
		}
	}
}

func FuzzRead(f *testing.F) {
	size, _ := toy()
	f.Add(pickled(size))
	f.Add(pickled(buildArch(Topology, 0, "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|")))
	for _, drop := range []string{"params", "eval_names", "train_times"} {
		a, run := toy()
		run.drop(drop)
		f.Add(pickled(a))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		a, err := decode(in)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error of more than a line: %v", err)
			}
			return
		}
		for _, s := range a.Schedules {
			for _, r := range s.Runs {
				for _, c := range [][]float64{r.TrainAcc, r.TrainLoss, r.TrainSeconds} {
					if len(c) != r.Epochs {
						t.Errorf("%d of %d epochs", len(c), r.Epochs)
					}
				}
				if _, err := a.RecordAt(r.Dataset, s.Name, r.Epochs-1, r.Seed); err != nil {
					t.Error(err)
				}
				if _, err := a.Cost(r.Dataset, s.Name); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
