/*
 * tables: the .def files for those who read no C.  It runs while building.
 *
 *	tables proto.js		prints www/js/proto.js
 *	tables page FILE	prints a man page: FILE, with a table in the
 *				place of each line "@TABLE name@"
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/tables.h"

#define OPEN	PROTO_OPEN
#define BARRIER PROTO_BARRIER
#define FREE	PROTO_FREE
#define READ	PROTO_READ
#define LOG	PROTO_LOG

const struct tables_row tables_ops[] = {
#define OP(name, flags, cost, help) \
	{ SHAPE_##name, SHAPE_##name##_ok, #name, help, flags, cost },
#define REPLY(name)
#define OBJECT(name, help)
#define EVENT(name, flags, help)
#define F(shape, field, need)
#include "lib/proto.def"
	{ .name = NULL }
};

const struct tables_row tables_objects[] = {
#define OP(name, flags, cost, help)
#define REPLY(name)
#define OBJECT(name, help) { SHAPE_##name, SHAPE_none, #name, help, 0, 0 },
#define EVENT(name, flags, help)
#define F(shape, field, need)
#include "lib/proto.def"
	{ .name = NULL }
};

const struct tables_row tables_events[] = {
#define OP(name, flags, cost, help)
#define REPLY(name)
#define OBJECT(name, help)
#define EVENT(name, flags, help) \
	{ SHAPE_ev_##name, SHAPE_none, #name, help, flags, 0 },
#define F(shape, field, need)
#include "lib/proto.def"
	{ .name = NULL }
};

const struct tables_error tables_errors[] = {
#define ERR(ID, code, http, text) { #code, text, http },
#include "lib/err.def"
#undef ERR
	{ .code = NULL }
};

#define BOTH	 TABLES_BOTH
#define TERMINAL TABLES_TERMINAL
#define PAGE	 TABLES_PAGE

const struct tables_command tables_commands[] = {
#define COMMAND(name, aliases, args, where, help) \
	{ #name, aliases, args, help, where },
#include "lib/command.def"
#undef COMMAND
	{ .name = NULL }
};

const struct tables_key tables_keys[] = {
#define KEY(scope, action, terminal, browser, help) \
	{ #scope, #action, terminal, browser, help },
#include "lib/keys.def"
#undef KEY
	{ .scope = NULL }
};

const struct tables_metric tables_metrics[] = {
#define METRIC(name, kind, help) { #name, #kind, help },
#include "chatsrv/metrics.def"
#undef METRIC
	{ .name = NULL }
};

/* Nobody here keeps values, so that settings need no offset. */
#define OPT(section, key, type, min, max, def, cli, help) \
	{ #section, #key, OPT_T_##type, min, max, def, cli, help, 0 },

const struct opt tables_conf[] = {
#include "chatsrv/conf.def"
	{ .section = NULL }
};

const struct opt tables_prefs[] = {
#include "chatcli/prefs.def"
	{ .section = NULL }
};

#undef OPT

const char *
tables_object(enum shape shape)
{
	const struct tables_row *r = tables_objects;

	while (r->name != NULL && r->shape != shape)
		r++;
	return r->name;
}

/* The name in "@TABLE name@\n", cut out of the line; NULL for another line. */
static const char *
tables_wanted(char *line)
{
	static const char begin[] = "@TABLE ";
	size_t n = sizeof(begin) - 1;

	if (strncmp(line, begin, n) != 0)
		return NULL;
	line[n + strcspn(line + n, "@\n")] = '\0';
	return line + n;
}

static int
tables_page(const char *path)
{
	FILE *in = fopen(path, "re");
	char line[1024];
	int number = 0;

	if (in == NULL) {
		fprintf(stderr, "tables: %s: %s\n", path, strerror(errno));
		return 1;
	}
	while (fgets(line, sizeof(line), in) != NULL) {
		const char *name = tables_wanted(line);

		number++;
		if (name == NULL)
			fputs(line, stdout);
		else if (!tables_mdoc(name)) {
			fprintf(stderr, "tables: %s:%d: there is no table %s\n",
			    path, number, name);
			fclose(in);
			return 1;
		}
	}
	fclose(in);
	return 0;
}

int
main(int argc, char **argv)
{
	int status = 2;

	if (argc == 2 && strcmp(argv[1], "proto.js") == 0) {
		tables_js();
		status = 0;
	} else if (argc == 3 && strcmp(argv[1], "page") == 0)
		status = tables_page(argv[2]);
	else
		fprintf(stderr, "usage: tables proto.js | page FILE\n");
	if (fflush(stdout) != 0) {
		fprintf(stderr, "tables: stdout: %s\n", strerror(errno));
		status = 1;
	}
	return status;
}
