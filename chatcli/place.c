/*
 * place: names and addresses of rooms are the same thing to a user.
 */
#include <stdio.h>
#include <string.h>

#include "chatcli/place.h"
#include "lib/name.h"

bool
place_parse(const char *word, const struct url *base, struct url *out,
    const char **why)
{
	struct name name;

	if (url_looks_like(word)) {
		if (url_parse(word, out, why) != ERR_OK)
			return false;
		if (out->room[0] == '\0')
			return true;
		word = out->room;
	} else {
		*out = *base;
		out->seq = 0;
		if (word[0] == '#')
			word++;
	}
	if (name_parse(NAME_ROOM, word, strlen(word), &name, why) != ERR_OK)
		return false;
	snprintf(out->room, sizeof(out->room), "%s", name.text);
	return true;
}
