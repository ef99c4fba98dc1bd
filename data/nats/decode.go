package nats

import (
	"fmt"
	"strconv"

	"github.com/amoeba-nas/amoeba/data/pickle"
)

// maxRuns bounds the runs of a schedule and maxLatencies the measurements of a run; the
// official files have at most 12 (four data sets, three seeds) and 1. Many runs may share
// one dict or list of a small pickle, so its size does not bound what they take.
const (
	maxRuns      = 64
	maxLatencies = 1024
)

func decode(data []byte) (*Arch, error) {
	v, err := pickle.Load(data, limits)
	if err != nil {
		return nil, err
	}
	top, err := fieldsOf(v)
	if err != nil {
		return nil, err
	}
	s, err := spaceOf(top)
	if err != nil {
		return nil, err
	}
	a := &Arch{Space: s, Schedules: make([]Schedule, len(s.Schedules))}
	for i, name := range s.Schedules {
		body, err := field(top, name, fieldsOf)
		if err == nil {
			err = under(name, a.readSchedule(body, i, name))
		}
		if err != nil {
			return nil, err
		}
	}
	return a, nil
}

// spaceOf tells the spaces apart by the schedule that only one of them has.
func spaceOf(top fields) (*Space, error) {
	for _, s := range []*Space{Topology, Size} {
		if _, ok := top.dict.Get(s.Schedules[len(s.Schedules)-1]); ok {
			return s, nil
		}
	}
	return nil, fmt.Errorf("neither schedule %q of the topology space nor %q of the size space is there", "200", "90")
}

// readSchedule reads the i-th schedule. The first names the architecture, and the others
// must name the same.
func (a *Arch) readSchedule(f fields, i int, name string) error {
	index, err := field(f, "arch_index", whole)
	if err != nil {
		return err
	}
	text, err := field(f, "arch_str", word)
	if err != nil {
		return err
	}
	if i == 0 {
		a.Index, a.Text = index, text
		want, err := a.Space.indexOf(text)
		if err != nil {
			return under("arch_str", err)
		}
		if want != index {
			return fmt.Errorf("arch_index: %d, the official index of %s is %d", index, text, want)
		}
	} else if index != a.Index || text != a.Text {
		return fmt.Errorf("arch_index: architecture %d, %.100q, another schedule has %d, %q",
			index, text, a.Index, a.Text)
	}
	results, err := field(f, "all_results", readResults)
	if err != nil {
		return err
	}
	order, err := field(f, "dataset_seed", readSeeds)
	if err != nil {
		return err
	}
	if len(order) != len(results) {
		return fmt.Errorf("all_results: %d runs, dataset_seed names %d", len(results), len(order))
	}
	epochs, err := strconv.Atoi(name)
	if err != nil {
		return err
	}
	runs := make([]Run, len(order))
	for n, id := range order {
		v, ok := results[id]
		if !ok {
			return under(id.String(), errMissing)
		}
		runs[n] = Run{Dataset: id.dataset, Seed: id.seed, Epochs: epochs}
		if err := runs[n].read(v); err != nil {
			return under(id.String(), err)
		}
	}
	a.Schedules[i] = Schedule{name, runs}
	return nil
}

// runID is a key of all_results.
type runID struct {
	dataset string
	seed    int
}

func (id runID) String() string { return fmt.Sprintf("(%s, %d)", id.dataset, id.seed) }

// readResults reads {(data set, seed): run}.
func readResults(v any) (map[runID]any, error) {
	d, err := dictOf(v)
	if err != nil {
		return nil, err
	}
	if n := len(d.Items) / 2; n > maxRuns {
		return nil, fmt.Errorf("%d runs, want at most %d", n, maxRuns)
	}
	runs := map[runID]any{}
	for i := 0; i < len(d.Items); i += 2 {
		key, ok := d.Items[i].(*pickle.Tuple)
		if !ok || len(key.Items) != 2 {
			return nil, under("a key", wanted("a data set and a seed", d.Items[i]))
		}
		dataset, err := word(key.Items[0])
		if err != nil {
			return nil, under("data set of a key", err)
		}
		seed, err := whole(key.Items[1])
		if err != nil {
			return nil, under("seed of a key", err)
		}
		id := runID{dataset, seed}
		if _, twice := runs[id]; twice {
			return nil, fmt.Errorf("%s twice", id)
		}
		runs[id] = d.Items[i+1]
	}
	return runs, nil
}

// readSeeds reads {data set: [seed, …]} in the order of the file.
func readSeeds(v any) ([]runID, error) {
	d, err := dictOf(v)
	if err != nil {
		return nil, err
	}
	var order []runID
	seen := map[runID]bool{}
	for i := 0; i < len(d.Items); i += 2 {
		dataset, err := word(d.Items[i])
		if err != nil {
			return nil, under("a key", err)
		}
		seeds, err := listOf(d.Items[i+1])
		if err != nil {
			return nil, under(dataset, err)
		}
		for _, s := range seeds {
			seed, err := whole(s)
			if err != nil {
				return nil, under(dataset, err)
			}
			id := runID{dataset, seed}
			if seen[id] {
				return nil, fmt.Errorf("%s twice", id)
			}
			if len(order) == maxRuns {
				return nil, fmt.Errorf("more than %d runs", maxRuns)
			}
			seen[id] = true
			order = append(order, id)
		}
	}
	return order, nil
}
