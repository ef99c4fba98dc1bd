package device

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// cuda is what CUDA C has beside C++, as far as kernels use it: its own headers are nothing that a machine without a
// card has.
const cuda = `
#define __CUDACC__
#define __global__ __attribute__((global))
#define __shared__ __attribute__((shared))
#define __device__ __attribute__((device))
#define __launch_bounds__(n) __attribute__((launch_bounds(n)))
extern const __device__ struct dim3 { unsigned x, y, z; } blockIdx, threadIdx;
struct __attribute__((aligned(16))) float4 { float x, y, z, w; };
struct __attribute__((aligned(16))) double4 { double x, y, z, w; };
__device__ void __syncthreads();
__device__ float __int_as_float(int);
__device__ int min(int, int);
__device__ int max(int, int);
#define REAL(F) __device__ F exp(F), log(F), sqrt(F), fabs(F), max(F, F);
REAL(float)
REAL(double)
`

// The kernels' text is OpenCL C and CUDA C, so that a driver of CUDA needs no other one.
func TestSourceCompiles(t *testing.T) {
	clang := ""
	for _, name := range []string{"clang", "clang-15", "clang-16", "clang-17", "clang-18", "clang-19"} {
		if path, err := exec.LookPath(name); err == nil {
			clang = path
			break
		}
	}
	if clang == "" {
		t.Skip("no clang to compile the kernels as OpenCL C and CUDA C")
	}
	file := filepath.Join(t.TempDir(), "kernels")
	for language, c := range map[string]struct{ before, options string }{
		"OpenCL C": {"", "-x cl -cl-std=CL1.2 -Xclang -finclude-default-header"},
		"CUDA C":   {cuda, "-x cuda --cuda-device-only -nocudainc -nocudalib --cuda-gpu-arch=sm_80 -Wno-unknown-cuda-version"},
	} {
		if err := os.WriteFile(file, []byte(c.before+Source()), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, number := range []string{"float", "double"} {
			args := append(strings.Fields(c.options), "-Werror", "-fsyntax-only", "-DT="+number, file)
			if out, err := exec.Command(clang, args...).CombinedOutput(); err != nil {
				t.Errorf("%s, %s: %v\n%s", language, number, err, out)
			}
		}
	}
}
