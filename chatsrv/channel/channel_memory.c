/*
 * channel_memory: the channel of a server that is alone.  What it tells itself
 * never goes through a channel, so there is nothing to do.
 */
#include <string.h>

#include "chatsrv/channel/channel.h"

static bool
memory_is(const char *spec)
{
	return strcmp(spec, "memory:") == 0;
}

static bool
memory_start(const struct channel_conf *c, struct uv_loop_s *loop)
{
	(void)c, (void)loop;
	return true;
}

static void
memory_stop(void)
{
}

static enum channel_state
memory_state(void)
{
	return CHANNEL_ALONE;
}

static uint64_t
memory_self(void)
{
	return 0;
}

static void
memory_group(int64_t group)
{
	(void)group;
}

static bool
memory_publish(int64_t group, const void *p, size_t n)
{
	(void)group, (void)p, (void)n;
	return true;
}

static size_t
memory_pending(void)
{
	return 0;
}

const struct channel_ops channel_memory = { memory_is, memory_start,
	memory_stop, memory_state, memory_self, memory_group, memory_group,
	memory_publish, memory_pending };
