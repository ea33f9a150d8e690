/*
 * pipe_line: what `tail` prints without --json.
 */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "chatcli/pipe_line.h"
#include "lib/text.h"

static void
line_clean(struct buf *out, struct str s, enum text_mode mode)
{
	struct buf b = BUF_INIT;

	text_clean(&b, s.p, s.n, mode);
	for (size_t i = 0; i < b.len; i++) {
		buf_putc(out, b.data[i]);
		if (b.data[i] == '\n')
			buf_putc(out, '\t');
	}
	buf_fini(&b);
}

static void
line_time(struct buf *out, int64_t at)
{
	time_t s = (time_t)(at / 1000);
	struct tm tm;
	char text[64] = "";

	if (localtime_r(&s, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	buf_puts(out, text);
}

static void
line_message(struct buf *out, const struct msg *ev)
{
	if (MSG_HAS(ev, reply_to))
		buf_printf(out, " (to %" PRId64 ")", ev->reply_to);
	buf_putc(out, ' ');
	if (MSG_HAS(ev, deleted) && ev->deleted)
		buf_puts(out, "(deleted)");
	else if (MSG_HAS(ev, text))
		line_clean(out, ev->text, TEXT_BLOCK);
}

void
pipe_line(struct buf *out, const char *room, const struct msg *ev)
{
	if (ev->shape == SHAPE_none)
		return;
	line_time(out, ev->at);
	if (room != NULL) {
		buf_putc(out, ' ');
		line_clean(out, str_of(room), TEXT_LINE);
	}
	buf_puts(out,
	    ev->shape == SHAPE_ev_message && MSG_HAS(ev, kind) &&
		    str_eq(ev->kind, "action") ?
		" * " :
		" ");
	if (MSG_HAS(ev, guest) && ev->guest)
		buf_putc(out, '~');
	line_clean(out, ev->from, TEXT_LINE);
	switch (ev->shape) {
	case SHAPE_ev_message:
		line_message(out, ev);
		break;
	case SHAPE_ev_edit:
		buf_printf(out, " edited %" PRId64 ": ", ev->target);
		line_clean(out,
		    MSG_HAS(ev, text) ? ev->text : STR_LIT("(deleted)"),
		    TEXT_BLOCK);
		break;
	case SHAPE_ev_delete:
		buf_printf(out, " deleted %" PRId64, ev->target);
		break;
	case SHAPE_ev_react:
	case SHAPE_ev_unreact:
		buf_puts(out, ev->shape == SHAPE_ev_react ? " put " : " took ");
		line_clean(out, ev->emoji, TEXT_LINE);
		buf_printf(out,
		    ev->shape == SHAPE_ev_react ? " to %" PRId64 :
						  " from %" PRId64,
		    ev->target);
		break;
	case SHAPE_ev_topic:
		buf_puts(out, " set the topic: ");
		line_clean(out, ev->topic, TEXT_LINE);
		break;
	default:
		break;
	}
	buf_putc(out, '\n');
}
