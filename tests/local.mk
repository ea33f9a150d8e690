# What `make check` runs, in TAP, and the longer runs: check-long,
# check-browser, fuzz, mutants, bench.  tests/house/rules tells when a test
# stands in its folder but not here.
#
# Programs find their data by SRCDIR (the tests' folder may be read-only) and
# write to temporary folders only.

LIBCHATSRV = chatsrv/libchatsrv.a $(LIBCHAT) $(LWS_LIBS) $(UV_LIBS) \
	$(HIREDIS_LIBS) $(SQLITE_LIBS) $(SODIUM_LIBS) -lpthread

# Below the wire.
if HAVE_CHECK
UNIT_LIB = \
	%D%/unit/check_buf \
	%D%/unit/check_codec \
	%D%/unit/check_codec_frame \
	%D%/unit/check_codec_scan \
	%D%/unit/check_markup \
	%D%/unit/check_name \
	%D%/unit/check_text \
	%D%/unit/check_url
UNIT_CHATSRV = \
	%D%/unit/check_address \
	%D%/unit/check_early \
	%D%/unit/check_frame \
	%D%/unit/check_limit \
	%D%/unit/check_opt \
	%D%/unit/check_presence \
	%D%/unit/check_ring \
	%D%/unit/check_room \
	%D%/unit/check_room_delete \
	%D%/unit/check_store \
	%D%/unit/check_store_file \
	%D%/unit/check_store_people \
	%D%/unit/check_wheel
UNIT_CHATCLI = \
	%D%/unit/check_buffer \
	%D%/unit/check_client \
	%D%/unit/check_command \
	%D%/unit/check_edit \
	%D%/unit/check_outbox \
	%D%/unit/check_outbox_sync \
	%D%/unit/check_wrap \
	%D%/unit/check_wrap_runs
UNIT = $(UNIT_LIB) $(UNIT_CHATSRV) $(UNIT_CHATCLI)
check_PROGRAMS += $(UNIT)
TESTS += $(UNIT)
SUITE = %D%/unit/suite.c %D%/unit/suite.h
VECTORS = %D%/unit/vectors.c %D%/unit/vectors.h
FAKECLOCK = %D%/unit/fakeclock.c %D%/unit/fakeclock.h
FAKEROOM = %D%/unit/fakeroom.c %D%/unit/fakeroom.h
STOREFILE = %D%/unit/storefile.c %D%/unit/storefile.h
endif

tests_unit_check_buf_SOURCES = %D%/unit/check_buf.c $(SUITE)
tests_unit_check_buf_LDADD = $(LIBCHAT) $(CHECK_LIBS)
tests_unit_check_codec_SOURCES = %D%/unit/check_codec.c $(SUITE)
tests_unit_check_codec_LDADD = $(LIBCHAT) $(CHECK_LIBS)
tests_unit_check_codec_frame_SOURCES = %D%/unit/check_codec_frame.c $(SUITE)
tests_unit_check_codec_frame_LDADD = $(LIBCHAT) $(CHECK_LIBS)
tests_unit_check_codec_scan_SOURCES = %D%/unit/check_codec_scan.c $(SUITE)
tests_unit_check_codec_scan_LDADD = $(LIBCHAT) $(CHECK_LIBS)
tests_unit_check_markup_SOURCES = %D%/unit/check_markup.c $(VECTORS)
tests_unit_check_markup_LDADD = $(LIBCHAT) $(CHECK_LIBS)
tests_unit_check_name_SOURCES = %D%/unit/check_name.c $(VECTORS)
tests_unit_check_name_LDADD = $(LIBCHAT) $(CHECK_LIBS)
tests_unit_check_text_SOURCES = %D%/unit/check_text.c $(VECTORS)
tests_unit_check_text_LDADD = $(LIBCHAT) $(CHECK_LIBS)
tests_unit_check_url_SOURCES = %D%/unit/check_url.c $(VECTORS)
tests_unit_check_url_LDADD = $(LIBCHAT) $(CHECK_LIBS)
tests_unit_check_address_SOURCES = %D%/unit/check_address.c $(SUITE)
tests_unit_check_address_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_frame_SOURCES = %D%/unit/check_frame.c $(SUITE)
tests_unit_check_frame_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_limit_SOURCES = %D%/unit/check_limit.c $(SUITE) $(FAKECLOCK)
tests_unit_check_limit_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_opt_SOURCES = %D%/unit/check_opt.c $(SUITE)
tests_unit_check_opt_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_presence_SOURCES = %D%/unit/check_presence.c \
	$(SUITE) $(FAKEROOM) $(FAKECLOCK)
