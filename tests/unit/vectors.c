/*
 * vectors: loading them, with jansson.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/buf.h"
#include "tests/unit/vectors.h"

json_t *
vectors_list(const char *file, const char *key)
{
	const char *folder = getenv("VECTORS");
	struct buf path = BUF_INIT;
	json_error_t error;
	json_t *root, *list;

	buf_printf(&path, "%s/%s",
	    folder != NULL ? folder : SRCDIR "/tests/vectors", file);
	root = json_load_file(buf_str(&path), JSON_ALLOW_NUL, &error);
	list = json_object_get(root, key);
	if (json_array_size(list) == 0) {
		printf("Bail out! %s: %s\n", buf_str(&path),
		    root == NULL ? error.text : "the list is missing or empty");
		exit(99);
	}
	json_incref(list);
	json_decref(root);
	buf_fini(&path);
	return list;
}

char *
vectors_bytes(const json_t *it, size_t *n)
{
	const json_t *in = json_object_get(it, "in");
	const char *hex = json_string_value(json_object_get(it, "hex"));
	char *bytes;

	if (in != NULL) {
		*n = json_string_length(in);
		return xstrndup(json_string_value(in), *n);
	}
	*n = strlen(hex) / 2;
	bytes = xcalloc(1, *n + 1);
	for (size_t i = 0; i < *n; i++)
		sscanf(hex + 2 * i, "%2hhx", (unsigned char *)&bytes[i]);
	return bytes;
}
