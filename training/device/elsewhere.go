package device

import "github.com/amoeba-nas/amoeba/training/kernel"

// Elsewhere is the name of a device as files keep it: "" of the processor, whose kernels have a key of their own and
// whose files are those of the time before there was another device.
func Elsewhere[T kernel.Float](d Device[T]) string {
	if name := d.Name(); name != kernel.Name() {
		return name
	}
	return ""
}
