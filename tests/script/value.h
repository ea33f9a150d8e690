/*
 * value: JSON as conversations write it, run.py says how: values, patterns
 * of values, and the names that patterns give.
 */
#ifndef VALUE_H
#define VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

enum value_kind {
	VALUE_NULL,
	VALUE_FALSE,
	VALUE_TRUE,
	VALUE_INT,
	VALUE_REAL,
	VALUE_STR,
	VALUE_LIST,
	VALUE_OBJECT,
	VALUE_ANY, /* * */
	VALUE_NAME /* $text+num */
};

struct value {
	enum value_kind kind;
	bool rest;   /* of VALUE_LIST, VALUE_OBJECT: ends with ... */
	int64_t num; /* of VALUE_INT, VALUE_NAME */
	double real;
	char *text; /* of VALUE_STR, VALUE_NAME: n bytes and a NUL */
	char *key;  /* in an object */
	struct value *v;
	size_t n; /* of text, or of v */
};

/* Values by the names that they were given; zeroed at first. */
#define VALUE_NAMES 64
struct value_names {
	struct {
		const char *name; /* of the pattern, which stays */
		struct value *value;
	} v[VALUE_NAMES];
	size_t n;
};

/*
 * Reads the one value that n bytes hold, RFC 8259, keys not twice; patterns
 * only where they are expected.  NULL with *why (static) when it is none.
 */
struct value *value_parse(const char *, size_t n, bool pattern,
    const char **why);
void value_free(struct value *); /* takes NULL */

/* The member of an object, or NULL; takes what is no object. */
const struct value *value_get(const struct value *, const char *key);

/*
 * Does the value fit?  If so, names has copies of those parts that the
 * pattern gives a name; if not, names is as it was.
 */
bool value_match(const struct value *pattern, const struct value *,
    struct value_names *);

/*
 * Appends a pattern as JSON, its names as their values.  False with *why
 * (static) if it stands for no value.
 */
bool value_write(struct buf *, const struct value *pattern,
    const struct value_names *, const char **why);
void value_forget(struct value_names *);

#endif
