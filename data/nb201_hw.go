package data

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Latencies of NAS-Bench-201's cells as HELP (Lee et al., NeurIPS 2021, arXiv:2106.08630)
// gives them; fpga, eyeriss, raspi4 and pixel3 are of HW-NAS-Bench (Li et al., ICLR 2021,
// arXiv:2103.10584).
var nb201HWSource = Source{"HayeonLee/HELP", "45f70eb92d0d735970a33b608d1544ad3c52f285", "data/nasbench201/latency",
	1582082, "1e360fa29a7de74c7c17b0c829164765ff62e3493569a655ea5b13c806d78906", "MIT",
	"hw-latency/nb201_latency_help.csv.gz"}

// NB201Devices are the columns of the table nb201-hw: a device, and the number of images at a
// time where it is known. All are milliseconds, of the four phones without a batch whole ones.
var NB201Devices = []string{
	"1080ti_1", "1080ti_256", "1080ti_32", "2080ti_1", "2080ti_256", "2080ti_32", "essential_ph_1", "eyeriss", "fpga",
	"gold_6226", "gold_6240", "pixel2", "pixel3", "raspi4", "samsung_a50", "samsung_s7", "silver_4114", "silver_4210r",
	"titan_rtx_1", "titan_rtx_256", "titan_rtx_32", "titanx_1", "titanx_256", "titanx_32", "titanxp_1", "titanxp_256",
	"titanxp_32",
}

// nb201Latencies are the objectives that the table has.
func nb201Latencies() []string {
	names := make([]string, len(NB201Devices))
	for i, d := range NB201Devices {
		names[i] = "latency:" + d
	}
	return names
}

func init() {
	register(Table{
		Name: "nb201-hw", Holds: "NAS-Bench-201: latency of every cell on 27 devices and batches",
		Rows: space.NB201Size, Objectives: nb201Latencies(),
		Measured: "latencies, milliseconds",
		Sources:  []Source{nb201HWSource}, Bytes: 3.4e6,
		importFrom: func(im *importing) (*Frame, string, error) {
			f, err := importIndexed(im, nb201HWSource, NB201Devices)
			return f, fmt.Sprintf("%d cells on %d devices and batches", space.NB201Size, len(NB201Devices)), err
		},
		check: func(f *Frame) error {
			return checkRows(f, space.NB201Size, nil, positive(NB201Devices...))
		},
	})
}

// importIndexed makes a table of one gzip CSV file that has a line a cell of NAS-Bench-201,
// under its official index. Row i is the cell of index i.
func importIndexed(im *importing, source Source, names []string) (*Frame, error) {
	f := &Frame{Rows: space.NB201Size}
	return f, im.read(source, func(b []byte) error {
		columns, err := parseIndexed(b, names)
		for k, name := range names {
			if err == nil {
				f.AddFloats(name, columns[k])
			}
		}
		return err
	})
}

func parseIndexed(b []byte, names []string) ([][]float64, error) {
	b, err := gunzip(b)
	if err != nil {
		return nil, err
	}
	columns := make([][]float64, len(names))
	for k := range columns {
		columns[k] = make([]float64, space.NB201Size)
	}
	c := newCells(space.NB201Size)
	err = eachLine(b, "index,"+strings.Join(names, ","), 1, func(texts []string, numbers []float64) error {
		i, err := strconv.Atoi(texts[0])
		if err != nil {
			return fmt.Errorf("column index: %q is no whole number", texts[0])
		}
		if _, err := c.claimIndex(i); err != nil {
			return err
		}
		for k, x := range numbers {
			columns[k][i] = x
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return columns, c.complete()
}
