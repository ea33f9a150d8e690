/*
 * tables, for the page: a module with the same names for the same things.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/tables.h"

static const char *const js_types[] = { [PROTO_T_STR] = "STR",
	[PROTO_T_INT] = "INT",
	[PROTO_T_REAL] = "REAL",
	[PROTO_T_BOOL] = "BOOL",
	[PROTO_T_ID] = "ID",
	[PROTO_T_OBJ] = "OBJ",
	[PROTO_T_LIST] = "LIST",
	[PROTO_T_EVENTS] = "EVENTS" };

static void
js_str(const char *s, size_t n)
{
	putchar('"');
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			putchar('\\');
		putchar(s[i]);
	}
	putchar('"');
}

/* `, help: "…"` and the like. */
static void
js_put(const char *before, const char *s)
{
	printf("%s", before);
	js_str(s, strlen(s));
}

/* Words that are separated by blanks, as an array. */
static void
js_words(const char *before, const char *s)
{
	printf("%s[", before);
	while (*s != '\0') {
		size_t n = strcspn(s, " ");

		js_str(s, n);
		s += n + strspn(s + n, " ");
		printf("%s", *s != '\0' ? ", " : "");
	}
	putchar(']');
}

static const char *
js_bool(bool b)
{
	return b ? "true" : "false";
}

static void
js_fields(const char *name, enum shape shape)
{
	size_t n;
	const struct proto_item *v = proto_items(shape, &n);

	printf("\t\t%s: {%s", name, n != 0 ? "\n" : "");
	for (size_t i = 0; i < n; i++) {
		const struct proto_field *f = proto_field(v[i].field);
		const char *object = tables_object(f->shape);

		printf("\t\t\t%s: { type: \"%s\", max: %" PRId64
		       ", required: %s",
		    f->json, js_types[f->type], f->max, js_bool(v[i].required));
		if (object != NULL)
			printf(", shape: \"%s\"", object);
		js_put(", help: ", f->help);
		printf(" },\n");
	}
	printf("%s},\n", n != 0 ? "\t\t" : "");
}

static void
js_rows(const char *name, const struct tables_row *rows)
{
	printf("\nexport const %s = {\n", name);
	for (const struct tables_row *r = rows; r->name != NULL; r++) {
		printf("\t%s: {\n", r->name);
		if (rows == tables_ops)
			printf(
			    "\t\topen: %s, barrier: %s, free: %s, cost: %d,\n",
			    js_bool((r->flags & PROTO_OPEN) != 0),
			    js_bool((r->flags & PROTO_BARRIER) != 0),
			    js_bool((r->flags & PROTO_FREE) != 0), r->cost);
		if (rows == tables_events)
			printf("\t\tlog: %s,\n",
			    js_bool((r->flags & PROTO_LOG) != 0));
		js_put("\t\thelp: ", r->help);
		printf(",\n");
		js_fields("fields", r->shape);
		if (rows == tables_ops)
			js_fields("reply", r->reply);
		printf("\t},\n");
	}
	printf("};\n");
}

static void
js_errors(void)
{
	printf("\nexport const ERRORS = {\n");
	for (const struct tables_error *e = tables_errors; e->code != NULL;
	     e++) {
		printf("\t%s: { http: %d", e->code, e->http);
		js_put(", text: ", e->text);
		printf(" },\n");
	}
	printf("};\n");
}

static void
js_commands(void)
{
	printf("\nexport const COMMANDS = [\n");
	for (const struct tables_command *c = tables_commands; c->name != NULL;
	     c++) {
		js_put("\t{ name: ", c->name);
		js_words(", aliases: ", c->aliases);
		js_put(", args: ", c->args);
		printf(", page: %s", js_bool(c->where != TABLES_TERMINAL));
		js_put(", help: ", c->help);
		printf(" },\n");
	}
	printf("];\n");
}

static void
js_keys(void)
{
	printf("\nexport const KEYS = [\n");
	for (const struct tables_key *k = tables_keys; k->scope != NULL; k++) {
		js_put("\t{ scope: ", k->scope);
		js_put(", action: ", k->action);
		js_words(", terminal: ", k->terminal);
		js_words(", browser: ", k->browser);
		js_put(", help: ", k->help);
		printf(" },\n");
	}
	printf("];\n");
}

void
tables_js(void)
{
	printf(
	    "/*\n"
	    " * proto: the tables of lib, as the page uses them.  Made by "
	    "`make proto.js`\n"
	    " * from lib/proto.def, err.def, command.def and keys.def: change "
	    "those.\n"
	    " */\n\n"
	    "export const PROTOCOL = \"%s\";\n"
	    "export const LIMITS = { text: %zu, frame: %zu };\n",
	    PROTO_NAME, PROTO_TEXT_MAX, PROTO_FRAME_MAX);
	js_rows("OPS", tables_ops);
	js_rows("OBJECTS", tables_objects);
	js_rows("EVENTS", tables_events);
	js_errors();
	js_commands();
	js_keys();
}
