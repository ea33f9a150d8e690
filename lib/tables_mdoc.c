/*
 * tables, for man pages: mdoc(7).
 *
 * What a .def says in small letters and without a full stop becomes a
 * sentence.  Lines of text are filled, and a sentence begins a line, as
 * mandoc -Tlint wants it.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/tables.h"
#include "lib/text.h"

#define MDOC_FILL 72 /* columns of a line of text */

static size_t mdoc_column; /* where the line of text stands */

/* One word, with what mdoc(7) would take for its own escaped. */
static void
mdoc_word(const char *p, size_t n)
{
	if (*p == '.' || *p == '\'' || (n <= 3 && isupper((unsigned char)*p)))
		printf("\\&");
	while (n > 0) {
		uint32_t cp = 0;
		size_t len = text_decode(p, n, &cp);

		if (*p == '\\')
			printf("\\e");
		else if (*p == '"')
			printf("\\(dq");
		else if (cp >= 0x80)
			printf("\\[u%04" PRIX32 "]", cp);
		else
			putchar(*p);
		len = len == 0 ? 1 : len;
		p += len;
		n -= len;
	}
}

static void
mdoc_end(void)
{
	if (mdoc_column != 0)
		putchar('\n');
	mdoc_column = 0;
}

static void
mdoc_text(const char *s)
{
	while (*s != '\0') {
		size_t n = strcspn(s, " ");

		if (mdoc_column != 0 && mdoc_column + 1 + n > MDOC_FILL)
			mdoc_end();
		if (mdoc_column != 0)
			putchar(' ');
		mdoc_word(s, n);
		mdoc_column += n + 1;
		if (s[n - 1] == '.')
			mdoc_end();
		s += n + strspn(s + n, " ");
	}
}

/* From "makes a guest" to "Makes a guest." */
static void
mdoc_sentence(const char *help)
{
	struct buf b = BUF_INIT;

	buf_puts(&b, help);
	b.data[0] = (char)toupper((unsigned char)b.data[0]);
	buf_putc(&b, '.');
	mdoc_text(buf_str(&b));
	mdoc_end();
	buf_fini(&b);
}

/* A value that may end in what a macro takes for punctuation. */
static void
mdoc_literal(const char *s)
{
	printf(".Ql ");
	mdoc_word(s, strlen(s));
	printf("\\& .\n");
}

/* Words behind a macro, a comma between them. */
static void
mdoc_words(const char *s)
{
	while (*s != '\0') {
		size_t n = strcspn(s, " ");

		putchar(' ');
		mdoc_word(s, n);
		s += n + strspn(s + n, " ");
		printf("%s", *s != '\0' ? " ," : "");
	}
}

/*
 * The protocol.
 */

/* The entries of a log have these in common. */
static bool
mdoc_is_common(const char *json)
{
	static const char *const common[] = { "room", "seq", "at", "from",
		"guest", "nonce" };

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (strcmp(json, common[i]) == 0)
			return true;
	return false;
}

/* The fields of a shape, those that may be missing in brackets. */
static void
mdoc_fields(enum shape shape, bool entry)
{
	size_t n;
	const struct proto_item *v = proto_items(shape, &n);

	for (size_t i = 0; i < n; i++) {
		const char *json = proto_field(v[i].field)->json;

		if (!entry || !mdoc_is_common(json))
			printf(v[i].required ? " Ar %s" : " Oo Ar %s Oc", json);
	}
}

/* The same as a sentence; nothing if there are none. */
static void
mdoc_reply(enum shape shape)
{
	size_t n;
	const struct proto_item *v = proto_items(shape, &n);

	if (n != 0)
		printf("The reply has\n");
	for (size_t i = 0; i < n; i++)
		printf("%s %s %c\n", v[i].required ? ".Ar" : ".Op Ar",
		    proto_field(v[i].field)->json, i + 1 < n ? ',' : '.');
}

static void
mdoc_ops(void)
{
	for (const struct tables_row *r = tables_ops; r->name != NULL; r++) {
		printf(".It Cm %s", r->name);
		mdoc_fields(r->shape, false);
		printf("\n");
		mdoc_sentence(r->help);
		if ((r->flags & PROTO_OPEN) != 0)
			printf("Answered before hello, too.\n");
		if ((r->flags & PROTO_BARRIER) != 0)
			printf("Holds back the requests behind it.\n");
		if ((r->flags & PROTO_FREE) != 0)
			printf("Costs no request.\n");
		else if (r->cost != 1)
			printf("Costs as much as %d requests.\n", r->cost);
		mdoc_reply(r->reply);
	}
}

