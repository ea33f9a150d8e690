/*
 * replay: a fuzz target over its corpus, without libFuzzer.
 *
 * Linked with fuzz_NAME.c as replay_NAME it runs all of tests/fuzz/corpus/NAME,
 * or the files and folders that are named, and tells each as a test.  A target
 * that finds something wrong ends the process.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int replayed;

static int
replay_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void
replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf b = BUF_INIT;
	uint8_t *copy;
	size_t n;

	if (f == NULL) {
		printf("Bail out! %s can't be read\n", path);
		exit(99);
	}
	while ((n = fread(buf_room(&b, 4096), 1, 4096, f)) > 0)
		buf_took(&b, n);
	fclose(f);
	/* Of exactly its size, so that a read behind it is found. */
	copy = xmalloc(b.len);
	if (b.len != 0)
		memcpy(copy, b.data, b.len);
	fflush(stdout);
	LLVMFuzzerTestOneInput(copy, b.len);
	free(copy);
	buf_fini(&b);
	printf("ok %d - %s holds\n", ++replayed, path);
}

static void
replay_path(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, replay_visible, alphasort);

	if (n < 0) {
		replay_file(path);
		return;
	}
	for (int i = 0; i < n; i++) {
		struct buf file = BUF_INIT;

		buf_printf(&file, "%s/%s", path, names[i]->d_name);
		replay_file(buf_str(&file));
		buf_fini(&file);
		free(names[i]);
	}
	free(names);
}

int
main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash != NULL ? slash + 1 : argv[0];
	struct buf corpus = BUF_INIT;

	if (strncmp(name, "replay_", 7) == 0)
		name += 7;
	buf_printf(&corpus, SRCDIR "/tests/fuzz/corpus/%s", name);
	if (argc < 2)
		replay_path(buf_str(&corpus));
	for (int i = 1; i < argc; i++)
		replay_path(argv[i]);
	buf_fini(&corpus);
	printf("1..%d\n", replayed);
	return replayed == 0 ? 99 : 0;
}
