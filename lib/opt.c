/*
 * opt: the engine behind conf.def and prefs.def.  inih is used in this file
 * only; lines above its 200 bytes are errors, not cut.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <ini.h>

#include "lib/buf.h"
#include "lib/opt.h"

#define OPT_LINE 198 /* bytes of a line that inih reads */

static bool opt_fail(struct opts *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static bool
opt_fail(struct opts *o, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(o->error, sizeof(o->error), fmt, ap);
	va_end(ap);
	return false;
}

/* Levenshtein's distance, bounded by the short words it is used on. */
static size_t
opt_distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(b);

	if (n >= 63 || strlen(a) >= 63)
		return 64;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

const char *
opt_nearest(const char *word, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t least = strlen(word) / 2 + 2;

	for (size_t i = 0; i < n; i++) {
		size_t d = opt_distance(word, words[i]);

		if (d < least) {
			least = d;
			best = words[i];
		}
	}
	return best;
}

static const struct opt *
opt_find(const struct opts *o, const char *section, const char *key)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->v[i].section, section) == 0 &&
		    strcmp(o->v[i].key, key) == 0)
			return &o->v[i];
	return NULL;
}

#define OPT_NAME 64 /* bytes of a name that is told */

/* "section.key"; where there are no sections, the key alone. */
static const char *
opt_name(char out[OPT_NAME], const char *section, const char *key)
{
	snprintf(out, OPT_NAME, "%s%s%s", section, *section != '\0' ? "." : "",
	    key);
	return out;
}

static bool
opt_unknown(struct opts *o, const char *section, const char *key,
    const char *where)
{
	char word[OPT_NAME], names[128][OPT_NAME];
	const char *list[128], *near;
	size_t n = o->n < 128 ? o->n : 128;

	opt_name(word, section, key);
	for (size_t i = 0; i < n; i++)
		list[i] = opt_name(names[i], o->v[i].section, o->v[i].key);
	near = opt_nearest(word, list, n);
	return opt_fail(o, "%s: there is no setting %s%s%s%s", where, word,
	    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?" : "");
}

static void
opt_list_free(struct opt_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	*l = (struct opt_list){ NULL, 0 };
}

static bool
opt_check(struct opts *o, const struct opt *opt, const char *word,
    const char *where)
{
	const char *must = o->check != NULL ? o->check(opt, word) : NULL;
	char name[OPT_NAME];

	if (must == NULL)
		return true;
	return opt_fail(o, "%s: %s is \"%.200s\", but must be %s", where,
	    opt_name(name, opt->section, opt->key), word, must);
}

static bool
opt_list_add(struct opts *o, const struct opt *opt, const char *words,
    const char *where, struct opt_list *l)
{
	static const char blank[] = " \t\r\v\f,";

	for (;;) {
		size_t len;

		words += strspn(words, blank);
		len = strcspn(words, blank);
		if (len == 0)
			return true;
		l->v = xrealloc(l->v, (l->n + 1) * sizeof(*l->v));
		l->v[l->n] = xstrndup(words, len);
		if (!opt_check(o, opt, l->v[l->n++], where))
			return false;
		words += len;
	}
}

static bool
opt_int(struct opts *o, const struct opt *opt, const char *value,
    const char *where, int64_t *out)
{
	char *end, name[OPT_NAME];
	long long v;

	errno = 0;
	v = strtoll(value, &end, 10);
	if (end == value || *end != '\0' || errno != 0 || v < opt->min ||
	    v > opt->max)
		return opt_fail(o,
		    "%s: %s is \"%s\", but must be a whole "
		    "number from %" PRId64 " to %" PRId64,
		    where, opt_name(name, opt->section, opt->key), value,
		    opt->min, opt->max);
	*out = v;
	return true;
}

static bool
opt_bool(struct opts *o, const struct opt *opt, const char *value,
    const char *where, bool *out)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false",
		"true", "0", "1" };
	char name[OPT_NAME];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(value, words[i]) == 0) {
			*out = i % 2 != 0;
			return true;
		}
	return opt_fail(o, "%s: %s is \"%s\", but must be yes or no", where,
	    opt_name(name, opt->section, opt->key), value);
}

