noinst_LIBRARIES += chatcli/libchatcli.a
chatcli_libchatcli_a_SOURCES = \
	%D%/app.c %D%/app.h \
	%D%/app_act.c \
	%D%/app_line.c \
	%D%/app_page.c \
	%D%/app_private.h \
	%D%/buffer.c %D%/buffer.h \
	%D%/buffer_entry.c \
	%D%/buffer_line.h \
	%D%/buffer_members.c \
	%D%/buffers.c %D%/buffers.h \
	%D%/client.c %D%/client.h \
	%D%/client_join.c %D%/client_join.h \
	%D%/command.c %D%/command.h \
	%D%/command_room.c \
	%D%/command_self.c \
	%D%/command_talk.c \
	%D%/complete.c %D%/complete.h \
	%D%/conn.c %D%/conn.h \
	%D%/edit.c %D%/edit.h \
	%D%/edit_token.c %D%/edit_token.h \
	%D%/keymap.c %D%/keymap.h \
	%D%/link.c %D%/link.h \
	%D%/outbox.c %D%/outbox.h \
	%D%/outbox_file.c %D%/outbox_file.h \
	%D%/pipe.c %D%/pipe.h \
	%D%/pipe_line.c %D%/pipe_line.h \
	%D%/pipe_out.c %D%/pipe_out.h \
	%D%/pipe_send.c \
	%D%/pipe_tail.c \
	%D%/place.c %D%/place.h \
	%D%/prefs.c %D%/prefs.h %D%/prefs.def \
	%D%/state.c %D%/state.h \
	%D%/theme.c %D%/theme.h %D%/theme.def \
	%D%/view.h \
	%D%/on/on.c %D%/on/on.h \
	%D%/on/on_bye.c \
	%D%/on/on_delete.c \
	%D%/on/on_edit.c \
	%D%/on/on_gap.c \
	%D%/on/on_left.c \
	%D%/on/on_message.c \
	%D%/on/on_nick.c \
	%D%/on/on_notice.c \
	%D%/on/on_presence.c \
	%D%/on/on_react.c \
	%D%/on/on_read.c \
	%D%/on/on_reset.c \
	%D%/on/on_topic.c \
	%D%/on/on_typing.c \
	%D%/on/on_unreact.c \
	%D%/ui/tty.c %D%/ui/tty.h %D%/ui/tty.def \
	%D%/ui/ui.c %D%/ui/ui.h \
	%D%/ui/ui_ask.c \
	%D%/ui/ui_block.c %D%/ui/ui_block.h \
	%D%/ui/ui_input.c %D%/ui/ui_input.h \
	%D%/ui/ui_keys.c \
	%D%/ui/ui_layout.c %D%/ui/ui_layout.h \
	%D%/ui/ui_list.c %D%/ui/ui_list.h \
	%D%/ui/ui_log.c %D%/ui/ui_log.h \
	%D%/ui/ui_nicks.c %D%/ui/ui_nicks.h \
	%D%/ui/ui_paint.c \
	%D%/ui/ui_runs.c %D%/ui/ui_runs.h \
	%D%/ui/ui_select.c \
	%D%/ui/ui_state.h \
	%D%/ui/ui_status.c %D%/ui/ui_status.h \
	%D%/ui/ui_style.c %D%/ui/ui_style.h \
	%D%/ui/ui_wrap.c %D%/ui/ui_wrap.h

bin_PROGRAMS += chatcli/chatcli
chatcli_chatcli_SOURCES = %D%/main.c
LIBCHATCLI = chatcli/libchatcli.a $(LIBCHAT) $(LWS_LIBS) $(UV_LIBS) \
	$(READLINE_LIBS) $(NCURSES_LIBS)
chatcli_chatcli_LDADD = $(LIBCHATCLI)