tests_unit_check_presence_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_ring_SOURCES = %D%/unit/check_ring.c $(SUITE)
tests_unit_check_ring_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_early_SOURCES = %D%/unit/check_early.c \
	$(SUITE) $(FAKEROOM) $(FAKECLOCK)
tests_unit_check_early_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_room_SOURCES = %D%/unit/check_room.c \
	$(SUITE) $(FAKEROOM) $(FAKECLOCK)
tests_unit_check_room_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_room_delete_SOURCES = %D%/unit/check_room_delete.c \
	$(SUITE) $(FAKEROOM) $(FAKECLOCK)
tests_unit_check_room_delete_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_store_SOURCES = %D%/unit/check_store.c $(SUITE) $(STOREFILE)
tests_unit_check_store_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_store_file_SOURCES = %D%/unit/check_store_file.c \
	$(SUITE) $(STOREFILE)
tests_unit_check_store_file_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_store_people_SOURCES = %D%/unit/check_store_people.c \
	$(SUITE) $(STOREFILE)
tests_unit_check_store_people_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_wheel_SOURCES = %D%/unit/check_wheel.c $(SUITE)
tests_unit_check_wheel_LDADD = $(LIBCHATSRV) $(CHECK_LIBS)
tests_unit_check_buffer_LDADD = $(LIBCHATCLI) $(CHECK_LIBS)
tests_unit_check_client_LDADD = $(LIBCHATCLI) $(CHECK_LIBS)
tests_unit_check_command_LDADD = $(LIBCHATCLI) $(CHECK_LIBS)
tests_unit_check_edit_LDADD = $(LIBCHATCLI) $(CHECK_LIBS)
tests_unit_check_outbox_SOURCES = %D%/unit/check_outbox.c $(SUITE)
tests_unit_check_outbox_LDADD = $(LIBCHATCLI) $(CHECK_LIBS)
tests_unit_check_outbox_sync_SOURCES = %D%/unit/check_outbox_sync.c $(SUITE)
tests_unit_check_outbox_sync_LDADD = $(LIBCHATCLI) $(CHECK_LIBS)
tests_unit_check_wrap_LDADD = $(LIBCHATCLI) $(CHECK_LIBS)
tests_unit_check_wrap_runs_SOURCES = %D%/unit/check_wrap_runs.c $(SUITE)
tests_unit_check_wrap_runs_LDADD = $(LIBCHATCLI) $(CHECK_LIBS)

# Over the wire.
# The one that waits longest begins.
WIRE = \
	%D%/wire/test_life.py \
	%D%/wire/test_busy.py \
	%D%/wire/test_config.py \
	%D%/wire/test_delete.py \
	%D%/wire/test_entries.py \
	%D%/wire/test_fold.py \
	%D%/wire/test_flush.py \
	%D%/wire/test_frames.py \
	%D%/wire/test_front.py \
	%D%/wire/test_fsync.py \
	%D%/wire/test_hello.py \
	%D%/wire/test_history.py \
	%D%/wire/test_hostile.py \
	%D%/wire/test_http.py \
	%D%/wire/test_join.py \
	%D%/wire/test_kill.py \
	%D%/wire/test_leases.py \
	%D%/wire/test_limits.py \
	%D%/wire/test_nodes.py \
	%D%/wire/test_nodes_storm.py \
	%D%/wire/test_ops.py \
	%D%/wire/test_outbox_kill.py \
	%D%/wire/test_people.py \
	%D%/wire/test_pipe_send.py \
	%D%/wire/test_pipe_tail.py \
	%D%/wire/test_processes.py \
	%D%/wire/test_restore.py \
	%D%/wire/test_simple.py \
	%D%/wire/test_stop.py \
	%D%/wire/test_tls.py \
	%D%/wire/test_turns.py \
	%D%/wire/test_units.py
