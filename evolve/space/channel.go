package space

import (
	"slices"

	"github.com/amoeba-nas/amoeba/evolve"
)

// Channel is the space of Channel-Bench-Macro (Su et al. 2022, arXiv:2203.13714): the
// widths of seven groups of layers of a fixed network, a ResNet in one table and a
// MobileNet in the other. An Arch is the published string of seven digits 1..4, the
// narrowest to the widest; each of the 4⁷ = 16,384 is a network of its own.
type Channel struct{ digitsListed[channelSpec] }

type channelSpec struct{}

func (channelSpec) core() *digits { return channelDigits }

var channelDigits = newDigits("channel", numbered("group", 7), slices.Repeat([]string{"1234"}, 7)...).
	graphed(channelGraf, channelGraf.digits('1'))

// channelGraf: a chain of groups, asked how many are of the second width or wider, of the third, of the fourth.
var channelGraf = &graf{graphs: 3, sources: 1, sinks: 1, sets: grafRisingSets(4)}

func init() {
	evolve.Spaces.Register(evolve.Entry[evolve.Space]{
		Name:  "channel",
		Doc:   "Channel-Bench-Macro: 4 widths for 7 groups of layers, 16,384 networks",
		Paper: "Su, You, Xie, Wang, Qian, Zhang and Xu, 2022, arXiv:2203.13714",
		New:   func(evolve.Options) (evolve.Space, error) { return Channel{}, nil },
	})
}
