#include "viewer/figures/figure.h"

#include <cairo/cairo-pdf.h>
#include <cairo/cairo-svg.h>
#include <errno.h>
#include <fontconfig/fontconfig.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/base/err.h"

enum { PIXELS_MAX = 32000 /* an image surface's edge, just under Cairo's own limit of 32767 */, PATH_BYTES = 4096, FONT_BYTES = 256 };

enum figure_kind { KIND_MEMORY, KIND_PNG, KIND_PDF, KIND_SVG };

struct figure {
	enum figure_kind kind;
	cairo_surface_t *surface;
	cairo_t *cr;
	FILE *file;                          /* PDF, SVG: the temporary file beside the target */
	int write_errno;                     /* of the first write that failed */
	char path[PATH_BYTES], temporary[PATH_BYTES + 32], font[FONT_BYTES];
	const struct png_text *text;
	int texts;
};

static const struct colour colours[FIGURE_COLOURS] = {
	[COLOUR_PAPER] = {1, 1, 1},           [COLOUR_INK] = {0.11, 0.12, 0.14},   [COLOUR_GREY] = {0.36, 0.38, 0.42},
	[COLOUR_FAINT] = {0.56, 0.58, 0.62},  [COLOUR_RULE] = {0.74, 0.76, 0.79},  [COLOUR_HIDDEN] = {0.925, 0.93, 0.94},
	[COLOUR_HATCH] = {0.79, 0.80, 0.825}, [COLOUR_ACCENT] = {0.10, 0.36, 0.62},
	[COLOUR_BLUE] = {0, 0.447, 0.698},    [COLOUR_ORANGE] = {0.902, 0.624, 0}, [COLOUR_NEUTRAL] = {0.50, 0.50, 0.50},
	[COLOUR_GREEN] = {0, 0.620, 0.451},   [COLOUR_PURPLE] = {0.8, 0.475, 0.655}, [COLOUR_VERMILION] = {0.835, 0.369, 0},
	[COLOUR_SKY] = {0.337, 0.706, 0.914},
};

static const struct { double size; bool bold; enum figure_colour colour; } styles[TEXT_STYLES] = {
	[TEXT_TITLE] = {17, true, COLOUR_INK},   [TEXT_HEAD] = {12.5, false, COLOUR_INK}, [TEXT_STRONG] = {13, true, COLOUR_INK},
	[TEXT_PLAIN] = {12.5, false, COLOUR_GREY}, [TEXT_NOTE] = {11, false, COLOUR_GREY},
};

#ifdef __SANITIZE_ADDRESS__
/* Fontconfig keeps the patterns of the fonts in use until the program ends: 1 KB after the first text, no more after the next ten. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libfontconfig"; }
const char *__lsan_default_options(void);
const char *__lsan_default_options(void) { return "print_suppressions=0"; }
#endif

static bool ends_in(const char *path, const char *ending) {
	size_t n = strlen(path), m = strlen(ending);
	return n > m && strcasecmp(path + n - m, ending) == 0;
}

static cairo_status_t write_bytes(void *closure, const unsigned char *data, unsigned int length) {
	struct figure *f = closure;
	if (fwrite(data, 1, length, f->file) == length) return CAIRO_STATUS_SUCCESS;
	if (!f->write_errno) f->write_errno = errno;
	return CAIRO_STATUS_WRITE_ERROR;
}

/* The whole figure, PIXELS wide. */
static int whole_part(struct drawing_part *part, double width, double height, double pixels) {
	double rows = height * pixels / width;
	if (!(pixels >= 64 && pixels <= PIXELS_MAX && rows <= PIXELS_MAX))
		return err_set(ERR_ARGUMENT, "a figure of %.0f x %.0f pixels can't be drawn (the width must be 64 or more and no edge above %d; give another width)",
			pixels, rows, PIXELS_MAX);
	*part = (struct drawing_part){.scale = pixels / width, .width = (int)lround(pixels), .height = (int)lround(rows)};
	return 0;
}

