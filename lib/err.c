/*
 * err: the table of err.def, read by its constant or by its wire name.
 */
#include <string.h>

#include "lib/err.h"

static const struct {
	const char *code;
	const char *text;
	int http;
} errs[ERR__COUNT] = {
	[ERR_OK] = { "ok", "all is well", 200 },
#define ERR(ID, code, http, text) [ERR_##ID] = { #code, text, http },
#include "lib/err.def"
#undef ERR
};

const char *
err_code(enum err e)
{
	return errs[e].code;
}

const char *
err_text(enum err e)
{
	return errs[e].text;
}

int
err_http(enum err e)
{
	return errs[e].http;
}

enum err
err_find(const char *code)
{
	for (int e = 0; e < ERR__COUNT; e++)
		if (strcmp(errs[e].code, code) == 0)
			return (enum err)e;
	return ERR_INTERNAL;
}
