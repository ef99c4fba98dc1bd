// Package device is where a network's numbers live and how its operations run on them.
//
// An operation is a [Spec], a file of this package: what it computes, the processor's loops, and the kernels of
// devices that launch them. A [Device] makes a [Kernel] of a spec, with shapes settled; a kernel makes a [Call], with
// operands settled. Nothing runs by that. A list of calls is recorded as a [Step], and a step runs again and again:
// the pass and the update of one batch are one step, which every later batch repeats. What differs from batch to batch
// lies where the step reads it and is uploaded before: images, labels, masks of dropout, scalars such as [ScalarRate].
// What comes out, losses and right answers, is in rows of Results, which are right after Wait. So a step costs the
// host one loop over functions, or over launches, and steps of several networks can be joined into one.
//
// The processor, [CPU], runs its calls in their order and is done when Run returns; its slices are ordinary memory.
// All other devices are made by package gpu over a driver: their slices are handles, their calls are lists of launches
// ([launch.Launch]) with what each reads and writes, and their errors come late, by Wait. A device is chosen by name
// in package devices.
//
// The same device, driver and version give the same bits at any time, alone or joined: no sum depends on the number of
// processors, on the clock or on a neighbour. Two devices may differ in the last bits, and after some steps in more,
// so that whoever keeps numbers keeps [Device.Name] beside them ([Elsewhere]).
package device
