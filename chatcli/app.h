/*
 * app: what a user can do, and what there is to see.
 *
 * The one object that commands, keys and the screen know.  It owns the model
 * (buffers), the outbox and the client, and calls the view when something
 * changed.  Everything runs on one loop; nothing here blocks.
 */
#ifndef APP_H
#define APP_H

#include "chatcli/buffers.h"
#include "chatcli/view.h"
#include "lib/buf.h"

struct app;
struct prefs;
struct url;
struct uv_loop_s;

/* The link to the server, as the status line tells it. */
enum app_link {
	LINK_WAITING,	 /* not connected; next attempt in a while */
	LINK_CONNECTING, /* resolving, connecting, saying hello */
	LINK_UP
};

struct app_status {
	enum app_link link;
	unsigned retry_s;   /* of LINK_WAITING: seconds to the attempt;
				 * 0: none by itself */
	const char *why;    /* why the link is down, or NULL */
	const char *server; /* host:port as shown */
	const char *me;	    /* own name, "" before hello */
	bool guest;
	bool asking;   /* for a name, before the first connection */
	size_t outbox; /* lines not stored yet */
};

/*
 * Makes an app with a loop of its own, without a screen and without a
 * connection; NULL with a sentence in error and an exit code (sysexits.h).
 * prefs must live as long as it does.
 */
struct app *app_new(const struct prefs *, struct buf *error, int *code);
/*
 * Opens a room of the command line, before app_run(), beside those that were
 * open the last time; the first is looked at.
 */
void app_open(struct app *, const struct url *);
/*
 * Shows the screen, then connects; returns after app_quit() with everything
 * let go of.  False: there is no screen, ui_start() said why.
 */
bool app_run(struct app *);
/* False: as conn_free(). */
bool app_free(struct app *);

const struct prefs *app_prefs(struct app *);
struct buffers *app_buffers(struct app *);
void app_status(struct app *, struct app_status *);
struct uv_loop_s *app_loop(struct app *);

/*
 * At the very first start the view asks for a name before anything else.
 * "" lets the server choose.  The answer is refused with a sentence, static,
 * that says what is wrong with it; NULL: taken, and the app connects.
 */
bool app_needs_nick(struct app *);
const char *app_nick_answer(struct app *, const char *nick);

/* A key was pressed: an attempt that waits is made now. */
void app_touch(struct app *);

/*
 * What the commands of command.def do.  Errors become notes or ask().  Text
 * that can't be taken goes back into the buffer's draft (VIEW_INPUT changed);
 * that of an edit or topic that failed stands in the note.
 */
void app_join(struct app *, const char *room_or_url);
void app_leave(struct app *, struct buffer *, bool part);
void app_say(struct app *, struct buffer *, const char *kind, const char *text,
    int64_t reply_to);
void app_edit(struct app *, struct buffer *, int64_t seq, const char *text);
void app_delete(struct app *, struct buffer *, int64_t seq);
void app_react(struct app *, struct buffer *, int64_t seq, const char *emoji,
    bool on);
void app_topic(struct app *, struct buffer *, const char *topic);
void app_nick(struct app *, const char *nick);
void app_rooms(struct app *, const char *match); /* answers as notes */
void app_members(struct app *, struct buffer *);
void app_ping(struct app *);
void app_typing(struct app *, struct buffer *); /* throttled here */

/*
 * The user sees the end of this room: moves the read marker.  After
 * app_unread() the view does not say so by itself until he came back.
 */
void app_seen(struct app *, struct buffer *);
/* Moves it back: everything from seq on is unread again. */
void app_unread(struct app *, struct buffer *, int64_t seq);

/* The view scrolled to the first line held: asks for a page above it. */
void app_page_up(struct app *, struct buffer *);
/* The hole came into sight: asks for its lower end (up), or the upper one. */
void app_page_hole(struct app *, struct buffer *, bool up);

/* An own line that was refused or unsure: again, or dropped; it is freed. */
void app_resend(struct app *, struct buffer *, struct line *);
void app_discard(struct app *, struct buffer *, struct line *);

/*
 * Leaves, on the next turn of the loop; with lines in the outbox the user was
 * told so before.
 */
void app_quit(struct app *);

#endif