static int open_vector(struct figure *f, double points, double tall) {
	if (!(points >= 48 && points <= 14400 && tall <= 14400)) /* 14400 points: PDF's largest page */
		return err_set(ERR_ARGUMENT, "a figure of %.1f x %.1f inches can't be drawn (the width must be 0.7 inches or more and no edge above 200; "
			"give another width)", points / 72, tall / 72);
	snprintf(f->temporary, sizeof f->temporary, "%s.%ld.part", f->path, (long)getpid());
	f->file = fopen(f->temporary, "wb");
	if (!f->file) return err_set(ERR_FILE, "can't write %s (%s; check the folder)", f->path, strerror(errno));
	f->surface = f->kind == KIND_PDF ? cairo_pdf_surface_create_for_stream(write_bytes, f, points, tall)
	                                 : cairo_svg_surface_create_for_stream(write_bytes, f, points, tall);
	if (f->kind == KIND_SVG) cairo_svg_surface_set_document_unit(f->surface, CAIRO_SVG_UNIT_PT);
	return 0;
}

static void set_document_metadata(struct figure *f) {
	static const struct { const char *key; cairo_pdf_metadata_t field; } fields[] = {
		{"Title", CAIRO_PDF_METADATA_TITLE}, {"Author", CAIRO_PDF_METADATA_AUTHOR},
		{"Description", CAIRO_PDF_METADATA_SUBJECT}, {"Command", CAIRO_PDF_METADATA_SUBJECT}, {"Software", CAIRO_PDF_METADATA_CREATOR},
	};
	for (int i = 0; i < f->texts; i++)
		for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
			if (strcmp(f->text[i].key, fields[k].key) == 0) cairo_pdf_surface_set_metadata(f->surface, fields[k].field, f->text[i].value);
}

/* The context on white paper, SCALE device units a unit, (X, Y) in its upper left corner. */
static int begin(struct figure *f, double scale, double x, double y) {
	f->cr = cairo_create(f->surface);
	cairo_status_t status = cairo_status(f->cr);
	if (status != CAIRO_STATUS_SUCCESS) return err_set(ERR_MEMORY, "can't make a drawing surface (%s)", cairo_status_to_string(status));
	cairo_scale(f->cr, scale, scale);
	cairo_translate(f->cr, -x, -y);
	cairo_font_options_t *options = cairo_font_options_create();
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	cairo_set_font_options(f->cr, options);
	cairo_font_options_destroy(options);
	figure_set_colour(f, COLOUR_PAPER);
	cairo_paint(f->cr);
	return 0;
}

static void choose_font(struct figure *f, const char *family) { snprintf(f->font, sizeof f->font, "%s", family ? family : "DejaVu Sans"); }

/* Cairo would take another font in place of one that is not there, and say nothing. */
static int check_font(const char *family) {
	if (!family) return 0;
	if (strlen(family) >= FONT_BYTES) return err_set(ERR_ARGUMENT, "a font's name of %zu bytes is too long (the limit is %d)", strlen(family), FONT_BYTES - 1);
	FcPattern *pattern = FcPatternBuild(NULL, FC_FAMILY, FcTypeString, (const FcChar8 *)family, NULL);
	FcObjectSet *objects = FcObjectSetBuild(FC_FAMILY, NULL);
	FcFontSet *found = pattern && objects ? FcFontList(NULL, pattern, objects) : NULL;
	bool there = found && found->nfont > 0;
	if (found) FcFontSetDestroy(found);
	if (objects) FcObjectSetDestroy(objects);
	if (pattern) FcPatternDestroy(pattern);
	return there ? 0 : err_set(ERR_ARGUMENT, "the font %.80s is not installed (`fc-list : family` lists those that are)", family);
}

