package data

import (
	"fmt"
	"strings"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/space"
)

// Channel-Bench-Macro (Su et al. 2022, arXiv:2203.13714), in the order of channelNets.
var channelSources = []Source{
	{genius, geniAt, "benchmark/Results_ResNet.json", 238972,
		"f03128f1076f31d97e505ab0a8c1873588e9a4d5a612d744464a6d93343fd5e3", "none",
		"channelbench-macro/channelbench_resnet_cifar10.csv.gz"},
	{genius, geniAt, "benchmark/Results_MobileNet.json", 317364,
		"7d49533955d1e75ea5a292b7ff0e7118aa01eb6109f49fc2a73f365860f9fbb1", "none",
		"channelbench-macro/channelbench_mobilenet_cifar10.csv.gz"},
}

// channelNets are the networks whose widths are chosen, and the prefixes of their columns.
var channelNets = []string{"resnet_", "mobilenet_"}

func init() {
	register(Table{
		Name: "channel",
		Holds: "Channel-Bench-Macro: test accuracy of three runs and size of every width of a " +
			"ResNet and a MobileNet on CIFAR-10",
		Rows: space.Channel{}.Size(), Sets: []string{"cifar10"}, Objectives: []string{"error", "params", "flops"},
		Measured:   "test accuracies; there is no validation accuracy",
		Estimated:  "parameters and FLOPs, counted by the authors",
		Sources:    channelSources,
		Bytes:      2e6,
		importFrom: importChannel,
		check: func(f *Frame) error {
			spans := append(runSpans(channelNets[0]), runSpans(channelNets[1])...)
			if err := checkRows(f, space.Channel{}.Size(), space.Channel{}, spans...); err != nil {
				return err
			}
			for _, net := range channelNets {
				if err := checkMean(f, net, 1e-4); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

func importChannel(im *importing) (*Frame, string, error) {
	f, err := im.sheets(channelSources, channelNets, space.Channel{}.Size(), parseChannel)
	return f, fmt.Sprintf("%d widths of %d networks, %d runs each", space.Channel{}.Size(), len(channelNets),
		macroRuns), err
}

func parseChannel(b []byte) (*sheet, error) {
	s, err := readSheet(b, "arch,"+strings.Join(macroNames, ","), 1, func(texts []string) (evolve.Arch, error) {
		return space.Channel{}.Parse(texts[0])
	})
	if err != nil {
		return nil, err
	}
	return s, s.covers(space.Channel{})
}
