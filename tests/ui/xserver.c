#include "xserver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct xserver {
	pid_t server, typist;
	int keys;                         /* to the typist */
	char folder[32];
	uint8_t *file;                    /* the server's frame buffer, an XWD file that it writes in place */
	size_t bytes;
	const uint8_t *pixels;
	int width, height, stride;        /* stride in bytes */
};

static bool have(const char *program) {
	char command[64];
	snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
	return system(command) == 0;
}

const char *xserver_lacks(void) { return !have("Xvfb") ? "Xvfb" : !have("xdotool") ? "xdotool" : NULL; }

/* A program that dies with this process, as far as can be had; IN is its standard input, OUT its descriptor 3. */
static pid_t start(const char *const *argv, int in, int out) {
	pid_t pid = fork();
	if (pid != 0) return pid;
	int null = open("/dev/null", O_RDWR);
	dup2(in >= 0 ? in : null, 0);
	dup2(null, 1), dup2(null, 2);
	if (out >= 0) dup2(out, 3);
	for (int i = out >= 0 ? 4 : 3; i < 64; i++) close(i);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

/* The file begins with big-endian words: its header's size, ..., width, height at 4 and 5, bytes a line at 12, colours of 12 bytes at 19. */
static bool map_screen(struct xserver *x) {
	char path[64];
	struct stat st;
	snprintf(path, sizeof path, "%s/Xvfb_screen0", x->folder);
	int fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st)) return false;
	x->bytes = (size_t)st.st_size;
	x->file = mmap(NULL, x->bytes, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (x->file == MAP_FAILED) return x->file = NULL, false;
	uint32_t word[25];
	memcpy(word, x->file, sizeof word);
	for (int i = 0; i < 25; i++) word[i] = ntohl(word[i]);
	x->width = (int)word[4], x->height = (int)word[5], x->stride = (int)word[12];
	x->pixels = x->file + word[0] + 12 * word[19];
	return word[0] + 12 * word[19] + (size_t)x->stride * (size_t)x->height <= x->bytes;
}

/* The number of the display, once the server takes clients. */
static bool begin_server(struct xserver *x, int width, int height) {
	char size[32], number[16] = ":";
	int told[2];
	snprintf(size, sizeof size, "%dx%dx24", width, height);
	if (pipe(told)) return false;
	x->server = start((const char *[]){"Xvfb", "-displayfd", "3", "-fbdir", x->folder, "-screen", "0", size, "-nocursor", "-noreset", "-nolisten", "tcp", NULL}, -1, told[1]);
	close(told[1]);
	size_t n = 1;
	for (struct pollfd f = {.fd = told[0], .events = POLLIN}; n < sizeof number - 1 && poll(&f, 1, 20000) == 1 && read(told[0], number + n, 1) == 1; n++)
		if (number[n] == '\n') break;
	close(told[0]);
	number[n] = '\0';
	return n > 1 && setenv("DISPLAY", number, 1) == 0;
}

static bool begin_typist(struct xserver *x) {
	int keys[2];
	if (pipe2(keys, O_CLOEXEC)) return false;
	x->typist = start((const char *[]){"xdotool", "-", NULL}, keys[0], -1);
	close(keys[0]);
	x->keys = keys[1];
	return true;
}

struct xserver *xserver_start(int width, int height) {
	struct xserver *x = calloc(1, sizeof *x);
	if (!x) return NULL;
	x->keys = -1;
	strcpy(x->folder, "/tmp/c2f-xvfb-XXXXXX");
	unsetenv("WAYLAND_DISPLAY");
	unsetenv("SDL_VIDEODRIVER");
	if (mkdtemp(x->folder) && begin_server(x, width, height) && map_screen(x) && begin_typist(x)) return x;
	fprintf(stderr, "Xvfb does not start here\n");
	xserver_free(x);
	return NULL;
}

static void end(pid_t pid) {
	if (pid <= 0) return;
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

void xserver_free(struct xserver *x) {
	char path[64];
	if (!x) return;
	if (x->keys >= 0) close(x->keys);
	end(x->typist);
	end(x->server);
	if (x->file) munmap(x->file, x->bytes);
	snprintf(path, sizeof path, "%s/Xvfb_screen0", x->folder);
	unlink(path);
	rmdir(x->folder);
	free(x);
}

void xserver_do(struct xserver *x, const char *format, ...) {
	va_list a;
	va_start(a, format);
	vdprintf(x->keys, format, a);
	va_end(a);
	if (write(x->keys, "\n", 1) != 1) fprintf(stderr, "xdotool takes no more\n");
}

uint32_t xserver_pixel(const struct xserver *x, int at_x, int at_y) {
	uint32_t pixel;
	memcpy(&pixel, x->pixels + (size_t)at_y * (size_t)x->stride + 4 * (size_t)at_x, sizeof pixel);
	return pixel & 0xFFFFFF;
}

uint64_t xserver_hash(const struct xserver *x, int left, int top, int width, int height) {
	uint64_t h = 0xCBF29CE484222325;
	for (int y = top; y < top + height; y++)
		for (int i = left; i < left + width; i++) h = (h ^ xserver_pixel(x, i, y)) * 0x100000001B3;
	return h;
}

int xserver_image(const struct xserver *x, struct image *out) {
	int rc = image_new(out, x->width, x->height);
	for (int i = 0; !rc && i < x->width * x->height; i++) {
		uint32_t p = xserver_pixel(x, i % x->width, i / x->width);
		out->pixels[3 * i] = (uint8_t)(p >> 16), out->pixels[3 * i + 1] = (uint8_t)(p >> 8), out->pixels[3 * i + 2] = (uint8_t)p;
	}
	return rc;
}
