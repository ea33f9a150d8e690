/*
 * prefs: the settings of chatcli, from prefs.def: defaults, then the file,
 * the environment, the command line.
 */
#ifndef PREFS_H
#define PREFS_H

#include "lib/opt.h"
#include "lib/url.h"

struct prefs {
#define OPT(section, key, type, min, max, def, cli, help) OPT_##type key;
#include "chatcli/prefs.def"
#undef OPT
	struct url url;	  /* `server`, parsed by prefs_finish() */
	struct opts opts; /* opts.error after a failure */
};

/* The rows of prefs.def. */
const struct opt *prefs_rows(size_t *n);

/* Defaults. */
void prefs_init(struct prefs *);
void prefs_fini(struct prefs *);

/*
 * Reads the file; NULL: chatcli/config in the configuration folder, if it is
 * there.
 */
bool prefs_file(struct prefs *, const char *path);
bool prefs_env(struct prefs *);
/* The option of a row, `--server`; value NULL for a BOOL: yes. */
bool prefs_option(struct prefs *, const struct opt *, const char *value);
/* Looks at what only makes sense as a whole. */
bool prefs_finish(struct prefs *);

#endif
