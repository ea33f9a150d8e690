/*
 * proto: the tables of lib, as the page uses them.  Made by `make proto.js`
 * from lib/proto.def, err.def, command.def and keys.def: change those.
 */

export const PROTOCOL = "chat.v1";
export const LIMITS = { text: 16384, frame: 65536 };

export const OPS = {
	hello: {
		open: true, barrier: true, free: false, cost: 1,
		help: "makes a guest, or takes up the one that the token proves",
		fields: {
			client: { type: "STR", max: 64, required: false, help: "name and version of the client" },
			nick: { type: "STR", max: 128, required: false, help: "the wished name" },
			token: { type: "STR", max: 64, required: false, help: "proves who is speaking" },
		},
		reply: {
			user: { type: "STR", max: 128, required: true, help: "a user's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
			token: { type: "STR", max: 64, required: false, help: "proves who is speaking" },
			server: { type: "STR", max: 64, required: true, help: "name of the server's software" },
			version: { type: "STR", max: 64, required: true, help: "its version" },
			limits: { type: "OBJ", max: 1, required: true, shape: "limits", help: "what a client may ask for" },
			rooms: { type: "LIST", max: 200, required: true, shape: "room_item", help: "rooms" },
		},
	},
	nick: {
		open: false, barrier: true, free: false, cost: 1,
		help: "takes another name",
		fields: {
			nick: { type: "STR", max: 128, required: true, help: "the wished name" },
		},
		reply: {
			user: { type: "STR", max: 128, required: true, help: "a user's name" },
		},
	},
	rooms: {
		open: false, barrier: false, free: false, cost: 1,
		help: "lists public rooms",
		fields: {
			match: { type: "STR", max: 256, required: false, help: "part of a name" },
			limit: { type: "INT", max: 200, required: false, help: "at most so many" },
			after: { type: "INT", max: 9007199254740991, required: false, help: "begin behind this one" },
		},
		reply: {
			rooms: { type: "LIST", max: 200, required: true, shape: "room_item", help: "rooms" },
			next: { type: "INT", max: 9007199254740991, required: false, help: "pass it back as after; absent at the end" },
		},
	},
	join: {
		open: false, barrier: true, free: true, cost: 1,
		help: "subscribes to rooms, from a place in their logs",
		fields: {
			room: { type: "STR", max: 256, required: false, help: "a room's name" },
			after: { type: "INT", max: 9007199254740991, required: false, help: "begin behind this one" },
			epoch: { type: "STR", max: 64, required: false, help: "changes when numbers lose their meaning" },
			max: { type: "INT", max: 9007199254740991, required: false, help: "replay the newest K at most" },
			last: { type: "INT", max: 200, required: false, help: "begin before the K-th newest message" },
			rooms: { type: "LIST", max: 200, required: false, shape: "join_item", help: "several joins at once" },
		},
		reply: {
			room: { type: "STR", max: 256, required: false, help: "a room's name" },
			epoch: { type: "STR", max: 64, required: false, help: "changes when numbers lose their meaning" },
			seq: { type: "INT", max: 9007199254740991, required: false, help: "an entry's number" },
			recovered: { type: "BOOL", max: 1, required: false, help: "true when the replay is whole" },
			replay: { type: "INT", max: 9007199254740991, required: false, help: "entries that follow" },
			gap: { type: "OBJ", max: 1, required: false, shape: "gap", help: "entries that are not replayed" },
			reset: { type: "BOOL", max: 1, required: false, help: "forget what you hold of this room" },
			topic: { type: "STR", max: 1024, required: false, help: "a room's topic" },
			visibility: { type: "STR", max: 16, required: false, help: "public or private" },
			role: { type: "STR", max: 16, required: false, help: "owner, moderator or member" },
			read: { type: "INT", max: 9007199254740991, required: false, help: "the read marker" },
			online: { type: "INT", max: 9007199254740991, required: false, help: "people present" },
			rooms: { type: "LIST", max: 200, required: false, shape: "join_result", help: "one result for each join" },
		},
	},
	leave: {
		open: false, barrier: false, free: false, cost: 1,
		help: "ends the subscription, and with part the membership",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			part: { type: "BOOL", max: 1, required: false, help: "end the membership too" },
		},
		reply: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
		},
	},
	members: {
		open: false, barrier: false, free: false, cost: 1,
		help: "lists who is in a room",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			after: { type: "INT", max: 9007199254740991, required: false, help: "begin behind this one" },
			limit: { type: "INT", max: 200, required: false, help: "at most so many" },
		},
		reply: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			members: { type: "LIST", max: 200, required: true, shape: "member_item", help: "members" },
			next: { type: "INT", max: 9007199254740991, required: false, help: "pass it back as after; absent at the end" },
		},
	},
	send: {
		open: false, barrier: false, free: false, cost: 1,
		help: "posts a message",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			text: { type: "STR", max: 16384, required: true, help: "the message" },
			kind: { type: "STR", max: 16, required: false, help: "text, action, code or notice" },
			lang: { type: "STR", max: 32, required: false, help: "the language of code" },
			reply_to: { type: "INT", max: 9007199254740991, required: false, help: "seq of the message answered" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
		},
		reply: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
		},
	},
	edit: {
		open: false, barrier: false, free: false, cost: 1,
		help: "replaces the text of an own message",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			text: { type: "STR", max: 16384, required: true, help: "the message" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
		},
		reply: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
		},
	},
	delete: {
		open: false, barrier: false, free: false, cost: 1,
		help: "takes back an own message",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
		},
		reply: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
		},
	},
	react: {
		open: false, barrier: false, free: false, cost: 1,
		help: "puts an emoji to a message",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			emoji: { type: "STR", max: 64, required: true, help: "one emoji" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
		},
		reply: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
		},
	},
	unreact: {
		open: false, barrier: false, free: false, cost: 1,
		help: "takes an own emoji away",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			emoji: { type: "STR", max: 64, required: true, help: "one emoji" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
		},
		reply: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
		},
	},
	topic: {
		open: false, barrier: false, free: false, cost: 1,
		help: "sets a room's topic",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			topic: { type: "STR", max: 1024, required: true, help: "a room's topic" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
		},
		reply: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
		},
	},
	history: {
		open: false, barrier: false, free: false, cost: 2,
		help: "reads a page of a room's present state",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			before: { type: "INT", max: 9007199254740991, required: false, help: "end before this one" },
			after: { type: "INT", max: 9007199254740991, required: false, help: "begin behind this one" },
			around: { type: "INT", max: 9007199254740991, required: false, help: "centre on this one" },
			at: { type: "INT", max: 9007199254740991, required: false, help: "milliseconds since 1970 UTC" },
			limit: { type: "INT", max: 200, required: false, help: "at most so many" },
		},
		reply: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			epoch: { type: "STR", max: 64, required: true, help: "changes when numbers lose their meaning" },
			entries: { type: "EVENTS", max: 200, required: true, help: "entries, oldest first" },
			more: { type: "BOOL", max: 1, required: true, help: "there are more in that direction" },
		},
	},
	read: {
		open: false, barrier: false, free: false, cost: 1,
		help: "moves the read marker",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			back: { type: "BOOL", max: 1, required: false, help: "allow to move the marker backwards" },
		},
		reply: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
		},
	},
	typing: {
		open: false, barrier: false, free: false, cost: 1,
		help: "tells the room that text is being typed",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
		},
		reply: {},
	},
	ping: {
		open: true, barrier: false, free: false, cost: 1,
		help: "asks for a sign of life",
		fields: {},
		reply: {
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
		},
	},
};

