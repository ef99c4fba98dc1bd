package data

import (
	"fmt"
	"math"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Scores of NAS-Bench-201's cells that FreeREA (Cavagnero et al., WACV 2023,
// arXiv:2207.05135) keeps; six significant digits are left of them.
var nb201ZCSource = Source{freeREA, freeAt, "cached_metrics/nats", 600803,
	"e7ecacf477909867220b7e7e32c88c66dfb7787407c08e32a436b28a6d22fdbd", "MIT", "nasbench201/nb201_zerocost.csv.gz"}

// nb201Scores are the columns. naswot is −Inf for the 201 cells without a path from input to
// output that does anything; the others are at least 0.
var nb201Scores = []string{
	"cifar10_naswot", "cifar10_synflow", "cifar10_logsynflow", "cifar10_nregions",
	"cifar100_naswot", "cifar100_synflow", "cifar100_logsynflow", "cifar100_nregions",
	"imagenet16_naswot", "imagenet16_synflow", "imagenet16_logsynflow",
}

func init() {
	register(Table{
		Name: "nb201-zc", Holds: "NAS-Bench-201: training-free scores of every cell",
		Rows: space.NB201Size, Sets: NB201Sets,
		Estimated: "scores of untrained networks, six significant digits: naswot, synflow and logsynflow, and on " +
			"cifar10 and cifar100 nregions",
		Sources: []Source{nb201ZCSource}, Bytes: 1.4e6,
		importFrom: func(im *importing) (*Frame, string, error) {
			f, err := importIndexed(im, nb201ZCSource, nb201Scores)
			if err != nil {
				return nil, "", err
			}
			xs, err := f.Floats(nb201Scores[0])
			dead := 0
			for _, x := range xs {
				if math.IsInf(x, -1) {
					dead++
				}
			}
			return f, fmt.Sprintf("%d scores of %d cells; naswot is -Inf for %d",
				len(nb201Scores), space.NB201Size, dead), err
		},
		check: func(f *Frame) error {
			var spans []span
			for _, name := range nb201Scores {
				least := 0.
				if strings.HasSuffix(name, "_naswot") {
					least = math.Inf(-1)
				}
				spans = append(spans, between(least, math.MaxFloat64, name))
			}
			return checkRows(f, space.NB201Size, nil, spans...)
		},
	})
}
