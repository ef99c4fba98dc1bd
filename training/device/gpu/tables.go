package gpu

import (
	"fmt"
	"math"

	"github.com/amoeba-nas/amoeba/training/device"
)

// firstTables is the room for tables that a device begins with, in numbers: those of a network for 32×32 images take
// some 300,000.
const firstTables = 1 << 20

// tables are whole numbers that kernels read, such as which pixels a window covers, one after another in a buffer.
// Equal ones are kept once and none is let go: most depend on the shapes of windows and images alone, which are few,
// and those of each new architecture, which of its weights decay, have a bit for 16 weights.
// Since they never change, a larger buffer begins with what the one before it holds, and steps that were made with that
// one keep it.
type tables struct {
	places  map[string]int // by content
	used    int
	room    int
	buffers []Buffer // the last one is in use
}

func (t *tables) buffer() Buffer { return t.buffers[len(t.buffers)-1] }

// table is the place of v in the buffer that is in use from now on.
func (d *Device[T]) table(v []int32) (int32, error) {
	if len(v) == 0 {
		return 0, nil
	}
	t, content := &d.tables, string(bytesOf(v))
	if at, ok := t.places[content]; ok {
		return int32(at), nil
	}
	at := t.used
	if at+len(v) > t.room {
		if err := d.growTables(at + len(v)); err != nil {
			return 0, err
		}
	}
	if err := d.write(t.buffer(), 4*at, bytesOf(v)); err != nil {
		return 0, err
	}
	t.places[content], t.used = at, at+len(v)
	return int32(at), nil
}

// growTables makes a buffer for at least so many numbers, and fills it with the tables so far.
func (d *Device[T]) growTables(numbers int) error {
	t, room := &d.tables, firstTables
	for room < numbers {
		room *= 2
	}
	if room > math.MaxInt32 {
		return fmt.Errorf("tables of more than %d numbers: %w", math.MaxInt32, device.ErrRoom)
	}
	b, err := d.driver.Buffer(4 * room)
	if err != nil {
		return fmt.Errorf("no room for tables of %s: %w: %w", size(4*room), err, device.ErrRoom)
	}
	t.buffers, t.room = append(t.buffers, b), room
	for content, at := range t.places {
		if err := d.write(b, 4*at, []byte(content)); err != nil {
			return err
		}
	}
	return nil
}
