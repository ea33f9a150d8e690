/*
 * ui_nicks: who is in the room, on the right.
 *
 * Those who are there come first, by name; then, dim, those who are away or
 * offline.  What does not fit is counted in the last row.
 */
#include <stdio.h>

#include "chatcli/ui/ui_block.h"
#include "chatcli/ui/ui_nicks.h"
#include "chatcli/ui/ui_style.h"

static bool
is_there(const struct member *m)
{
	return m->online && !m->away;
}

static void
draw_member(const struct layout *l, const struct member *m, int y)
{
	struct buf name = BUF_INIT;

	ui_block_name(&name, m->user, m->guest);
	ui_style_put(y, l->nicks.x + 1, l->nicks.w - 1, buf_str(&name),
	    name.len,
	    is_there(m) ? ui_style_nick(m->user) : ui_style_of(THEME_AWAY));
	buf_fini(&name);
}

void
ui_nicks_draw(const struct layout *l, const struct buffer *b)
{
	size_t h = (size_t)l->nicks.h, room, row = 0;
	char more[32];

	if (l->nicks.w == 0)
		return;
	for (int y = 0; y < l->nicks.h; y++)
		ui_style_puts(l->nicks.y + y, l->nicks.x, 1, "│", THEME_FRAME);
	room = b->nmembers > h ? h - 1 : h;
	for (int there = 1; there >= 0; there--)
		for (size_t i = 0; i < b->nmembers && row < room; i++)
			if (is_there(&b->members[i]) == there)
				draw_member(l, &b->members[i],
				    l->nicks.y + (int)row++);
	if (room < h && h > 0) {
		snprintf(more, sizeof(more), "and %zu more",
		    b->nmembers - room);
		ui_style_puts(l->nicks.y + (int)h - 1, l->nicks.x + 1,
		    l->nicks.w - 1, more, THEME_AWAY);
	}
}