WIRE_PARTS = \
	%D%/wire/chat.py \
	%D%/wire/chat_async.py \
	%D%/wire/chat_base.py \
	%D%/wire/chat_client.py \
	%D%/wire/chat_nodes.py \
	%D%/wire/chat_server.py \
	%D%/wire/chat_tap.py \
	%D%/wire/chatcli.py \
	%D%/wire/fsync.c \
	%D%/wire/relay.py \
	%D%/wire/scene.py \
	%D%/wire/storm.py

# Conversations: talk plays them in its own process, run.py over the wire.
TALKS = \
	%D%/script/delete.chat \
	%D%/script/first.chat \
	%D%/script/log.chat \
	%D%/script/names.chat \
	%D%/script/nonce.chat \
	%D%/script/order.chat \
	%D%/script/patterns.chat \
	%D%/script/people.chat \
	%D%/script/react.chat \
	%D%/script/restart.chat \
	%D%/script/resume.chat \
	%D%/script/rights.chat \
	%D%/script/simple.chat
TALK = %D%/script/talk
check_PROGRAMS += $(TALK)
tests_script_talk_SOURCES = %D%/script/talk.c \
	%D%/script/play.c %D%/script/play.h \
	%D%/script/script.c %D%/script/script.h \
	%D%/script/value.c %D%/script/value.h \
	%D%/script/value_read.c \
	%D%/script/fakeconn.c %D%/script/fakeconn.h \
	%D%/script/fakeserver.c %D%/script/fakeserver.h \
	%D%/unit/fakeclock.c %D%/unit/fakeclock.h \
	%D%/unit/fakestore.c %D%/unit/fakestore.h
tests_script_talk_LDADD = $(LIBCHATSRV)

# In a terminal.
TTY = \
	%D%/tty/tty_hostile.py \
	%D%/tty/tty_markup.py \
	%D%/tty/tty_room.py \
	%D%/tty/tty_server.py \
	%D%/tty/tty_storm.py \
	%D%/tty/tty_terminal.py

# The page: those that need node alone, and those that need a browser.
PAGE = \
	%D%/browser/client.test.mjs \
	%D%/browser/house.test.mjs \
	%D%/browser/model.test.mjs \
	%D%/browser/outbox.test.mjs \
	%D%/browser/words.test.mjs \
	%D%/unit/markup.test.mjs
BROWSER = \
	%D%/browser/access.test.mjs \
	%D%/browser/hostile.test.mjs \
	%D%/browser/lasting.test.mjs \
	%D%/browser/three.test.mjs \
	%D%/browser/together.test.mjs
BROWSER_PARTS = \
	%D%/browser/browserlike.mjs \
	%D%/browser/helper.mjs \
	%D%/browser/package-lock.json \
	%D%/browser/package.json \
	%D%/browser/terminal.py

# Fuzz targets: over their corpora with any compiler, and with libFuzzer.
REPLAY = %D%/fuzz/replay.c
REPLAYS = \
	%D%/fuzz/replay_conf \
	%D%/fuzz/replay_markup \
	%D%/fuzz/replay_name \
	%D%/fuzz/replay_request \
	%D%/fuzz/replay_server \
	%D%/fuzz/replay_text \
	%D%/fuzz/replay_tokenizer
