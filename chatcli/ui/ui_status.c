/*
 * ui_status: the line between text and input: what the reader must know now.
 *
 * It is made of segments; where they don't all fit the least important go.
 */
#include <stdio.h>
#include <string.h>

#include "chatcli/keymap.h"
#include "chatcli/ui/ui_block.h"
#include "chatcli/ui/ui_status.h"
#include "chatcli/ui/ui_style.h"
#include "chatcli/ui/ui_wrap.h"
#include "lib/buf.h"

#define SEGMENTS 11
#define GAP	 2 /* cells between two */

struct segment {
	struct buf text;
	enum theme_role role;
	int weight; /* those with less go first */
	bool right;
	int w;
};

struct segments {
	struct segment v[SEGMENTS];
	size_t n;
};

static struct buf *
add(struct segments *s, int weight, enum theme_role role, bool right)
{
	struct segment *g = &s->v[s->n++];

	memset(g, 0, sizeof(*g));
	g->weight = weight;
	g->role = role;
	g->right = right;
	return &g->text;
}

static void
add_link(struct segments *s, const struct app_status *a)
{
	struct buf *b;

	if (a->asking)
		return; /* it is no loss, and no key tries */
	switch (a->link) {
	case LINK_UP:
		break;
	case LINK_CONNECTING:
		b = add(s, 9, THEME_STATUS, false);
		buf_printf(b, "connecting to %s", a->server);
		break;
	case LINK_WAITING:
		b = add(s, 9, THEME_ALERT, false);
		if (a->retry_s > 0)
			buf_printf(b,
			    "offline, next try in %u s, any key tries now",
			    a->retry_s);
		else
			buf_puts(b, "offline, any key tries");
		if (a->why != NULL && a->why[0] != '\0') {
			b = add(s, 5, THEME_ALERT, false);
			buf_puts(b, a->why);
		}
		break;
	}
}

static void
add_hot(struct segments *s, const struct ui_status *st)
{
	struct buf *b = NULL;

	for (size_t i = 0; i < st->rooms->n; i++) {
		const struct buffer *r = st->rooms->v[i];

		if (r == st->here || (r->unread == 0 && r->mentions == 0))
			continue;
		if (b == NULL)
			b = add(s, 5, THEME_STATUS, false);
		buf_printf(b, "%s%zu:%s(", b->len > 0 ? " " : "", i + 1,
		    r->room);
		if (r->mentions > 0)
			buf_printf(b, "!%zu,", r->mentions);
		buf_printf(b, "%zu)", r->unread);
	}
}

static void
add_typing(struct segments *s, const struct buffer *here)
{
	struct buf *b;

	if (here == NULL || here->ntypists == 0)
		return;
	b = add(s, 2, THEME_STATUS, false);
	for (size_t i = 0; i < here->ntypists && i < 3; i++) {
		buf_puts(b, i > 0 ? ", " : "");
		ui_block_name(b, here->typists[i].user, here->typists[i].guest);
	}
	buf_puts(b,
	    here->ntypists > 3	   ? " and others type" :
		here->ntypists > 1 ? " type" :
				     " types");
}

static void
add_all(struct segments *s, const struct ui_status *st)
{
	struct buf *b;

	add_link(s, &st->app);
	if (st->app.me != NULL && st->app.me[0] != '\0') {
		b = add(s, 6, THEME_STATUS, false);
		ui_block_name(b, st->app.me, st->app.guest);
	}
	if (st->here != NULL)
		buf_puts(add(s, 4, THEME_STATUS, false), st->here->room);
	if (st->vi_command)
		buf_puts(add(s, 6, THEME_STATUS, false), "-- COMMAND --");
	add_hot(s, st);
	add_typing(s, st->here);
	if (st->told != NULL)
		buf_puts(add(s, 9, THEME_STATUS, true), st->told);
	if (st->asked)
		buf_puts(add(s, 8, THEME_ALERT, true), "a question waits");
	if (st->app.outbox > 0)
		buf_printf(add(s, 8, THEME_ALERT, true), "%zu not stored yet",
		    st->app.outbox);
	if (st->below > 0)
		buf_printf(add(s, 7, THEME_STATUS, true), "-- MORE (%zu) --",
		    st->below);
}

