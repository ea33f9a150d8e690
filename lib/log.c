/*
 * log: lines to stderr, each by one write(2) so that threads don't mix.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/codec.h"
#include "lib/log.h"
#include "lib/text.h"

#define LOG_PER_SECOND 10   /* lines of one call site */
#define LOG_LINE       1024 /* bytes; the rest of a line is cut */

static struct {
	const char *program;
	enum log_level level;
	bool journal, json;
} log_state = { "chat", LOG_L_INFO, false, false };

/* JOURNAL_STREAM names the journal's socket; stderr may be another file. */
static bool
log_to_journal(void)
{
	const char *name = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return name != NULL && sscanf(name, "%llu:%llu", &dev, &ino) == 2 &&
	    fstat(STDERR_FILENO, &st) == 0 && st.st_dev == dev &&
	    st.st_ino == ino;
}

void
log_init(const char *program, enum log_level level)
{
	log_state.program = program;
	log_state.level = level;
	log_state.journal = log_to_journal();
}

void
log_as_json(void)
{
	log_state.json = true;
}

bool
log_wants(enum log_level level)
{
	return level <= log_state.level;
}

/*
 * A line break or an escape in a value must not look like ours, nor may the
 * rest of it change how the line is drawn.
 */
static void
log_escape(struct buf *line, const char *in)
{
	char out[LOG_LINE];
	size_t n = 0;

	for (; *in != '\0' && n + 5 < sizeof(out); in++) {
		unsigned char c = (unsigned char)*in;

		if (c >= 0x20 && c != 0x7f)
			out[n++] = (char)c;
		else
			n += (size_t)sprintf(out + n, "\\x%02x", c);
	}
	text_clean(line, out, n, TEXT_LINE);
}

static void
log_write_text(struct buf *line, const char *level, const char *text)
{
	char when[CLOCK_TEXT];

	if (!log_state.journal) {
		clock_text(when, clock_wall_ms());
		buf_printf(line, "%s %s[%d] %s: ", when, log_state.program,
		    (int)getpid(), level);
	}
	log_escape(line, text);
}

static void
log_write_json(struct buf *line, const char *level, const char *text)
{
	struct buf clean = BUF_INIT;
	char when[CLOCK_TEXT];

	clock_text(when, clock_wall_ms());
	buf_printf(line,
	    "{\"at\":\"%s\",\"level\":\"%s\",\"program\":\"%s\","
	    "\"pid\":%d,\"text\":",
	    when, level, log_state.program, (int)getpid());
	log_escape(&clean, text);
	codec_write_str(line, clean.data, clean.len);
	buf_putc(line, '}');
	buf_fini(&clean);
}

static void
log_write(enum log_level level, const char *text)
{
	static const char *const names[] = { [LOG_L_ERROR] = "error",
		[LOG_L_WARN] = "warning",
		[LOG_L_INFO] = "info",
		[LOG_L_DEBUG] = "debug" };
	struct buf line = BUF_INIT;
	ssize_t written;

	if (log_state.journal)
		buf_printf(&line, "<%d>", (int)level);
	if (log_state.json)
		log_write_json(&line, names[level], text);
	else
		log_write_text(&line, names[level], text);
	buf_putc(&line, '\n');
	written = write(STDERR_FILENO, line.data, line.len);
	(void)written; /* there is nobody left to tell */
	buf_fini(&line);
}

void
log_line(struct log_site *site, enum log_level level, const char *fmt, ...)
{
	char text[LOG_LINE];
	int64_t now = clock_ms();
	va_list ap;

	if (now - site->since >= 1000) {
		if (site->held != 0) {
			snprintf(text, sizeof(text),
			    "%u lines like the next were held back",
			    site->held);
			log_write(level, text);
		}
		site->since = now;
		site->count = site->held = 0;
	}
	if (site->count++ >= LOG_PER_SECOND) {
		site->held++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_write(level, text);
}

void
fatal(const char *fmt, ...)
{
	char text[LOG_LINE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_write(LOG_L_ERROR, text);
	exit(70);
}
