/*
 * name: from bytes to the three forms of a name.
 *
 * Everything happens in arrays of code points of fixed size: a name is short,
 * and what does not fit is no name.  name_table.h (generated) says which
 * characters are allowed, in which scripts they are at home and what looks
 * like what; utf8proc normalizes and folds.
 */
#include <string.h>

#include <utf8proc.h>

#include "lib/name.h"
#include "lib/name_table.h"
#include "lib/text.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))

/* More than any name needs after any step; see points_map(). */
#define POINTS_MAX 1024

struct points {
	int32_t v[POINTS_MAX];
	size_t n;
};

#define NFC  (UTF8PROC_STABLE | UTF8PROC_COMPOSE)
#define NFD  (UTF8PROC_STABLE | UTF8PROC_DECOMPOSE)
#define NFKC (NFC | UTF8PROC_COMPAT)
#define FOLD (NFKC | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE)

/*
 * Words that the system speaks with: admin, administrator, all, channel,
 * chatcli, chatsrv, everyone, here, moderator, operator, owner, room, root,
 * security, server, staff, support, system.  They are kept as skeletons, so
 * that r00t is reserved as well: in those an m is an rn, and here an i an l.
 */
static const char *const name_reserved[] = {
	"adrnln",
	"adrnlnlstrator",
	"all",
	"channel",
	"chatcll",
	"chatsrv",
	"everyone",
	"here",
	"rnoderator",
	"operator",
	"owner",
	"roorn",
	"root",
	"securlty",
	"server",
	"staff",
	"support",
	"systern",
};

static const char why_long_user[] = "a user name has at most 32 characters";
static const char why_long_room[] = "a room name has at most 64 characters";
static const char why_long[] = "that name is too long in its plain form";
static const char why_utf8[] = "a name must be text in UTF-8";
static const char why_empty[] = "a name needs at least one letter or digit";
static const char why_char[] =
    "a name has only letters, digits and the signs _ - . (no spaces)";
static const char why_mark[] =
    "a name can't begin with an accent, or pile up more than four";
static const char why_script[] =
    "a name can't mix letters of different scripts";
static const char why_reserved[] = "that name is reserved";

static const struct name_range *
name_range(uint32_t cp)
{
	size_t lo = 0, hi = NELEM(name_ranges);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (cp < name_ranges[mid].first)
			hi = mid;
		else if (cp > name_ranges[mid].last)
			lo = mid + 1;
		else
			return &name_ranges[mid];
	}
	return NULL;
}

bool
name_has(uint32_t cp)
{
	return name_range(cp) != NULL;
}

bool
name_has_word(uint32_t cp)
{
	if (cp < 0x80)
		return (cp | 0x20) - 'a' < 26 || cp - '0' < 10;
	return name_has(cp);
}

/*
 * utf8proc's two steps, decomposition into out and then order and
 * composition in place.  False when the result does not fit, which the
 * library tells by the size that it would have needed.
 */
static bool
points_map(struct points *out, const char *p, size_t n, utf8proc_option_t how)
{
	utf8proc_ssize_t got;

	got = utf8proc_decompose((const utf8proc_uint8_t *)p,
	    (utf8proc_ssize_t)n, out->v, POINTS_MAX, how);
	if (got < 0 || got > POINTS_MAX)
		return false;
	got = utf8proc_normalize_utf32(out->v, got, how);
	out->n = got < 0 ? 0 : (size_t)got;
	return got >= 0;
}

/* Writes the points as a string; false when it does not fit into size. */
static bool
points_print(const struct points *in, char *out, size_t size)
{
	utf8proc_uint8_t bytes[4];
	size_t len = 0;

	for (size_t i = 0; i < in->n; i++) {
		size_t n = (size_t)utf8proc_encode_char(in->v[i], bytes);

		if (n >= size - len)
			return false;
		memcpy(out + len, bytes, n);
		len += n;
	}
	out[len] = '\0';
	return true;
}

