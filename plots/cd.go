package plots

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"

	"github.com/amoeba-nas/amoeba/evolve"
	"github.com/amoeba-nas/amoeba/evolve/number"
	"github.com/amoeba-nas/amoeba/evolve/scores"
	"github.com/amoeba-nas/amoeba/evolve/stats"
	"github.com/amoeba-nas/amoeba/evolve/trace"
)

func init() {
	Figures.Register(evolve.Entry[Figure]{
		Name: "cd",
		Doc: "critical-difference diagram: mean ranks over blocks, with bars over algorithms that Nemenyi's test " +
			"does not tell apart; blocks are benchmarks or, of one benchmark, runs by index",
		Paper: "Demšar, JMLR 7, 2006, figure 1",
		Params: []evolve.Param{orderParam, courseParam.OnlyFor("at"), atParam,
			evolve.Switch("lower", false, "of a table of scores, FILE.csv: the lower are the better")},
		New: func(o evolve.Options) (Figure, error) {
			f := cd{metric: o.Text("metric"), lower: o.Yes("lower")}
			f.at, f.x = given(o, "at")
			return f, nil
		},
	})
}

// cd is a critical-difference diagram of experiments.
type cd struct {
	metric, x string
	at        float64 // NaN for the ends
	lower     bool
}

func (f cd) Needs() Needs { return Needs{Trajectories: f.x != "", Arms: 2} }

func (f cd) Draw(sets []*trace.Set, o Options) (Drawing, error) {
	if f.lower {
		return nil, fmt.Errorf("figure cd: lower=yes is of tables of scores: an experiment's metric says what is "+
			"better: %w", evolve.ErrInvalid)
	}
	b, err := newBlocks("cd", sets)
	if err != nil {
		return nil, err
	}
	names, err := metrics(f.metric, sets, []string{"val"}, []string{"val"})
	if err != nil {
		return nil, err
	}
	if len(names) > 1 {
		return nil, fmt.Errorf("figure cd: metric=%s: want one: %w", f.metric, evolve.ErrInvalid)
	}
	values, when, err := scoresAt(b, names[0], f.x, f.at, sets)
	if err != nil {
		return nil, fmt.Errorf("figure cd: %w", err)
	}
	var methods []string
	var grey []bool
	for _, m := range b.Methods {
		methods, grey = append(methods, m.Label), append(grey, m.Baseline)
	}
	y, _ := sets[0].Measure(names[0]) // by which they were ranked
	d := RankDiagram{Methods: methods, Baselines: grey, Ranking: stats.Friedman(values),
		Title: cmp.Or(o.Title, heading(sets, "mean ranks by "+y.What+when))}
	d.Note = captionOf(sets, "Ranks over "+blocksText(b)+"; "+d.verdict())
	return d, nil
}

// DrawScores draws a table of scores.
func (f cd) DrawScores(name string, t *scores.Table, o Options) (Drawing, error) {
	if f.metric != auto || f.x != "" {
		return nil, fmt.Errorf("figure cd: metric and at are of experiments, and %s is a table of scores: %w", name,
			evolve.ErrInvalid)
	}
	c := t.Compare(scores.Question{Lower: f.lower, Resamplings: 1}) // its ranking is drawn, which resamples nothing
	d := RankDiagram{Methods: t.Methods, Ranking: c.Ranking, Title: cmp.Or(o.Title, "Mean ranks")}
	if math.IsNaN(c.CD) {
		return nil, fmt.Errorf("figure cd: %s: %s: %w", name,
			cmp.Or(strings.Join(c.Notes, "; "), strings.Join(c.Ranking.Notes, "; "), "there is no ranking"),
			evolve.ErrInvalid)
	}
	better := "higher"
	if f.lower {
		better = "lower"
	}
	over := fmt.Sprintf("%d %s", c.Ranking.Rows, c.Blocks)
	if c.Blocks == scores.ByDataSet {
		over += fmt.Sprintf(", of each the %s of the runs", c.Summary)
	}
	d.Note = fmt.Sprintf("Ranks over %s of %s, of whose scores the %s are the better; %s.", over, name, better,
		d.verdict())
	return d, nil
}

