package ownruns

// Column is a value of every epoch of every run: parts of a whole. Errors stay whole numbers of
// images until their mean is taken, so that equal counts give equal means in any order.
type Column struct {
	Parts []float64 // by [Table.At]
	of    float64
}

// Errors are the shares of wrong answers among so many images; right counts the right answers.
func Errors(right []int, images int) Column {
	xs := make([]float64, len(right))
	for i, n := range right {
		xs[i] = float64(images - n)
	}
	return Column{xs, float64(images)}
}

// Losses are mean losses an image.
func Losses(losses []float32) Column { return Column{Floats(losses), 1} }

// Runs are the values of each cell's runs after an epoch.
func (c Column) Runs(t *Table, epoch int) [][]float64 {
	rows, all := make([][]float64, len(t.Cells)), make([]float64, 0, len(t.Cells)*t.Seeds)
	for i := range rows {
		from := len(all)
		for s := range t.Seeds {
			all = append(all, c.Parts[t.At(i, s, epoch)]/c.of)
		}
		rows[i] = all[from:len(all):len(all)]
	}
	return rows
}

// Means are those over each cell's runs after an epoch.
func (c Column) Means(t *Table, epoch int) []float64 {
	xs := make([]float64, len(t.Cells))
	for i := range xs {
		sum := 0.0
		for s := range t.Seeds {
			sum += c.Parts[t.At(i, s, epoch)]
		}
		xs[i] = sum / (c.of * float64(t.Seeds))
	}
	return xs
}

// Floats converts numbers of another type.
func Floats[T int | float32](xs []T) []float64 {
	out := make([]float64, len(xs))
	for i, x := range xs {
		out[i] = float64(x)
	}
	return out
}
