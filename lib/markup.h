/*
 * markup: the inline formatting of messages.
 *
 *	*bold*  _italic_  ~strike~  `code`  ``co`de``  @name  https://host/path
 *	```lang
 *	a block of code
 *	```
 *
 * The grammar, which www/js/markup.js shares (tests/vectors/markup.json):
 *
 * - A run of 1 to 3 backticks opens code that the next run of the same length
 *   on the line closes.  A line of three backticks and at most a word (the
 *   language) opens a block, up to a line of three backticks; the line breaks
 *   around both belong to the marks.  Nothing is read inside of them.
 * - http:// or https:// at the beginning of a word is a link, up to a blank
 *   or one of < > " `, or a character beyond ASCII that is not of a word.
 *   Punctuation at its end, and brackets that it didn't open, stay outside.
 * - @ that doesn't follow a word, and up to NAME_USER_MAX characters of a name,
 *   is a mention; - and . at its end stay outside.
 * - * _ ~ are marks in runs of different ones ("*_").  One opens if no word
 *   stands before its run and no blank behind it, and if the next one of its
 *   kind on the line closes; one closes if no blank stands before its run and
 *   no word behind it.  So snake_case, 2*3*4 and __init__ are text.
 *
 * Parsing takes time linear in the text, and no memory.  The text should have
 * gone through text_clean(), but any bytes will do.
 */
#ifndef MARKUP_H
#define MARKUP_H

#include <stdbool.h>
#include <stddef.h>

enum {
#define MARKUP(ID, name) MARKUP__##ID,
#include "lib/markup.def"
#undef MARKUP
	MARKUP__COUNT
};

enum markup_kind {
	MARKUP_PLAIN = 0,
#define MARKUP(ID, name) MARKUP_##ID = 1 << MARKUP__##ID,
#include "lib/markup.def"
#undef MARKUP
};

/*
 * A run of text of the same kinds.  All are offsets into the text; the runs'
 * ranges [from, to) follow each other without a hole from 0 to its end.
 */
struct markup_span {
	unsigned kinds;	       /* a set of enum markup_kind */
	size_t start, len;     /* what is to be shown, never empty */
	size_t from, to;       /* the same with the marks around it */
	size_t lang, lang_len; /* the language of a block, if it has one */
};

/* The state of a parser; its own. */
struct markup {
	const char *p;
	size_t n, pos;
	unsigned open; /* BOLD, ITALIC, STRIKE that are open at pos */
	bool no_fence; /* no block ends behind the last one tried */
};

/* Begins to read n bytes, which must stay until the last span. */
void markup_init(struct markup *, const char *p, size_t n);

/* The next span; false at the end. */
bool markup_next(struct markup *, struct markup_span *);

/* The word for one kind ("bold").  Static. */
const char *markup_name(enum markup_kind);

#endif
