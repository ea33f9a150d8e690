/*
 * outbox: the lines, and the records that tell of them.
 *
 * A record is one line of the file: eight hex digits of CRC-32, a space, and
 *	add MS FRAME		FRAME is the `send` request itself
 *	sent NONCE MS SENDER
 *	refused NONCE REASON
 *	done NONCE
 * outbox_file.c knows the folder and its locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "chatcli/outbox.h"
#include "chatcli/outbox_file.h"
#include "lib/clock.h"
#include "lib/codec.h"
#include "lib/log.h"

#define OUTBOX_EMPTY ((size_t)64 * 1024) /* an empty journal's size */

void
outbox_nonce(char out[OUTBOX_NONCE])
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned char r[18]; /* of which 16 bytes are used */
	unsigned bits = 0, have = 0;
	size_t at = 0;

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		fatal("the system has no random numbers: %s", strerror(errno));
	r[16] = 0;
	for (size_t i = 0; i < OUTBOX_NONCE - 1; i++) {
		if (have < 6) {
			bits = bits << 8 | r[at++];
			have += 8;
		}
		have -= 6;
		out[i] = digits[bits >> have & 63];
	}
	out[OUTBOX_NONCE - 1] = '\0';
}

static void
outbox_line_free(struct outbox_line *l)
{
	free(l->room);
	free(l->text);
	free(l->kind);
	free(l->sender);
	free(l->reason);
	free(l);
}

size_t
outbox_count(const struct outbox *ob)
{
	return ob->n;
}

struct outbox_line *
outbox_line(struct outbox *ob, size_t i)
{
	return ob->lines[i];
}

struct outbox_line *
outbox_find(struct outbox *ob, const char *nonce)
{
	for (size_t i = 0; i < ob->n; i++)
		if (strcmp(ob->lines[i]->nonce, nonce) == 0)
			return ob->lines[i];
	return NULL;
}

static void
outbox_append(struct outbox *ob, struct outbox_line *l)
{
	ob->lines = xrealloc(ob->lines, (ob->n + 1) * sizeof(ob->lines[0]));
	ob->lines[ob->n++] = l;
}

static void
outbox_remove(struct outbox *ob, struct outbox_line *l)
{
	size_t i = 0;

	while (i < ob->n && ob->lines[i] != l)
		i++;
	if (i == ob->n)
		return;
	ob->n--;
	memmove(ob->lines + i, ob->lines + i + 1,
	    (ob->n - i) * sizeof(ob->lines[0]));
	outbox_line_free(l);
}

/* CRC-32 of IEEE 802.3, bit by bit: lines are short and rare. */
uint32_t
outbox_sum(const char *p, size_t n)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		crc ^= (unsigned char)p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (UINT32_C(0xedb88320) & -(crc & 1));
	}
	return ~crc;
}

/* One record, its payload given as for printf; no line break in it. */
static void __attribute__((format(printf, 3, 4)))
outbox_record(struct outbox *ob, struct outbox_line *l, const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < b.len; i++)
		if ((unsigned char)b.data[i] < ' ')
			b.data[i] = ' ';
	buf_printf(&ob->out, "%08" PRIx32 " ", outbox_sum(b.data, b.len));
	buf_add(&ob->out, b.data, b.len);
	buf_putc(&ob->out, '\n');
	buf_fini(&b);
	ob->stamp++;
	if (l != NULL)
		l->stamp = ob->stamp;
}

static void
outbox_record_add(struct outbox *ob, struct outbox_line *l)
{
	struct buf frame = BUF_INIT;
	struct msg m;

	msg_init(&m, SHAPE_send);
	MSG_PUT(&m, room, str_of(l->room));
	MSG_PUT(&m, text, str_of(l->text));
	if (l->kind != NULL)
		MSG_PUT(&m, kind, str_of(l->kind));
	if (l->reply_to != 0)
		MSG_PUT(&m, reply_to, l->reply_to);
	MSG_PUT(&m, nonce, str_of(l->nonce));
	codec_write_request(&frame, NULL, &m);
	outbox_record(ob, l, "add %" PRId64 " %s", l->at, buf_str(&frame));
	buf_fini(&frame);
}

