/*
 * codec: chat.v1 frames, JSON on one side and struct msg on the other.
 *
 * Reading checks every field against the table of proto.def: type, range,
 * presence.  Unknown fields are ignored, duplicate keys are not.  Writing is
 * compact JSON, "re" or "ev" first.  chat-protocol(7); RFC 8259.
 */
#ifndef CODEC_H
#define CODEC_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/proto.h"

enum codec_kind { CODEC_REQUEST, CODEC_REPLY, CODEC_EVENT };

#define CODEC_FIRST 1280 /* bytes that most frames need */

/*
 * A frame that was read.  The strings of msg live as long as it does, in the
 * same place: codec_free() ends both, also after an error.
 */
struct codec_in {
	enum codec_kind kind;
	struct msg_id id; /* a request's id, a reply's re */
	bool ok;	  /* of a reply */
	enum op op;	  /* of a request */
	struct msg msg;
	/* The codec's own. */
	void *root, *arena;
	struct str *lifted;
	size_t used; /* of: */
	_Alignas(max_align_t) char first[CODEC_FIRST];
};

/* What was wrong with a frame, for the reply and for people. */
struct codec_fault {
	const char *field; /* static, or NULL */
	char text[160];
};

/*
 * To be called once, before anything else here and before threads.  Frames
 * are read on one thread.
 */
void codec_init(void);

/*
 * Reads one request.  ERR_BAD_JSON, ERR_BAD_REQUEST, ERR_UNKNOWN_OP or
 * ERR_TOO_LARGE fill fault; in->id is set whenever it could be read.  What
 * it keeps is bounded by the frame's size, whatever unknown fields it has.
 */
enum err codec_read_request(struct codec_in *, const char *, size_t,
    struct codec_fault *);

/*
 * Reads a frame of the original application, {"message":"text"}, as the
 * request send without a room.
 */
enum err codec_read_simple(struct codec_in *, const char *, size_t,
    struct codec_fault *);

/*
 * Reads one frame of a server: a reply or an event.  An event of a kind that
 * the table does not have comes as SHAPE_none with room and seq, if they are
 * there.  Of a successful reply only id and ok are read: its shape depends on
 * the request, so codec_read_reply() goes on.  Of a failed one msg is the
 * object `error`.
 */
enum err codec_read_server(struct codec_in *, const char *, size_t,
    struct codec_fault *);
enum err codec_read_reply(struct codec_in *, enum op, struct codec_fault *);
void codec_free(struct codec_in *);

/* Appends one frame.  A request without an id is not answered with `ok`. */
void codec_write_request(struct buf *, const struct msg_id *,
    const struct msg *);
void codec_write_reply(struct buf *, const struct msg_id *, const struct msg *);
void codec_write_event(struct buf *, const struct msg *);

/*
 * Appends an error reply.  text may be NULL (the error's own sentence), field
 * too; retry_after below 0 is left out.
 */
void codec_write_error(struct buf *, const struct msg_id *, enum err,
    const char *text, const char *field, double retry_after);

/* Appends a JSON string, quotes included.  The bytes are valid UTF-8. */
void codec_write_str(struct buf *, const char *, size_t);

#endif
