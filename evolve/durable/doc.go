// Package durable writes files that are whole or not there, and reads files that are files.
package durable