static void
outbox_record_sent(struct outbox *ob, struct outbox_line *l)
{
	outbox_record(ob, l, "sent %s %" PRId64 " %s", l->nonce, l->sent_at,
	    l->sender);
}

/* All that a taken-over line needs in the file of its new owner. */
void
outbox_record_line(struct outbox *ob, struct outbox_line *l)
{
	outbox_record_add(ob, l);
	if (l->sender != NULL)
		outbox_record_sent(ob, l);
	if (l->reason != NULL)
		outbox_record(ob, l, "refused %s %s", l->nonce, l->reason);
}

struct outbox_line *
outbox_add(struct outbox *ob, const char *room, const char *kind,
    const char *text, int64_t reply_to, const char *sender)
{
	struct outbox_line *l = xcalloc(1, sizeof(*l));

	outbox_nonce(l->nonce);
	l->room = xstrdup(room);
	l->text = xstrdup(text);
	l->kind = kind != NULL ? xstrdup(kind) : NULL;
	l->reply_to = reply_to;
	l->at = clock_wall_ms();
	outbox_append(ob, l);
	outbox_record_add(ob, l);
	if (sender != NULL)
		outbox_send(ob, l, sender);
	return l;
}

void
outbox_send(struct outbox *ob, struct outbox_line *l, const char *sender)
{
	free(l->sender);
	l->sender = xstrdup(sender);
	l->sent_at = clock_wall_ms();
	outbox_record_sent(ob, l);
}

void
outbox_refuse(struct outbox *ob, struct outbox_line *l, const char *reason)
{
	free(l->reason);
	l->reason = xstrdup(reason);
	l->in_flight = false;
	outbox_record(ob, l, "refused %s %s", l->nonce, reason);
}

void
outbox_done(struct outbox *ob, struct outbox_line *l)
{
	outbox_record(ob, NULL, "done %s", l->nonce);
	outbox_remove(ob, l);
}

/* A clock that was turned far back tells nothing either. */
static bool
outbox_within(const struct outbox_line *l, const char *sender, int64_t now,
    int64_t span)
{
	return strcmp(l->sender, sender) == 0 && now - l->sent_at < span &&
	    l->sent_at - now < span;
}

bool
outbox_sure(const struct outbox_line *l, const char *sender, int64_t now)
{
	return l->sender == NULL ||
	    outbox_within(l, sender, now, OUTBOX_AGAIN_MS);
}

bool
outbox_known(const struct outbox_line *l, const char *sender, int64_t now)
{
	return l->sender != NULL &&
	    outbox_within(l, sender, now, OUTBOX_KNOWN_MS);
}

const char *
outbox_doubt(const struct outbox_line *l, const char *sender, int64_t now)
{
	if (outbox_sure(l, sender, now))
		return "sent again it is there once";
	return strcmp(l->sender, sender) == 0 ?
	    "sent more than 6 days ago, sent again it may be there twice" :
	    "sent as another guest, sent again it may be there twice";
}

bool
outbox_saved(const struct outbox *ob, const struct outbox_line *l)
{
	return l->stamp <= ob->saved;
}

static void
outbox_read_add(struct outbox *ob, const char *p)
{
	struct codec_in in;
	struct codec_fault fault;
	struct outbox_line *l;
	char *frame;
	int64_t at = strtoll(p, &frame, 10);

	if (codec_read_request(&in, frame, strlen(frame), &fault) == ERR_OK &&
	    in.op == OP_send && MSG_HAS(&in.msg, nonce)) {
		l = xcalloc(1, sizeof(*l));
		l->at = at;
		snprintf(l->nonce, sizeof(l->nonce), "%.*s",
		    STR_FMT(in.msg.nonce));
		l->room = xstrndup(in.msg.room.p, in.msg.room.n);
		l->text = xstrndup(in.msg.text.p, in.msg.text.n);
		if (MSG_HAS(&in.msg, kind))
			l->kind = xstrndup(in.msg.kind.p, in.msg.kind.n);
		if (MSG_HAS(&in.msg, reply_to))
			l->reply_to = in.msg.reply_to;
		/* Two files have it if a taking over was cut short. */
		if (outbox_find(ob, l->nonce) == NULL)
			outbox_append(ob, l);
		else
			outbox_line_free(l);
	}
	codec_free(&in);
}

