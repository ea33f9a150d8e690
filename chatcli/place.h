/*
 * place: where a word of the command line or of /join leads.
 */
#ifndef PLACE_H
#define PLACE_H

#include "lib/url.h"

/*
 * A ROOM: the address of a room's page, or a name, with or without #, on the
 * server `base`.  False with *why set to a static sentence if it is neither;
 * an address without a room is out->room "".
 */
bool place_parse(const char *word, const struct url *base, struct url *out,
    const char **why);

#endif
