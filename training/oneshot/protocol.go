package oneshot

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/amoeba-nas/amoeba/data/ownruns"
	"github.com/amoeba-nas/amoeba/training"
	"github.com/amoeba-nas/amoeba/training/net"
)

// protocol is what a table says of how its networks were trained, of what shared weights can have in common with it:
// a part of tabulate.Protocol.
type protocol struct {
	Hash   string          `json:"data_sha256"`
	Net    net.Config      `json:"net"`
	Recipe training.Recipe `json:"recipe"`
}

func protocolOf(h *ownruns.Header) (p protocol, ok bool) {
	ok = json.Unmarshal(h.Protocol, &p) == nil && p.Hash != ""
	return p, ok
}

// Differences says, a few words each, in what the networks of a table differ from those that shared weights stand for:
// images, how many of them, sizes and batch. There are none of the same protocol. How long and by which rates the
// table's networks were trained is none: shared weights have schedules of their own.
func (m *Meta) Differences(h *ownruns.Header) (all []string) {
	p, ok := protocolOf(h)
	if !ok {
		return []string{"the table does not say how its networks were trained"}
	}
	if m.Data != h.Data {
		all = append(all, fmt.Sprintf("%s for %s", m.Data, h.Data))
	} else if m.DataHash != p.Hash {
		all = append(all, "other images of "+m.Data)
	}
	count := func(images int) string {
		if images == 0 {
			return "all"
		}
		return strconv.Itoa(images)
	}
	for _, of := range []struct{ name, here, told string }{
		{"F", strconv.Itoa(m.Net.F), strconv.Itoa(p.Net.F)}, {"N", strconv.Itoa(m.Net.N), strconv.Itoa(p.Net.N)},
		{"images", count(m.Images), count(p.Recipe.Images)},
		{"batch", strconv.Itoa(m.Batch), strconv.Itoa(p.Recipe.Batch)},
	} {
		if of.here != of.told {
			all = append(all, fmt.Sprintf("%s=%s for %s", of.name, of.here, of.told))
		}
	}
	// What the command has no options for.
	here, told := m.Net, p.Net
	here.Unscaled, here.F, here.N, told.F, told.N = told.Unscaled, 0, 0, 0, 0
	if len(all) == 0 && here != told {
		all = append(all, "another network around the cells")
	}
	return all
}
