package gpu

import "unsafe"

// mirror is a slice of results: numbers of the host, which are right after Wait, and where steps write them.
type mirror[T any] struct {
	host   []float64
	device []T // a handle
	copied []T // of the host: the device's numbers on their way
	dirty  bool
}

// Results returns n zeros of the host. Between a step's Run and the next Wait they belong to the device.
func (d *Device[T]) Results(n int) ([]float64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	handle, err := d.take(n)
	if err != nil || n <= 0 {
		return nil, err
	}
	m := &mirror[T]{host: make([]float64, n), device: handle, copied: make([]T, n)}
	d.results[unsafe.SliceData(m.host)] = m
	return m.host, nil
}

// GiveResults takes back what Results returned.
func (d *Device[T]) GiveResults(host []float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m, ok := d.results[unsafe.SliceData(host)]
	if !ok {
		return
	}
	delete(d.results, unsafe.SliceData(host))
	m.dirty = false
	d.give(m.device)
}

// collect brings to the host what steps wrote since the last time.
func (d *Device[T]) collect() error {
	for _, m := range d.written {
		if !m.dirty { // given back since
			continue
		}
		m.dirty = false
		if err := d.queue.Read(bytesOf(m.copied), d.block, d.byteOf(m.device)); err != nil {
			return err
		}
		for i, v := range m.copied {
			m.host[i] = float64(v)
		}
	}
	d.written = d.written[:0]
	return nil
}
