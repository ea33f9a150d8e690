/*
 * app_private: what the files of app.h and on/ share.
 *
 *	app.c		its life, and what link and client say
 *	app_act.c	what the user does
 *	app_page.c	what comes in pages: history, members, lists of rooms
 *	app_line.c	own lines: between outbox, client and buffers
 *	on/		what the server's events do
 */
#ifndef APP_PRIVATE_H
#define APP_PRIVATE_H

#include "chatcli/app.h"
#include "chatcli/client.h"
#include "chatcli/link.h"
#include "chatcli/outbox.h"
#include "chatcli/prefs.h"
#include "chatcli/state.h"

#define APP_FRESH     50  /* messages that a room begins with */
#define APP_PAGE      100 /* entries of a page of history */
#define APP_ROOMS     400 /* rooms in a list */
#define APP_LATER_MS  1000
#define APP_AGAIN_MS  5000 /* after `unavailable` */
#define APP_TYPED_MS  3000 /* between two `typing` of ours */
#define APP_TYPING_MS 6000 /* somebody is said to type */

struct app_handles;
struct app_saver;

struct app {
	struct uv_loop_s *loop;
	const struct prefs *prefs;
	struct buffers buffers;
	struct client *client;
	struct link *link;
	struct outbox *outbox;
	struct view *view;
	struct state_guest guest;
	char *nick;    /* wished for, or NULL */
	char *given;   /* the name that was told to be another, or NULL */
	char *server;  /* "host:port" */
	bool named;    /* a room of the command line is open */
	bool asking;   /* for a nick, at the first start */
	bool met;      /* the server has answered once */
	char *why;     /* why not, as it was told, or NULL */
	bool unknown;  /* is asked whether to be another guest */
	bool shut_out; /* the user stays away */
	bool unsure;   /* there are lines to ask about */
	bool deciding; /* and the user is asked */
	bool quitting;

	struct app_handles *handles; /* app.c's, on the loop */
	bool reading;		     /* a read marker is to be told */
	int64_t join_at;	     /* clock_ms(): joins are tried again */
	int64_t typed_at;	     /* clock_ms() of the last `typing` */

	struct app_saver *saver; /* app_line.c's, NULL: none at work */
	int save_error;		 /* of the last save, 0: none */
	int64_t send_at;	 /* clock_ms(): not before */
	int64_t save_at;
};

void app_changed(struct app *, unsigned parts, struct buffer *);
/* A note in a room; NULL: the one that is looked at. */
void app_note(struct app *, struct buffer *, const char *, ...)
    __attribute__((format(printf, 3, 4)));
/* app_later_turn() is to look for what is due. */
void app_later(struct app *);

/* Something under way, and what is lost if it fails. */
struct app_act {
	struct app *app;
	char *room;	  /* or NULL */
	const char *what; /* "the edit" */
	char *text;	  /* or NULL */
	int64_t begun;	  /* clock_us() */
	size_t count;	  /* pages or things so far */
};

struct app_act *app_act_new(struct app *, struct buffer *, const char *what,
    const char *text);
void app_act_free(struct app_act *);
/* The room, if it is still open. */
struct buffer *app_act_buffer(struct app_act *);
/* A client_answer for an act: says what failed, and frees it. */
void app_act_done(void *, struct buffer *, enum err, const struct msg *);

/* Read markers that the server does not know are told, joins made again. */
void app_act_tell_read(struct app *);
void app_act_rejoin(struct app *);
/* The open rooms, from one start to the next. */
void app_act_keep_rooms(struct app *);
void app_act_load_rooms(struct app *);

/* app_page.c: what is asked for when a room was joined. */
void app_page_joined(struct app *, struct buffer *);
/* Goes to show_seq, when the replay is whole; fetches it if need be. */
void app_page_show(struct app *, struct buffer *);
/* Whether a page waits for its time; if that is now, it is asked for. */
bool app_page_later(struct app *, struct buffer *);

/* app_line.c: the lines of the outbox as lines of buffers. */
void app_line_load(struct app *);
void app_line_up(struct app *); /* we are known to the server */
void app_line_down(struct app *);
/* A message came: one of ours, perhaps, that was waiting for an answer. */
void app_line_heard(struct app *, const struct msg *);
/* Asks about unsure lines, when the log had its say; false: not yet. */
bool app_line_ask(struct app *);
void app_line_pump(struct app *);

#endif
