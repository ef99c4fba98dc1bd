package device

import (
	"strconv"
	"strings"

	"github.com/amoeba-nas/amoeba/training/device/launch"
)

// Source is the text of all kernels, for a device that compiles them. The compiler is told what T is, float or double.
func Source() string {
	var b strings.Builder
	for _, d := range []struct {
		name  string
		value int
	}{{"WG", launch.Group}, {"JOB", len(launch.Job{})}, {"UNIT", launch.Unit},
		{"SCALAR_ROW", ScalarRow}, {"SCALAR_RATE", ScalarRate}, {"SCALAR_EPSILON", ScalarEpsilon},
		{"SCALAR_APART", ScalarApart}, {"RESULTS", ResultCount}, {"RESULT_LOSS", ResultLoss},
		{"RESULT_CORRECT", ResultCorrect}, {"RESULT_NORM", ResultNorm}} {
		b.WriteString("#define " + d.name + " " + strconv.Itoa(d.value) + "\n")
	}
	b.WriteString(prelude)
	for _, text := range sources {
		b.WriteString(text)
	}
	return b.String()
}

// sources are the kernels in the order in which they are compiled.
var sources = []string{elementsSource, blocksSource, convSource, depthSource, linearSource, normSource, maxPoolSource,
	avgPoolSource, entropySource, argmaxSource, updateSource, scaleSource}

// prelude is what every kernel begins with. Kernels are written in OpenCL C 1.2, and the few words that CUDA C spells
// differently are macros, so that a driver of CUDA can compile the same text. A kernel reads
//
//	KERNEL(name) ARGS {
//	  BEGIN
//	  ... j[0], j[1], ... tile, l, AT(j[2])[i], tables[j[3] + i] ...
//	}
//
// j is its job, tile the number of its group within the job, l the number of the work-item within the group of WG.
// LOCAL declares memory that a group shares, and NEAR a pointer into it.
// All items of a group come to each BARRIER and FOLD, which stand in no branch, not even in one that all items take:
// PoCL 3.1 loses the values of all items but the first after it. A kernel writes no floating literal but casts, as in
// (T)1 / 2, since a literal is a double, which some devices lack; a constant that is no ratio of small whole numbers
// comes among the operation's Constants.
const prelude = `
#ifdef __CUDACC__
#define KERNEL(name) extern "C" __global__ void __launch_bounds__(WG) name
#define GLOBAL
#define LOCAL __shared__
#define NEAR
#define RESTRICT __restrict__
#define BARRIER __syncthreads()
#define GROUP ((int)blockIdx.x)
#define ITEM ((int)threadIdx.x)
#define INF ((T)__int_as_float(0x7f800000))
#else
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
#define KERNEL(name) __kernel __attribute__((reqd_work_group_size(WG, 1, 1))) void name
#define GLOBAL __global
#define LOCAL __local
#define NEAR __local
#define RESTRICT restrict
#define BARRIER barrier(CLK_LOCAL_MEM_FENCE)
#define GROUP ((int)get_group_id(0))
#define ITEM ((int)get_local_id(0))
#define INF ((T)INFINITY)
#endif

// m is the device's block. jobs[at] is the number n of jobs of the launch; then comes the first group of each job, and
// then the jobs, JOB numbers each. A launch of several jobs, perhaps of several networks, is searched by halves.
// No kernel writes tables or jobs, so that a compiler may keep what it read of them, and read it through a cache.
#define ARGS (GLOBAL T *RESTRICT m, GLOBAL const int *RESTRICT tables, GLOBAL const int *RESTRICT jobs, int at)
#define BEGIN                                                        \
  const int group_ = GROUP, jobs_ = jobs[at];                        \
  int job_ = 0;                                                      \
  for (int end_ = jobs_; end_ - job_ > 1;) {                         \
    const int half_ = (job_ + end_) / 2;                             \
    if (jobs[at + 1 + half_] <= group_) job_ = half_;                \
    else end_ = half_;                                               \
  }                                                                  \
  const int tile = group_ - jobs[at + 1 + job_];                     \
  GLOBAL const int *const j = jobs + at + 1 + jobs_ + JOB * job_;    \
  const int l = ITEM;                                                \
  (void)tile;                                                        \
  (void)j;                                                           \
  (void)l;

// VEC is four numbers, x, y, z and w, that are read or written at once.
#define VEC_(t) t##4
#define VEC_OF(t) VEC_(t)
#define VEC VEC_OF(T)

// AT is the address of an operand from its place, which counts in units.
#define AT(place) (m + UNIT * (long)(place))
// RELU lets a NaN through, which max does not.
#define RELU(v) ((v) < 0 ? (T)0 : (v))
// FINITE holds for no NaN and no infinity.
#define FINITE(v) ((v) - (v) == 0)
#define CEIL(a, b) (((a) + (b) - 1) / (b))
// FOLD leaves the sum of every item's v in buf[0], for all items to read: a tree, so that the order of the additions is
// fixed. Every item of the group must come here. buf has WG elements of local memory; one serves any number of FOLDs.
#define FOLD(buf, v)                                \
  BARRIER;                                          \
  (buf)[l] = (v);                                   \
  BARRIER;                                          \
  for (int half_ = WG / 2; half_; half_ /= 2) {     \
    if (l < half_) (buf)[l] += (buf)[l + half_];    \
    BARRIER;                                        \
  }
`
