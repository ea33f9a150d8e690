/*
 * talk: conversations (*.chat) in this very process: everything of the server
 * but its sockets, its threads and its clock.
 *
 *	talk [FILE...]
 *
 * The files say what is said over the wire too, by run.py, which explains
 * their lines; without FILE it is all of them.  Nothing here depends on time
 * or chance: who waits for something lets the clock of his server jump.
 * ONLY in the environment is a part of the sentences that count.
 */
#include <dirent.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chatsrv/token.h"
#include "lib/codec.h"
#include "lib/log.h"
#include "tests/unit/fakestore.h"
#include "tests/script/play.h"

#define TALK_FOLDER  SRCDIR "/tests/script"
#define TALK_SECONDS 120 /* of real time; then something hangs */

static struct {
	struct script *v;
	size_t n;
} talks;

static int talk_number, talk_failed; /* of the tests told */
static const char talk_end[] = "its server ends well";

static int
talk_is_script(const struct dirent *d)
{
	const char *dot = strrchr(d->d_name, '.');

	return dot != NULL && strcmp(dot, ".chat") == 0;
}

static void
talk_add(const char *path)
{
	talks.v = xrealloc(talks.v, (talks.n + 1) * sizeof(*talks.v));
	script_load(&talks.v[talks.n++], path);
}

static void
talk_add_all(void)
{
	struct dirent **names;
	int n = scandir(TALK_FOLDER, &names, talk_is_script, alphasort);

	if (n <= 0) {
		printf("Bail out! no conversations in %s\n", TALK_FOLDER);
		exit(99);
	}
	for (int i = 0; i < n; i++) {
		struct buf path = BUF_INIT;

		buf_printf(&path, TALK_FOLDER "/%s", names[i]->d_name);
		talk_add(buf_str(&path));
		buf_fini(&path);
		free(names[i]);
	}
	free(names);
}

/* Is a sentence among those that count? */
static bool
talk_wanted(const char *name, const char *sentence)
{
	const char *only = getenv("ONLY");
	struct buf b = BUF_INIT;
	bool wanted;

	buf_printf(&b, "%s: %s", name, sentence);
	wanted = only == NULL || strstr(buf_str(&b), only) != NULL;
	buf_fini(&b);
	return wanted;
}

static void
talk_tell(bool fine, const struct script *s, const char *sentence,
    const char *skip)
{
	talk_failed += !fine;
	printf("%s %d - %s: %s%s\n", fine ? "ok" : "not ok", ++talk_number,
	    s->name, sentence, skip);
}

static int
talk_count(const struct script *s)
{
	int n = talk_wanted(s->name, talk_end);

	for (size_t i = 0; i < s->n; i++)
		n += talk_wanted(s->name, s->promises[i].sentence);
	return n;
}

static void
talk_play(const struct script *s)
{
	struct play *p = play_new(s);

	for (size_t i = 0; i < s->n; i++) {
		const struct promise *promise = &s->promises[i];

		if (!talk_wanted(s->name, promise->sentence))
			continue;
		if (promise->wire_only)
			talk_tell(true, s, promise->sentence,
			    " # SKIP over the wire only");
		else
			talk_tell(play_promise(p, promise), s,
			    promise->sentence, "");
	}
	if (talk_wanted(s->name, talk_end))
		talk_tell(play_end(p), s, talk_end, "");
	play_free(p);
}

/* In a process of its own, which may come to any end. */
static int
talk_all(void)
{
	int n = 0;

	alarm(TALK_SECONDS);
	log_init("talk", LOG_L_WARN);
	if (!token_init())
		fatal("there is no source of random numbers");
	codec_init();
	for (size_t i = 0; i < talks.n; i++)
		n += talk_count(&talks.v[i]);
	printf("1..%d\n", n);
	for (size_t i = 0; i < talks.n; i++)
		talk_play(&talks.v[i]);
	return talk_failed != 0;
}

static int
talk_guard(void)
{
	pid_t child;
	int status;

	if (!fakestore_init())
		return 99;
	child = fork();
	if (child == 0)
		exit(talk_all());
	waitpid(child, &status, 0);
	fakestore_fini();
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	printf("Bail out! %s\n", strsignal(WTERMSIG(status)));
	return 99;
}

int
main(int argc, char **argv)
{
	int status;

	setlocale(LC_CTYPE, "C.UTF-8");
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++)
		talk_add(argv[i]);
	if (argc < 2)
		talk_add_all();
	status = talk_guard();
	for (size_t i = 0; i < talks.n; i++)
		script_free(&talks.v[i]);
	free(talks.v);
	return status;
}