int figure_open(struct figure **out, const char *path, double width, double height, const struct figure_output *o) {
	*out = NULL;
	enum figure_kind kind = ends_in(path, ".png") ? KIND_PNG : ends_in(path, ".pdf") ? KIND_PDF : ends_in(path, ".svg") ? KIND_SVG : KIND_MEMORY;
	if (kind == KIND_MEMORY) return err_set(ERR_ARGUMENT, "can't draw a figure into '%s' (its name must end in .png, .pdf or .svg)", path);
	if (strlen(path) >= PATH_BYTES) return err_set(ERR_ARGUMENT, "a path of %zu bytes is too long (the limit is %d)", strlen(path), PATH_BYTES - 1);
	struct figure *f = calloc(1, sizeof *f);
	if (!f) return err_set(ERR_MEMORY, "no memory for a figure");
	f->kind = kind, f->text = o->text, f->texts = o->texts;
	choose_font(f, o->font);
	snprintf(f->path, sizeof f->path, "%s", path);
	double inches = o->inches > 0 ? o->inches : width / 96, dpi = o->dpi > 0 ? o->dpi : o->inches > 0 ? 300 : 192;
	if (o->inches <= 0 && o->dpi <= 0 && fmax(width, height) * 2 > PIXELS_MAX) dpi = 96; /* a tall sheet still comes out, one pixel a unit */
	double pixels = o->pixels > 0 ? o->pixels : inches * dpi, points = o->pixels > 0 ? o->pixels * 0.75 : inches * 72;
	struct drawing_part whole = {0};
	int rc = kind == KIND_PNG ? whole_part(&whole, width, height, pixels) : open_vector(f, points, height * points / width);
	if (!rc && kind == KIND_PNG) f->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, whole.width, whole.height);
	if (!rc && kind == KIND_PDF) set_document_metadata(f);
	if (!rc) rc = begin(f, kind == KIND_PNG ? whole.scale : points / width, 0, 0);
	if (rc)
		figure_discard(f);
	else
		*out = f;
	return rc;
}

int figure_open_memory(struct figure **out, const struct drawing_part *part) {
	*out = NULL;
	struct figure *f = calloc(1, sizeof *f);
	if (!f) return err_set(ERR_MEMORY, "no memory for a figure");
	choose_font(f, part->font);
	f->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, part->width, part->height);
	int rc = begin(f, part->scale, part->x, part->y);
	if (rc)
		figure_discard(f);
	else
		*out = f;
	return rc;
}

void figure_discard(struct figure *f) {
	if (!f) return;
	if (f->cr) cairo_destroy(f->cr);
	if (f->surface) { /* its last bytes still go through write_bytes(): the file is closed after it */
		cairo_surface_finish(f->surface);
		cairo_surface_destroy(f->surface);
	}
	if (f->file) {
		fclose(f->file);
		unlink(f->temporary);
	}
	free(f);
}

static int copy_pixels(const struct figure *f, struct image *out) {
	cairo_surface_flush(f->surface);
	int rc = image_new(out, cairo_image_surface_get_width(f->surface), cairo_image_surface_get_height(f->surface));
	if (rc) return rc;
	const unsigned char *data = cairo_image_surface_get_data(f->surface);
	int stride = cairo_image_surface_get_stride(f->surface);
	uint8_t *p = out->pixels;
	for (int y = 0; y < out->height; y++) {
		const uint32_t *row = (const uint32_t *)(const void *)(data + (size_t)y * (size_t)stride);
		for (int x = 0; x < out->width; x++, p += 3) p[0] = (uint8_t)(row[x] >> 16), p[1] = (uint8_t)(row[x] >> 8), p[2] = (uint8_t)row[x];
	}
	return 0;
}

static int close_png(struct figure *f) {
	struct image im;
	int rc = copy_pixels(f, &im);
	if (rc) return rc;
	rc = png_write(f->path, &im, f->text, f->texts);
	image_free(&im);
	return rc;
}

static int close_vector(struct figure *f) {
	cairo_destroy(f->cr);
	f->cr = NULL;
	cairo_surface_finish(f->surface);
	if (fflush(f->file) != 0 && !f->write_errno) f->write_errno = errno;
	if (f->write_errno) return err_set(ERR_FILE, "can't write %s (%s)", f->path, strerror(f->write_errno));
	cairo_status_t status = cairo_surface_status(f->surface);
	if (status != CAIRO_STATUS_SUCCESS) return err_set(ERR_MEMORY, "can't draw %s (%s)", f->path, cairo_status_to_string(status));
	if (rename(f->temporary, f->path) != 0) return err_set(ERR_FILE, "can't write %s (%s)", f->path, strerror(errno));
	fclose(f->file);
	f->file = NULL; /* in place: nothing to unlink */
	return 0;
}

static int check_drawing(const struct figure *f) {
	cairo_status_t status = cairo_status(f->cr);
	return status == CAIRO_STATUS_SUCCESS || f->write_errno ? 0 : err_set(ERR_MEMORY, "can't draw the figure (%s)", cairo_status_to_string(status));
}

