/* engine/base/err.h -- error codes, and the sentence that goes with the last failure.
 *
 * A function that can fail returns 0 or one of the negative codes below. The lowest function that
 * knows why calls err_set() once; everyone above passes the code on unchanged.
 * A sentence reads "WHAT (WHY; HOW TO MEND)", starts with a small letter and ends without a period.
 * Threads: the message is kept per thread; to hand it to another thread, copy it. */
#pragma once

enum {
	ERR_ARGUMENT = -1,  /* a value the caller or the user gave is out of range or unknown */
	ERR_FILE = -2,      /* the operating system refused: open, read, write, rename */
	ERR_FORMAT = -3,    /* a file was read, and is not what it claims to be */
	ERR_MEMORY = -4,    /* an allocation failed */
	ERR_STATE = -5,     /* right in itself, not possible now */
	ERR_DEVICE = -6,    /* a device or a library under it failed */
	ERR_CANCELLED = -7, /* the user stopped it */
};

/* Stores the formatted sentence for this thread and returns CODE, so that a failure is one line:
 *     return err_set(ERR_FILE, "can't read %s (%s; check the path)", path, strerror(errno)); */
int err_set(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The calling thread's last sentence, "" if none; borrowed, valid until this thread's next err_set(). */
const char *err_message(void);