/* What stands for the look of a code point; the number of code points. */
static size_t
points_like(uint32_t cp, const uint32_t **to)
{
	size_t lo = 0, hi = NELEM(name_likes), n = 0;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (name_likes[mid].from == cp) {
			*to = &name_likes[mid].to;
			return 1;
		}
		if (name_likes[mid].from < cp)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (lo = 0, hi = NELEM(name_likes_many); lo < hi;) {
		size_t mid = (lo + hi) / 2;

		if (name_likes_many[mid].from == cp) {
			*to = name_likes_many[mid].to;
			while (n < NAME_LIKE_MAX && (*to)[n] != 0)
				n++;
			return n;
		}
		if (name_likes_many[mid].from < cp)
			lo = mid + 1;
		else
			hi = mid;
	}
	return 0;
}

/*
 * The skeleton of UTS 39: decomposed, each character replaced by what stands
 * for its look, decomposed again.  s is a string of that size, in and out.
 */
static bool
name_look(char *s, size_t size)
{
	struct points in, out;

	if (!points_map(&in, s, strlen(s), NFD))
		return false;
	out.n = 0;
	for (size_t i = 0; i < in.n; i++) {
		const uint32_t self = (uint32_t)in.v[i], *to = &self;
		size_t n = points_like(self, &to);

		if (n == 0)
			n = 1;
		if (n > POINTS_MAX - out.n)
			return false;
		while (n-- > 0)
			out.v[out.n++] = (int32_t)*to++;
	}
	return points_print(&out, s, size) &&
	    points_map(&in, s, strlen(s), NFD) && points_print(&in, s, size);
}

/*
 * The look is taken of the text and not of the key: a Greek ANNA in capitals
 * is a Latin one to the eye, in small letters it is not.  It is folded
 * afterwards, since ANNA and Anna are the same to people, and the look is
 * taken again, since folding brings back what has a look of its own.
 */
static bool
name_skeleton(struct name *name)
{
	struct points p;
	char *s = name->skeleton;
	const size_t size = sizeof(name->skeleton);

	return points_map(&p, name->text, strlen(name->text), NFKC) &&
	    points_print(&p, s, size) && name_look(s, size) &&
	    points_map(&p, s, strlen(s), FOLD) && points_print(&p, s, size) &&
	    name_look(s, size);
}

static bool
set_has(const struct name_set *s, unsigned bit)
{
	return s->w[bit / 64] >> bit % 64 & 1;
}

/*
 * UTS 39, 5.2: one script is in the sets of all characters, or a writing
 * system that goes with Latin is in those of all that are not Latin.
 */
static bool
name_one_script(const struct points *in)
{
	struct name_set all = name_sets[0], other = name_sets[0];
	uint64_t any = 0;

	for (size_t i = 0; i < in->n; i++) {
		const struct name_set
		    *s = &name_sets[name_range((uint32_t)in->v[i])->set];
		bool latin = set_has(s, SCRIPT_LATIN);

		for (size_t w = 0; w < NAME_SET_WORDS; w++) {
			all.w[w] &= s->w[w];
			if (!latin)
				other.w[w] &= s->w[w];
		}
	}
	for (size_t w = 0; w < NAME_SET_WORDS; w++)
		any |= all.w[w];
	return any != 0 || set_has(&other, SCRIPT_JAPANESE) ||
	    set_has(&other, SCRIPT_HAN_WITH_BOPOMOFO) ||
	    set_has(&other, SCRIPT_KOREAN);
}

/* What is wrong with the characters, or NULL. */
static const char *
name_characters(const struct points *in)
{
	bool word = false;
	int marks = NAME_MARKS_MAX; /* none at the beginning */

	for (size_t i = 0; i < in->n; i++) {
		const uint32_t cp = (uint32_t)in->v[i];
		const struct name_range *r = name_range(cp);

		if (r == NULL)
			return why_char;
		marks = r->mark ? marks + 1 : 0;
		if (marks > NAME_MARKS_MAX)
			return why_mark;
		word = word || (!r->mark && name_has_word(cp));
	}
	return word ? NULL : why_empty;
}