int figure_close(struct figure *f) {
	int rc = check_drawing(f);
	if (!rc) rc = f->kind == KIND_PNG ? close_png(f) : close_vector(f);
	figure_discard(f);
	return rc;
}

int figure_close_memory(struct figure *f, struct image *out) {
	*out = (struct image){0};
	int rc = check_drawing(f);
	if (!rc) rc = copy_pixels(f, out);
	figure_discard(f);
	return rc;
}

cairo_t *figure_cairo(const struct figure *f) { return f->cr; }

void figure_set_colour(struct figure *f, enum figure_colour c) { cairo_set_source_rgb(f->cr, colours[c].r, colours[c].g, colours[c].b); }

void figure_set_tint(struct figure *f, enum figure_colour c, double share) {
	cairo_set_source_rgb(f->cr, 1 - share * (1 - colours[c].r), 1 - share * (1 - colours[c].g), 1 - share * (1 - colours[c].b));
}

void figure_set_rgb(struct figure *f, uint8_t r, uint8_t g, uint8_t b) { cairo_set_source_rgb(f->cr, r / 255.0, g / 255.0, b / 255.0); }

/* ---- text -------------------------------------------------------------------------------------------------------- */

enum { TEXT_BYTES = 512 };

/* How many bytes the character at S takes; 0 if it is no well-formed UTF-8 (Unicode 15, table 3-7) or a control character. */
static int utf8_length(const unsigned char *s) {
	if (s[0] < 0x80) return s[0] >= 0x20 && s[0] != 0x7f;
	int n = s[0] >= 0xc2 && s[0] <= 0xdf ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] <= 0xf4 ? 4 : 0;
	for (int i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80) return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) return 0;
	return n;
}

/* A character of which the end is missing, where a name was too long for its place. */
static bool cut_short(const unsigned char *s) {
	size_t n = strlen((const char *)s), tail = 1;
	while (tail < n && (s[tail] & 0xc0) == 0x80) tail++;
	return s[0] >= 0xc2 && tail == n && n < (s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4);
}

/* Cairo refuses a context for good after one malformed string: names come from users' files. */
static void clean_text(char out[TEXT_BYTES], const char *text) {
	size_t n = 0;
	for (const unsigned char *s = (const unsigned char *)text; *s && n + 4 < TEXT_BYTES;) {
		int length = utf8_length(s);
		if (!length && cut_short(s)) break;
		if (!length) out[n++] = '?', s++;
		for (int i = 0; i < length; i++) out[n++] = (char)*s++;
	}
	out[n] = '\0';
}

