/*
 * http_static: the page's files, read once at the start.
 *
 * A request's path is looked up in this table and never reaches open(), so
 * there is nothing to traverse.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "chatsrv/http/http.h"
#include "chatsrv/token.h"

#define STATIC_MAX   ((long)4 * 1024 * 1024) /* bytes of a file */
#define STATIC_DEPTH 4

static struct http_file *static_files;

static const struct {
	const char *suffix, *type;
} static_types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".mjs", "text/javascript; charset=utf-8" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".ico", "image/x-icon" },
	{ ".webp", "image/webp" },
	{ ".woff2", "font/woff2" },
	{ ".webmanifest", "application/manifest+json" },
	{ ".json", "application/json" },
	{ ".map", "application/json" },
	{ ".txt", "text/plain; charset=utf-8" },
};

static const char *
static_type(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0;
	     dot != NULL && i < sizeof(static_types) / sizeof(static_types[0]);
	     i++)
		if (strcmp(dot, static_types[i].suffix) == 0)
			return static_types[i].type;
	return NULL;
}

static bool
static_read(const char *file, const char *path, const char *type)
{
	static const unsigned char key[32];
	unsigned char digest[16];
	struct http_file *f = xcalloc(1, sizeof(*f));
	FILE *in = fopen(file, "re");
	long size = -1;

	if (in != NULL && fseek(in, 0, SEEK_END) == 0)
		size = ftell(in);
	if (size < 0 || size > STATIC_MAX) {
		fprintf(stderr, "chatsrv: %s: %s\n", file,
		    size > STATIC_MAX ? "is above 4 MiB" : strerror(errno));
		if (in != NULL)
			fclose(in);
		free(f);
		return false;
	}
	rewind(in);
	f->data = xmalloc((size_t)size);
	f->len = fread(f->data, 1, (size_t)size, in);
	fclose(in);
	f->path = xstrdup(path);
	f->type = type;
	token_digest(digest, key, &(struct token_part){ f->data, f->len }, 1);
	f->etag[0] = '"';
	token_text(digest, 12, f->etag + 1, sizeof(f->etag) - 2);
	strcat(f->etag, "\"");
	f->next = static_files;
	static_files = f;
	return true;
}

/* dir and the path that it has in addresses. */
static bool
static_walk(const char *dir, const char *prefix, int depth)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool ok = true;

	if (d == NULL) {
		fprintf(stderr, "chatsrv: %s: %s\n", dir, strerror(errno));
		return false;
	}
	while (ok && (e = readdir(d)) != NULL) {
		char file[4096], path[1024];
		struct stat st;

		if (e->d_name[0] == '.')
			continue;
		snprintf(file, sizeof(file), "%s/%s", dir, e->d_name);
		snprintf(path, sizeof(path), "%s/%s", prefix, e->d_name);
		if (stat(file, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth > 0)
			ok = static_walk(file, path, depth - 1);
		else if (S_ISREG(st.st_mode) && static_type(e->d_name) != NULL)
			ok = static_read(file, path, static_type(e->d_name));
	}
	closedir(d);
	return ok;
}

bool
http_static_load(const char *dir)
{
	if (!static_walk(dir, "", STATIC_DEPTH))
		return false;
	if (http_static_find("/index.html") != NULL &&
	    http_static_find("/room.html") != NULL)
		return true;
	fprintf(stderr,
	    "chatsrv: %s: has no index.html and room.html; give "
	    "the page's directory by --www\n",
	    dir);
	return false;
}

void
http_static_free(void)
{
	struct http_file *f;

	while ((f = static_files) != NULL) {
		static_files = f->next;
		free(f->path);
		free(f->data);
		free(f);
	}
}

const struct http_file *
http_static_find(const char *path)
{
	for (const struct http_file *f = static_files; f != NULL; f = f->next)
		if (strcmp(f->path, path) == 0)
			return f;
	return NULL;
}
