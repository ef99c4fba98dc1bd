package data

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Accel-NASBench (Ahmad et al. 2024, arXiv:2404.08005).
var accelSource = Source{"afzalxo/Accel-NASBench", "42603572d530310e6bac7191d00cf45625a6b197",
	"anb_dataset/anb_dataset_jsons.tar.gz", 1017204, "70a923184b9e5286f94a8cc7f5aadb9b78dcef97ae049d82f3d134974cecb9f1",
	"Apache-2.0", "accel-nasbench/anb.jsonl.gz"}

// Networks of the table, and the records of the source: the first that were trained were
// trained twice. The table has the first record of a network.
const (
	accelRows    = 5125
	accelRecords = 5138
)

// AccelDevices are what was measured on devices: latency in milliseconds, throughput in images
// a second. A column of the table is one of them and "_mean".
var AccelDevices = []string{
	"latency_vck190", "latency_zcu102", "throughput_3090", "throughput_a100",
	"throughput_tpuv2", "throughput_tpuv3", "throughput_vck190", "throughput_zcu102",
}

// Columns beside those of the devices: per cent, seconds, millions.
var accelNames = []string{"val_top1", "val_top5", "train_time", "macs", "params"}

// accelObjectives are what devices measured, as a search asks for it.
func accelObjectives() []string {
	var names []string
	for _, d := range AccelDevices {
		names = append(names, strings.Replace(d, "_", ":", 1))
	}
	return names
}

func accelDeviceNames() []string {
	var names []string
	for _, d := range AccelDevices {
		names = append(names, d+"_mean")
	}
	return names
}

func init() {
	register(Table{
		Name: "accel",
		Holds: "Accel-NASBench: accuracy on ImageNet, training time and device latency of 5,125 " +
			"networks of the MnasNet space",
		Rows: accelRows, Sets: []string{"imagenet"},
		Objectives: append([]string{"error", "params", "flops"}, accelObjectives()...),
		Measured: "validation accuracies of one training each by the authors' shortened schedule, its time; " +
			"latency and throughput, some missing; there is no test accuracy",
		Estimated: "parameters and multiply-adds, counted by the authors",
		Embedded:  "a surrogate of the whole space, fitted on it",
		Sources:   []Source{accelSource}, Bytes: 698e3,
		importFrom: importAccel,
		check: func(f *Frame) error {
			return checkRows(f, accelRows, space.Mnas{},
				between(0, 100, accelNames[:2]...), positive(accelNames[2:]...),
				positive(accelDeviceNames()...).orNone())
		},
	})
}

func importAccel(im *importing) (*Frame, string, error) {
	s, err := im.sheet(accelSource, accelRows, parseAccel)
	if err != nil {
		return nil, "", err
	}
	return s.frame(), fmt.Sprintf("%d networks of %d records, of those trained twice the first; %d of %d device "+
		"numbers are missing",
		accelRows, accelRecords, s.gaps(), len(AccelDevices)*accelRows), nil
}

// accelRecord is a line. What is missing is nil.
type accelRecord struct {
	ID           *int                           `json:"id"`
	Architecture json.RawMessage                `json:"architecture"`
	Metrics      map[string]*float64            `json:"metrics"`
	ModelInfo    map[string]*float64            `json:"model_info"`
	Platforms    map[string]map[string]*float64 `json:"platform_perf"`
}

// parseAccel reads a line of JSON for each record, numbered from 0.
func parseAccel(b []byte) (*sheet, error) {
	b, err := gunzip(b)
	if err != nil {
		return nil, err
	}
	s := newSheet(append(slices.Clone(accelNames), accelDeviceNames()...)...)
	id := 0
	for line := range bytes.Lines(b) {
		if err := s.addAccel(line, id); err != nil {
			return nil, fmt.Errorf("line %d: %w", id+1, err)
		}
		id++
	}
	if id != accelRecords {
		return nil, fmt.Errorf("%d lines, want %d", id, accelRecords)
	}
	return s, nil
}

// addAccel adds a record, unless its network has a row.
func (s *sheet) addAccel(line []byte, id int) error {
	var r accelRecord
	if err := json.Unmarshal(line, &r); err != nil {
		return err
	}
	if r.ID == nil || *r.ID != id {
		return fmt.Errorf("want the record of id %d", id)
	}
	a, err := space.Mnas{}.Parse(string(r.Architecture))
	if err != nil {
		return err
	}
	var numbers []float64
	for _, name := range accelNames {
		x := r.Metrics[name]
		if x == nil {
			x = r.ModelInfo[name]
		}
		if x == nil {
			return fmt.Errorf("neither metrics nor model_info has a number %s", name)
		}
		numbers = append(numbers, *x)
	}
	for _, device := range AccelDevices {
		kind, _, _ := strings.Cut(device, "_")
		p, ok := r.Platforms[device]
		x, ok2 := p[kind+"_mean"]
		switch {
		case !ok || !ok2:
			return fmt.Errorf("platform_perf has no %s %s_mean", device, kind)
		case x == nil:
			numbers = append(numbers, math.NaN())
		default:
			numbers = append(numbers, *x)
		}
	}
	if len(r.Platforms) != len(AccelDevices) {
		return fmt.Errorf("platform_perf has %v, want %v", slices.Sorted(maps.Keys(r.Platforms)), AccelDevices)
	}
	if _, twice := s.row[string(a)]; twice {
		return nil
	}
	return s.add(a, numbers...)
}
