/*
 * fuzz_name: what is a name stays one, and the same one.  The first byte says
 * whether a user or a room is named (bit 0), and whether the others are its
 * bytes or code points of two bytes each (bit 1): the latter finds more names.
 */
#undef NDEBUG
#include <assert.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "lib/name.h"
#include "lib/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Shown in a terminal, nothing of a name is taken away or replaced. */
static void
check_shown(const struct name *name)
{
	const size_t n = strlen(name->text);
	struct buf out = BUF_INIT;
	size_t points = 0;
	uint32_t cp;

	for (size_t at = 0, len; at < n; at += len, points++) {
		len = text_decode(name->text + at, n - at, &cp);
		assert(len > 0 && name_has(cp));
		if (wcwidth((wchar_t)cp) < 0)
			return; /* too new for this C library */
	}
	text_clean(&out, name->text, n, TEXT_LINE);
	/* A text that is all marks is thinned out, which is well. */
	if (points <= 16)
		assert(strcmp(buf_str(&out), name->text) == 0);
	assert(memmem(out.data, out.len, "\xef\xbf\xbd", 3) == NULL);
	buf_fini(&out);
}

static void
check_valid(enum name_kind kind, const struct name *name)
{
	struct name again;
	const char *why;

	assert(name->text[0] != '\0' && name->key[0] != '\0');
	assert(name->skeleton[0] != '\0');
	assert(text_valid(name->key, strlen(name->key)));
	assert(text_valid(name->skeleton, strlen(name->skeleton)));
	assert(name_parse(kind, name->text, strlen(name->text), &again, &why) ==
	    ERR_OK);
	assert(strcmp(again.text, name->text) == 0);
	assert(strcmp(again.key, name->key) == 0);
	assert(strcmp(again.skeleton, name->skeleton) == 0);
	assert(name_same(&again, name));
	/* A key may be too long to be a name; if it is one, it's the same. */
	if (name_parse(kind, name->key, strlen(name->key), &again, &why) ==
	    ERR_OK)
		assert(name_same(&again, name));
	check_shown(name);
}

static void
parse(enum name_kind kind, const char *p, size_t n)
{
	struct name name;
	const char *why;

	if (name_parse(kind, p, n, &name, &why) == ERR_OK) {
		assert(why == NULL);
		check_valid(kind, &name);
	} else {
		assert(why != NULL && *why != '\0');
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *locale;
	struct buf name = BUF_INIT;
	enum name_kind kind;

	if (locale == NULL)
		locale = setlocale(LC_ALL, "C.UTF-8");
	assert(locale != NULL);
	if (size == 0)
		return 0;
	kind = data[0] & 1 ? NAME_USER : NAME_ROOM;
	if (data[0] & 2) {
		for (size_t i = 1; i + 1 < size; i += 2)
			buf_took(&name,
			    text_encode((uint32_t)data[i] << 8 | data[i + 1],
				buf_room(&name, 4)));
	} else {
		buf_add(&name, data + 1, size - 1);
	}
	parse(kind, name.data, name.len);
	buf_fini(&name);
	return 0;
}
