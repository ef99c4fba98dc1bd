package nats

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxSplits bounds the evaluation splits of a run; the official files have at most 3.
const maxSplits = 8

// read fills a run whose data set, seed and epochs are known, and checks that the file
// says the same of them. It leaves alone arch_config, which repeats the architecture, and
// net_state_dict, which is None in these files without weights.
func (r *Run) read(v any) error {
	f, err := fieldsOf(v)
	if err != nil {
		return err
	}
	if name, err := field(f, "name", word); err != nil {
		return err
	} else if name != r.Dataset {
		return fmt.Errorf("name: %q, want %q", name, r.Dataset)
	}
	if seed, err := field(f, "seed", seedOf); err != nil {
		return err
	} else if seed != r.Seed {
		return fmt.Errorf("seed: %d, want %d", seed, r.Seed)
	}
	if epochs, err := field(f, "epochs", whole); err != nil {
		return err
	} else if epochs != r.Epochs {
		return fmt.Errorf("epochs: %d, want %d", epochs, r.Epochs)
	}
	if r.Params, err = field(f, "params", finite); err != nil {
		return err
	}
	if r.FLOPs, err = field(f, "flop", finite); err != nil {
		return err
	}
	if r.Latency, err = field(f, "latency", optional(readLatency)); err != nil {
		return err
	}
	for _, c := range []struct {
		to    *[]float64
		key   string
		parse func(any) ([]float64, error)
	}{
		{&r.TrainAcc, "train_acc1es", perEpoch(r.Epochs, finite)},
		{&r.TrainTop5, "train_acc5es", optional(perEpoch(r.Epochs, finite))},
		{&r.TrainLoss, "train_losses", perEpoch(r.Epochs, number)},
		{&r.TrainSeconds, "train_times", perEpoch(r.Epochs, finite)},
	} {
		if *c.to, err = field(f, c.key, c.parse); err != nil {
			return err
		}
	}
	return r.readEvals(f)
}

// seedOf accepts a number and, as the official files have it, four digits of text.
func seedOf(v any) (int, error) {
	s, ok := v.(string)
	if !ok {
		return whole(v)
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("want digits, got %.20q", s)
	}
	return int(n), nil
}

func readLatency(v any) ([]float64, error) {
	items, err := listOf(v)
	if err != nil {
		return nil, err
	}
	if len(items) > maxLatencies {
		return nil, fmt.Errorf("%d measurements, want at most %d", len(items), maxLatencies)
	}
	out := make([]float64, len(items))
	for i, item := range items {
		if out[i], err = finite(item); err != nil {
			return nil, fmt.Errorf("element %d: %w", i, err)
		}
	}
	return out, nil
}

// readEvals reads the evaluations. An accuracy has a loss, and every epoch a time.
func (r *Run) readEvals(f fields) error {
	names, err := field(f, "eval_names", readSplits)
	if err != nil {
		return err
	}
	acc, err := field(f, "eval_acc1es", perSplit(names, r.Epochs, finite))
	if err != nil {
		return err
	}
	loss, err := field(f, "eval_losses", perSplit(names, r.Epochs, number))
	if err != nil {
		return err
	}
	times, err := field(f, "eval_times", perSplit(names, r.Epochs, finite))
	if err != nil {
		return err
	}
	r.Evals = make([]Eval, len(names))
	for i, name := range names {
		e := Eval{Split: name, Seconds: times.values[i]}
		for epoch := range r.Epochs {
			key := ""
			switch {
			case !times.has[i][epoch]:
				key = "eval_times"
			case acc.has[i][epoch] && !loss.has[i][epoch]:
				key = "eval_losses"
			case loss.has[i][epoch] && !acc.has[i][epoch]:
				key = "eval_acc1es"
			case acc.has[i][epoch]:
				e.Epochs = append(e.Epochs, epoch)
				e.Acc = append(e.Acc, acc.values[i][epoch])
				e.Loss = append(e.Loss, loss.values[i][epoch])
			}
			if key != "" {
				return fmt.Errorf("%s: %q: %w", key, fmt.Sprintf("%s@%d", name, epoch), errMissing)
			}
		}
		r.Evals[i] = e
	}
	return nil
}

// readSplits sorts the names, for their order differs between files by chance.
func readSplits(v any) ([]string, error) {
	items, err := listOf(v)
	if err != nil {
		return nil, err
	}
	if len(items) > maxSplits {
		return nil, fmt.Errorf("%d splits, want at most %d", len(items), maxSplits)
	}
	names := make([]string, len(items))
	for i, item := range items {
		if names[i], err = word(item); err != nil {
			return nil, err
		}
	}
	slices.Sort(names)
	for i := 1; i < len(names); i++ {
		if names[i] == names[i-1] {
			return nil, fmt.Errorf("%q twice", names[i])
		}
	}
	return names, nil
}

// sheet has a row a split and a column an epoch, with gaps.
type sheet struct {
	values [][]float64
	has    [][]bool
}

// perSplit reads {"split@epoch": number}.
func perSplit(names []string, epochs int, parse func(any) (float64, error)) func(any) (*sheet, error) {
	return func(v any) (*sheet, error) {
		d, err := dictOf(v)
		if err != nil {
			return nil, err
		}
		if have, most := len(d.Items)/2, len(names)*epochs; have > most {
			return nil, fmt.Errorf("%d keys, want at most %d", have, most)
		}
		s := &sheet{}
		for range names {
			s.values = append(s.values, make([]float64, epochs))
			s.has = append(s.has, make([]bool, epochs))
		}
		for i := 0; i < len(d.Items); i += 2 {
			key, err := word(d.Items[i])
			if err != nil {
				return nil, under("a key", err)
			}
			name, digits, _ := strings.Cut(key, "@")
			row, known := slices.BinarySearch(names, name)
			epoch, err := strconv.Atoi(digits)
			if !known || err != nil || epoch < 0 || epoch >= epochs || strconv.Itoa(epoch) != digits ||
				s.has[row][epoch] {
				return nil, fmt.Errorf("key %.60q, want one of %q, @ and an epoch 0..%d, each once",
					key, names, epochs-1)
			}
			s.has[row][epoch] = true
			if s.values[row][epoch], err = parse(d.Items[i+1]); err != nil {
				return nil, under(strconv.Quote(key), err)
			}
		}
		return s, nil
	}
}
