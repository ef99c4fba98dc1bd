package data

import (
	"fmt"
	"math"
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// TNB101Tasks are the tasks of TransNAS-Bench-101, in the order of the columns.
var TNB101Tasks = []string{"autoencoder", "class_object", "class_scene", "jigsaw", "normal", "room_layout",
	"segmentsemantic"}

// tnb101Kind is one of the two spaces of TransNAS-Bench-101 (Duan et al., CVPR 2021,
// arXiv:2105.11871), a sample as NASLib's files of zero-cost scores hold it.
type tnb101Kind struct {
	name   string
	rows   int
	parse  func(text string) (evolve.Arch, error)
	space  evolve.Space
	source Source
	bytes  int64
}

var tnb101Kinds = []tnb101Kind{
	{"micro", 711, space.TNB101FromNASLib, space.TNB101Micro{},
		tnb101Source("micro", 70019, "0ad296247e19e07ffde1c601a2c3629b108cfff633004d97fe196761a99c1aed"), 128e3},
	{"macro", 725, space.TNB101MacroFromNASLib, space.TNB101Macro{},
		tnb101Source("macro", 98680, "aa02c53b54faf6b59997a7f81ee81e7f7c3e745e9d7fb6b1528d25b612a6d463"), 130e3},
}

func tnb101Source(kind string, size int64, sum string) Source {
	return Source{"automl/NASLib", "e5a821c2dadf608042e4e046e386006cf6bd0564", "naslib/data/zc_transbench101_" + kind +
		".json", size, sum, "Apache-2.0", "transnasbench101-subset/tnb101_" + kind + ".csv.gz"}
}

func init() {
	for _, k := range tnb101Kinds {
		register(Table{
			Name: "tnb101-" + k.name,
			Holds: fmt.Sprintf("TransNAS-Bench-101, %s space: validation metric and size of %d networks on seven tasks",
				k.name, k.rows),
			Rows: k.rows, Sets: TNB101Tasks,
			Objectives: []string{"error, or loss of a metric that is no share", "params", "flops"},
			Measured: "validation metric of trained networks: top-1 per cent (class_object, class_scene, jigsaw), " +
				"per cent (segmentsemantic), SSIM (autoencoder, normal), the loss negated (room_layout); there is " +
				"no test metric",
			Estimated: "parameters and FLOPs in millions, counted by NASLib",
			Sources:   []Source{k.source}, Bytes: k.bytes,
			importFrom: k.importFrom,
			check:      func(f *Frame) error { return checkRows(f, k.rows, k.space, tnb101Spans()...) },
		})
	}
}

func (k tnb101Kind) importFrom(im *importing) (*Frame, string, error) {
	s, err := im.sheet(k.source, k.rows, func(b []byte) (*sheet, error) { return parseTNB101(b, k.parse) })
	if err != nil {
		return nil, "", err
	}
	gaps := s.gaps() / 3 // a metric is missing with its FLOPs and parameters
	return s.frame(), fmt.Sprintf("%d networks on %d tasks; %d of %d metrics are missing",
		k.rows, len(TNB101Tasks), gaps, len(TNB101Tasks)*k.rows), nil
}

// tnb101Names are the columns: the metric of each task, then FLOPs, then parameters.
func tnb101Names() []string {
	var names []string
	for _, kind := range []string{"val_", "flops_m_", "params_m_"} {
		for _, task := range TNB101Tasks {
			names = append(names, kind+task)
		}
	}
	return names
}

// parseTNB101 reads a line for each task and network.
func parseTNB101(b []byte, parse func(string) (evolve.Arch, error)) (*sheet, error) {
	b, err := gunzip(b)
	if err != nil {
		return nil, err
	}
	s := newSheet(tnb101Names()...)
	none := make([]float64, len(s.names))
	for k := range none {
		none[k] = math.NaN()
	}
	return s, eachLine(b, "task,arch,val_metric,flops_m,params_m", 2, func(texts []string, numbers []float64) error {
		task := slices.Index(TNB101Tasks, texts[0])
		if task < 0 {
			return evolve.Unknown("task of tnb101", texts[0], TNB101Tasks)
		}
		a, err := parse(texts[1])
		if err != nil {
			return err
		}
		row, known := s.row[string(a)]
		if !known {
			row = len(s.archs)
			if err := s.add(a, none...); err != nil {
				return err
			}
		}
		if !math.IsNaN(s.columns[task][row]) {
			return fmt.Errorf("%s is there twice for %s", a, texts[0])
		}
		for k, x := range numbers {
			s.columns[k*len(TNB101Tasks)+task][row] = x
		}
		return nil
	})
}

func tnb101Spans() []span {
	var spans []span
	for _, task := range TNB101Tasks {
		s := between(0, 100, "val_"+task)
		switch task {
		case "autoencoder", "normal":
			s = between(-1, 1, "val_"+task) // as SSIM is
		case "room_layout":
			s = between(-math.MaxFloat64, 0, "val_"+task)
		}
		spans = append(spans, s.orNone(), positive("flops_m_"+task, "params_m_"+task).orNone())
	}
	return spans
}