bool
opts_put(struct opts *o, const char *section, const char *key,
    const char *value, enum opt_source from, const char *where)
{
	const struct opt *opt = opt_find(o, section, key);
	void *at;

	if (opt == NULL)
		return opt_unknown(o, section, key, where);
	at = (char *)o->values + opt->offset;
	switch (opt->type) {
	case OPT_T_STR:
		if (!opt_check(o, opt, value, where))
			return false;
		free(*(char **)at);
		*(char **)at = xstrdup(value);
		break;
	case OPT_T_LIST:
		if (o->from[opt - o->v] != from)
			opt_list_free(at);
		if (!opt_list_add(o, opt, value, where, at))
			return false;
		break;
	case OPT_T_INT:
		if (!opt_int(o, opt, value, where, at))
			return false;
		break;
	case OPT_T_BOOL:
		if (!opt_bool(o, opt, value, where, at))
			return false;
		break;
	}
	o->from[opt - o->v] = from;
	free(o->where[opt - o->v]);
	o->where[opt - o->v] = xstrdup(where);
	return true;
}

const char *
opts_where(const struct opts *o, const char *section, const char *key)
{
	return o->where[opt_find(o, section, key) - o->v];
}

void
opts_init(struct opts *o, const struct opt *v, size_t n, void *values,
    const char *prefix)
{
	*o = (struct opts){ .v = v,
		.n = n,
		.values = values,
		.prefix = prefix };
	o->from = xcalloc(n, sizeof(*o->from));
	o->where = xcalloc(n, sizeof(*o->where));
	for (size_t i = 0; i < n; i++)
		opts_put(o, v[i].section, v[i].key, v[i].def, OPT_DEFAULT,
		    "default");
}

void
opts_fini(struct opts *o)
{
	for (size_t i = 0; i < o->n; i++) {
		void *at = (char *)o->values + o->v[i].offset;

		if (o->v[i].type == OPT_T_STR) {
			free(*(char **)at);
			*(char **)at = NULL;
		} else if (o->v[i].type == OPT_T_LIST)
			opt_list_free(at);
		free(o->where[i]);
	}
	free(o->from);
	free(o->where);
	o->from = NULL;
	o->where = NULL;
}

/*
 * Debian's inih does not hand the line's number to the handler, so lines are
 * counted as it reads them.
 */
struct opt_file {
	struct opts *opts;
	const char *path;
	FILE *f;
	int line, wrong; /* line of the first mistake */
	int cut;	 /* line that is too long, or 0 */
};

static char *
opt_read_line(char *out, int max, void *arg)
{
	struct opt_file *file = arg;

	size_t n;

	file->line++;
	if (fgets(out, max, file->f) == NULL)
		return NULL;
	/* inih would take the rest for another line, or for a value's. */
	n = strlen(out);
	if (n + 1 == (size_t)max && out[n - 1] != '\n' && file->cut == 0)
		file->cut = file->line;
	return out;
}

/*
 * Where a value ends and a comment begins: at a ; behind white space.  inih
 * sees that too, but not on a line that goes on.
 */
static size_t
opt_comment(const char *value)
{
	size_t n = 0;

	while (value[n] != '\0' &&
	    !(n > 0 && value[n] == ';' && isspace((unsigned char)value[n - 1])))
		n++;
	while (n > 0 && isspace((unsigned char)value[n - 1]))
		n--;
	return n;
}

static int
opt_ini(void *arg, const char *section, const char *key, const char *value)
{
	struct opt_file *file = arg;
	char where[512], *plain;

	/* The first mistake is the one to tell. */
	if (file->opts->error[0] != '\0')
		return 1;
	snprintf(where, sizeof(where), "%s:%d", file->path,
	    file->wrong = file->line);
	plain = xstrndup(value, opt_comment(value));
	opts_put(file->opts, section, key, plain, OPT_FILE, where);
	free(plain);
	return 1;
}

bool
opts_file(struct opts *o, const char *path)
{
	struct opt_file file = { .opts = o, .path = path };
	int bad, failed;

	o->error[0] = '\0';
	file.f = fopen(path, "re");
	if (file.f == NULL)
		return opt_fail(o, "%s: %s", path, strerror(errno));
	bad = ini_parse_stream(opt_read_line, &file, opt_ini, &file);
	failed = ferror(file.f) ? errno : 0;
	fclose(file.f);
	if (failed != 0)
		return opt_fail(o, "%s: %s", path, strerror(failed));
	if (file.cut != 0 && (bad <= 0 || file.cut <= bad) &&
	    (o->error[0] == '\0' || file.cut <= file.wrong))
		return opt_fail(o, "%s:%d: the line is longer than 200 bytes",
		    path, file.cut);
	/* A line that can't be read may be why a later one seems wrong. */
	if (o->error[0] != '\0' && (bad <= 0 || file.wrong < bad))
		return false;
	if (bad != 0)
		return opt_fail(o,
		    "%s:%d: not a line of the form key = value, "
		    "[section] or ; comment of at most 200 bytes",
		    path, bad);
	return true;
}

