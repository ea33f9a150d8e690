/*
 * log: one line for each event, to stderr.
 *
 * Plain lines carry a time; under journald (JOURNAL_STREAM is set) the line
 * begins with its priority instead, sd-daemon(3).  As JSON each line is an
 * object with at, level, program, pid and text.  Control characters of a
 * value are escaped, and what could change how it is drawn goes through
 * text_clean().  Each call site has a token bucket, so that no peer can
 * fill a disk; what was held back is counted and told.  Texts of messages and
 * tokens are never given to it.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_L_ERROR = 3,
	LOG_L_WARN = 4,
	LOG_L_INFO = 6,
	LOG_L_DEBUG = 7
};

struct log_site {      /* the bucket of a call site */
	int64_t since; /* ms, begin of the present second */
	unsigned count, held;
};

/* Lines above the level are dropped. */
void log_init(const char *program, enum log_level);
void log_as_json(void);
bool log_wants(enum log_level);
void log_line(struct log_site *, enum log_level, const char *, ...)
    __attribute__((format(printf, 3, 4)));

#define log_at(level, ...)                                        \
	do {                                                      \
		static struct log_site log_site_;                 \
		if (log_wants(level))                             \
			log_line(&log_site_, level, __VA_ARGS__); \
	} while (0)

#define log_error(...) log_at(LOG_L_ERROR, __VA_ARGS__)
#define log_warn(...)  log_at(LOG_L_WARN, __VA_ARGS__)
#define log_info(...)  log_at(LOG_L_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_L_DEBUG, __VA_ARGS__)

/*
 * One line and exit 70: only while starting, on broken invariants and when
 * memory is out.
 */
_Noreturn void fatal(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif
