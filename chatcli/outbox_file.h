/*
 * outbox_file: what outbox.c and outbox_file.c share.
 */
#ifndef OUTBOX_FILE_H
#define OUTBOX_FILE_H

#include "chatcli/outbox.h"

struct outbox {
	struct outbox_line **lines;
	size_t n;

	int dir, fd; /* the folder; the own file, locked */
	bool named;  /* the folder's entry is on the disk */
	char name[64];
	size_t offset; /* bytes of the file that are good */

	struct buf out;	     /* records that nobody writes yet */
	struct buf disk;     /* records that are being written */
	bool writing, empty; /* empty: the file is cut instead */
	uint64_t stamp;	     /* of the newest record */
	uint64_t written;    /* of the newest in `disk` */
	uint64_t saved;	     /* of the newest on the disk */
};

/* Adds the lines of a whole file, which ends with a NUL; it is cut up. */
void outbox_read(struct outbox *, char *);

/* Notes everything that is known of a line. */
void outbox_record_line(struct outbox *, struct outbox_line *);

/* CRC-32. */
uint32_t outbox_sum(const char *, size_t);

/* Makes sure of the own file's name; 0 or errno. */
int outbox_file_name(struct outbox *);

/* Lets the own file go; it is removed if there are no lines. */
void outbox_file_close(struct outbox *);

#endif
