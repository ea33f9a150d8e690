/*
 * fuzz_conf: a configuration file of any bytes is taken or refused with a
 * reason; what was taken is printed so that it gives the same again.
 */
#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "chatsrv/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const struct opt table[] = {
#define OPT(section, key, type, min, max, def, cli, help)         \
	{ #section, #key, OPT_T_##type, min, max, def, cli, help, \
		offsetof(struct conf, section##_##key) },
#include "chatsrv/conf.def"
#undef OPT
};

struct settings {
	struct conf conf;
	struct opts opts;
};

static bool
settings_read(struct settings *s, const void *p, size_t n)
{
	char path[64];
	int fd = memfd_create("conf", MFD_CLOEXEC);
	bool ok;

	assert(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memset(&s->conf, 0, sizeof(s->conf));
	opts_init(&s->opts, table, sizeof(table) / sizeof(table[0]), &s->conf,
	    "CHATSRV");
	ok = opts_file(&s->opts, path);
	assert(ok == (s->opts.error[0] == '\0'));
	close(fd);
	return ok;
}

static char *
settings_print(const struct settings *s, size_t *n)
{
	char *text;
	FILE *f = open_memstream(&text, n);

	assert(f != NULL);
	opts_print(&s->opts, f);
	fclose(f);
	return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings once, twice;
	char *text, *again;
	size_t n, m;

	if (settings_read(&once, data, size)) {
		text = settings_print(&once, &n);
		assert(settings_read(&twice, text, n));
		again = settings_print(&twice, &m);
		assert(n == m && memcmp(text, again, n) == 0);
		free(again);
		opts_fini(&twice.opts);
		free(text);
	}
	opts_fini(&once.opts);
	return 0;
}
