/* Conditions on a step's numbers: what they mean, and the sentences for what they are not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/err.h"
#include "engine/train/condition.h"

static const struct metric at = {.step = 40, .loss = {1, 2, 0.25}, .total = 3.25, .lr = 1e-3, .grad_norm = 7, .visible = {10, 20, 68}};
static const double means[GRANULARITIES] = {1, 1, 0.5};

static bool holds(const char *text) {
	struct condition c;
	if (condition_parse(&c, text)) fail_msg("%s: %s", text, err_message());
	return condition_holds(&c, &at, means, 0);
}

static void terms_mean_what_they_say(void **state) {
	(void)state;
	static const struct { const char *text; bool wanted; } rows[] = {
		{"loss.rgb<0.3", true}, {"loss.rgb < 0.25", false}, {"loss.rgb<=0.25", true}, {"grad_norm>7", false}, {"grad_norm>=7", true},
		{"jump.instance>1.9", true}, {"jump.instance > 2", false}, {"jump.total>0", false /* no mean yet */}, {"smooth.rgb<1", true},
		{"nan", false}, {"visible.rgb>67.5", true}, {"val.random.rgb<9", false /* not evaluated */}, {"step>=40", true},
		{"loss.rgb<0.3 and grad_norm>100", false}, {"loss.rgb<0.3 or grad_norm>100", true}, {"nan or lr<1", true},
		{"step<1 and lr<1 or step>1", true}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (holds(rows[i].text) != rows[i].wanted) fail_msg("%s", rows[i].text);
}

static void nan_is_found_everywhere(void **state) {
	(void)state;
	struct condition c;
	assert_int_equal(condition_parse(&c, "nan"), 0);
	struct metric m = at;
	m.loss[INSTANCE] = NAN;
	assert_true(condition_holds(&c, &m, means, 0));
	m = at;
	m.grad_norm = INFINITY;
	assert_true(condition_holds(&c, &m, means, 0));
}

static void what_is_wrong_is_said(void **state) {
	(void)state;
	static const struct { const char *text, *says; } rows[] = {
		{"", "no quantity"}, {"loss", "no quantity"}, {"loss.rgb", "must follow loss.rgb"}, {"loss.rgb<", "a number"}, {"loss.rgb<nan", "a number"},
		{"loss.rgb<1 grad_norm>2", "'and' or 'or'"}, {"loss.rgb=1", "must follow"}, {"loss.rgb<1 and", "no quantity"}, {"loss.rgb<1e999", "a number"},
		{"nan or nan or nan or nan or nan or nan or nan or nan or nan", "more than 8"}};
	struct condition c = {.terms = 7};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_int_equal(condition_parse(&c, rows[i].text), ERR_ARGUMENT);
		if (!strstr(err_message(), rows[i].says)) fail_msg("'%s': %s", rows[i].text, err_message());
		assert_int_equal(c.terms, 7);
	}
	char text[2 * CONDITION_BYTES];
	memset(text, ' ', sizeof text);
	text[sizeof text - 1] = '\0';
	assert_int_equal(condition_parse(&c, text), ERR_ARGUMENT);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(terms_mean_what_they_say), cmocka_unit_test(nan_is_found_everywhere),
	                                   cmocka_unit_test(what_is_wrong_is_said)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
