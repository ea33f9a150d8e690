/*
 * ip: addresses of both kinds as one: IPv4 is mapped into IPv6, RFC 4291
 * 2.5.5.2.
 */
#ifndef IP_H
#define IP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "lib/opt.h"

/* False: the text is no address. */
bool ip_parse(const char *, struct in6_addr *);

/* False: it has none, as a unix socket. */
bool ip_of(const struct sockaddr_storage *, struct in6_addr *);

bool ip_listed(const struct in6_addr *, const struct opt_list *);

#endif
