/* Any bytes as classes.tsv. */
#include "engine/data/classes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static struct class_table t;
	classes_parse(&t, (const char *)data, size, "input");
	return 0;
}
