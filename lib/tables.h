/*
 * tables: the .def files as arrays, for the program that makes the page's
 * module and the tables of the man pages.
 */
#ifndef TABLES_H
#define TABLES_H

#include <stddef.h>

#include "lib/opt.h"
#include "lib/proto.h"

struct tables_row { /* OP, OBJECT or EVENT */
	enum shape shape;
	enum shape reply; /* of OP */
	const char *name, *help;
	unsigned flags;
	int cost; /* of OP */
};

struct tables_error {
	const char *code, *text;
	int http;
};

enum tables_where { TABLES_BOTH, TABLES_TERMINAL, TABLES_PAGE };

struct tables_command {
	const char *name, *aliases, *args, *help;
	enum tables_where where;
};

struct tables_key {
	const char *scope, *action, *terminal, *browser, *help;
};

struct tables_metric {
	const char *name, *kind, *help;
};

/* Each ends with a row of zeros. */
extern const struct tables_row tables_ops[], tables_objects[], tables_events[];
extern const struct tables_error tables_errors[];
extern const struct tables_command tables_commands[];
extern const struct tables_key tables_keys[];
extern const struct tables_metric tables_metrics[];
extern const struct opt tables_conf[], tables_prefs[];

/* The name of an object's shape, or NULL. */
const char *tables_object(enum shape);

/* Prints www/js/proto.js. */
void tables_js(void);

/*
 * Prints the table of that name, the inside of a list or a row of sections in
 * mdoc(7); false if there is none.
 */
bool tables_mdoc(const char *name);

#endif
