noinst_LIBRARIES += lib/libchat.a
lib_libchat_a_SOURCES = \
	%D%/buf.c %D%/buf.h \
	%D%/clock.c %D%/clock.h \
	%D%/codec.c %D%/codec.h %D%/codec_scan.c %D%/codec_scan.h \
	%D%/codec_write.c \
	%D%/err.c %D%/err.h %D%/err.def \
	%D%/log.c %D%/log.h \
	%D%/markup.c %D%/markup.h %D%/markup.def \
	%D%/name.c %D%/name.h %D%/name_table.h \
	%D%/opt.c %D%/opt.h \
	%D%/pack.c %D%/pack.h \
	%D%/proto.c %D%/proto.h %D%/proto.def \
	%D%/text.c %D%/text.h \
	%D%/url.c %D%/url.h
EXTRA_DIST += %D%/command.def %D%/keys.def %D%/name_table.py
LIBCHAT = lib/libchat.a $(JANSSON_LIBS) $(UTF8PROC_LIBS) $(INIH_LIBS)
