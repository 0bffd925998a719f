#include "engine/data/codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/err.h"

bool jpeg_is(const uint8_t *bytes, size_t length) { return length >= 3 && bytes[0] == 0xff && bytes[1] == 0xd8 && bytes[2] == 0xff; }

#if HAVE_JPEG
#include <jpeglib.h>
#include <jerror.h>

enum {
	SCANS_MAX = 100,             /* a progressive file has about ten; thousands of empty ones cost a pass over the image each */
	MEMORY_MAX = 1 << 30,        /* bytes: coefficients of IMAGE_PIXELS_MAX pixels, progressive, are 400 MB */
	PIXELS_PER_BYTE = 512,       /* Huffman codes are a bit at least, and one stands for 64 pixels at most */
};

/* One reading: what libjpeg's callbacks and the steps share. */
struct reading {
	struct jpeg_decompress_struct jpeg; /* first: the callbacks find the rest through it */
	struct jpeg_error_mgr errors;
	struct jpeg_progress_mgr progress;
	const uint8_t *bytes;
	size_t length;
	const char *name;
	struct image *out;
	int width, height;
	int code;                /* of the failure; 0: WHY is still to be turned into a sentence */
	char why[JMSG_LENGTH_MAX];
	jmp_buf failed;
};

static void fail(j_common_ptr jpeg) {
	struct reading *r = (struct reading *)jpeg;
	jpeg->err->format_message(jpeg, r->why);
	longjmp(r->failed, 1);
}

/* libjpeg goes on after damaged data and paints the rest gray; here that is the end. Oddities that lose no pixel pass. */
static void judge_warning(j_common_ptr jpeg, int level) {
	if (level >= 0) return; /* a trace message */
	switch (jpeg->err->msg_code) {
	case JWRN_EXTRANEOUS_DATA:
	case JWRN_ADOBE_XFORM:
	case JWRN_JFIF_MAJOR:
	case JWRN_BOGUS_ICC:
		return;
	default:
		fail(jpeg);
	}
}

static void print_nothing(j_common_ptr jpeg) { (void)jpeg; }

static void count_scans(j_common_ptr jpeg) {
	struct reading *r = (struct reading *)jpeg;
	if (r->jpeg.input_scan_number <= SCANS_MAX) return;
	snprintf(r->why, sizeof r->why, "it has more than %d scans", SCANS_MAX);
	longjmp(r->failed, 1);
}

static void read_header(struct reading *r) {
	jpeg_mem_src(&r->jpeg, r->bytes, (unsigned long)r->length);
	jpeg_read_header(&r->jpeg, TRUE);
	double ceiling = r->jpeg.arith_code ? IMAGE_PIXELS_MAX : (double)r->length * PIXELS_PER_BYTE;
	r->code = image_check_size(r->name, r->jpeg.image_width, r->jpeg.image_height, ceiling);
	if (r->code != 0) longjmp(r->failed, 1);
	r->width = (int)r->jpeg.image_width;
	r->height = (int)r->jpeg.image_height;
}

/* CMYK has no profile here: each ink takes its share of the light (as PIL does). Adobe's files hold 255 - ink. */
static void cmyk_to_rgb(uint8_t *out, const uint8_t *row, int width, bool inverted) {
	uint8_t flip = inverted ? 0 : 255;
	for (int x = 0; x < width; x++)
		for (int c = 0; c < 3; c++) {
			int light = (row[4 * x + c] ^ flip) * (row[4 * x + 3] ^ flip);
			out[3 * x + c] = (uint8_t)((light + 127) / 255);
		}
}

static void read_pixels(struct reading *r) {
	struct jpeg_decompress_struct *j = &r->jpeg;
	read_header(r);
	r->code = image_new(r->out, r->width, r->height);
	if (r->code != 0) longjmp(r->failed, 1);
	bool cmyk = j->jpeg_color_space == JCS_CMYK || j->jpeg_color_space == JCS_YCCK;
	j->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
	jpeg_start_decompress(j);
	JSAMPARRAY inks = cmyk ? j->mem->alloc_sarray((j_common_ptr)j, JPOOL_IMAGE, (JDIMENSION)r->width * 4, 1) : NULL;
	while (j->output_scanline < j->output_height) {
		uint8_t *row = r->out->pixels + (size_t)j->output_scanline * (size_t)r->width * 3;
		jpeg_read_scanlines(j, cmyk ? inks : &row, 1);
		if (cmyk) cmyk_to_rgb(row, inks[0], r->width, j->saw_Adobe_marker);
	}
	jpeg_finish_decompress(j);
}

/* Runs STEPS over the file; libjpeg's errors end here. */
static int run(struct reading *r, void (*steps)(struct reading *r)) {
	if (!jpeg_is(r->bytes, r->length)) return err_set(ERR_FORMAT, "%s is not a JPEG (its first bytes say so)", r->name);
	r->jpeg.err = jpeg_std_error(&r->errors);
	r->errors.error_exit = fail;
	r->errors.emit_message = judge_warning;
	r->errors.output_message = print_nothing;
	if (setjmp(r->failed)) {
		jpeg_destroy_decompress(&r->jpeg);
		return r->code != 0 ? r->code : err_set(ERR_FORMAT, "can't read %s as JPEG (%s)", r->name, r->why);
	}
	jpeg_create_decompress(&r->jpeg);
	r->jpeg.mem->max_memory_to_use = MEMORY_MAX;
	r->progress.progress_monitor = count_scans;
	r->jpeg.progress = &r->progress;
	steps(r);
	jpeg_destroy_decompress(&r->jpeg);
	return 0;
}

int jpeg_decode_size(const uint8_t *bytes, size_t length, const char *name, int *width, int *height) {
	struct reading r = {.bytes = bytes, .length = length, .name = name};
	int rc = run(&r, read_header);
	*width = rc == 0 ? r.width : 0;
	*height = rc == 0 ? r.height : 0;
	return rc;
}

int jpeg_decode_rgb(struct image *out, const uint8_t *bytes, size_t length, const char *name) {
	struct reading r = {.bytes = bytes, .length = length, .name = name, .out = out};
	*out = (struct image){0};
	int rc = run(&r, read_pixels);
	if (rc != 0) image_free(out);
	return rc;
}

#else /* without libjpeg */

static int absent(const char *name) {
	return err_set(ERR_STATE, "can't read %s (built without libjpeg; install libjpeg-turbo and build again, or convert it to PNG)", name);
}

int jpeg_decode_size(const uint8_t *bytes, size_t length, const char *name, int *width, int *height) {
	(void)bytes, (void)length;
	*width = *height = 0;
	return absent(name);
}

int jpeg_decode_rgb(struct image *out, const uint8_t *bytes, size_t length, const char *name) {
	(void)bytes, (void)length;
	*out = (struct image){0};
	return absent(name);
}
#endif
