package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amoeba-nas/amoeba/data/images"
	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/hyper"
	spaces "github.com/amoeba-nas/amoeba/evolve/space"
	"github.com/amoeba-nas/amoeba/evolve/words"
	"github.com/amoeba-nas/amoeba/plots"
	"github.com/amoeba-nas/amoeba/plots/report"
	"github.com/amoeba-nas/amoeba/surrogate"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/net"
	"github.com/amoeba-nas/amoeba/training/oneshot"
)

// trainsOn is the data set that train takes where a search tells of none: it is in the program.
const trainsOn = "digits"

// nextCommands are the commands that train, draw and query an architecture that a search found, as a shell reads
// them: those of the three that its space and its benchmark have. What they write stands beside the folder of the
// search.
func nextCommands(bench evolve.Benchmark, benchmark string, a evolve.Arch, dir string) (commands []string) {
	space, beside := bench.Problem().Space, filepath.Clean(dir)
	arch := words.Quote(string(a)) // shorter than the notation, which is printed already
	// A pool is opened by the name of the space that it is a part of. One with options has no name that opens it.
	if sp, _, read, err := spaces.OpenArch(space.Name(), true, string(a)); err == nil && read == a {
		of := " --space " + space.Name()
		if how := trainable(bench, sp.Name(), a, benchmark); how != "" {
			commands = append(commands,
				"amoeba train "+arch+of+how+onDevice(benchmark)+" --out "+words.Quote(beside+"-trained"))
		}
		if _, err := plots.Cell(sp, a); err == nil {
			commands = append(commands, "amoeba draw "+arch+of+" --out "+words.Quote(beside+".svg"))
		}
	}
	if s, ok := space.(*hyper.Space); ok {
		if command := trainTuned(s, a, benchmark); command != "" {
			commands = append(commands, command+" --out "+words.Quote(beside+"-trained"))
		}
	}
	if q, err := report.NewQueried(bench, evolve.Spec{}, surrogate.Answering); err == nil {
		if answer, err := q.Ask(string(a)); err == nil && answer.Genome == string(a) {
			commands = append(commands, "amoeba query "+arch+" --benchmark "+words.Quote(benchmark))
		}
	}
	return commands
}

// trainTuned is the command that trains what a search of a training's hyper-parameters found, with these as flags; ""
// of another benchmark.
func trainTuned(s *hyper.Space, a evolve.Arch, benchmark string) string {
	spec, err := evolve.ParseSpec(benchmark)
	if err != nil || spec.Name != "train" {
		return ""
	}
	of, _ := s.Arch()
	arch, values, err := s.Values(a)
	if err != nil {
		return ""
	}
	command := "amoeba train " + words.Quote(string(arch)) + " --space " + of.Name() + " --data " + spec.Variant +
		onDevice(benchmark)
	for _, v := range values {
		command += " --" + strings.ReplaceAll(v.Name, "_", "-") + " " + hyper.Label(v.Of)
	}
	return command
}

// onDevice is the flag by which train takes the device of a benchmark that trains; "" where that names none.
func onDevice(benchmark string) string {
	spec, err := evolve.ParseSpec(benchmark)
	if err != nil || spec.Name != "train" && spec.Name != "oneshot" {
		return ""
	}
	i := slices.IndexFunc(spec.Set, func(s evolve.Setting) bool { return s.Key == "device" })
	if i < 0 {
		return ""
	}
	return " --device " + spec.Set[i].Value
}

// trainable are the flags by which train trains an architecture alone: as a benchmark does that tells of such
// trainings, or else with its defaults on the data set of a benchmark that trains, or on the one in the program; ""
// where no network is built of it.
func trainable(bench evolve.Benchmark, space string, a evolve.Arch, benchmark string) string {
	if b, ok := evolve.As[*oneshot.Benchmark](bench); ok {
		s, err := b.Alone(a)
		if err == nil {
			_, err = net.Build(space, a, s.Job.Net)
		}
		if err != nil {
			return ""
		}
		return trainFlagsOf(&s)
	}
	data := trainsOn
	if spec, err := evolve.ParseSpec(benchmark); err == nil && spec.Name == "train" {
		data = spec.Variant
	}
	set, err := images.Lookup(data)
	if err != nil {
		return ""
	}
	if _, err := net.Build(space, a, net.Config{Input: net.Shape{C: set.C, H: set.H, W: set.W},
		Classes: set.Classes, N: 1, F: 8}); err != nil {
		return ""
	}
	return " --data " + data
}

// trainFlagsOf are the flags of train for trainings of a default recipe, but for its length, batch and images, from
// seed 1 on: those that are not its defaults.
func trainFlagsOf(s *training.Seeds) string {
	j, usual := &s.Job, training.DefaultRecipe()
	text := " --data " + j.Data
	for _, f := range []struct {
		name      string
		is, usual int
	}{{"N", j.Net.N, 1}, {"F", j.Net.F, training.DefaultF(j.Net.Input)}, {"images", j.Recipe.Images, usual.Images},
		{"batch", j.Recipe.Batch, usual.Batch}, {"epochs", j.Recipe.Epochs, usual.Epochs}, {"seeds", s.Count, 1}} {
		if f.is != f.usual {
			text += fmt.Sprintf(" --%s %d", f.name, f.is)
		}
	}
	if s.Final {
		text += " --final"
	}
	return text
}