export const OBJECTS = {
	limits: {
		help: "what a client may ask for",
		fields: {
			text_bytes: { type: "INT", max: 9007199254740991, required: true, help: "longest text, bytes" },
			frame_bytes: { type: "INT", max: 9007199254740991, required: true, help: "longest frame, bytes" },
			nonce_bytes: { type: "INT", max: 9007199254740991, required: true, help: "longest nonce, bytes" },
			nonce_days: { type: "INT", max: 9007199254740991, required: true, help: "days for which a nonce is remembered" },
			rooms: { type: "INT", max: 9007199254740991, required: true, help: "rooms for each connection" },
			requests_burst: { type: "INT", max: 9007199254740991, required: true, help: "requests at once" },
			requests_per_s: { type: "INT", max: 9007199254740991, required: true, help: "requests a second after that" },
			bytes_burst: { type: "INT", max: 9007199254740991, required: true, help: "bytes at once" },
			bytes_per_s: { type: "INT", max: 9007199254740991, required: true, help: "bytes a second after that" },
			history_max: { type: "INT", max: 9007199254740991, required: true, help: "entries of a history page" },
		},
	},
	room_item: {
		help: "a room in a list",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			epoch: { type: "STR", max: 64, required: false, help: "changes when numbers lose their meaning" },
			seq: { type: "INT", max: 9007199254740991, required: false, help: "an entry's number" },
			read: { type: "INT", max: 9007199254740991, required: false, help: "the read marker" },
			unread: { type: "INT", max: 9007199254740991, required: false, help: "messages above the marker" },
			mentions: { type: "INT", max: 9007199254740991, required: false, help: "unread mentions" },
			level: { type: "STR", max: 16, required: false, help: "everything, mentions, nothing, hidden" },
			role: { type: "STR", max: 16, required: false, help: "owner, moderator or member" },
			topic: { type: "STR", max: 1024, required: false, help: "a room's topic" },
			online: { type: "INT", max: 9007199254740991, required: false, help: "people present" },
			at: { type: "INT", max: 9007199254740991, required: false, help: "milliseconds since 1970 UTC" },
		},
	},
	join_item: {
		help: "one of several joins",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			after: { type: "INT", max: 9007199254740991, required: false, help: "begin behind this one" },
			epoch: { type: "STR", max: 64, required: false, help: "changes when numbers lose their meaning" },
			max: { type: "INT", max: 9007199254740991, required: false, help: "replay the newest K at most" },
			last: { type: "INT", max: 200, required: false, help: "begin before the K-th newest message" },
		},
	},
	join_result: {
		help: "the result of one of several joins",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			error: { type: "OBJ", max: 1, required: false, shape: "error", help: "what went wrong" },
			epoch: { type: "STR", max: 64, required: false, help: "changes when numbers lose their meaning" },
			seq: { type: "INT", max: 9007199254740991, required: false, help: "an entry's number" },
			recovered: { type: "BOOL", max: 1, required: false, help: "true when the replay is whole" },
			replay: { type: "INT", max: 9007199254740991, required: false, help: "entries that follow" },
			gap: { type: "OBJ", max: 1, required: false, shape: "gap", help: "entries that are not replayed" },
			reset: { type: "BOOL", max: 1, required: false, help: "forget what you hold of this room" },
			topic: { type: "STR", max: 1024, required: false, help: "a room's topic" },
			visibility: { type: "STR", max: 16, required: false, help: "public or private" },
			role: { type: "STR", max: 16, required: false, help: "owner, moderator or member" },
			read: { type: "INT", max: 9007199254740991, required: false, help: "the read marker" },
			online: { type: "INT", max: 9007199254740991, required: false, help: "people present" },
		},
	},
	gap: {
		help: "numbers that are not replayed, and why: retention (they are gone) or max (history has them)",
		fields: {
			from: { type: "INT", max: 9007199254740991, required: true, help: "first number missing" },
			to: { type: "INT", max: 9007199254740991, required: true, help: "last number missing" },
			reason: { type: "STR", max: 256, required: true, help: "why" },
		},
	},
	member_item: {
		help: "a member in a list",
		fields: {
			user: { type: "STR", max: 128, required: true, help: "a user's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
			role: { type: "STR", max: 16, required: false, help: "owner, moderator or member" },
			online: { type: "BOOL", max: 1, required: false, help: "is present now" },
			away: { type: "BOOL", max: 1, required: false, help: "is away" },
		},
	},
	person: {
		help: "somebody",
		fields: {
			user: { type: "STR", max: 128, required: true, help: "a user's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
		},
	},
	edited: {
		help: "the newest edit of a message",
		fields: {
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
		},
	},
	reaction: {
		help: "an emoji at a message",
		fields: {
			emoji: { type: "STR", max: 64, required: true, help: "one emoji" },
			user: { type: "STR", max: 128, required: true, help: "a user's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
		},
	},
	error: {
		help: "what went wrong",
		fields: {
			code: { type: "STR", max: 32, required: true, help: "the error's name" },
			text: { type: "STR", max: 16384, required: true, help: "the message" },
			field: { type: "STR", max: 32, required: false, help: "the field that is wrong" },
			retry_after: { type: "REAL", max: 86400, required: false, help: "seconds to wait" },
		},
	},
};

export const EVENTS = {
	message: {
		log: true,
		help: "somebody said something",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
			from: { type: "STR", max: 128, required: true, help: "the sender's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
			text: { type: "STR", max: 16384, required: false, help: "the message" },
			kind: { type: "STR", max: 16, required: false, help: "text, action, code or notice" },
			lang: { type: "STR", max: 32, required: false, help: "the language of code" },
			reply_to: { type: "INT", max: 9007199254740991, required: false, help: "seq of the message answered" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
			edited: { type: "OBJ", max: 1, required: false, shape: "edited", help: "the newest edit" },
			reactions: { type: "LIST", max: 4096, required: false, shape: "reaction", help: "reactions, oldest first" },
			deleted: { type: "BOOL", max: 1, required: false, help: "true when the text is gone" },
		},
	},
	edit: {
		log: true,
		help: "a message has another text",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
			from: { type: "STR", max: 128, required: true, help: "the sender's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
			target: { type: "INT", max: 9007199254740991, required: true, help: "seq of the entry meant" },
			text: { type: "STR", max: 16384, required: false, help: "the message" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
			deleted: { type: "BOOL", max: 1, required: false, help: "true when the text is gone" },
		},
	},
	delete: {
		log: true,
		help: "a message is gone",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
			from: { type: "STR", max: 128, required: true, help: "the sender's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
			target: { type: "INT", max: 9007199254740991, required: true, help: "seq of the entry meant" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
		},
	},
	react: {
		log: true,
		help: "a message got an emoji",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
			from: { type: "STR", max: 128, required: true, help: "the sender's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
			target: { type: "INT", max: 9007199254740991, required: true, help: "seq of the entry meant" },
			emoji: { type: "STR", max: 64, required: true, help: "one emoji" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
		},
	},
	unreact: {
		log: true,
		help: "an emoji was taken away",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
			from: { type: "STR", max: 128, required: true, help: "the sender's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
			target: { type: "INT", max: 9007199254740991, required: true, help: "seq of the entry meant" },
			emoji: { type: "STR", max: 64, required: true, help: "one emoji" },
			react: { type: "INT", max: 9007199254740991, required: true, help: "seq of the react entry that is undone" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
		},
	},
	topic: {
		log: true,
		help: "the room has another topic",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
			at: { type: "INT", max: 9007199254740991, required: true, help: "milliseconds since 1970 UTC" },
			from: { type: "STR", max: 128, required: true, help: "the sender's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
			topic: { type: "STR", max: 1024, required: true, help: "a room's topic" },
			nonce: { type: "STR", max: 64, required: false, help: "makes a repeated request harmless" },
		},
	},
	presence: {
		log: false,
		help: "who came, left, or is away",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			join: { type: "LIST", max: 4096, required: false, shape: "person", help: "who came" },
			leave: { type: "LIST", max: 4096, required: false, shape: "person", help: "who left" },
			away: { type: "LIST", max: 4096, required: false, shape: "person", help: "who is away" },
			online: { type: "INT", max: 9007199254740991, required: true, help: "people present" },
		},
	},
	typing: {
		log: false,
		help: "somebody is typing",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			user: { type: "STR", max: 128, required: true, help: "a user's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
		},
	},
	nick: {
		log: false,
		help: "somebody has another name",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			old: { type: "STR", max: 128, required: true, help: "the name before" },
			user: { type: "STR", max: 128, required: true, help: "a user's name" },
			guest: { type: "BOOL", max: 1, required: false, help: "true for a guest" },
		},
	},
	read: {
		log: false,
		help: "another connection of yours moved the read marker",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			seq: { type: "INT", max: 9007199254740991, required: true, help: "an entry's number" },
		},
	},
	notice: {
		log: false,
		help: "the server says something",
		fields: {
			text: { type: "STR", max: 16384, required: true, help: "the message" },
		},
	},
	bye: {
		log: false,
		help: "the server is about to close the connection",
		fields: {
			reason: { type: "STR", max: 256, required: true, help: "why" },
			retry_after: { type: "REAL", max: 86400, required: false, help: "seconds to wait" },
		},
	},
	left: {
		log: false,
		help: "the subscription has ended",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			reason: { type: "STR", max: 256, required: true, help: "why" },
		},
	},
	gap: {
		log: false,
		help: "entries that retention removed",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			from: { type: "INT", max: 9007199254740991, required: true, help: "first number missing" },
			to: { type: "INT", max: 9007199254740991, required: true, help: "last number missing" },
		},
	},
	reset: {
		log: false,
		help: "the numbers of this room mean something else now",
		fields: {
			room: { type: "STR", max: 256, required: true, help: "a room's name" },
			epoch: { type: "STR", max: 64, required: true, help: "changes when numbers lose their meaning" },
		},
	},
};

export const ERRORS = {
	bad_json: { http: 400, text: "the frame is not one JSON object" },
	bad_request: { http: 400, text: "a field is missing or out of its range" },
	unknown_op: { http: 400, text: "there is no such op" },
	unauthorized: { http: 401, text: "say hello first" },
	forbidden: { http: 403, text: "you may not do that here" },
	not_found: { http: 404, text: "there is no such thing" },
	exists: { http: 409, text: "that exists already" },
	too_large: { http: 413, text: "that is larger than the limit" },
	rate_limited: { http: 429, text: "too fast, please wait a little" },
	conflict: { http: 409, text: "that was said before with other content" },
	unavailable: { http: 503, text: "the store can not be reached; nothing was stored" },
	unknown: { http: 503, text: "the store was lost while storing; send it again with the same nonce" },
	internal: { http: 500, text: "the server made a mistake" },
};

export const COMMANDS = [
	{ name: "join", aliases: ["j"], args: "ROOM", page: true, help: "opens a room; a name that nobody used yet makes a new one" },
	{ name: "leave", aliases: ["part", "close"], args: "[ROOM]", page: true, help: "leaves a room" },
	{ name: "rooms", aliases: ["list"], args: "[TEXT]", page: true, help: "lists the public rooms, or those with TEXT in their name" },
	{ name: "members", aliases: ["names", "who"], args: "", page: true, help: "lists who is in the room" },
	{ name: "topic", aliases: [], args: "[TEXT]", page: true, help: "tells the topic, or sets it" },
	{ name: "nick", aliases: [], args: "NAME", page: true, help: "takes another name" },
	{ name: "say", aliases: [], args: "TEXT", page: true, help: "says it, also when it begins with a slash" },
	{ name: "me", aliases: [], args: "TEXT", page: true, help: "says what you do: /me waves" },
	{ name: "reply", aliases: [], args: "[#SEQ] TEXT", page: true, help: "answers a message" },
	{ name: "edit", aliases: [], args: "[#SEQ] TEXT", page: true, help: "gives an own message another text" },
	{ name: "delete", aliases: ["del"], args: "[#SEQ]", page: true, help: "takes an own message back" },
	{ name: "react", aliases: [], args: "[#SEQ] EMOJI", page: true, help: "puts an emoji to a message" },
	{ name: "unreact", aliases: [], args: "[#SEQ] EMOJI", page: true, help: "takes your emoji away again" },
	{ name: "read", aliases: [], args: "", page: true, help: "takes everything in the room as read" },
	{ name: "unread", aliases: [], args: "[#SEQ]", page: true, help: "takes everything from a message on as unread" },
	{ name: "resend", aliases: [], args: "", page: true, help: "sends the oldest own line again that was refused or is unsure" },
	{ name: "discard", aliases: [], args: "", page: true, help: "drops the oldest own line that was refused or is unsure" },
	{ name: "ping", aliases: [], args: "", page: true, help: "measures how long the server takes to answer" },
	{ name: "clear", aliases: [], args: "", page: true, help: "empties the screen; scrolling up brings it back" },
	{ name: "help", aliases: ["h"], args: "[WORD]", page: true, help: "lists commands and keys, or tells about one command" },
	{ name: "quit", aliases: ["q", "exit"], args: "", page: false, help: "leaves the program" },
];

export const KEYS = [
	{ scope: "ROOM", action: "room_number", terminal: ["Alt-1…9"], browser: ["Alt-1…9"], help: "the room with that number" },
	{ scope: "ROOM", action: "next_room", terminal: ["Ctrl-N", "Alt-Right"], browser: ["Alt-Down"], help: "the next room" },
	{ scope: "ROOM", action: "previous_room", terminal: ["Ctrl-P", "Alt-Left"], browser: ["Alt-Up"], help: "the room before" },
	{ scope: "ROOM", action: "active_room", terminal: ["Alt-a"], browser: ["Alt-a"], help: "the next room with something unread, mentions first" },
	{ scope: "ROOM", action: "last_room", terminal: ["Alt-/"], browser: ["Alt-/"], help: "the room you came from" },
	{ scope: "ROOM", action: "page_up", terminal: ["PgUp"], browser: ["PgUp"], help: "scrolls up, and further into the past" },
	{ scope: "ROOM", action: "page_down", terminal: ["PgDn"], browser: ["PgDn"], help: "scrolls down" },
	{ scope: "ROOM", action: "top", terminal: ["Alt-Home", "Alt-<"], browser: ["Alt-Home"], help: "to the oldest line that is here" },
	{ scope: "ROOM", action: "bottom", terminal: ["Alt-End", "Alt->"], browser: ["Alt-End"], help: "to the newest line" },
	{ scope: "ROOM", action: "first_unread", terminal: ["Alt-u"], browser: ["Alt-u"], help: "to the first line that is unread" },
	{ scope: "ROOM", action: "select_message", terminal: ["Alt-Up"], browser: ["Ctrl-Up"], help: "selects a message, to act on it" },
	{ scope: "ROOM", action: "new_line", terminal: ["Alt-Enter"], browser: ["Shift-Enter", "Alt-Enter"], help: "begins a new line in the message" },
	{ scope: "ROOM", action: "complete_word", terminal: ["Tab"], browser: ["Tab"], help: "completes a name, a #room or a /command; again: the next one" },
	{ scope: "ROOM", action: "complete_back", terminal: ["Shift-Tab"], browser: [], help: "the completion before" },
	{ scope: "ROOM", action: "toggle_rooms", terminal: ["F7", "Alt-B"], browser: [], help: "shows or hides the rooms" },
	{ scope: "ROOM", action: "toggle_members", terminal: ["F8", "Alt-N"], browser: [], help: "shows or hides the members" },
	{ scope: "ROOM", action: "redraw", terminal: ["Ctrl-L"], browser: [], help: "draws the screen again" },
	{ scope: "ROOM", action: "cancel", terminal: ["Ctrl-C"], browser: [], help: "clears the line; twice asks whether to leave" },
	{ scope: "ROOM", action: "suspend", terminal: ["Ctrl-Z"], browser: [], help: "stops the program until fg" },
	{ scope: "MESSAGE", action: "select_up", terminal: ["Up", "Alt-Up", "k"], browser: ["Up", "k"], help: "the message above" },
	{ scope: "MESSAGE", action: "select_down", terminal: ["Down", "Alt-Down", "j"], browser: ["Down", "j"], help: "the message below" },
	{ scope: "MESSAGE", action: "reply", terminal: ["r", "Enter"], browser: ["r", "Enter"], help: "answers it" },
	{ scope: "MESSAGE", action: "edit", terminal: ["e"], browser: ["e"], help: "edits it" },
	{ scope: "MESSAGE", action: "delete", terminal: ["d"], browser: ["d"], help: "takes it back" },
	{ scope: "MESSAGE", action: "react", terminal: ["+"], browser: ["+"], help: "puts an emoji to it" },
	{ scope: "MESSAGE", action: "unread", terminal: ["u"], browser: ["u"], help: "unread from here on" },
	{ scope: "MESSAGE", action: "copy", terminal: ["y"], browser: ["y"], help: "copies its text" },
	{ scope: "MESSAGE", action: "leave", terminal: ["q", "Ctrl-G", "Ctrl-C"], browser: ["q", "Escape"], help: "back to the text" },
];
