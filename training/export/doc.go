// Package export writes networks for other programs: ONNX files with weights, and Python
// modules for PyTorch.
package export
