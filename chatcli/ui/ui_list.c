/*
 * ui_list: the rooms that are open, on the left, and the header above the
 * text.
 *
 * A room's row: its number (Alt and that digit goes there), its name, and at
 * the right what is new in it: "!2" mentions, else unread messages; "+" when
 * a draft waits there.
 */
#include <stdio.h>
#include <string.h>

#include "chatcli/ui/ui_list.h"
#include "chatcli/ui/ui_style.h"
#include "chatcli/ui/ui_wrap.h"
#include "lib/buf.h"

static enum theme_role
room_role(const struct buffer *b, bool here)
{
	if (here)
		return THEME_ROOM_HERE;
	if (b->mentions > 0)
		return THEME_ROOM_MENTION;
	if (b->unread > 0)
		return THEME_ROOM_UNREAD;
	return b->joined ? THEME_ROOM : THEME_ROOM_AWAY;
}

static void
draw_room(const struct layout *l, const struct buffer *b, size_t i, int y,
    bool here)
{
	enum theme_role role = room_role(b, here);
	char number[24], news[32] = "";
	struct buf room = BUF_INIT;
	int w = l->list.w - 1, end = w, x;

	ui_style_fill(y, 0, w, " ", here ? role : THEME_NORMAL);
	if (b->mentions > 0)
		snprintf(news, sizeof(news), "!%zu", b->mentions);
	else if (b->unread > 0)
		snprintf(news, sizeof(news), "%zu", b->unread);
	if (!here && b->draft != NULL && b->draft[0] != '\0')
		strcat(news, "+");
	if (news[0] != '\0')
		end = ui_style_right(y, w / 2, w - w / 2, news,
			  ui_style_of(role)) -
		    1;
	snprintf(number, sizeof(number), "%2zu ", i + 1);
	x = ui_style_puts(y, 0, end, number, role);
	ui_style_clean(&room, b->room, strlen(b->room), false);
	ui_style_put(y, x, end - x, room.data, room.len, ui_style_of(role));
	if (ui_wrap_width(room.data, room.len) > end - x && end > x)
		ui_style_puts(y, end - 1, 1, "…", role);
	buf_fini(&room);
}

/* With more rooms than rows the one that is looked at stays in sight. */
void
ui_list_draw(const struct layout *l, const struct buffers *bs,
    const struct buffer *here)
{
	size_t h = (size_t)l->list.h, from = 0;

	if (l->list.w == 0)
		return;
	for (int y = 0; y < l->list.h; y++)
		ui_style_puts(y, l->list.w - 1, 1, "│", THEME_FRAME);
	for (size_t i = 0; i < bs->n; i++)
		if (bs->v[i] == here && i >= h)
			from = i + 1 - h;
	for (size_t i = from; i < bs->n && i < from + h; i++)
		draw_room(l, bs->v[i], i, (int)(i - from), bs->v[i] == here);
}

void
ui_list_header(const struct layout *l, const struct buffer *b)
{
	const struct box *box = &l->header;
	struct theme_style bold = ui_style_of(THEME_HEADER);
	char here[32] = "";
	int x = box->x, end = box->x + box->w;

	if (box->h == 0)
		return;
	ui_style_fill(box->y, box->x, box->w, " ", THEME_HEADER);
	if (b->online > 0) {
		snprintf(here, sizeof(here), " %lld here ",
		    (long long)b->online);
		end = ui_style_right(box->y, box->x, box->w, here,
		    ui_style_of(THEME_HEADER));
	}
	bold.attrs |= THEME_BOLD;
	x += ui_style_put(box->y, x, end - x, " ", 1, bold);
	x += ui_style_put(box->y, x, end - x, b->room, strlen(b->room), bold);
	if (b->topic == NULL || b->topic[0] == '\0')
		return;
	x += ui_style_puts(box->y, x, end - x, "  ", THEME_HEADER);
	ui_style_put(box->y, x, end - x, b->topic, strlen(b->topic),
	    ui_style_of(THEME_HEADER));
}