/* A payload: the word, the nonce, and what follows. */
static void
outbox_read_record(struct outbox *ob, char *p)
{
	char *word = strsep(&p, " "), *nonce, *end;
	struct outbox_line *l;

	if (p == NULL)
		return;
	if (strcmp(word, "add") == 0) {
		outbox_read_add(ob, p);
		return;
	}
	nonce = strsep(&p, " ");
	l = outbox_find(ob, nonce);
	if (l == NULL)
		return;
	if (strcmp(word, "done") == 0)
		outbox_remove(ob, l);
	else if (strcmp(word, "sent") == 0 && p != NULL) {
		free(l->sender);
		l->sent_at = strtoll(p, &end, 10);
		l->sender = xstrdup(*end == ' ' ? end + 1 : end);
	} else if (strcmp(word, "refused") == 0) {
		free(l->reason);
		l->reason = xstrdup(p != NULL ? p : "");
	}
}

void
outbox_read(struct outbox *ob, char *p)
{
	char *record, *end;

	/* What has no line break behind it was cut short. */
	for (; (end = strchr(p, '\n')) != NULL; p = end + 1) {
		*end = '\0';
		record = p;
		if (end - p > 9 && p[8] == ' ' &&
		    strtoul(p, &record, 16) ==
			outbox_sum(p + 9, (size_t)(end - p) - 9) &&
		    record == p + 8)
			outbox_read_record(ob, p + 9);
	}
}

bool
outbox_begin(struct outbox *ob)
{
	struct buf swap;

	if (ob->writing || (ob->out.len == 0 && ob->disk.len == 0))
		return false;
	ob->writing = true;
	ob->written = ob->stamp;
	if (ob->disk.len == 0) {
		swap = ob->disk;
		ob->disk = ob->out;
		ob->out = swap;
	} else {
		buf_add(&ob->disk, ob->out.data, ob->out.len);
		buf_reset(&ob->out);
	}
	/* Nothing is waiting any more: the file may begin anew. */
	ob->empty = ob->n == 0 && ob->offset > OUTBOX_EMPTY;
	return true;
}

/* The same bytes go to the same place again after an error. */
int
outbox_write(struct outbox *ob)
{
	size_t done = 0;

	if (ob->empty)
		return ftruncate(ob->fd, 0) != 0 || fdatasync(ob->fd) != 0 ?
		    errno :
		    0;
	while (done < ob->disk.len) {
		ssize_t n = pwrite(ob->fd, ob->disk.data + done,
		    ob->disk.len - done, (off_t)(ob->offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		done += (size_t)n;
	}
	return fdatasync(ob->fd) != 0 ? errno : outbox_file_name(ob);
}

void
outbox_end(struct outbox *ob, int error)
{
	ob->writing = false;
	if (error != 0)
		return;
	ob->offset = ob->empty ? 0 : ob->offset + ob->disk.len;
	ob->saved = ob->written;
	buf_reset(&ob->disk);
}

void
outbox_close(struct outbox *ob)
{
	if (ob == NULL)
		return;
	while (outbox_begin(ob)) {
		int error = outbox_write(ob);

		outbox_end(ob, error);
		if (error != 0)
			break;
	}
	outbox_file_close(ob);
	while (ob->n > 0)
		outbox_line_free(ob->lines[--ob->n]);
	free(ob->lines);
	buf_fini(&ob->out);
	buf_fini(&ob->disk);
	free(ob);
}