/* A capital I looks like an l, and means an i: these three are one here. */
static bool
name_is_reserved(const struct name *name)
{
	for (size_t i = 0; i < NELEM(name_reserved); i++) {
		const char *word = name_reserved[i], *s = name->skeleton;

		while (*s != '\0' && *word == (*s == 'i' ? 'l' : *s))
			s++, word++;
		if (*s == '\0' && *word == '\0')
			return true;
	}
	return false;
}

/*
 * The same for a name in ASCII, as nearly all are, at a fraction of the cost:
 * normal forms leave it alone, it has one script, and of what looks like
 * something else there are five characters.  False: the long way has to say.
 */
static bool
name_plain(const char *p, size_t n, struct name *out)
{
	char *look = out->skeleton;
	bool word = false;

	for (size_t i = 0; i < n; i++) {
		const unsigned char c = (unsigned char)p[i];
		const bool upper = c >= 'A' && c <= 'Z';

		if (c < 0x80 && name_has_word(c))
			word = true;
		else if (c != '_' && c != '-' && c != '.')
			return false;
		out->text[i] = (char)c;
		out->key[i] = (char)(upper ? c | 0x20 : c);
		if (c == '0')
			*look++ = 'o';
		else if (c == '1' || c == 'I')
			*look++ = 'l';
		else if (c == 'm' || c == 'M') {
			*look++ = 'r';
			*look++ = 'n';
		} else
			*look++ = out->key[i];
	}
	out->text[n] = out->key[n] = *look = '\0';
	return word;
}

enum err
name_parse(enum name_kind kind, const char *p, size_t n, struct name *out,
    const char **why)
{
	const bool user = kind == NAME_USER;
	struct points text, key;

	*why = user ? why_long_user : why_long_room;
	if (n <= (user ? NAME_USER_MAX : NAME_ROOM_MAX) &&
	    name_plain(p, n, out)) {
		*why = user && name_is_reserved(out) ? why_reserved : NULL;
		return *why == NULL ? ERR_OK : ERR_BAD_REQUEST;
	}
	if (n > POINTS_MAX)
		return ERR_BAD_REQUEST;
	if (!text_valid(p, n)) {
		*why = why_utf8;
		return ERR_BAD_REQUEST;
	}
	if (!points_map(&text, p, n, NFC) ||
	    text.n > (user ? NAME_USER_MAX : NAME_ROOM_MAX))
		return ERR_BAD_REQUEST;
	if ((*why = name_characters(&text)) != NULL)
		return ERR_BAD_REQUEST;
	*why = why_long;
	if (!points_print(&text, out->text, sizeof(out->text)) ||
	    !points_map(&key, out->text, strlen(out->text), FOLD))
		return ERR_BAD_REQUEST;
	/* Folding can bring out what a single character was made of. */
	if ((*why = name_characters(&key)) != NULL)
		return ERR_BAD_REQUEST;
	if (!name_one_script(&key)) {
		*why = why_script;
		return ERR_BAD_REQUEST;
	}
	*why = why_long;
	if (!points_print(&key, out->key, sizeof(out->key)) ||
	    !name_skeleton(out))
		return ERR_BAD_REQUEST;
	if (user && name_is_reserved(out)) {
		*why = why_reserved;
		return ERR_BAD_REQUEST;
	}
	*why = NULL;
	return ERR_OK;
}

bool
name_fold(const char *p, size_t n, char *out, size_t size)
{
	struct points key;

	return n <= POINTS_MAX && text_valid(p, n) &&
	    points_map(&key, p, n, FOLD) && points_print(&key, out, size);
}

bool
name_same(const struct name *a, const struct name *b)
{
	return strcmp(a->key, b->key) == 0;
}