static void set_style(struct figure *f, enum text_style style) {
	cairo_select_font_face(f->cr, f->font, CAIRO_FONT_SLANT_NORMAL, styles[style].bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(f->cr, styles[style].size);
}

static double clean_width(struct figure *f, const char *clean) {
	cairo_text_extents_t e;
	cairo_text_extents(f->cr, clean, &e);
	return e.x_advance;
}

double figure_text_size(enum text_style style) { return styles[style].size; }

double figure_text_width(struct figure *f, enum text_style style, const char *text) {
	char clean[TEXT_BYTES];
	clean_text(clean, text);
	set_style(f, style);
	return clean_width(f, clean);
}

double figure_text(struct figure *f, enum text_style style, double x, double y, double align, const char *text) {
	return figure_text_in(f, style, styles[style].colour, x, y, align, text);
}

double figure_text_in(struct figure *f, enum text_style style, enum figure_colour colour, double x, double y, double align, const char *text) {
	char clean[TEXT_BYTES];
	clean_text(clean, text);
	set_style(f, style);
	double width = clean_width(f, clean);
	figure_set_colour(f, colour);
	cairo_move_to(f->cr, x - align * width, y);
	cairo_show_text(f->cr, clean);
	cairo_new_path(f->cr);
	return width;
}

void figure_text_up(struct figure *f, enum text_style style, double x, double y, double align, const char *text) {
	cairo_save(f->cr);
	cairo_translate(f->cr, x, y);
	cairo_rotate(f->cr, -M_PI / 2);
	figure_text(f, style, 0, 0, align, text);
	cairo_restore(f->cr);
}

double figure_text_fit(struct figure *f, enum text_style style, double x, double y, double align, double width, const char *text) {
	char clean[TEXT_BYTES + 4];
	clean_text(clean, text);
	set_style(f, style);
	for (size_t n = strlen(clean); n > 0 && clean_width(f, clean) > width;) {
		do n--;
		while (n > 0 && ((unsigned char)clean[n] & 0xc0) == 0x80); /* back to a character's first byte */
		memcpy(clean + n, "\u2026", 4);
	}
	return figure_text(f, style, x, y, align, clean);
}

void figure_title(struct figure *f, double margin, double width, const char *text) {
	static const double least = 0.6;
	double room = width - 2 * margin, wide = figure_text_width(f, TEXT_TITLE, text), scale = fmax(least, fmin(1, room / wide));
	if (!*text) return;
	cairo_save(f->cr);
	cairo_translate(f->cr, margin, margin + 16);
	cairo_scale(f->cr, scale, scale);
	figure_text_fit(f, TEXT_TITLE, 0, 0, 0, room / scale + 0.01, text);
	cairo_restore(f->cr);
}

double figure_text_wrap(struct figure *f, enum text_style style, double x, double y, double width, double line, const char *text, bool ink) {
	char part[TEXT_BYTES];
	for (size_t begin = 0, end; text[begin]; begin = end + strspn(text + end, " ")) {
		end = begin + strcspn(text + begin, " ");
		for (size_t next = end; text[next];) { /* as many words more as fit */
			next += strspn(text + next, " ");
			next += strcspn(text + next, " ");
			snprintf(part, sizeof part, "%.*s", (int)(next - begin), text + begin);
			if (figure_text_width(f, style, part) > width) break;
			end = next;
		}
		snprintf(part, sizeof part, "%.*s", (int)(end - begin), text + begin);
		if (begin) y += line;
		if (ink) figure_text(f, style, x, y, 0, part);
	}
	return y;
}

/* ---- pictures and marks -------------------------------------------------------------------------------------------- */

/* IM with every pixel repeated FACTOR x FACTOR times. */
static cairo_surface_t *enlarged(const struct image *im, int factor) {
	cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, im->width * factor, im->height * factor);
	if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS) return s;
	unsigned char *data = cairo_image_surface_get_data(s);
	int stride = cairo_image_surface_get_stride(s);
	for (int y = 0; y < im->height * factor; y++) {
		uint32_t *row = (uint32_t *)(void *)(data + (size_t)y * (size_t)stride);
		const uint8_t *p = im->pixels + 3 * (size_t)(y / factor) * (size_t)im->width;
		for (int x = 0; x < im->width * factor; x++) {
			const uint8_t *q = p + 3 * (x / factor);
			row[x] = (uint32_t)q[0] << 16 | (uint32_t)q[1] << 8 | q[2];
		}
	}
	cairo_surface_mark_dirty(s);
	return s;
}

