# The page: files that chatsrv serves as they are (--www); there is no build
# step.  tests/browser/house.test.mjs checks that none is missing here.
wwwdir = $(pkgdatadir)/www
wwwcssdir = $(wwwdir)/css
wwwjsdir = $(wwwdir)/js

dist_www_DATA = \
	%D%/favicon.svg \
	%D%/index.html \
	%D%/room.html
dist_wwwcss_DATA = \
	%D%/css/base.css \
	%D%/css/index.css \
	%D%/css/room.css
dist_wwwjs_DATA = \
	%D%/js/app.js \
	%D%/js/back.js \
	%D%/js/buffer.js \
	%D%/js/buffers.js \
	%D%/js/client.js \
	%D%/js/client_join.js \
	%D%/js/codec.js \
	%D%/js/command.js \
	%D%/js/complete.js \
	%D%/js/conn.js \
	%D%/js/dom.js \
	%D%/js/edit.js \
	%D%/js/index.js \
	%D%/js/keymap.js \
	%D%/js/main.js \
	%D%/js/markup.js \
	%D%/js/members.js \
	%D%/js/on.js \
	%D%/js/outbox.js \
	%D%/js/outbox_db.js \
	%D%/js/prefs.js \
	%D%/js/proto.js \
	%D%/js/text.js \
	%D%/js/ui.js \
	%D%/js/ui_input.js \
	%D%/js/ui_line.js \
	%D%/js/ui_list.js \
	%D%/js/ui_log.js \
	%D%/js/ui_nicks.js \
	%D%/js/ui_status.js \
	%D%/js/ui_style.js \
	%D%/js/ui_tools.js

# Only node reads it: what stands in js/ are modules.
EXTRA_DIST += %D%/package.json
