/* tests/cuda_host/launch.cpp -- blocks in a loop, threads as fibers; launch.h says what for.
 *
 * A fiber is a stack on which threads run, one after another while none waits: a kernel that never synchronises is a loop of calls. When a
 * thread waits, the processor goes to a thread that may go on, else to a fiber that starts the next thread. Lanes of a warp start one after
 * another, so a warp function costs 31 switches, of a dozen instructions each. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <vector>

#include "engine/op/mma.h"
#include "memory.h"

uint3 threadIdx, blockIdx;
dim3 blockDim, gridDim;

enum { THREADS_MAX = 1024, STACK_BYTES = 256 << 10, PAGE = 4096, FRONT = 256 /* bytes that are watched in front of shared memory */ };

/* ---- stacks and the switch between them ---- */

struct fiber {
	void *sp;
	char *stack;
};

#ifdef __x86_64__
/* Keeps what the calling convention says a function keeps, and changes the stack. */
extern "C" void emu_switch(void **save, void *load);
asm(".text\n.globl emu_switch\n.type emu_switch,@function\nemu_switch:\n"
    "	push %rbp\n	push %rbx\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
    "	mov %rsp,(%rdi)\n	mov %rsi,%rsp\n"
    "	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbx\n	pop %rbp\n	ret\n"
    ".size emu_switch,.-emu_switch\n");

/* The stack's first switch "returns" into ENTRY, with the alignment of a call. */
static void fiber_prepare(struct fiber *f, char *top, void (*entry)()) {
	void **sp = (void **)top - 2;
	sp[0] = (void *)entry;
	f->sp = sp - 6;
	memset(f->sp, 0, 6 * sizeof *sp);
}
#else
#include <ucontext.h>
static void emu_switch(void **save, void *load) {
	if (!*save) *save = calloc(1, sizeof(ucontext_t)); /* the caller's own stack */
	swapcontext((ucontext_t *)*save, (ucontext_t *)load);
}
static void fiber_prepare(struct fiber *f, char *top, void (*entry)()) {
	ucontext_t *u = (ucontext_t *)calloc(1, sizeof *u);
	getcontext(u);
	u->uc_stack.ss_sp = f->stack + PAGE;
	u->uc_stack.ss_size = (size_t)(top - f->stack - PAGE);
	makecontext(u, entry, 0);
	f->sp = u;
}
#endif

static void threads_run();

static struct fiber *fiber_new() {
	static struct fiber fibers[THREADS_MAX];
	static int made;
	struct fiber *f = &fibers[made];
	f->stack = (char *)mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (f->stack == MAP_FAILED || mprotect(f->stack, PAGE, PROT_NONE)) emu_fail("no memory for a thread's stack");
	fiber_prepare(f, f->stack + STACK_BYTES - made++ * 320 % PAGE, threads_run); /* tops in different sets of the cache */
	return f;
}

/* ---- the block that runs ---- */

struct copy {
	void *to;
	const void *from;
	bool valid;
	int group;
};

enum thread_state { UNSTARTED, RUNNING, WAITING, DONE };

struct place {
	const char *what, *file;
	int line;
};

struct thread {
	enum thread_state state;
	struct fiber *fiber;
	struct place place;          /* where it waits */
	uint3 index;
	std::vector<struct copy> copies;
	int groups;                  /* of copies, committed */
};

struct warp {
	int arrived, meetings;
	struct place place;
	struct emu_lane lane[2][32]; /* of this meeting and of the one before, which a slow lane may still read */
};

static struct {
	const char *launch, *file;
	int line;
} site;

static struct {
	bool running;
	const std::function<void()> *body;
	int threads, started, done, arrived; /* arrived: at the block's barrier */
	struct place place;
	char *shared, *shared_end;
	size_t shared_bytes;
	struct thread thread[THREADS_MAX];
	struct warp warp[THREADS_MAX / 32];
	int ready[THREADS_MAX], ready_first, readies; /* a ring */
} block;

static struct fiber *here, outside;
static std::vector<struct fiber *> idle;
static int current;
static bool backwards;

