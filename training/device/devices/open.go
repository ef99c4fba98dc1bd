package devices

import (
	"github.com/amoeba-nas/amoeba/training/device"
	"github.com/amoeba-nas/amoeba/training/device/gpu"
	"github.com/amoeba-nas/amoeba/training/device/opencl"
	"github.com/amoeba-nas/amoeba/training/kernel"
)

// open makes a device of kernels over a driver.
func open[T kernel.Float](d *opencl.Device) (device.Device[T], error) {
	driver, err := d.Open()
	if err != nil {
		return nil, err
	}
	g, err := gpu.Open[T](driver)
	if err != nil {
		return nil, err
	}
	return g, nil
}
