// Package trace turns journals into what a reader compares: incumbent curves with bands,
// summaries over runs, and tests.
package trace
