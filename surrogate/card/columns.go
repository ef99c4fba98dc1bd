package card

import (
	"strings"

	"github.com/amoeba-nas/amoeba/data"
	"github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/surrogate"
)

// ofColumns describes the numbers of a table that is no benchmark: of one data set, when its
// columns are named by them. Of a table of the cells of NAS-Bench-201 they are compared with
// the accuracies, where those are imported.
func ofColumns(f *data.Frame, set string, prefixed bool) (Set, error) {
	s := Set{Set: set, Noise: []Noise{}, Correlations: []Correlation{}}
	accuracies, err := nb201Accuracies(f, set)
	if err != nil {
		return s, err
	}
	for _, column := range f.Columns() {
		name, of := strings.CutPrefix(column, set+"_")
		if prefixed && !of {
			continue
		}
		if _, err := f.Text(column); err == nil {
			continue
		}
		xs, err := f.Floats(column)
		if err != nil {
			return s, err
		}
		s.Columns = append(s.Columns, Column{Name: name, Spread: spread(xs)})
		for _, a := range accuracies {
			s.Correlations = append(s.Correlations, correlate(name, xs, a.Name, a.Values))
		}
	}
	return s, nil
}

// nb201Accuracies are those of a data set, validation and test, or of a table of none the test
// of each. nil for a table of other rows, or without the table nb201.
func nb201Accuracies(f *data.Frame, set string) ([]surrogate.Series, error) {
	if f.Rows != space.NB201Size || f.Has("arch") {
		return nil, nil
	}
	t, err := data.OpenNB201()
	if data.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if s, err := t.Set(set); err == nil {
		return []surrogate.Series{{Name: "validation, 200 epochs", Values: s.Val200},
			{Name: "test, 200 epochs", Values: s.Test200}}, nil
	}
	var all []surrogate.Series
	for i, name := range data.NB201Sets {
		all = append(all, surrogate.Series{Name: "test_200, " + name, Values: t.Sets[i].Test200})
	}
	return all, nil
}