/* Takes segments away until the others fit; a last one is cut. */
static void
fit(struct segments *s, int w)
{
	struct buf clean;
	int sum = GAP;
	size_t least;

	for (size_t i = 0; i < s->n; i++) {
		buf_init(&clean);
		ui_style_clean(&clean, buf_str(&s->v[i].text), s->v[i].text.len,
		    false);
		buf_fini(&s->v[i].text);
		s->v[i].text = clean;
		s->v[i].w = ui_wrap_width(clean.data, clean.len);
		sum += s->v[i].w + GAP;
	}
	while (s->n > 1 && sum > w) {
		least = 0;
		for (size_t i = 1; i < s->n; i++)
			if (s->v[i].weight <= s->v[least].weight)
				least = i;
		sum -= s->v[least].w + GAP;
		buf_fini(&s->v[least].text);
		s->n--;
		memmove(&s->v[least], &s->v[least + 1],
		    (s->n - least) * sizeof(*s->v));
	}
}

static void
draw(struct segments *s, const struct box *box)
{
	int left = 1, right = box->w - 1;
	struct segment *g;

	for (size_t i = 0; i < s->n; i++) {
		g = &s->v[i];
		if (g->right)
			continue;
		left += ui_style_put(box->y, left, box->w - left, g->text.data,
			    g->text.len, ui_style_of(g->role)) +
		    GAP;
	}
	for (size_t i = s->n; i-- > 0;) {
		g = &s->v[i];
		if (!g->right)
			continue;
		right = ui_style_right(box->y, 1, right - 1, buf_str(&g->text),
			    ui_style_of(g->role)) -
		    GAP;
	}
}

/* While completing: the candidates, the one that was put in marked. */
static void
draw_candidates(const struct box *box, const struct complete *c)
{
	struct theme_style plain = ui_style_of(THEME_STATUS), here = plain;
	size_t from = 0, n;
	int x = 1;

	here.attrs ^= THEME_REVERSE;
	here.attrs |= THEME_BOLD;
	/* The marked one must be in sight: begin at most three before it. */
	if (c->at < c->n && c->at > 3)
		from = c->at - 3;
	for (size_t i = from; i < c->n && x < box->w - 1; i++) {
		n = strlen(c->v[i]);
		while (
		    n > 1 && (c->v[i][n - 1] == ' ' || c->v[i][n - 1] == ':'))
			n--;
		x += ui_style_put(box->y, x, box->w - 1 - x, c->v[i], n,
			 i == c->at ? here : plain) +
		    GAP;
	}
}

/* In message mode: what can be done with it. */
static void
draw_selected(const struct box *box, const struct line *l)
{
	char text[64];
	const char *keys;
	int x = 1;

	snprintf(text, sizeof(text), "#%lld", (long long)l->seq);
	if (l->seq != 0)
		x += ui_style_puts(box->y, x, box->w - x, text, THEME_STATUS) +
		    GAP;
	for (int a = 0; a < ACTION__COUNT; a++) {
		if (keymap_row(a)->scope != SCOPE_MESSAGE ||
		    a == ACTION_MESSAGE_select_up ||
		    a == ACTION_MESSAGE_select_down)
			continue;
		keys = keymap_row(a)->keys;
		snprintf(text, sizeof(text), "%.*s %s", (int)strcspn(keys, " "),
		    keys, keymap_row(a)->action);
		if (x + (int)strlen(text) >= box->w)
			break;
		x += ui_style_puts(box->y, x, box->w - x, text, THEME_STATUS) +
		    GAP;
	}
}

void
ui_status_draw(const struct layout *l, const struct ui_status *st)
{
	struct segments s = { .n = 0 };

	if (l->status.h == 0)
		return;
	ui_style_fill(l->status.y, 0, l->status.w, " ", THEME_STATUS);
	if (st->complete != NULL) {
		draw_candidates(&l->status, st->complete);
		return;
	}
	if (st->selected != NULL) {
		draw_selected(&l->status, st->selected);
		return;
	}
	add_all(&s, st);
	fit(&s, l->status.w);
	draw(&s, &l->status);
	for (size_t i = 0; i < s.n; i++)
		buf_fini(&s.v[i].text);
}