// scoresAt are the scores of blocks at the runs' ends or, with an axis, at a point of it; when says which in a title.
func scoresAt(b *trace.Blocks, metric, axis string, at float64, sets []*trace.Set) (
	values [][]float64, when string, err error,
) {
	if axis == "" {
		values, err = b.Scores(metric)
		return values, "", err
	}
	c, err := newCourse(axis, "no", sets)
	if err != nil {
		return nil, "", err
	}
	ends, err := b.Ends(c.name)
	if err != nil {
		return nil, "", err
	}
	if end := slices.Min(ends); at > end {
		return nil, "", fmt.Errorf("at=%g: half of the runs of an algorithm have ended by then, at %s=%g: %w", at,
			c.name, end, evolve.ErrInvalid)
	}
	err = b.Course(metric, c.name, []float64{at}, func(_ int, rows [][]float64) { values = rows })
	found := func(row []float64) bool {
		return slices.ContainsFunc(row, func(x float64) bool { return !math.IsInf(x, -1) })
	}
	if err == nil && !slices.ContainsFunc(values, found) {
		err = fmt.Errorf("at=%g: nothing had been found by then: %w", at, evolve.ErrInvalid)
	}
	return values, fmt.Sprintf(" after %g %s", at, c.label), err
}

// RankDiagram is a critical-difference diagram (Demšar, JMLR 7, 2006, figure 1): methods on an axis of mean ranks, the
// best to the right, and a bar over methods that are less than the critical difference apart.
type RankDiagram struct {
	Title, Note string
	Methods     []string
	Baselines   []bool // of the methods, drawn grey; nil for none
	Ranking     stats.Ranking
}

// verdict says in a caption what the tests say.
func (f RankDiagram) verdict() string {
	r := f.Ranking
	p := "Friedman's test, corrected for ties, gives p = " + number.P(r.Corrected.PChi2)
	if math.IsNaN(r.Corrected.PChi2) {
		p = "no Friedman test can be made"
	}
	return fmt.Sprintf("%s; algorithms under one bar are less than Nemenyi's critical difference %.2f apart (level %g)",
		p, r.CD, stats.Alpha)
}

// Data has a row for every method, in the order of mean ranks, with the groups that it is in.
func (f RankDiagram) Data() Table {
	t := Table{Header: []string{"method", "mean_rank", "blocks", "critical_difference", "groups"}}
	groups := stats.Groups(f.Ranking.Ranks, f.Ranking.CD)
	for _, m := range f.order() {
		var in []string
		for g, members := range groups {
			if slices.Contains(members, m) {
				in = append(in, strconv.Itoa(g+1))
			}
		}
		t.Add(f.Methods[m], f.Ranking.Ranks[m], f.Ranking.Rows, f.Ranking.CD, strings.Join(in, " "))
	}
	return t
}

// order are the methods by mean rank, the best first.
func (f RankDiagram) order() []int { return order(f.Ranking.Ranks) }

