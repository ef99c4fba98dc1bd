package nats

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// numbers are what a written run says after its last epoch, by the names of the official
// API: "train-loss", "valid-accuracy" and so on, and of its costs, such as "flops" and
// "T-x-valid@epoch".
type numbers map[string]float64

// splitsOf tells under which name the API answers for each split of a data set.
func splitsOf(dataset string) (splits, names []string) {
	switch dataset {
	case "cifar10-valid":
		return []string{"x-valid", "ori-test"}, []string{"valid", "test"}
	case "cifar10":
		return []string{"ori-test"}, []string{"test"}
	}
	return []string{"ori-test", "x-valid", "x-test"}, []string{"valtest", "valid", "test"}
}

// buildRun lays a run out as the official files do. Earlier epochs have other numbers
// than the last.
func buildRun(dataset string, seed, epochs int, after numbers) *dict {
	perEpoch := func(last float64, dropping float64) []any {
		var items []any
		for e := range epochs {
			items = append(items, e, last-dropping*float64(epochs-1-e))
		}
		return items
	}
	splits, names := splitsOf(dataset)
	acc, loss, times := newDict(), newDict(), newDict()
	for i, split := range splits {
		for e := range epochs {
			key, before := fmt.Sprintf("%s@%d", split, e), float64(epochs-1-e)
			acc.items = append(acc.items, key, after[names[i]+"-accuracy"]-before/128)
			loss.items = append(loss.items, key, after[names[i]+"-loss"]+before/256)
			times.items = append(times.items, key, after["T-"+split+"@epoch"])
		}
	}
	return newDict(
		"name", dataset, "train_acc1es", newDict(perEpoch(after["train-accuracy"], 1./128)...), "train_acc5es", nil,
		"train_losses", newDict(perEpoch(after["train-loss"], -1./256)...),
		"train_times", &odict{*newDict(perEpoch(after["T-train@epoch"], 0)...)},
		"arch_config", newDict("class_num", 10), "params", npf8(after["params"]), "flop", after["flops"],
		"seed", fmt.Sprintf("%04d", seed), "epochs", epochs, "latency", newList(npf8(after["latency"])),
		"eval_names", newList(splits...), "eval_acc1es", acc, "eval_times", times, "eval_losses", loss,
		"net_state_dict", nil)
}

// buildArch is an architecture without runs.
func buildArch(s *Space, index int, text string) *dict {
	d := newDict()
	for _, name := range s.Schedules {
		d.set(name, newDict("arch_index", index, "arch_str", text, "all_results", newDict(),
			"dataset_seed", newDict(), "clear_net_done", true))
	}
	return d
}

// addRun adds a run as the last of its schedule.
func addRun(arch *dict, schedule, dataset string, seed int, after numbers) *dict {
	epochs, err := strconv.Atoi(schedule)
	if err != nil {
		panic(err)
	}
	run := buildRun(dataset, seed, epochs, after)
	part := arch.at(schedule).(*dict)
	results := part.at("all_results").(*dict)
	results.items = append(results.items, tuple{dataset, seed}, run)
	seeds := part.at("dataset_seed").(*dict)
	for i := 0; i < len(seeds.items); i += 2 {
		if seeds.items[i] == any(dataset) {
			l := seeds.items[i+1].(*list)
			l.items = append(l.items, seed)
			return run
		}
	}
	seeds.set(dataset, newList(seed))
	return run
}

// toy is size architecture 12 with a run a schedule, and the first schedule's run.
func toy() (arch, run *dict) {
	arch = buildArch(Size, 12, "8:8:8:16:40")
	after := numbers{"flops": 4.5, "params": 0.0117, "latency": 0.013, "train-accuracy": 50, "train-loss": 1.5, "T-train@epoch": 2,
		"valid-accuracy": 40, "valid-loss": 1.75, "T-x-valid@epoch": 0.5, "test-accuracy": 39, "test-loss": 1.8, "T-ori-test@epoch": 0.25}
	for i, name := range Size.Schedules {
		if r := addRun(arch, name, "cifar10-valid", 777, after); i == 0 {
			run = r
		}
	}
	return arch, run
}

// writeFile writes an official file into dir and returns its path.
func writeFile(t testing.TB, dir, name string, v any) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, squeezed(t, pickled(v)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
