/*
 * value: matching, writing.
 *
 * What gives a name is copied when the whole pattern fits; until then names
 * point into the value that is being looked at.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "tests/script/value.h"

static void
value_fini(struct value *v)
{
	if (v->kind == VALUE_LIST || v->kind == VALUE_OBJECT)
		for (size_t i = 0; i < v->n; i++)
			value_fini(&v->v[i]);
	free(v->v);
	free(v->text);
	free(v->key);
}

void
value_free(struct value *v)
{
	if (v == NULL)
		return;
	value_fini(v);
	free(v);
}

const struct value *
value_get(const struct value *v, const char *key)
{
	if (v->kind != VALUE_OBJECT)
		return NULL;
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->v[i].key, key) == 0)
			return &v->v[i];
	return NULL;
}

static const struct value *
value_named(const struct value_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->v[i].name, name) == 0)
			return names->v[i].value;
	return NULL;
}

static bool value_fits(const struct value *, const struct value *,
    struct value_names *);

static bool
value_fits_name(const struct value *pattern, const struct value *v,
    struct value_names *names)
{
	const struct value *known = value_named(names, pattern->text);

	if (known != NULL && pattern->num != 0)
		return known->kind == VALUE_INT && v->kind == VALUE_INT &&
		    v->num == known->num + pattern->num;
	if (known != NULL)
		return value_fits(known, v, names);
	if (pattern->num != 0 || names->n == VALUE_NAMES)
		return false;
	names->v[names->n].name = pattern->text;
	names->v[names->n++].value = (struct value *)v;
	return true;
}

static bool
value_fits_items(const struct value *pattern, const struct value *v,
    struct value_names *names)
{
	if (pattern->rest ? v->n < pattern->n : v->n != pattern->n)
		return false;
	for (size_t i = 0; i < pattern->n; i++) {
		const struct value *item = &v->v[i];

		if (v->kind == VALUE_OBJECT)
			item = value_get(v, pattern->v[i].key);
		if (item == NULL || !value_fits(&pattern->v[i], item, names))
			return false;
	}
	return true;
}

static bool
value_fits(const struct value *pattern, const struct value *v,
    struct value_names *names)
{
	if (pattern->kind == VALUE_ANY)
		return true;
	if (pattern->kind == VALUE_NAME)
		return value_fits_name(pattern, v, names);
	if (pattern->kind != v->kind)
		return false;
	switch (v->kind) {
	case VALUE_INT:
		return v->num == pattern->num;
	case VALUE_REAL:
		return v->real == pattern->real;
	case VALUE_STR:
		return v->n == pattern->n &&
		    memcmp(v->text, pattern->text, v->n) == 0;
	case VALUE_LIST:
	case VALUE_OBJECT:
		return value_fits_items(pattern, v, names);
	default:
		return true;
	}
}

static struct value *
value_copy(const struct value *v)
{
	struct value_names none = { .n = 0 };
	struct buf b = BUF_INIT;
	const char *why;
	struct value *copy;

	value_write(&b, v, &none, &why);
	copy = value_parse(b.data, b.len, false, &why);
	buf_fini(&b);
	return copy;
}

bool
value_match(const struct value *pattern, const struct value *v,
    struct value_names *names)
{
	size_t before = names->n;

	if (!value_fits(pattern, v, names)) {
		names->n = before;
		return false;
	}
	for (size_t i = before; i < names->n; i++)
		names->v[i].value = value_copy(names->v[i].value);
	return true;
}

static bool
value_write_name(struct buf *b, const struct value *v,
    const struct value_names *names, const char **why)
{
	const struct value *known = value_named(names, v->text);

	*why = "a name that has no value yet";
	if (known == NULL)
		return false;
	if (v->num == 0)
		return value_write(b, known, names, why);
	*why = "a sum of what is no integer";
	if (known->kind != VALUE_INT)
		return false;
	buf_printf(b, "%lld", (long long)(known->num + v->num));
	return true;
}

/* Such that it is read as one again. */
static void
value_write_real(struct buf *b, double real)
{
	char text[40];

	snprintf(text, sizeof(text), "%.17g", real);
	buf_puts(b, text);
	if (strpbrk(text, ".e") == NULL)
		buf_puts(b, ".0");
}

bool
value_write(struct buf *b, const struct value *v,
    const struct value_names *names, const char **why)
{
	static const char *const words[] = { "null", "false", "true" };

	switch (v->kind) {
	case VALUE_INT:
		buf_printf(b, "%lld", (long long)v->num);
		return true;
	case VALUE_REAL:
		value_write_real(b, v->real);
		return true;
	case VALUE_STR:
		codec_write_str(b, v->text, v->n);
		return true;
	case VALUE_NAME:
		return value_write_name(b, v, names, why);
	case VALUE_LIST:
	case VALUE_OBJECT:
		break;
	case VALUE_ANY:
		*why = "* is no value";
		return false;
	default:
		buf_puts(b, words[v->kind]);
		return true;
	}
	if (v->rest) {
		*why = "... is no value";
		return false;
	}
	buf_putc(b, v->kind == VALUE_LIST ? '[' : '{');
	for (size_t i = 0; i < v->n; i++) {
		if (i != 0)
			buf_putc(b, ',');
		if (v->kind == VALUE_OBJECT) {
			codec_write_str(b, v->v[i].key, strlen(v->v[i].key));
			buf_putc(b, ':');
		}
		if (!value_write(b, &v->v[i], names, why))
			return false;
	}
	buf_putc(b, v->kind == VALUE_LIST ? ']' : '}');
	return true;
}

void
value_forget(struct value_names *names)
{
	while (names->n != 0)
		value_free(names->v[--names->n].value);
}
