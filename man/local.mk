# Man pages, and www/js/proto.js: what is made from the .def files.
#
# Pages are built from PAGE.in by lib/tables; the page's module is checked in,
# `make proto.js` makes it anew, and tests/man/check_man tells when to.
noinst_PROGRAMS += lib/tables
lib_tables_SOURCES = lib/tables.c lib/tables.h lib/tables_js.c \
	lib/tables_mdoc.c
lib_tables_LDADD = $(LIBCHAT)

man1_MANS = %D%/chatcli.1
man5_MANS = %D%/chatsrv.conf.5
man7_MANS = %D%/chat-protocol.7
man8_MANS = %D%/chatsrv.8
PAGES = $(man1_MANS) $(man5_MANS) $(man7_MANS) $(man8_MANS)
CLEANFILES += $(PAGES)
EXTRA_DIST += %D%/chatcli.1.in %D%/chatsrv.conf.5.in \
	%D%/chat-protocol.7.in %D%/chatsrv.8.in

TABLES = lib/tables$(EXEEXT)
MAKE_PAGE = $(AM_V_GEN)$(MKDIR_P) %D% && rm -f $@ $@.tmp && \
	$(TABLES) page $(srcdir)/$@.in >$@.tmp && mv $@.tmp $@

%D%/chatcli.1: %D%/chatcli.1.in $(TABLES)
	$(MAKE_PAGE)
%D%/chatsrv.conf.5: %D%/chatsrv.conf.5.in $(TABLES)
	$(MAKE_PAGE)
%D%/chat-protocol.7: %D%/chat-protocol.7.in $(TABLES)
	$(MAKE_PAGE)
%D%/chatsrv.8: %D%/chatsrv.8.in $(TABLES)
	$(MAKE_PAGE)

proto.js: $(TABLES)
	$(AM_V_GEN)$(TABLES) proto.js >proto.js.tmp && \
	    mv proto.js.tmp $(srcdir)/www/js/proto.js

# The picture of README.md; needs `npm ci` in tests/browser once.
picture: all
	CHATSRV='$(abs_builddir)/chatsrv/chatsrv' \
	    CHATCLI='$(abs_builddir)/chatcli/chatcli' NODE='$(NODE)' \
	    PYTHON='$(PYTHON)' $(SHELL) $(srcdir)/tests/picture/picture

.PHONY: proto.js picture

TESTS += tests/man/check_man
EXTRA_DIST += tests/man/check_man tests/picture/picture \
	tests/picture/picture.mjs tests/picture/screen.py README.png
