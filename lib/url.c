/*
 * url: from a string to its parts and back.
 *
 * Each url_read_ function takes its part from the front of the string and
 * moves it on; it returns NULL or what is wrong.
 */
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>

#include "lib/url.h"

#define SEQ_MAX ((INT64_C(1) << 53) - 1) /* chat-protocol(7) */

static const struct {
	const char *text;
	bool secure;
	uint16_t port;
} schemes[] = {
	{ "http://", false, 80 },
	{ "https://", true, 443 },
	{ "ws://", false, 80 },
	{ "wss://", true, 443 },
};

#define NSCHEMES (sizeof(schemes) / sizeof(schemes[0]))

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The characters that stand for themselves: RFC 3986, 2.3. */
static bool
is_unreserved(char c)
{
	return is_alnum(c) || (c != '\0' && strchr("-._~", c) != NULL);
}

static int
hex(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The row of the scheme that s begins with, or NSCHEMES. */
static size_t
scheme_find(const char *s)
{
	size_t i = 0;

	while (i < NSCHEMES &&
	    strncasecmp(s, schemes[i].text, strlen(schemes[i].text)) != 0)
		i++;
	return i;
}

bool
url_looks_like(const char *s)
{
	return scheme_find(s) < NSCHEMES;
}

static const char *
url_read_scheme(const char **s, struct url *out)
{
	size_t i = scheme_find(*s);

	if (i == NSCHEMES)
		return "an address begins with http:// or https://";
	*s += strlen(schemes[i].text);
	out->secure = schemes[i].secure;
	out->port = schemes[i].port;
	return NULL;
}

static const char *
url_read_host(const char **s, struct url *out)
{
	const bool ipv6 = **s == '[';
	const char *p = *s + ipv6;
	size_t n = 0;
	struct in6_addr addr;

	while (is_alnum(p[n]) ||
	    (p[n] != '\0' && strchr(ipv6 ? ":." : "-._", p[n]) != NULL)) {
		if (n == sizeof(out->host) - 1)
			return "that host's name is too long";
		out->host[n] = p[n];
		if (p[n] >= 'A' && p[n] <= 'Z')
			out->host[n] |= 0x20;
		n++;
	}
	out->host[n] = '\0';
	*s = p + n + ipv6;
	if (ipv6 && (p[n] != ']' || inet_pton(AF_INET6, out->host, &addr) != 1))
		return "the brackets of an address hold an IPv6 one, "
		       "such as [::1]";
	if (strchr(":/?#", **s) == NULL)
		return "a host's name is letters, digits and the signs - . _ "
		       "(xn--... for others)";
	return n > 0 ? NULL : "the address has no host";
}

static const char *
url_read_port(const char **s, struct url *out)
{
	long port = 0;

	if (**s != ':')
		return NULL;
	for ((*s)++; is_digit(**s) && port <= UINT16_MAX; (*s)++)
		port = port * 10 + (**s - '0');
	if (port < 1 || port > UINT16_MAX || strchr("/?#", **s) == NULL)
		return "a port is a number from 1 to 65535";
	out->port = (uint16_t)port;
	return NULL;
}

/* The name of a room, up to the end, a slash at the end, or #. */
static const char *
url_read_room(const char **s, struct url *out)
{
	const char *p = *s;
	size_t n = 0;

	for (; *p != '\0' && strchr("/?#", *p) == NULL; p++) {
		int c = (unsigned char)*p;

		if (c == '%') {
			if (hex(p[1]) < 0 || hex(p[2]) < 0)
				return "a % in an address is followed by two "
				       "hexadecimal digits";
			c = hex(p[1]) << 4 | hex(p[2]);
			p += 2;
		}
		if (c < ' ' || c == 0x7f)
			return "a control character is in the room's name";
		if (n == sizeof(out->room) - 1)
			return "that room's name is too long";
		out->room[n++] = (char)c;
	}
	out->room[n] = '\0';
	if (n == 0)
		return "the address ends before the room's name";
	*s = p + (*p == '/');
	return NULL;
}

static const char *
url_read_seq(const char **s, struct url *out)
{
	if (**s != '#')
		return NULL;
	for ((*s)++; is_digit(**s) && out->seq <= SEQ_MAX; (*s)++)
		out->seq = out->seq * 10 + (**s - '0');
	if (out->seq < 1 || out->seq > SEQ_MAX || **s != '\0')
		return "behind # stands the number of an entry";
	return NULL;
}

static const char *
url_read(const char *s, struct url *out)
{
	const char *why;

	if ((why = url_read_scheme(&s, out)) != NULL)
		return why;
	if (s[strcspn(s, "@/?#")] == '@')
		return "an address has no user or password in it";
	if ((why = url_read_host(&s, out)) != NULL ||
	    (why = url_read_port(&s, out)) != NULL)
		return why;
	if (strncmp(s, "/room/", 6) == 0) {
		s += 6;
		if ((why = url_read_room(&s, out)) != NULL ||
		    (why = url_read_seq(&s, out)) != NULL)
			return why;
	} else if (*s == '/') {
		s++;
	}
	if (*s != '\0')
		return "behind the host stands /room/NAME or nothing";
	return NULL;
}

enum err
url_parse(const char *s, struct url *out, const char **why)
{
	*out = (struct url){ .seq = 0 };
	*why = url_read(s, out);
	return *why == NULL ? ERR_OK : ERR_BAD_REQUEST;
}

void
url_print_server(struct buf *b, const struct url *u)
{
	const bool ipv6 = strchr(u->host, ':') != NULL;

	buf_puts(b, u->secure ? "https://" : "http://");
	buf_printf(b, ipv6 ? "[%s]" : "%s", u->host);
	if (u->port != (u->secure ? 443 : 80))
		buf_printf(b, ":%u", (unsigned)u->port);
}

void
url_print_room(struct buf *b, const struct url *u, const char *room)
{
	url_print_server(b, u);
	url_print_path(b, room);
}

void
url_print_path(struct buf *b, const char *room)
{
	buf_puts(b, "/room/");
	for (; *room != '\0'; room++) {
		if (is_unreserved(*room))
			buf_putc(b, *room);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)*room);
	}
}

bool
url_same_server(const struct url *a, const struct url *b)
{
	return a->secure == b->secure && a->port == b->port &&
	    strcmp(a->host, b->host) == 0;
}
