package data

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/amoeba-nas/amoeba/data/pickle"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// NB101Epochs are the schedules of NAS-Bench-101; none is a prefix of another.
var NB101Epochs = []int{4, 12, 36, 108}

// NB101Measured is the number of cells with a measured validation accuracy: those of lowest
// module hash, a uniform sample.
const NB101Measured = 20001

// The published files that the table is made of.
var (
	// Test accuracy at 108 epochs, mean of three runs; rows by module hash.
	nb101Test = Source{freeREA, freeAt, "cached_metrics/nasbench101/cifar10/accuracies.pkl.gz", 1844769,
		"84bcca117040f6f499e81743baee1ffaa3865f014bc7489fb1833dc06905f55e", "MIT", ""}
	// Parameters, millions.
	nb101Params = Source{freeREA, freeAt, "cached_metrics/nasbench101/cifar10/params.pkl.gz", 4105386,
		"1b312e23917a312c6fc6f356e579ba1166870e6671f7cb1c093685a2558a1e6a", "MIT", ""}
	// One of the three runs of 20,001 cells: validation accuracy by schedule, seconds at 108.
	nb101Fidelity = Source{"tiga1231/nasbench-vis", "7aec0e76fbcd963371799af25f78223069897b58",
		"static/data/data-20k.json", 2862972, "7eaca9658aebf16443d3df5b38e61fe75d85787abc485cfc9a2088328443c3e9",
		"none", ""}
)

func init() {
	register(Table{
		Name: "nb101", Holds: "NAS-Bench-101: test accuracy, size and seconds of every cell on CIFAR-10",
		Rows: space.NB101Size, Sets: []string{"cifar10"}, Fidelities: NB101Epochs,
		Objectives: []string{"error", "params", "flops"},
		Measured: fmt.Sprintf("test accuracy at 108 epochs, mean of three runs; of %d cells one run's validation "+
			"accuracy at 4, 12, 36 and 108 epochs and its seconds", NB101Measured),
		Estimated: "seconds of the other cells, by least squares on what their network computes; parameters and " +
			"multiply-adds are counted",
		Modelled: "validation accuracy of a query: test plus the noise of the measured cells (val=modelled)",
		Embedded: "a surrogate fitted on it",
		Sources:  []Source{nb101Test, nb101Params, nb101Fidelity},
		Official: "nasbench_only108.tfrecord (499 MB) or nasbench_full.tfrecord (1.95 GB) from " +
			"https://storage.googleapis.com/nasbench/ (Apache-2.0): three runs of every cell",
		Bytes: 19e6,
		importFrom: func(im *importing) (*Frame, string, error) {
			if strings.HasSuffix(im.from, tfrecordSuffix) {
				return importNB101Official(im)
			}
			return importNB101(im)
		},
		check: checkNB101,
	})
}

// importNB101 makes the table from the published files. Rows are numbered as the space does.
func importNB101(im *importing) (*Frame, string, error) {
	// A missing file is an error before half a million hashes are computed.
	for _, s := range []Source{nb101Test, nb101Params, nb101Fidelity} {
		if _, err := s.read(im.from); err != nil {
			return nil, "", err
		}
	}
	hashes := nb101Hashes(im.ctx)
	if err := im.ctx.Err(); err != nil {
		return nil, "", err
	}
	byHash := make([]int, len(hashes)) // cells in the order of their hashes
	for i := range byHash {
		byHash[i] = i
	}
	slices.SortFunc(byHash, func(i, j int) int { return bytes.Compare(hashes[i][:], hashes[j][:]) })

	n := space.NB101Size
	test, params, macs := make([]float64, n), make([]uint32, n), make([]float64, n)
	for i := range n {
		p, m := space.NB101Complexity(space.NB101{}.At(i))
		params[i], macs[i] = uint32(p), float64(m)
	}
	err := im.read(nb101Test, func(b []byte) error {
		return nb101Pickle(b, "accuracy", func(row int, fraction float64) error {
			test[byHash[row]] = fraction
			return nil
		})
	})
	if err == nil {
		err = im.read(nb101Params, func(b []byte) error {
			return nb101Pickle(b, "params", func(row int, millions float64) error {
				if i := byHash[row]; math.Round(millions*1e6) != float64(params[i]) {
					return fmt.Errorf("row %d, cell %x: %v million parameters, counted are %d",
						row, hashes[i], millions, params[i])
				}
				return nil
			})
		})
	}
	var runs *nb101OneRun
	if err == nil {
		err = im.read(nb101Fidelity, func(b []byte) (err error) {
			runs, err = parseNB101Run(b, func(rank int) string { return hex.EncodeToString(hashes[byHash[rank]][:]) },
				func(rank int) uint32 { return params[byHash[rank]] })
			return err
		})
	}
	if err != nil {
		return nil, "", err
	}
	measured := byHash[:NB101Measured]
	seconds, fit, err := nb101Seconds(measured, runs.seconds)
	if err != nil {
		return nil, "", err
	}
	notes, err := json.Marshal(map[string]Fit{"seconds_fit": fit})
	if err != nil {
		return nil, "", err
	}
	f := &Frame{Table: "nb101", Rows: n, Notes: notes}
	f.AddFloats("test_108", test)
	f.AddUint32s("params", params)
	f.AddFloats("macs", macs)
	f.AddFloats("seconds_108", seconds)
	for k, e := range NB101Epochs {
		col := make([]float32, n)
		for i := range col {
			col[i] = float32(math.NaN())
		}
		for rank, i := range measured {
			if col[i] = float32(runs.val[k][rank]); float64(col[i]) != runs.val[k][rank] {
				return nil, "", fmt.Errorf("cell %x: validation accuracy %v at %d epochs is no float32, as the "+
					"authors' are: %w", hashes[i], runs.val[k][rank], e, evolve.ErrInvalid)
			}
		}
		f.AddFloat32s(fmt.Sprintf("val_%d", e), col)
	}
	return f, fmt.Sprintf("%d cells from %d files, their module hashes and parameters as counted; validation "+
		"accuracy and seconds measured for %d, seconds estimated for the rest (held-out R² %.4f, mean error %.1f %%)",
		n, len(im.used), NB101Measured, fit.R2, 100*fit.MeanRelativeError), nil
}