void figure_image(struct figure *f, double x, double y, double width, double height, const struct image *im) {
	/* Readers of PDF and SVG smooth small pictures when they enlarge them: they get two pixels a unit, like the PNG. */
	int factor = im->width >= 2 * width ? 1 : (int)ceil(2 * width / im->width);
	cairo_surface_t *s = enlarged(im, factor);
	cairo_save(f->cr);
	cairo_translate(f->cr, x, y);
	cairo_scale(f->cr, width / (im->width * factor), height / (im->height * factor));
	cairo_set_source_surface(f->cr, s, 0, 0);
	double across = im->width * factor, up = 0;
	cairo_user_to_device_distance(f->cr, &across, &up);
	bool smaller = across < im->width && (f->kind == KIND_PNG || f->kind == KIND_MEMORY);
	cairo_pattern_set_filter(cairo_get_source(f->cr), smaller ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
	cairo_pattern_set_extend(cairo_get_source(f->cr), CAIRO_EXTEND_PAD);
	cairo_rectangle(f->cr, 0, 0, im->width * factor, im->height * factor);
	cairo_fill(f->cr);
	cairo_restore(f->cr);
	cairo_surface_destroy(s);
}

void figure_fill(struct figure *f, double x, double y, double width, double height) {
	cairo_rectangle(f->cr, x, y, width, height);
	cairo_fill(f->cr);
}

/* Shares of the two colours, the rest paper. */
static void hatch(struct figure *f, enum figure_colour fill, double fill_share, enum figure_colour line, double line_share) {
	static const double spacing = 6; /* units between lines along x */
	cairo_save(f->cr);
	figure_set_tint(f, fill, fill_share);
	cairo_fill_preserve(f->cr);
	double x0, y0, x1, y1;
	cairo_clip(f->cr);
	cairo_clip_extents(f->cr, &x0, &y0, &x1, &y1);
	for (double c = floor((x0 + y0) / spacing) * spacing; c <= x1 + y1; c += spacing) { /* the lines x + y = c */
		cairo_move_to(f->cr, c - y0, y0);
		cairo_line_to(f->cr, c - y1, y1);
	}
	figure_set_tint(f, line, line_share);
	cairo_set_line_width(f->cr, 0.9);
	cairo_stroke(f->cr);
	cairo_restore(f->cr);
}

void figure_hatch(struct figure *f) { hatch(f, COLOUR_HIDDEN, 1, COLOUR_HATCH, 1); }
void figure_hatch_tinted(struct figure *f, enum figure_colour tint) { hatch(f, tint, 0.22, tint, 0.5); }

void figure_frame(struct figure *f, double x, double y, double width, double height) {
	figure_set_colour(f, COLOUR_RULE);
	cairo_set_line_width(f->cr, 1);
	cairo_rectangle(f->cr, x - 0.5, y - 0.5, width + 1, height + 1);
	cairo_stroke(f->cr);
}

void figure_line(struct figure *f, double x0, double y0, double x1, double y1, double width) {
	cairo_set_line_width(f->cr, width);
	cairo_move_to(f->cr, x0, y0);
	cairo_line_to(f->cr, x1, y1);
	cairo_stroke(f->cr);
}

void figure_arrow(struct figure *f, double x0, double y0, double x1, double y1) {
	static const double head = 7, half = 3.2;
	double dx = x1 - x0, dy = y1 - y0, length = hypot(dx, dy);
	if (!(length > head)) return;
	dx /= length, dy /= length;
	double bx = x1 - head * dx, by = y1 - head * dy;
	cairo_set_line_width(f->cr, 1.3);
	cairo_move_to(f->cr, x0, y0);
	cairo_line_to(f->cr, bx, by);
	cairo_stroke(f->cr);
	cairo_move_to(f->cr, x1, y1);
	cairo_line_to(f->cr, bx - half * dy, by + half * dx);
	cairo_line_to(f->cr, bx + half * dy, by - half * dx);
	cairo_close_path(f->cr);
	cairo_fill(f->cr);
}

/* ---- any kind of figure ---------------------------------------------------------------------------------------------- */

int drawing_size(const struct drawing *d, const void *data, const char *font, double *width, double *height) {
	struct figure *scratch;
	int rc = check_font(font);
	if (!rc) rc = figure_open_memory(&scratch, &(struct drawing_part){.scale = 1, .width = 1, .height = 1, .font = font});
	if (rc) return rc;
	d->measure(scratch, data, width, height);
	figure_discard(scratch);
	return 0;
}

int drawing_write(const struct drawing *d, const void *data, const char *path, const struct figure_output *o) {
	double width, height;
	struct figure *f = NULL;
	int rc = drawing_size(d, data, o->font, &width, &height);
	if (!rc) rc = figure_open(&f, path, width, height, o);
	if (!rc) rc = d->draw(f, data);
	if (!rc) return figure_close(f);
	figure_discard(f);
	return rc;
}

int drawing_render_part(const struct drawing *d, const void *data, const struct drawing_part *part, struct image *out) {
	struct figure *f = NULL;
	*out = (struct image){0};
	int rc = figure_open_memory(&f, part);
	if (!rc) rc = d->draw(f, data);
	if (!rc) return figure_close_memory(f, out);
	figure_discard(f);
	return rc;
}

int drawing_render(const struct drawing *d, const void *data, int pixels, struct image *out) {
	double width, height;
	struct drawing_part whole = {0};
	*out = (struct image){0};
	int rc = drawing_size(d, data, NULL, &width, &height);
	if (!rc) rc = whole_part(&whole, width, height, pixels);
	return rc ? rc : drawing_render_part(d, data, &whole, out);
}
