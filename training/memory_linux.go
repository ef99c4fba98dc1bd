package training

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// FreeMemory is the number of bytes that this process can still take: of the machine, of its
// control group and of its address space, the least that is known; 0 where nothing is.
func FreeMemory() int {
	least := 0
	bound := func(n int) {
		if n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	bound(available())
	const group = "/sys/fs/cgroup/" // of version 2, within a container its own
	if limit := readNumber(group + "memory.max"); limit > 0 {
		bound(limit - readNumber(group+"memory.current"))
	}
	var space syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &space); err == nil && space.Cur < 1<<62 {
		var pages int
		text, _ := os.ReadFile("/proc/self/statm")
		_, _ = fmt.Sscan(string(text), &pages) // 0 where it cannot be read
		bound(int(space.Cur) - pages*os.Getpagesize())
	}
	return least
}

// available is the kernel's own estimate for the machine (proc(5), MemAvailable).
func available() int {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "MemAvailable:" {
			kib, _ := strconv.Atoi(words[1])
			return kib << 10
		}
	}
	return 0
}

// readNumber reads a file that holds one; 0 where it holds none.
func readNumber(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}