extern "C" void emu_backwards(bool on) { backwards = on; }
int emu_lane_here() { return current % 32; }
void emu_name(const char *launch_text, const char *file, int line) { site = {launch_text, file, line}; }

static const char *const BARRIER = "__syncthreads()";

/* ---- failures ---- */

/* The second argument in the text of a launch: the kernel. */
static void kernel_name(char *out, size_t size) {
	const char *p = site.launch ? site.launch : "";
	int depth = 0, argument = 0;
	size_t n = 0;
	for (; *p && argument < 2; p++) {
		depth += (*p == '<' || *p == '(') - (*p == '>' || *p == ')');
		if (*p == ',' && depth == 0)
			argument++;
		else if (argument == 1 && n + 1 < size && (n || *p != ' '))
			out[n++] = *p;
	}
	out[n] = 0;
}

void emu_fail(const char *format, ...) {
	char name[256], sentence[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	kernel_name(name, sizeof name);
	fprintf(stderr, "cuda_host: kernel %s (%s:%d)", name, site.file ? site.file : "?", site.line);
	if (block.running)
		fprintf(stderr, ", block (%u, %u, %u), thread (%u, %u, %u)", blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
	fprintf(stderr, ": %s\n", sentence);
	abort();
}

static void place_print(char *out, size_t size, int t) {
	const struct thread *at = &block.thread[t];
	if (at->state == WAITING)
		snprintf(out, size, "thread %d waits at %s (%s:%d)", t, at->place.what, at->place.file, at->place.line);
	else
		snprintf(out, size, "thread %d has returned", t);
}

/* Nobody can go on: names two threads that wait for each other. */
[[noreturn]] static void stuck() {
	char one[512], other[512];
	int first = 0, second;
	while (block.thread[first].state != WAITING) first++;
	const struct place *p = &block.thread[first].place;
	bool of_warp = p->what != BARRIER;
	int from = of_warp ? first / 32 * 32 : 0, to = of_warp ? from + 32 : block.threads;
	for (second = from; second < to && second < block.threads; second++)
		if (block.thread[second].state == DONE || block.thread[second].place.line != p->line) break;
	current = first;
	threadIdx = block.thread[first].index;
	place_print(one, sizeof one, first);
	if (second >= block.threads) emu_fail("%s, and its warp has not 32 lanes (the block has %d threads)", one, block.threads);
	place_print(other, sizeof other, second);
	emu_fail("%s, which not all of the %s reach: %s", one, of_warp ? "warp" : "block", other);
}

static void place_check(const struct place *first, const char *what, const char *file, int line) {
	if (first->line != line)
		emu_fail("it waits at %s (%s:%d), and others of its warp or block at %s (%s:%d)", what, file, line, first->what, first->file, first->line);
}

static void on_fault(int, siginfo_t *info, void *) {
	char where[256];
	const char *p = (const char *)info->si_addr;
	if (block.shared_bytes && p >= block.shared_end && p < block.shared_end + PAGE)
		emu_fail("touched %zu bytes behind the block's %zu bytes of shared memory", (size_t)(p - block.shared_end), block.shared_bytes);
	if (p >= here->stack && p < here->stack + PAGE) emu_fail("needs more than %d bytes of stack", STACK_BYTES);
	memory_describe(where, sizeof where, p);
	emu_fail("touched address %p, %s", (const void *)p, where);
}

/* Faults are told as sentences while a grid runs; the test's own handlers come back behind it. */
struct faults {
	struct sigaction segv, bus;
	stack_t before; /* the thread's own alternate stack: a sanitizer's, say, which it frees at the thread's end */
	faults() {
		static char stack[64 << 10];
		stack_t alternate = {.ss_sp = stack, .ss_flags = 0, .ss_size = sizeof stack};
		sigaltstack(&alternate, &before);
		struct sigaction a = {};
		a.sa_sigaction = on_fault;
		a.sa_flags = SA_SIGINFO | SA_ONSTACK;
		sigaction(SIGSEGV, &a, &segv);
		sigaction(SIGBUS, &a, &bus);
	}
	~faults() {
		sigaction(SIGSEGV, &segv, NULL);
		sigaction(SIGBUS, &bus, NULL);
		sigaltstack(&before, NULL);
	}
};

/* ---- threads ---- */

static void become(int t) {
	current = t;
	threadIdx = block.thread[t].index;
}

static void fiber_go(struct fiber *f) {
	struct fiber *from = here;
	if (f == from) return;
	here = f;
	emu_switch(&from->sp, f->sp);
}

/* Whoever can go on: a thread behind its barrier, a fiber for a thread that has not started, or the launch where all are done. The thread that
 * has been ready longest, so that warps keep pace; backwards the one that became so last, so that a warp runs as far ahead as it can. */
static struct fiber *next_fiber() {
	if (block.readies) {
		int last = (block.ready_first + --block.readies) % THREADS_MAX, first = block.ready_first;
		if (!backwards) block.ready_first = (first + 1) % THREADS_MAX;
		return block.thread[block.ready[backwards ? last : first]].fiber;
	}
	if (block.done == block.threads) return &outside;
	if (block.started == block.threads) stuck();
	if (idle.empty()) return fiber_new();
	struct fiber *f = idle.back();
	idle.pop_back();
	return f;
}

static void threads_run() {
	for (;;) {
		struct fiber *mine = here;
		while (block.started < block.threads) {
			int t = backwards ? block.threads - 1 - block.started : block.started;
			block.started++;
			block.thread[t].fiber = mine;
			block.thread[t].state = RUNNING;
			become(t);
			(*block.body)();
			block.thread[t].state = DONE;
			block.done++;
		}
		struct fiber *next = next_fiber();
		idle.push_back(mine);
		fiber_go(next);
	}
}

static void wait_at(const char *what, const char *file, int line) {
	int t = current;
	struct thread *me = &block.thread[t];
	me->state = WAITING;
	me->place = {what, file, line};
	fiber_go(next_fiber());
	me->state = RUNNING;
	become(t);
}

/* All of [FIRST, FIRST + COUNT) but the one that runs may go on. */
static void release(int first, int count) {
	for (int i = 0; i < count; i++) {
		int t = first + (backwards ? count - 1 - i : i);
		if (t == current) continue;
		block.ready[(block.ready_first + block.readies++) % THREADS_MAX] = t;
	}
}

void emu_block_meet(const char *file, int line) {
	if (block.arrived++ == 0) block.place = {BARRIER, file, line};
	place_check(&block.place, BARRIER, file, line);
	if (block.arrived < block.threads) return wait_at(BARRIER, file, line);
	block.arrived = 0;
	release(0, block.threads);
}

struct emu_lane *emu_warp_meet(const char *what, const void *in, size_t bytes, void (*all)(struct emu_lane lane[32]), const char *file, int line) {
	struct warp *w = &block.warp[current / 32];
	struct emu_lane *lane = w->lane[w->meetings % 2];
	if (bytes) memcpy(lane[current % 32].bytes, in, bytes);
	if (w->arrived++ == 0) w->place = {what, file, line};
	place_check(&w->place, what, file, line);
	if (w->arrived < 32) {
		wait_at(what, file, line);
		return lane;
	}
	if (all) all(lane);
	w->arrived = 0;
	w->meetings++;
	release(current / 32 * 32, 32);
	return lane;
}

/* ---- asynchronous copies: there at the wait and not before; backwards, at once ---- */

static void copy_arrive(const struct copy *c) {
	if (c->valid)
		memcpy(c->to, c->from, 16);
	else
		memset(c->to, 0, 16);
}

void emu_copy(void *to, const void *from, bool valid) {
	struct thread *t = &block.thread[current];
	t->copies.push_back({to, from, valid, t->groups});
	if (backwards) copy_arrive(&t->copies.back());
}

void emu_copy_commit() { block.thread[current].groups++; }

void emu_copy_wait(int groups_left) {
	struct thread *t = &block.thread[current];
	size_t n = 0;
	for (; n < t->copies.size() && t->copies[n].group < t->groups - groups_left; n++)
		if (!backwards) copy_arrive(&t->copies[n]);
	t->copies.erase(t->copies.begin(), t->copies.begin() + (long)n);
}

/* ---- shared memory ---- */

void *emu_shared() { return block.shared; }

bool emu_is_shared(const void *p, size_t bytes) {
	const char *at = (const char *)p;
	return (at >= block.shared && at + bytes <= block.shared_end) || !memory_holds(p, 1);
}

bool emu_is_device(const void *p) { return memory_holds(p, 16); }

void emu_argument(int i, const void *p) {
	char where[256];
	if (!p || memory_holds(p, 0) || memory_is_pinned(p)) return;
	memory_describe(where, sizeof where, p);
	emu_fail("argument %d behind the shared memory's size is a pointer to %s", i + 1, where);
}

/* BYTES that end, up to 15 that keep the start aligned, at a page that nobody may touch. */
static void shared_take(size_t bytes) {
	static char *end;
	if (!end) {
		size_t size = 256 << 10;
		char *p = (char *)mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED || mprotect(p + size, PAGE, PROT_NONE)) emu_fail("no memory for shared memory");
		end = p + size;
	}
	block.shared = end - (bytes + 15) / 16 * 16;
	block.shared_end = end;
	block.shared_bytes = bytes;
}

static void shared_poison() {
	if (block.shared_bytes) memset(block.shared - FRONT, 0xff, (size_t)(block.shared_end - block.shared) + FRONT);
}

static void shared_check() {
	if (!block.shared_bytes) return;
	for (const char *p = block.shared - FRONT; p < block.shared_end; p == block.shared - 1 ? p += 1 + block.shared_bytes : p++)
		if ((unsigned char)*p != 0xff)
			emu_fail("the block wrote %td bytes from the start of its %zu bytes of shared memory", p - block.shared, block.shared_bytes);
}

/* ---- blocks and grids ---- */

static void block_run() {
	block.started = block.done = block.arrived = block.ready_first = block.readies = 0;
	block.place = {};
	for (int t = 0; t < block.threads; t++) {
		block.thread[t].state = UNSTARTED;
		block.thread[t].copies.clear();
		block.thread[t].groups = 0;
	}
	shared_poison();
	here = &outside;
	fiber_go(next_fiber());
	shared_check();
}

static void grid_run(dim3 grid, dim3 threads, size_t shared_bytes, const std::function<void()> &body) {
	struct faults told;
	if (block.running) emu_fail("a kernel was launched by a kernel");
	block.body = &body;
	block.threads = (int)(threads.x * threads.y * threads.z);
	blockDim = threads;
	gridDim = grid;
	shared_take(shared_bytes);
	for (int t = 0; t < block.threads; t++) {
		unsigned n = (unsigned)t;
		block.thread[t].index = {n % threads.x, n / threads.x % threads.y, n / threads.x / threads.y};
		block.warp[t / 32].arrived = 0;
	}
	block.running = true;
	uint64_t blocks = (uint64_t)grid.x * grid.y * grid.z;
	for (uint64_t i = 0; i < blocks; i++) {
		uint64_t b = backwards ? blocks - 1 - i : i;
		blockIdx = {(unsigned)(b % grid.x), (unsigned)(b / grid.x % grid.y), (unsigned)(b / grid.x / grid.y)};
		block_run();
	}
	block.running = false;
	emu_count_launch();
}

void emu_launch(cudaStream_t stream, dim3 grid, dim3 threads, size_t shared_bytes, std::function<void()> body) {
	uint64_t n = (uint64_t)threads.x * threads.y * threads.z;
	if (n == 0 || n > THREADS_MAX || threads.z > 64 || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535 || shared_bytes > EMU_SHARED_MAX) {
		emu_error(cudaErrorInvalidConfiguration);
		return;
	}
	auto at = site;
	emu_enqueue(stream, [=] {
		site = at;
		grid_run(grid, threads, shared_bytes, body);
	});
}