// order are the places of values from the lowest on; of equal ones the first comes first.
func order(values []float64) []int {
	at := make([]int, len(values))
	for i := range at {
		at[i] = i
	}
	slices.SortStableFunc(at, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	return at
}

// Write draws the figure as "png" (200 dpi), "svg" or "pdf". It fails on another format, on a ranking without a
// critical difference, and when w does.
func (f RankDiagram) Write(w io.Writer, format string) error {
	if len(f.Methods) < 2 || len(f.Ranking.Ranks) != len(f.Methods) || math.IsNaN(f.Ranking.CD) {
		return fmt.Errorf("plots: %s with %d mean ranks and a critical difference of %g",
			number.Count(len(f.Methods), "method"), len(f.Ranking.Ranks), f.Ranking.CD)
	}
	l := f.layout()
	return output(w, format, l.width, l.height, l.draw)
}

const (
	rankAxisWidth           = 9.5 * vg.Centimeter
	rankRow       vg.Length = 15
	rankBarGap    vg.Length = 6 // between two bars
)

// A rankLayout has the axis of ranks with names on both sides.
type rankLayout struct {
	RankDiagram
	frame
	width, height vg.Length
	left, right   []int // methods, from the outermost inwards
	bars          [][2]float64
	axisY         vg.Length
}

func (f RankDiagram) layout() *rankLayout {
	l := &rankLayout{RankDiagram: f}
	order := f.order()
	half := (len(order) + 1) / 2
	l.right, l.left = order[:half], slices.Clone(order[half:])
	slices.Reverse(l.left)
	for _, g := range stats.Groups(f.Ranking.Ranks, f.Ranking.CD) {
		l.bars = append(l.bars, [2]float64{f.Ranking.Ranks[g[0]], f.Ranking.Ranks[g[len(g)-1]]})
	}
	names := func(methods []int) []string {
		var all []string
		for _, m := range methods {
			all = append(all, f.label(m))
		}
		return all
	}
	l.Min.X = margin + widestText(names(l.left)) + 12
	l.Max.X = l.Min.X + rankAxisWidth
	l.width = l.Max.X + 12 + widestText(names(l.right)) + margin
	room := l.width - 2*margin
	wrapTexts(&l.Title, &l.Note, room)
	// The best stands on the right, as in the paper.
	l.x, l.y = axis{min: float64(len(f.Methods)), max: 1}, axis{min: 0, max: 1}
	below := l.barsHeight() + rankRow*vg.Length(half) + 4
	l.Min.Y = margin + noteHeight(l.Note) + 4
	l.axisY = l.Min.Y + below
	l.Max.Y = l.axisY
	const above = 44 // numbers of the axis, and the critical difference over them
	l.height = l.axisY + above + titleHeight(l.Title) + margin
	return l
}

func (l *rankLayout) barsHeight() vg.Length { return 9 + rankBarGap*vg.Length(max(len(l.bars), 1)) }

// label is a method's name with its rank.
func (f RankDiagram) label(m int) string {
	return fmt.Sprintf("%s  %.2f", f.Methods[m], f.Ranking.Ranks[m])
}

// looks are those of the methods, as panels of curves show them. There may be more methods than hues.
func (f RankDiagram) looks() []look {
	var p Panel
	for i, name := range f.Methods {
		p.Series = append(p.Series, Series{Name: name, Baseline: f.Baselines != nil && f.Baselines[i], Points: true})
	}
	if p.hues() <= MaxSeries {
		return p.looks()
	}
	looks := make([]look, len(f.Methods))
	for i := range looks {
		looks[i] = look{hue: hue{inkLight, ink}, mark: -1}
	}
	return looks
}

func (l *rankLayout) draw(p pen) {
	p.title(l.Title, l.height)
	p.note(l.Note)
	at := func(rank float64) vg.Length { return l.at(rank, 0).X }
	axis := stroke{color: inkLight, width: 0.7}
	p.line(axis, vg.Point{X: l.Min.X, Y: l.axisY}, vg.Point{X: l.Max.X, Y: l.axisY})
	every := (len(l.Methods)-1)/12 + 1 // numbers on the axis at most
	for rank := 1; rank <= len(l.Methods); rank += every {
		x := at(float64(rank))
		p.line(axis, vg.Point{X: x, Y: l.axisY}, vg.Point{X: x, Y: l.axisY + tickLength})
		p.text(strconv.Itoa(rank), tickSize, inkLight, center, vg.Point{X: x, Y: l.axisY + 9})
	}
	l.drawCD(p)
	for i, m := range l.left {
		l.drawMethod(p, m, i, l.Min.X-6, right)
	}
	for i, m := range l.right {
		l.drawMethod(p, m, i, l.Max.X+6, left)
	}
	for i, b := range l.bars {
		y := l.axisY - 9 - rankBarGap*vg.Length(i)
		p.line(stroke{color: ink, width: 2.6}, vg.Point{X: at(b[0]) + 2, Y: y}, vg.Point{X: at(b[1]) - 2, Y: y})
	}
	for i, k := range l.looks() {
		p.point(k, vg.Point{X: at(l.Ranking.Ranks[i]), Y: l.axisY}, 1.2)
	}
}

// drawMethod draws the way from a method's place on the axis down and out to its name. The outermost method's row is
// the highest, so that ways do not cross.
func (l *rankLayout) drawMethod(p pen, m, row int, x vg.Length, a align) {
	h := l.looks()[m].hue
	y := l.axisY - l.barsHeight() - rankRow*(vg.Length(row)+0.5)
	from := l.at(l.Ranking.Ranks[m], 0).X
	p.line(stroke{color: h.line, width: 1},
		vg.Point{X: from, Y: l.axisY}, vg.Point{X: from, Y: y}, vg.Point{X: x, Y: y})
	shift := vg.Length(3)
	if a == right {
		shift = -3
	}
	p.text(l.label(m), labelSize, h.text, a, vg.Point{X: x + shift, Y: y})
}

// drawCD draws the critical difference as long as it is, over the axis.
func (l *rankLayout) drawCD(p pen) {
	k := float64(len(l.Methods))
	length := min(l.Ranking.CD, k-1)
	y := l.axisY + 24
	from, to := l.at(k, 0).X, l.at(k-length, 0).X
	s := stroke{color: ink, width: 1.2}
	p.line(s, vg.Point{X: from, Y: y}, vg.Point{X: to, Y: y})
	p.line(s, vg.Point{X: from, Y: y - 3}, vg.Point{X: from, Y: y + 3})
	if l.Ranking.CD <= k-1 {
		p.line(s, vg.Point{X: to, Y: y - 3}, vg.Point{X: to, Y: y + 3})
	}
	text := fmt.Sprintf("critical difference %.2f", l.Ranking.CD)
	p.text(text, tickSize, ink, left, vg.Point{X: from, Y: y + 9})
}
