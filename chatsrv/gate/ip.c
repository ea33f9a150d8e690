/*
 * ip: see ip.h.
 */
#include <arpa/inet.h>
#include <string.h>

#include "chatsrv/gate/ip.h"

static void
ip_map(const struct in_addr *four, struct in6_addr *out)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };

	memcpy(out->s6_addr, mapped, sizeof(mapped));
	memcpy(&out->s6_addr[12], four, sizeof(*four));
}

bool
ip_parse(const char *text, struct in6_addr *out)
{
	struct in_addr four;

	if (inet_pton(AF_INET, text, &four) != 1)
		return inet_pton(AF_INET6, text, out) == 1;
	ip_map(&four, out);
	return true;
}

bool
ip_of(const struct sockaddr_storage *ss, struct in6_addr *out)
{
	if (ss->ss_family == AF_INET6)
		*out = ((const struct sockaddr_in6 *)ss)->sin6_addr;
	else if (ss->ss_family == AF_INET)
		ip_map(&((const struct sockaddr_in *)ss)->sin_addr, out);
	else
		return false;
	return true;
}

bool
ip_listed(const struct in6_addr *ip, const struct opt_list *list)
{
	struct in6_addr one;

	for (size_t i = 0; i < list->n; i++)
		if (ip_parse(list->v[i], &one) && IN6_ARE_ADDR_EQUAL(&one, ip))
			return true;
	return false;
}
