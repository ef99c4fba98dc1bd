package verify

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/amoeba-nas/amoeba/evolve"
)

// ofTrial is the name of what a benchmark keeps of a trial, by its number: 000007.json, or the folder 000007.
var ofTrial = regexp.MustCompile(`^(\d{6,9})(\..*|)$`)

// Trials calls check for what a benchmark kept in a folder of the trials of a study: with each path that is named by a
// trial's number, the ending of the name, ".json" of 000007.json, and what the journal says of the trial, nil where it
// says nothing. A folder that is gone or empty is fine: the results do not need it.
func Trials(dir string, past []evolve.Outcome, check func(path, ending string, id int, o *evolve.Outcome)) {
	trials := map[int]*evolve.Outcome{}
	for i := range past {
		trials[past[i].ID] = &past[i]
	}
	entries, _ := os.ReadDir(dir) // as if it were gone
	for _, e := range entries {
		if m := ofTrial.FindStringSubmatch(e.Name()); m != nil {
			id, _ := strconv.Atoi(m[1]) // digits that fit
			check(filepath.Join(dir, e.Name()), m[2], id, trials[id])
		}
	}
}
