/*
 * opt: settings from one table, out of defaults, an INI file, the environment
 * and the command line; the later wins.
 *
 * A program has a .def table of rows OPT(section, key, TYPE, min, max,
 * default, cli, help) and makes from it an array of struct opt and a structure
 * of values.  STR is a char *, LIST a struct opt_list (words, separated by
 * blanks; several of one source add up), INT an int64_t, BOOL a bool.
 * The INI syntax is that of inih; PREFIX_SECTION_KEY is the environment's
 * name of a setting.
 */
#ifndef OPT_H
#define OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct opt_list {
	char **v;
	size_t n;
};

enum opt_type { OPT_T_STR, OPT_T_LIST, OPT_T_INT, OPT_T_BOOL };

#define OPT_STR	 char *
#define OPT_LIST struct opt_list
#define OPT_INT	 int64_t
#define OPT_BOOL bool

struct opt {
	const char *section, *key;
	enum opt_type type;
	int64_t min, max; /* of an INT; of a STR or LIST 0 */
	const char *def;
	const char *cli; /* --NAME, or NULL: only --set */
	const char *help;
	size_t offset; /* in the structure of values */
};

enum opt_source { OPT_DEFAULT, OPT_FILE, OPT_ENV, OPT_CLI };

struct opts {
	const struct opt *v;
	size_t n;
	void *values;
	const char *prefix;    /* of environment names: "CHATSRV" */
	enum opt_source *from; /* where each value came from */
	char **where;	       /* the same for people: "FILE:LINE" */
	/*
	 * NULL, or what a word must be if it can't be the setting's value, as
	 * "sqlite:PATH"; called for a STR and for each word of a LIST.  May
	 * be NULL.
	 */
	const char *(*check)(const struct opt *, const char *word);
	char error[512]; /* what was wrong, after a call failed */
};

/*
 * Sets every value to its default.  values must be zeroed memory.  opts->check
 * may be set after it.
 */
void opts_init(struct opts *, const struct opt *, size_t n, void *values,
    const char *prefix);
void opts_fini(struct opts *);

/*
 * Each returns false with opts->error set: which setting, where (file and
 * line, variable, option), and what would be right.
 */
bool opts_file(struct opts *, const char *path);
bool opts_env(struct opts *);
/* "section.key=value", where says whence it came ("--set") */
bool opts_assign(struct opts *, const char *assignment, const char *where);
bool opts_put(struct opts *, const char *section, const char *key,
    const char *value, enum opt_source, const char *where);

/* Where a setting's value came from, for people.  The setting exists. */
const char *opts_where(const struct opts *, const char *section,
    const char *key);

/* Writes all settings as an INI file that gives the same values again. */
void opts_print(const struct opts *, FILE *);

/* The word of `words` (n of them) that is nearest to `word`, or NULL. */
const char *opt_nearest(const char *word, const char *const *words, size_t n);

#endif
