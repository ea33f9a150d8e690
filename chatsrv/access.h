/*
 * access: who may read and write where.  Every read and every post goes
 * through here with an identity, also while all rooms are public.
 */
#ifndef ACCESS_H
#define ACCESS_H

#include "chatsrv/room.h"

bool access_read(int64_t who, const struct room *);
bool access_post(int64_t who, const struct room *);

#endif
