package truth

import (
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// nb201Seeds is the most seeds that a mean of NAS-Bench-201 is of.
const nb201Seeds = 3

// nb201Images are how many test images an accuracy is of, by data set.
var nb201Images = [3]float64{10_000, 5_000, 3_000}

// openNB201 is the truth of a data set of the imported table of NAS-Bench-201: means over one to three seeds after 200
// epochs, by accuracy alone, as the published files have no losses. One run is known of some cells, see [oneOfThree].
func openNB201(name, set, part string) (*Truth, error) {
	t, err := data.OpenNB201()
	if err != nil {
		return nil, err
	}
	s, err := t.Set(set)
	if err != nil {
		return nil, err
	}
	of := space.NB201{}
	all := &Truth{Name: name, Part: part, Space: of, Seeds: nb201Seeds, Epochs: 200, params: s.Params,
		Known: "means of one to three runs"}
	dead := make([]bool, space.NB201Size)
	for i := range dead {
		a := of.At(i)
		all.Cells, dead[i] = append(all.Cells, a), of.Dead(a)
	}
	column, single := s.Val200, []float64(nil)
	if part == Test {
		column, single = s.Test200, oneOfThree(s, nb201Images[slices.Index(data.NB201Sets, set)])
	}
	for _, live := range []bool{false, true} {
		v := &View{By: ByAccuracy, Unit: "%", Live: live, seeds: nb201Seeds, scale: 1}
		var known [2][]float64
		for i := range dead {
			if live && dead[i] {
				continue
			}
			v.Cells, v.means, v.dead = append(v.Cells, i), append(v.means, column[i]), append(v.dead, dead[i])
			v.params = append(v.params, s.Params[i])
			if single != nil && !math.IsNaN(single[i]) {
				known[0] = append(known[0], single[i])
				// The mean of the other two.
				known[1] = append(known[1], (float64(nb201Seeds*column[i])-single[i])/(nb201Seeds-1))
			}
		}
		if len(known[0]) >= leastCells {
			v.singles = [][2][]float64{known}
		}
		all.Views = append(all.Views, v)
	}
	return all, nil
}

// oneOfThree are the accuracies of one run of the cells whose mean is of three runs for certain; NaN of others. The
// files do not say of how many runs a mean is, but an accuracy is a whole number of right answers: a mean that is no
// multiple of a whole or half answer is of three runs. Whether a sum of three can be divided by three has nothing to do
// with how good a cell is, but of dead cells, which answer one in ten all alike: none of these is among them.
func oneOfThree(s *data.NB201Set, images float64) []float64 {
	// Some means were published as float32.
	whole := func(x float64) bool { return math.Abs(x-math.Round(x)) < 1e-3 }
	single := slices.Clone(s.Test200One)
	for i, mean := range s.Test200 {
		if answers := float64(mean / 100 * images); whole(float64(2*answers)) || !whole(float64(3*answers)) {
			single[i] = math.NaN()
		}
	}
	return single
}

// nb201Of is the data set that the name of a truth says, "" of other names.
func nb201Of(name string) string {
	set, ok := strings.CutPrefix(name, "nb201:")
	if !ok || !slices.Contains(data.NB201Sets, set) {
		return ""
	}
	return set
}

// Names are the truths that there are: embedded tables of runs first.
func Names() []string {
	names := append(ownruns.Embedded(), "runs:FILE")
	for _, set := range data.NB201Sets {
		names = append(names, "nb201:"+set)
	}
	return names
}

// unknownName is the error of a name that is none of [Names], where err is that of a table of runs.
func unknownName(name string, err error) error {
	if errors.Is(err, evolve.ErrUnknown) && !strings.HasPrefix(name, "runs:") {
		return evolve.Unknown("truth", name, Names())
	}
	return err
}
