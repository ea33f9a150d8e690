/*
 * access: every room is public, so whoever has said hello may read and post.
 */
#include "chatsrv/access.h"

bool
access_read(int64_t who, const struct room *r)
{
	(void)r;
	return who != 0;
}

bool
access_post(int64_t who, const struct room *r)
{
	return access_read(who, r);
}
