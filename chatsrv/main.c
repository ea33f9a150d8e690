/*
 * main: chatsrv, chatsrv(8).
 */
#include <locale.h>
#include <malloc.h>
#include <string.h>

#include "chatsrv/conf.h"
#include "chatsrv/server.h"
#include "chatsrv/store/store.h"
#include "chatsrv/supervisor.h"
#include "chatsrv/token.h"
#include "lib/codec.h"
#include "lib/log.h"

static enum log_level
main_level(const char *name)
{
	switch (name[0]) {
	case 'e':
		return LOG_L_ERROR;
	case 'w':
		return LOG_L_WARN;
	case 'd':
		return LOG_L_DEBUG;
	default:
		return LOG_L_INFO;
	}
}

int
main(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct conf_args args;
	int status = 0;

	/*
	 * What a turn of the loop takes and gives back stays with the
	 * process, instead of going to the kernel and coming again.
	 */
	mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
	mallopt(M_MMAP_THRESHOLD, 4 * 1024 * 1024);
	/* Widths and classes of characters, whatever the user's language. */
	setlocale(LC_CTYPE, "C.UTF-8");
	conf_load(&conf, &args, argc, argv);
	log_init("chatsrv", main_level(conf.log_level));
	if (conf.log_format[0] == 'j')
		log_as_json();
	if (!token_init())
		fatal("there is no source of random numbers");
	codec_init();
	switch (args.command) {
	case CONF_SERVE:
		status = conf.server_processes > 1 ?
		    supervisor_run(&conf, args.ready_fd, argv) :
		    server_run(&conf, args.ready_fd);
		break;
	case CONF_BACKUP:
		status = store_backup(conf.server_store, args.file);
		break;
	case CONF_RESTORE:
		status = store_restore(conf.server_store, args.file);
		break;
	case CONF_VERIFY:
		status = store_verify(conf.server_store, args.file);
		break;
	case CONF_SCRUB:
		status = store_scrub(conf.server_store);
		break;
	case CONF_EXIT:
		break;
	case CONF_BAD:
		status = 2;
		break;
	}
	conf_free(&conf);
	return status;
}
