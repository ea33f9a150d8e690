/*
 * redis_place: see redis_place.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chatsrv/channel/redis_place.h"

#define PLACE_PORT "6379"

/* The first n bytes; false if there is no room for them. */
static bool
place_copy(char *out, size_t size, const char *p, size_t n)
{
	if (n >= size)
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}

/* USER[:PASSWORD]@, if it is there; *p is behind it then. */
static bool
place_user(struct redis_place *r, const char **p)
{
	const char *at = memrchr(*p, '@', strcspn(*p, "/")), *colon;
	const char *user = *p;

	if (at == NULL)
		return true;
	*p = at + 1;
	colon = memchr(user, ':', (size_t)(at - user));
	if (colon == NULL)
		return place_copy(r->user, sizeof(r->user), user,
		    (size_t)(at - user));
	return place_copy(r->user, sizeof(r->user), user,
		   (size_t)(colon - user)) &&
	    place_copy(r->password, sizeof(r->password), colon + 1,
		(size_t)(at - colon - 1));
}

static bool
place_port(struct redis_place *r, const char *p)
{
	size_t n = strspn(p, "0123456789");
	int port;

	if (n == 0 || !place_copy(r->port, sizeof(r->port), p, n))
		return false;
	port = atoi(r->port);
	return port > 0 && port <= 65535 &&
	    (p[n] == '\0' || strcmp(p + n, "/") == 0);
}

static bool
place_host(struct redis_place *r, const char *p)
{
	bool v6 = p[0] == '[';
	size_t n;

	p += v6;
	n = strcspn(p, v6 ? "]" : ":/");
	if (n == 0 || !place_copy(r->host, sizeof(r->host), p, n))
		return false;
	p += n;
	if (v6 && *p++ != ']')
		return false;
	if (*p == ':')
		return place_port(r, p + 1);
	return place_port(r, PLACE_PORT) && (*p == '\0' || strcmp(p, "/") == 0);
}

bool
redis_place_parse(struct redis_place *r, const char *word)
{
	static const char tcp[] = "redis://", local[] = "redis+unix://";
	const char *p;

	*r = (struct redis_place){ .path = "" };
	if (strncmp(word, tcp, strlen(tcp)) == 0) {
		p = word + strlen(tcp);
		return place_user(r, &p) && place_host(r, p);
	}
	if (strncmp(word, local, strlen(local)) != 0)
		return false;
	p = word + strlen(local);
	return place_user(r, &p) && p[0] == '/' &&
	    place_copy(r->path, sizeof(r->path), p, strlen(p));
}

bool
redis_place_password(struct redis_place *r, const char *file)
{
	struct stat st;
	ssize_t n = -1;
	int fd;

	if (file[0] == '\0')
		return true;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0)
		n = read(fd, r->password, sizeof(r->password) - 1);
	if (n < 0)
		fprintf(stderr, "chatsrv: channel.password_file %s: %s\n", file,
		    strerror(errno));
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	r->password[n] = '\0';
	r->password[strcspn(r->password, "\r\n")] = '\0';
	if ((st.st_mode & (S_IROTH | S_IWOTH)) == 0)
		return true;
	fprintf(stderr,
	    "chatsrv: channel.password_file %s may be read by everybody; "
	    "chmod o= would be right\n",
	    file);
	return false;
}