check_PROGRAMS += $(REPLAYS)
tests_fuzz_replay_conf_SOURCES = %D%/fuzz/fuzz_conf.c $(REPLAY)
tests_fuzz_replay_conf_LDADD = $(LIBCHATSRV)
tests_fuzz_replay_markup_SOURCES = %D%/fuzz/fuzz_markup.c $(REPLAY)
tests_fuzz_replay_markup_LDADD = $(LIBCHAT)
tests_fuzz_replay_name_SOURCES = %D%/fuzz/fuzz_name.c $(REPLAY)
tests_fuzz_replay_name_LDADD = $(LIBCHAT)
tests_fuzz_replay_request_SOURCES = %D%/fuzz/fuzz_request.c $(REPLAY)
tests_fuzz_replay_request_LDADD = $(LIBCHAT)
tests_fuzz_replay_server_SOURCES = %D%/fuzz/fuzz_server.c $(REPLAY)
tests_fuzz_replay_server_LDADD = $(LIBCHAT)
tests_fuzz_replay_text_SOURCES = %D%/fuzz/fuzz_text.c $(REPLAY)
tests_fuzz_replay_text_LDADD = $(LIBCHAT)
tests_fuzz_replay_tokenizer_SOURCES = %D%/fuzz/fuzz_tokenizer.c $(REPLAY)
tests_fuzz_replay_tokenizer_LDADD = $(LIBCHATCLI)

if FUZZERS
FUZZ = \
	%D%/fuzz/fuzz_conf \
	%D%/fuzz/fuzz_markup \
	%D%/fuzz/fuzz_name \
	%D%/fuzz/fuzz_request \
	%D%/fuzz/fuzz_server \
	%D%/fuzz/fuzz_text \
	%D%/fuzz/fuzz_tokenizer
LIBFUZZER = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ =
endif
EXTRA_PROGRAMS = $(FUZZ)
tests_fuzz_fuzz_conf_LDADD = $(LIBCHATSRV)
tests_fuzz_fuzz_conf_LDFLAGS = $(LIBFUZZER)
tests_fuzz_fuzz_markup_LDADD = $(LIBCHAT)
tests_fuzz_fuzz_markup_LDFLAGS = $(LIBFUZZER)
tests_fuzz_fuzz_name_LDADD = $(LIBCHAT)
tests_fuzz_fuzz_name_LDFLAGS = $(LIBFUZZER)
tests_fuzz_fuzz_request_LDADD = $(LIBCHAT)
tests_fuzz_fuzz_request_LDFLAGS = $(LIBFUZZER)
tests_fuzz_fuzz_server_LDADD = $(LIBCHAT)
tests_fuzz_fuzz_server_LDFLAGS = $(LIBFUZZER)
tests_fuzz_fuzz_text_LDADD = $(LIBCHAT)
tests_fuzz_fuzz_text_LDFLAGS = $(LIBFUZZER)
tests_fuzz_fuzz_tokenizer_LDADD = $(LIBCHATCLI)
tests_fuzz_fuzz_tokenizer_LDFLAGS = $(LIBFUZZER)

# The programs that bench starts.
BENCHES = %D%/bench/floor %D%/bench/load %D%/bench/insert
check_PROGRAMS += $(BENCHES)
tests_bench_floor_SOURCES = %D%/bench/floor.c \
	%D%/bench/floor_room.c %D%/bench/floor_room.h \
	%D%/bench/sha1.h %D%/bench/wsframe.h
tests_bench_load_SOURCES = %D%/bench/load.c \
	%D%/bench/crowd.c %D%/bench/crowd.h \
	%D%/bench/meter.c %D%/bench/meter.h \
	%D%/bench/probe.c %D%/bench/probe.h \
	%D%/bench/shape.c %D%/bench/shape.h
tests_bench_insert_SOURCES = %D%/bench/insert.c %D%/bench/meter.c
tests_bench_insert_LDADD = $(SQLITE_LIBS)

TESTS += $(REPLAYS) %D%/house/rules $(TALK) %D%/script/run.py $(WIRE) $(TTY) $(PAGE) %D%/bench/quick

