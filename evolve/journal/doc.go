// Package journal keeps what a study did: JSON lines for trials that cost real time,
// Parquet for simulated ones. docs/journal.md is the schema.
package journal
