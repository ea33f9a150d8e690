noinst_LIBRARIES += chatsrv/libchatsrv.a
chatsrv_libchatsrv_a_SOURCES = \
	%D%/access.c %D%/access.h \
	%D%/channel/channel.c %D%/channel/channel.h \
	%D%/channel/channel_memory.c \
	%D%/channel/channel_redis.c \
	%D%/channel/redis_place.c %D%/channel/redis_place.h \
	%D%/conf.c %D%/conf.h %D%/conf.def \
	%D%/dispatch.c %D%/dispatch.h \
	%D%/early.c %D%/early.h \
	%D%/entry.c %D%/entry.h \
	%D%/flush.c %D%/flush.h \
	%D%/frame.c %D%/frame.h \
	%D%/gate/address.c %D%/gate/address.h \
	%D%/gate/conn.c %D%/gate/conn.h \
	%D%/gate/gate.h \
	%D%/gate/gate_simple.c \
	%D%/gate/gate_ws.c \
	%D%/gate/ip.c %D%/gate/ip.h \
	%D%/gate/listen.c %D%/gate/listen.h \
	%D%/handle/handle_hello.c \
	%D%/handle/handle_history.c \
	%D%/handle/handle_join.c \
	%D%/handle/handle_people.c \
	%D%/handle/handle_rooms.c \
	%D%/handle/handle_send.c \
	%D%/http/http.c %D%/http/http.h \
	%D%/http/http_check.c \
	%D%/http/http_health.c \
	%D%/http/http_static.c \
	%D%/limit.c %D%/limit.h \
	%D%/metrics.c %D%/metrics.h %D%/metrics.def \
	%D%/notify.c %D%/notify.h \
	%D%/page.c %D%/page.h \
	%D%/peers.c %D%/peers.h \
	%D%/peers_people.c \
	%D%/presence.c %D%/presence.h \
	%D%/ring.c %D%/ring.h \
	%D%/room.c %D%/room.h \
	%D%/rooms.c %D%/rooms.h \
	%D%/server.c %D%/server.h \
	%D%/session.c %D%/session.h \
	%D%/store/sql.def \
	%D%/store/store.c %D%/store/store.h \
	%D%/store/store_schema.c \
	%D%/store/store_sql.h \
	%D%/store/store_sqlite.c %D%/store/store_sqlite.h \
	%D%/store/store_sqlite_copy.c \
	%D%/store/store_sqlite_people.c \
	%D%/store/store_sqlite_post.c \
	%D%/store/store_sqlite_read.c \
	%D%/store/store_sqlite_verify.c \
	%D%/store/store_worker.c \
	%D%/store/verify.def \
	%D%/supervisor.c %D%/supervisor.h \
	%D%/token.c %D%/token.h \
	%D%/wheel.c %D%/wheel.h

sbin_PROGRAMS += chatsrv/chatsrv
chatsrv_chatsrv_SOURCES = %D%/main.c
chatsrv_chatsrv_LDADD = chatsrv/libchatsrv.a $(LIBCHAT) $(LWS_LIBS) \
	$(UV_LIBS) $(HIREDIS_LIBS) $(SQLITE_LIBS) $(SODIUM_LIBS) -lpthread

# For systemd, which looks below /usr/local too.
unitdir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
nodist_unit_DATA = %D%/systemd/chatsrv.service %D%/systemd/chatsrv@.service
dist_unit_DATA = %D%/systemd/chatsrv.socket
dist_sysusers_DATA = %D%/systemd/sysusers.d/chatsrv.conf
dist_tmpfiles_DATA = %D%/systemd/tmpfiles.d/chatsrv.conf
EXTRA_DIST += %D%/systemd/chatsrv.service.in
CLEANFILES += %D%/systemd/chatsrv.service %D%/systemd/chatsrv@.service

%D%/systemd/chatsrv.service: %D%/systemd/chatsrv.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D%/systemd && sed \
	    -e 's|@sbindir[@]|$(sbindir)|' -e 's|@sysconfdir[@]|$(sysconfdir)|' \
	    $(srcdir)/%D%/systemd/chatsrv.service.in >$@

# A server for each port, of one store: the same, but for these two lines.
%D%/systemd/chatsrv@.service: %D%/systemd/chatsrv.service
	$(AM_V_GEN)sed -e '/^Description=/s|$$| (port %i)|' \
	    -e '/^ExecStart=/s|chatsrv |chatsrv --listen 127.0.0.1:%i |' \
	    %D%/systemd/chatsrv.service >$@