EXTRA_DIST += $(WIRE) $(WIRE_PARTS) %D%/script/run.py $(TALKS) \
	$(TTY) %D%/tty/terminal.py \
	$(PAGE) $(BROWSER) $(BROWSER_PARTS) \
	%D%/vectors %D%/fuzz/corpus %D%/house/node %D%/house/rules \
	%D%/mutants/run %D%/mutants/clients.def %D%/mutants/edges.def \
	%D%/mutants/mutants.def %D%/mutants/nodes.def %D%/mutants/store.def \
	%D%/bench/bench %D%/bench/quick %D%/bench/results.py \
	%D%/bench/rounds.py %D%/bench/scenarios.py %D%/bench/servers.py \
	%D%/bench/spawn.py %D%/bench/RESULTS.md

TEST_EXTENSIONS = .py .mjs
TAP = $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(TAP)
PY_LOG_DRIVER = $(TAP)
PY_LOG_COMPILER = $(PYTHON)
MJS_LOG_DRIVER = $(TAP)
MJS_LOG_COMPILER = $(SHELL) $(srcdir)/tests/house/node
AM_TESTS_ENVIRONMENT = \
	CHATSRV='$(abs_builddir)/chatsrv/chatsrv'; \
	CHATCLI='$(abs_builddir)/chatcli/chatcli'; \
	BUILD='$(abs_builddir)'; SRCDIR='$(abs_srcdir)'; \
	NODE='$(NODE)'; CC='$(CC)'; PYTHONDONTWRITEBYTECODE=1; \
	KILLS="$${KILLS-3}"; OPS="$${OPS-300}"; \
	export CHATSRV CHATCLI BUILD SRCDIR NODE CC PYTHONDONTWRITEBYTECODE \
	    KILLS OPS;

# Everything that `make check` shortens or leaves out.
check-long: all
	$(MAKE) check FULL=1 KILLS=50 OPS=5000
	$(MAKE) check-nodes

# Several servers, at full size.
check-nodes: all
	$(MAKE) check TESTS=%D%/wire/test_nodes_storm.py CLIENTS=200 ROOMS=50 \
	    MESSAGES=20000 FAULTS=100
	$(MAKE) check TESTS=%D%/wire/test_turns.py SECONDS=60 WAIT_MS=20

# The page in Chromium; needs `npm ci` in tests/browser once.
check-browser: all
	@$(AM_TESTS_ENVIRONMENT) failed=0; for t in $(BROWSER); do \
		$(MJS_LOG_COMPILER) $(srcdir)/$$t || failed=1; \
	done; exit $$failed

bench: all $(BENCHES)
	PYTHONDONTWRITEBYTECODE=1 \
	    $(PYTHON) $(srcdir)/%D%/bench/bench --build . $(BENCH)

# What a fuzzer finds stands in the folder of the build, as crash-… to be added
# to the corpus; new inputs that reach more are left there too.
FUZZ_SECONDS = 30
fuzz: $(FUZZ)
	@test -n '$(FUZZ)' || { \
		echo 'configure with CC=clang --enable-fuzzers' >&2; exit 1; }
	@failed=; for t in $(FUZZ); do \
		name=$${t##*/fuzz_}; \
		mkdir -p %D%/fuzz/found/$$name; \
		echo "== $$name, $(FUZZ_SECONDS) s"; \
		./$$t -max_total_time=$(FUZZ_SECONDS) -max_len=4096 \
		    -print_final_stats=0 -verbosity=0 -timeout=10 \
		    -artifact_prefix=%D%/fuzz/found/$$name- \
		    %D%/fuzz/found/$$name $(srcdir)/%D%/fuzz/corpus/$$name || \
		    failed="$$failed $$name"; \
	done; test -z "$$failed" || { echo "found:$$failed" >&2; exit 1; }

# Each promise's breakage, and the test that must turn red.
mutants: all
	$(PYTHON) $(srcdir)/%D%/mutants/run $(MUTANTS)

clean-local:
	rm -rf %D%/fuzz/found

.PHONY: check-long check-nodes check-browser bench fuzz mutants
