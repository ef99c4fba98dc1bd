// Package tfrecord reads TFRecord files, TensorFlow's framing of binary
// records. Each record is, numbers little-endian,
//
//	uint64 length of the data
//	uint32 masked CRC-32C of those eight bytes
//	the data
//	uint32 masked CRC-32C of the data
package tfrecord
