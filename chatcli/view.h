/*
 * view: what shows the model to somebody: the screen (ui/) or nothing at all
 * (tests).  Calls come on the loop and only say what changed; a view draws
 * later, once for all of it.
 */
#ifndef VIEW_H
#define VIEW_H

enum view_part {
	VIEW_ROOMS = 1,
	VIEW_TOPIC = 2,
	VIEW_LOG = 4,
	VIEW_MEMBERS = 8,
	VIEW_STATUS = 16,
	VIEW_INPUT = 32,
	VIEW_ALL = 63
};

struct buffer;

struct view {
	/* Parts of the picture are out of date; buffer NULL: any. */
	void (*changed)(struct view *, unsigned parts, struct buffer *);
	/*
	 * Asks the user something that is answered by one of the letters
	 * `keys`; `answer` is called once, with '\0' when it was dropped.
	 * The question's text is the view's to clean.
	 */
	void (*ask)(struct view *, const char *question, const char *keys,
	    void (*answer)(void *, char key), void *arg);
	/* Takes a question back that is not answered yet; nothing is called. */
	void (*unask)(struct view *, void (*answer)(void *, char key));
	void (*bell)(struct view *);
};

#endif