// nb101Hashes are the module hashes of all cells, by number; not all of them when ctx ends.
func nb101Hashes(ctx context.Context) [][16]byte {
	hashes := make([][16]byte, space.NB101Size)
	procs := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for p := range procs {
		wg.Go(func() {
			for i := p; i < len(hashes) && ctx.Err() == nil; i += procs {
				hex.Decode(hashes[i][:], []byte(space.NB101{}.Hash(space.NB101{}.At(i))))
			}
		})
	}
	wg.Wait()
	return hashes
}

// Longest decompressed source, three times what it is.
const nb101PickleMax = 40e6

// nb101Pickle reads a gzipped DataFrame with the columns index, 0..n-1 in order, and name.
func nb101Pickle(b []byte, name string, row func(int, float64) error) error {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(z, nb101PickleMax))
	if err != nil {
		return err
	}
	v, err := pickle.Load(text, pickle.Limits{Allow: pickle.PandasGlobals})
	if err != nil {
		return err
	}
	f, err := pickle.DecodeFrame(v)
	if err != nil {
		return err
	}
	index, values := f.Floats["index"], f.Floats[name]
	if f.Rows != space.NB101Size || index == nil || values == nil {
		return fmt.Errorf("%d rows, want %d of the columns index and %s", f.Rows, space.NB101Size, name)
	}
	for i, x := range values {
		if index[i] != float64(i) {
			return fmt.Errorf("row %d has index %v", i, index[i])
		}
		if err := row(i, x); err != nil {
			return err
		}
	}
	return nil
}

// nb101OneRun is one run of the measured cells, in the order of their hashes.
type nb101OneRun struct {
	val     [4][]float64 // by schedule
	seconds []float64    // of 108 epochs
}

// parseNB101Run reads {"108_final_validation_accuracy": […], …, "key": [hash, …]} and compares
// hash and parameters of each cell with those of its rank.
func parseNB101Run(b []byte, hash func(rank int) string, params func(rank int) uint32) (*nb101OneRun, error) {
	var in struct {
		Val4    []float64 `json:"4_final_validation_accuracy"`
		Val12   []float64 `json:"12_final_validation_accuracy"`
		Val36   []float64 `json:"36_final_validation_accuracy"`
		Val108  []float64 `json:"108_final_validation_accuracy"`
		Seconds []float64 `json:"final_training_time"`
		Params  []uint32  `json:"trainable_parameters"`
		Key     []string  `json:"key"`
	}
	if err := json.Unmarshal(b, &in); err != nil {
		return nil, err
	}
	r := &nb101OneRun{[4][]float64{in.Val4, in.Val12, in.Val36, in.Val108}, in.Seconds}
	for _, n := range []int{len(in.Val4), len(in.Val12), len(in.Val36), len(in.Val108), len(in.Seconds), len(in.Params),
		len(in.Key)} {
		if n != NB101Measured {
			return nil, fmt.Errorf("a list of %d, want %d", n, NB101Measured)
		}
	}
	for rank, key := range in.Key {
		if want := hash(rank); key != want {
			return nil, fmt.Errorf("cell %d has key %q, want %s", rank, key, want)
		}
		if want := params(rank); in.Params[rank] != want {
			return nil, fmt.Errorf("cell %s has %d parameters, counted are %d", key, in.Params[rank], want)
		}
	}
	return r, nil
}