static void
mdoc_rows(const struct tables_row *rows, bool log)
{
	for (const struct tables_row *r = rows; r->name != NULL; r++) {
		if (((r->flags & PROTO_LOG) != 0) != log)
			continue;
		printf(".It Cm %s", r->name);
		mdoc_fields(r->shape, log);
		printf("\n");
		mdoc_sentence(r->help);
	}
}

static void
mdoc_entries(void)
{
	mdoc_rows(tables_events, true);
}

static void
mdoc_events(void)
{
	mdoc_rows(tables_events, false);
}

static void
mdoc_objects(void)
{
	mdoc_rows(tables_objects, false);
}

static void
mdoc_home(struct buf *b, enum field field, enum shape shape, const char *what,
    const char *name)
{
	size_t n;
	const struct proto_item *v = proto_items(shape, &n);

	for (size_t i = 0; i < n; i++)
		if (v[i].field == field)
			buf_printf(b, "%s%s %s", b->len == 0 ? "In " : ", ",
			    what, name);
}

/* A name that means several things: where it means this one. */
static void
mdoc_homes(enum field field)
{
	struct buf b = BUF_INIT;

	for (const struct tables_row *r = tables_ops; r->name != NULL; r++) {
		mdoc_home(&b, field, r->shape, "request", r->name);
		mdoc_home(&b, field, r->reply, "reply to", r->name);
	}
	for (const struct tables_row *r = tables_objects; r->name != NULL; r++)
		mdoc_home(&b, field, r->shape, "object", r->name);
	for (const struct tables_row *r = tables_events; r->name != NULL; r++)
		mdoc_home(&b, field, r->shape, "event", r->name);
	buf_putc(&b, '.');
	mdoc_text(buf_str(&b));
	buf_fini(&b);
}

static bool
mdoc_is_shared(enum field field)
{
	for (int i = 0; i < FIELD__COUNT; i++)
		if (i != (int)field &&
		    strcmp(proto_field(i)->json, proto_field(field)->json) == 0)
			return true;
	return false;
}

static void
mdoc_type(struct buf *b, const struct proto_field *f)
{
	const char *object = tables_object(f->shape);

	switch (f->type) {
	case PROTO_T_STR:
		buf_printf(b, "string, at most %" PRId64 " bytes", f->max);
		break;
	case PROTO_T_INT:
		buf_puts(b, "integer");
		if (f->max != INTMAX_JSON)
			buf_printf(b, ", at most %" PRId64, f->max);
		break;
	case PROTO_T_REAL:
		buf_puts(b, "number");
		break;
	case PROTO_T_BOOL:
		buf_puts(b, "boolean");
		break;
	case PROTO_T_ID:
		buf_printf(b, "integer, or string of at most %" PRId64 " bytes",
		    f->max);
		break;
	case PROTO_T_OBJ:
		buf_printf(b, "object %s", object);
		break;
	case PROTO_T_LIST:
		buf_printf(b, "list of at most %" PRId64 " objects %s", f->max,
		    object);
		break;
	case PROTO_T_EVENTS:
		buf_printf(b, "list of at most %" PRId64 " events", f->max);
		break;
	}
}

static void
mdoc_all_fields(void)
{
	for (int i = 0; i < FIELD__COUNT; i++) {
		const struct proto_field *f = proto_field(i);
		struct buf b = BUF_INIT;

		printf(".It Cm %s\n", f->json);
		buf_printf(&b, "%s (", f->help);
		mdoc_type(&b, f);
		buf_putc(&b, ')');
		mdoc_sentence(buf_str(&b));
		buf_fini(&b);
		if (mdoc_is_shared(i))
			mdoc_homes(i);
		mdoc_end();
	}
}

static void
mdoc_errors(void)
{
	for (const struct tables_error *e = tables_errors; e->code != NULL;
	     e++) {
		printf(".It Cm %s Pq %d\n", e->code, e->http);
		mdoc_sentence(e->text);
	}
}

/*
 * Settings.
 */

