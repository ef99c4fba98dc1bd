// Package shared finds for tests the published data that may stand beside the repository, in
// ../shared, and is the one way in which a test skips for want of them.
package shared
