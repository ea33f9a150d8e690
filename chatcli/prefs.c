/*
 * prefs: prefs.def and opt.c brought together.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chatcli/prefs.h"
#include "chatcli/state.h"

static const struct opt prefs_table[] = {
#define OPT(section, key, type, min, max, def, cli, help)         \
	{ #section, #key, OPT_T_##type, min, max, def, cli, help, \
		offsetof(struct prefs, key) },
#include "chatcli/prefs.def"
#undef OPT
};

#define PREFS_N (sizeof(prefs_table) / sizeof(prefs_table[0]))

const struct opt *
prefs_rows(size_t *n)
{
	*n = PREFS_N;
	return prefs_table;
}

void
prefs_init(struct prefs *p)
{
	memset(p, 0, sizeof(*p));
	opts_init(&p->opts, prefs_table, PREFS_N, p, "CHATCLI");
}

void
prefs_fini(struct prefs *p)
{
	opts_fini(&p->opts);
}

bool
prefs_file(struct prefs *p, const char *path)
{
	char *usual = NULL;
	bool ok = true;

	if (path == NULL)
		path = usual = state_config_path("config");
	if (usual == NULL || access(usual, F_OK) == 0)
		ok = opts_file(&p->opts, path);
	free(usual);
	return ok;
}

/* The settings have no sections, so neither have these names. */
bool
prefs_env(struct prefs *p)
{
	for (size_t i = 0; i < PREFS_N; i++) {
		char name[64];
		const char *value;

		snprintf(name, sizeof(name), "CHATCLI_%s", prefs_table[i].key);
		for (char *c = name; *c != '\0'; c++)
			*c = (char)toupper((unsigned char)*c);
		value = getenv(name);
		if (value != NULL &&
		    !opts_put(&p->opts, "", prefs_table[i].key, value, OPT_ENV,
			name))
			return false;
	}
	return true;
}

bool
prefs_option(struct prefs *p, const struct opt *row, const char *value)
{
	char where[64];

	snprintf(where, sizeof(where), "--%s", row->cli);
	return opts_put(&p->opts, row->section, row->key,
	    value != NULL ? value : "yes", OPT_CLI, where);
}

bool
prefs_finish(struct prefs *p)
{
	const char *why;

	if (url_parse(p->server, &p->url, &why) != ERR_OK) {
		snprintf(p->opts.error, sizeof(p->opts.error),
		    "server: \"%s\" is no address: %s", p->server, why);
		return false;
	}
	if (p->ca_file[0] != '\0' && access(p->ca_file, R_OK) != 0) {
		snprintf(p->opts.error, sizeof(p->opts.error),
		    "ca_file: %s: %s", p->ca_file, strerror(errno));
		return false;
	}
	return true;
}