static void
mdoc_default(const struct opt *o)
{
	if (o->def[0] != '\0') {
		printf("The default is\n");
		mdoc_literal(o->def);
	}
	if (o->type == OPT_T_INT)
		printf("It is a number from %" PRId64 " to %" PRId64 ".\n",
		    o->min, o->max);
}

static void
mdoc_setting(const struct opt *o)
{
	static const char *const types[] = { [OPT_T_STR] = "text",
		[OPT_T_LIST] = "words",
		[OPT_T_INT] = "number",
		[OPT_T_BOOL] = "yes | no" };

	printf(".It Cm %s No = Ar %s\n", o->key, types[o->type]);
	mdoc_sentence(o->help);
	mdoc_default(o);
	if (o->cli != NULL)
		printf("On the command line it is\n.Fl -%s .\n", o->cli);
}

static void
mdoc_conf(void)
{
	const char *section = "";

	for (const struct opt *o = tables_conf; o->section != NULL; o++) {
		if (strcmp(section, o->section) != 0) {
			if (o != tables_conf)
				printf(".El\n");
			section = o->section;
			printf(".Ss %s\n.Bl -tag -width Ds\n", section);
		}
		mdoc_setting(o);
	}
	printf(".El\n");
}

static void
mdoc_prefs(void)
{
	for (const struct opt *o = tables_prefs; o->section != NULL; o++)
		mdoc_setting(o);
}

static void
mdoc_options(const struct opt *o)
{
	for (; o->section != NULL; o++) {
		if (o->cli == NULL)
			continue;
		printf(".It Fl -%s%s\n", o->cli,
		    o->type == OPT_T_BOOL ? "" : " Ar value");
		mdoc_sentence(o->help);
		if (o->type != OPT_T_BOOL && o->def[0] != '\0') {
			printf("The default is\n");
			mdoc_literal(o->def);
		}
	}
}

static void
mdoc_conf_options(void)
{
	mdoc_options(tables_conf);
}

static void
mdoc_prefs_options(void)
{
	mdoc_options(tables_prefs);
}

/*
 * The rest.
 */

static void
mdoc_metrics(void)
{
	for (const struct tables_metric *m = tables_metrics; m->name != NULL;
	     m++) {
		printf(".It Li chatsrv_%s\n", m->name);
		mdoc_sentence(m->help);
	}
}

static void
mdoc_commands(void)
{
	for (const struct tables_command *c = tables_commands; c->name != NULL;
	     c++) {
		if (c->where == TABLES_PAGE)
			continue;
		printf(".It Ic /%s%s%s\n", c->name,
		    c->args[0] != '\0' ? " Ar " : "", c->args);
		mdoc_sentence(c->help);
		if (c->aliases[0] == '\0')
			continue;
		printf("Also:\n.Ic");
		mdoc_words(c->aliases);
		printf(" .\n");
	}
}

static void
mdoc_keys(const char *scope)
{
	for (const struct tables_key *k = tables_keys; k->scope != NULL; k++) {
		if (strcmp(k->scope, scope) != 0 || k->terminal[0] == '\0')
			continue;
		printf(".It Ic");
		mdoc_words(k->terminal);
		printf("\n");
		mdoc_sentence(k->help);
	}
}

static void
mdoc_room_keys(void)
{
	mdoc_keys("ROOM");
}

static void
mdoc_message_keys(void)
{
	mdoc_keys("MESSAGE");
}

/* Where the page is installed. */
static void
mdoc_www(void)
{
	printf(".It Pa %s\n", WWWDIR);
}

bool
tables_mdoc(const char *name)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} tables[] = {
		{ "ops", mdoc_ops },
		{ "entries", mdoc_entries },
		{ "events", mdoc_events },
		{ "objects", mdoc_objects },
		{ "fields", mdoc_all_fields },
		{ "errors", mdoc_errors },
		{ "conf", mdoc_conf },
		{ "conf-options", mdoc_conf_options },
		{ "prefs", mdoc_prefs },
		{ "prefs-options", mdoc_prefs_options },
		{ "metrics", mdoc_metrics },
		{ "commands", mdoc_commands },
		{ "room-keys", mdoc_room_keys },
		{ "message-keys", mdoc_message_keys },
		{ "www", mdoc_www },
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (strcmp(name, tables[i].name) == 0) {
			tables[i].print();
			return true;
		}
	return false;
}
