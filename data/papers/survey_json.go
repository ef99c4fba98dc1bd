package papers

import (
	"encoding/json"

	"github.com/amoeba-nas/amoeba/evolve/number"
)

// surveyRow is a searcher's result in an experiment, as JSON.
type surveyRow struct {
	Pair
	Means    []number.Nullable `json:"means,omitempty"` // by column; lower is better
	SEs      []number.Nullable `json:"standard_errors,omitempty"`
	Seconds  number.Nullable   `json:"seconds"` // of a processor for a run, of the part speed
	Verdicts []surveyVerdict   `json:"verdicts,omitempty"`
}

type surveyVerdict struct {
	Want    string `json:"want"`
	Verdict string `json:"verdict"` // met, missed or TooShort
	Miss    string `json:"miss,omitempty"`
	Goal    bool   `json:"goal,omitempty"`
}

type surveyArena struct {
	Name    string      `json:"experiment"`
	Lacks   string      `json:"lacks,omitempty"`
	What    string      `json:"values,omitempty"`
	Columns []string    `json:"columns,omitempty"`
	Rows    []surveyRow `json:"searchers"`
}

// MarshalJSON is the survey with the results of every experiment, best first, behind them those that have none, and
// with the demands.
func (s *Surveyed) MarshalJSON() ([]byte, error) {
	type plain Surveyed // without this method
	out := struct {
		*plain
		Met         int           `json:"demands_met"`
		Missed      []string      `json:"demands_missed"`
		Open        []string      `json:"demands_open"`
		Experiments []surveyArena `json:"experiments"`
	}{plain: (*plain)(s), Experiments: []surveyArena{}}
	out.Met, out.Missed, out.Open = s.Demands()
	for i := range s.Arenas {
		a := &s.Arenas[i]
		x := surveyArena{Name: a.Name, Lacks: a.Lacks, What: a.What, Columns: a.Columns, Rows: []surveyRow{}}
		for _, standing := range s.Standings(a) {
			row := surveyRow{Pair: *standing.Pair, Seconds: number.Nullable(standing.Seconds)}
			for c := range standing.Means {
				row.Means = append(row.Means, number.Nullable(standing.Means[c]))
				row.SEs = append(row.SEs, number.Nullable(standing.SEs[c]))
			}
			for _, v := range standing.Verdicts {
				verdict := "missed"
				if v.Open {
					verdict = TooShort
				} else if v.Met {
					verdict = "met"
				}
				row.Verdicts = append(row.Verdicts, surveyVerdict{v.Want, verdict, v.Miss, v.Goal})
			}
			x.Rows = append(x.Rows, row)
		}
		for _, p := range a.Pairs {
			if a.Part == Speed || !p.Ran() {
				x.Rows = append(x.Rows, surveyRow{Pair: p, Seconds: number.Nullable(p.Seconds)})
			}
		}
		out.Experiments = append(out.Experiments, x)
	}
	return json.Marshal(out)
}