// importNB101Official makes the table from the authors' own file, which has three runs of
// every cell at 108 epochs or at all four schedules.
func importNB101Official(im *importing) (*Frame, string, error) {
	file, err := os.Open(im.from)
	if err != nil {
		return nil, "", err
	}
	defer file.Close()
	o, err := CollectNB101(contextReader{im.ctx, file})
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", im.from, err)
	}
	at, err := o.cells()
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", im.from, err)
	}
	n := space.NB101Size
	f := &Frame{Table: "nb101", Rows: n}
	params, macs := make([]uint32, n), make([]float64, n)
	for k, i := range at {
		p, m := space.NB101Complexity(space.NB101{}.At(i))
		if int32(p) != o.Params[k] {
			return nil, "", fmt.Errorf("%s: cell %x has %d parameters, counted are %d: %w",
				im.from, o.Hashes[k], o.Params[k], p, evolve.ErrInvalid)
		}
		params[i], macs[i] = uint32(p), float64(m)
	}
	var epochs []string
	for _, runs := range o.Runs {
		if err := runs.add(f, at); err != nil {
			return nil, "", fmt.Errorf("%s: %w", im.from, err)
		}
		epochs = append(epochs, fmt.Sprint(runs.Epochs))
	}
	if !f.Has("test_108") {
		return nil, "", fmt.Errorf("%s: no runs of 108 epochs: %w", im.from, evolve.ErrInvalid)
	}
	f.AddUint32s("params", params)
	f.AddFloats("macs", macs)
	im.used = []Source{{Repository: "google-research/nasbench", Path: filepath.Base(im.from), Licence: "Apache-2.0"}}
	return f, fmt.Sprintf("%d cells from %d official records, three runs each at %s epochs; %d numbers "+
		"rounded to float32", n, o.Records, strings.Join(epochs, ", "), o.Rounded), nil
}

// cells finds the number of every cell of the file, and that none is missing.
func (o *NB101Official) cells() ([]int, error) {
	at, seen := make([]int, len(o.Hashes)), make([]bool, space.NB101Size)
	for k := range at {
		v := int(o.Vertices[k])
		// The output moves to vertex 6; the inner vertices stay.
		inner := uint32(1)<<((v-1)*(v-2)/2) - 1
		edges := o.Bits[k]&inner | o.Bits[k]>>((v-1)*(v-2)/2)<<15
		ops := []byte("00000")
		for i := range v - 2 {
			ops[i] = '0' + byte(o.Ops[k]>>(2*i)&3)
		}
		a := evolve.Arch(fmt.Sprintf("%06x-%s", edges, ops))
		if at[k] = (space.NB101{}.Index(a)); at[k] < 0 || seen[at[k]] {
			return nil, fmt.Errorf("cell %x, %s, is not one of the benchmark or there twice: %w",
				o.Hashes[k], a, evolve.ErrInvalid)
		}
		seen[at[k]] = true
	}
	if len(at) != space.NB101Size {
		return nil, fmt.Errorf("%d of %d cells: %w", len(at), space.NB101Size, evolve.ErrInvalid)
	}
	return at, nil
}

// add puts a schedule's runs into the frame, and of 108 epochs the means.
func (r *NB101Runs) add(f *Frame, at []int) error {
	var mean, seconds []float64
	if r.Epochs == 108 {
		mean, seconds = make([]float64, f.Rows), make([]float64, f.Rows)
	}
	for _, c := range []struct {
		name string
		runs [3][]float32
		sum  []float64
	}{{"val", r.Val, nil}, {"test", r.Test, mean}, {"seconds", r.TrainSeconds, seconds}} {
		for k, xs := range c.runs {
			col := make([]float32, f.Rows)
			for j, x := range xs {
				if x != x {
					return fmt.Errorf("row %d lacks run %d of %d epochs: %w", j, k+1, r.Epochs, evolve.ErrInvalid)
				}
				col[at[j]] = x
				if c.sum != nil {
					c.sum[at[j]] += float64(x) / 3
				}
			}
			f.AddFloat32s(fmt.Sprintf("%s_%d_%d", c.name, r.Epochs, k), col)
		}
	}
	if mean != nil {
		f.AddFloats("test_108", mean)
		f.AddFloats("seconds_108", seconds)
	}
	return nil
}

// checkNB101 looks for values that cannot be right.
func checkNB101(f *Frame) error {
	if f.Rows != space.NB101Size {
		return fmt.Errorf("nb101: %d rows, want %d: %w", f.Rows, space.NB101Size, evolve.ErrInvalid)
	}
	for _, c := range []struct {
		name string
		most float64
	}{{"test_108", 1}, {"seconds_108", 1e6}, {"params", 1e9}, {"macs", 1e12}} {
		xs, err := f.Floats(c.name)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(xs, func(x float64) bool { return !(x > 0 && cmp.Compare(x, c.most) <= 0) }); i >= 0 {
			return fmt.Errorf("nb101: row %d, %s, has %s %v, want a number above 0, at most %g: %w",
				i, space.NB101{}.At(i), c.name, xs[i], c.most, evolve.ErrInvalid)
		}
	}
	return nil
}