/*
 * PREFIX_SECTION_… with a section that there is, but no such key, is a
 * mistake; other variables with the prefix may be somebody else's.
 */
static bool
opt_env_known(struct opts *o, const char *var)
{
	size_t prefix = strlen(o->prefix);
	bool section = false;
	char key[64], where[128];
	const char *name;

	if (strncmp(var, o->prefix, prefix) != 0 || var[prefix] != '_')
		return true;
	for (size_t i = 0; i < o->n; i++) {
		const struct opt *opt = &o->v[i];
		size_t n = strlen(opt->section), k = strlen(opt->key);

		name = var + prefix + 1;
		if (strncasecmp(name, opt->section, n) != 0 || name[n] != '_')
			continue;
		section = true;
		name += n + 1;
		if (strncasecmp(name, opt->key, k) == 0 && name[k] == '=')
			return true;
		snprintf(key, sizeof(key), "%.*s", (int)strcspn(name, "="),
		    name);
		for (char *c = key; *c != '\0'; c++)
			*c = (char)tolower((unsigned char)*c);
		snprintf(where, sizeof(where), "%.*s (environment)",
		    (int)strcspn(var, "="), var);
		opt_unknown(o, opt->section, key, where);
	}
	return !section;
}

bool
opts_env(struct opts *o)
{
	for (char **var = environ; *var != NULL; var++)
		if (!opt_env_known(o, *var))
			return false;
	for (size_t i = 0; i < o->n; i++) {
		char name[128];
		const char *value;

		snprintf(name, sizeof(name), "%s_%s_%s", o->prefix,
		    o->v[i].section, o->v[i].key);
		for (char *c = name; *c != '\0'; c++)
			*c = (char)toupper((unsigned char)*c);
		value = getenv(name);
		if (value != NULL &&
		    !opts_put(o, o->v[i].section, o->v[i].key, value, OPT_ENV,
			name))
			return false;
	}
	return true;
}

bool
opts_assign(struct opts *o, const char *assignment, const char *where)
{
	const char *dot = strchr(assignment, '.');
	const char *eq = strchr(assignment, '=');
	char *section, *key;
	bool ok;

	if (dot == NULL || eq == NULL || dot > eq)
		return opt_fail(o, "%s: \"%s\" is not section.key=value", where,
		    assignment);
	section = xstrndup(assignment, (size_t)(dot - assignment));
	key = xstrndup(dot + 1, (size_t)(eq - dot - 1));
	ok = opts_put(o, section, key, eq + 1, OPT_CLI, where);
	free(section);
	free(key);
	return ok;
}

/*
 * A setting in a form that inih reads as it was: what is too long for one line
 * goes on in the next, and a word that begins like a comment does not look
 * like one.
 */
static void
opt_print_value(FILE *out, const char *key, const char *value)
{
	size_t n = strlen(key) + strlen(value);
	const char *between = " = ";

	if (n + 1 > OPT_LINE)
		between = value[0] == ';' || value[0] == '#' ? "=\n ," : "=\n ";
	else if (n + 3 > OPT_LINE || value[0] == ';')
		between = "=";
	fprintf(out, "%s%s%s\n", key, between, value);
}

void
opts_print(const struct opts *o, FILE *out)
{
	const char *section = "";

	for (size_t i = 0; i < o->n; i++) {
		const struct opt *opt = &o->v[i];
		const void *at = (const char *)o->values + opt->offset;
		const struct opt_list *l = at;

		if (strcmp(section, opt->section) != 0)
			fprintf(out, "%s[%s]\n", i == 0 ? "" : "\n",
			    section = opt->section);
		if (opt->type == OPT_T_LIST && l->n != 0) {
			/* A line each: inih's lines are short. */
			for (size_t k = 0; k < l->n; k++)
				opt_print_value(out, opt->key, l->v[k]);
			continue;
		}
		switch (opt->type) {
		case OPT_T_STR:
			opt_print_value(out, opt->key, *(char *const *)at);
			break;
		case OPT_T_LIST:
			fprintf(out, "%s =\n", opt->key);
			break;
		case OPT_T_INT:
			fprintf(out, "%s = %" PRId64 "\n", opt->key,
			    *(const int64_t *)at);
			break;
		case OPT_T_BOOL:
			fprintf(out, "%s = %s\n", opt->key,
			    *(const bool *)at ? "yes" : "no");
			break;
		}
	}
}
