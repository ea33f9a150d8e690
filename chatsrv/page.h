/*
 * page: entries read back from the store for members whose cursors are older
 * than the ring.
 *
 * A page is a ring that does not grow.  Readers of the same range share it; a
 * few reads are under way at a time, the others wait.  A delete drops a
 * room's pages, and a read that began before it is done again.
 */
#ifndef PAGE_H
#define PAGE_H

#include "chatsrv/room.h"

/* The page that has the entry, or NULL. */
struct ring *page_find(struct room *, enum form, int64_t seq);

/* The member is served by flush_member() when a page with his cursor came. */
void page_want(struct member *);

/* He does not wait any more. */
void page_forget(struct member *);
void page_drop_all(struct room *);

/* Every second: pages that nobody used lately go. */
void page_tick(struct room *, int64_t now);

#endif
