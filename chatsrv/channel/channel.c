/*
 * channel: the implementation that the configuration names.
 */
#include "chatsrv/channel/channel.h"

static const struct channel_ops *const channels[] = { &channel_memory,
	&channel_redis };

static const struct channel_ops *channel = &channel_memory;

static const struct channel_ops *
channel_find(const char *spec)
{
	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++)
		if (channels[i]->is(spec))
			return channels[i];
	return NULL;
}

bool
channel_is_spec(const char *spec)
{
	return channel_find(spec) != NULL;
}

bool
channel_start(const struct channel_conf *c, struct uv_loop_s *loop)
{
	channel = channel_find(c->spec);
	return channel->start(c, loop);
}

void
channel_stop(void)
{
	channel->stop();
}

enum channel_state
channel_state(void)
{
	return channel->state();
}

uint64_t
channel_self(void)
{
	return channel->self();
}

void
channel_join(int64_t group)
{
	channel->join(group);
}

void
channel_leave(int64_t group)
{
	channel->leave(group);
}

bool
channel_publish(int64_t group, const void *p, size_t n)
{
	return channel->publish(group, p, n);
}

size_t
channel_pending(void)
{
	return channel->pending();
}
