---@meta uc

-- The scripting API of uc-bot for editors: completion, types, and what is in docs/api.md as you type. Made by
-- `uc-bot types`; changes would be lost.

---@alias uc.Event
---| "message" # somebody else said something in a room
---| "dm" # somebody said something to the bot alone (`is_dm`); such messages are no `message` events
---| "file" # a peer has a file for everybody; `file:fetch` gets it
---| "peer_connect" # a connection to a peer stands
---| "peer_disconnect" # a peer's last connection is gone
---| "peer_identify" # a peer has told what it is; at most 100 of each list
---| "peer_subscribe" # a peer has joined the room
---| "peer_unsubscribe" # a peer has left the room, and is still connected
---| "ping" # a round trip has been measured
---| "mesh" # so many peers of the room are in the mesh now
---| "publish_failed" # a text of this bot was not sent
---| "error" # a function of the script has failed
---| "config" # values of the configuration are different now
---| "signal" # the process got that signal
---| "ready" # the first peer of the room is there: from now on texts reach somebody
---| "start" # the script is loaded; the first event
---| "stop" # the bot is ending; all `stop` handlers together have half a second, waiting included
---| "unload" # the script is being loaded anew; what the handler returns is `uc.saved` from then on

---@alias uc.WaitCode
---| "timeout" # nothing that fits came in time

---@alias uc.SayCode
---| "no_peers" # nobody is there; or, before `ready`, 64 texts wait already
---| "rate_limited" # 64 texts wait for their turn already
---| "duplicate" # the text was said a moment ago, and the policy is to refuse such texts
---| "not_joined" # the bot is not in that room
---| "too_long" # more than 16384 bytes
---| "loop" # the bot talks with that peer in a circle
---| "empty" # no text at all
---| "stopping" # the bot is ending
---| "failed" # the network could not send it; the log says why

---@alias uc.PeerCode
---| "unknown_peer" # there is no such peer, or more than one

---@alias uc.PingCode
---| "not_connected" # there is no connection to it
---| "timeout" # no answer in time
---| "unsupported" # it speaks no ping
---| "stopping" # the bot is ending
---| "failed" # the network could not; the log says why

---@alias uc.NetworkCode
---| "unsupported" # this bot's network, or the peer, does not do such things
---| "not_connected" # there is no connection to the peer
---| "timeout" # no answer in time
---| "bad_address" # the text is no address that can be dialled, or leads to the bot itself
---| "unreachable" # nobody is there, or somebody else
---| "refused" # the peer did not take it
---| "empty" # no text at all
---| "too_long" # more than 16384 bytes
---| "not_found" # nothing known of it
---| "busy" # too many calls are under way
---| "rate_limited" # too many texts to single peers; as many are allowed as in the room
---| "loop" # the bot talks with that peer in a circle
---| "stopping" # the bot is ending
---| "failed" # anything else; the log says why

---@alias uc.FileCode
---| "unavailable" # there is no folder: it is given with `--files FOLDER`
---| "bad_name" # that is no name of a file in a folder
---| "bad_id" # that is no id: it is empty, too long, or has control characters in it
---| "not_found" # there is no such file, in the folder, on offer or at the peer
---| "exists" # there is something of that name already; nothing is ever overwritten
---| "empty" # the file has no bytes, which other programs take for an error
---| "too_large" # the file has more bytes than `max`
---| "full" # the folder holds 10 GiB or 10000 files, and takes no more
---| "not_connected" # there is no connection to the peer
---| "unsupported" # the peer serves no files
---| "timeout" # it took too long, or nothing came for too long
---| "wrong_length" # the file was shorter or longer than the peer had said
---| "lost" # the peer or the connection went away
---| "forbidden" # the user does not allow it: see `--announce-files`
---| "no_peers" # nobody in the room is connected
---| "rate_limited" # too many announcements and texts to single peers; as many are allowed as texts in the room
---| "busy" # too many transfers, or files on offer
---| "stopping" # the bot is ending
---| "failed" # anything else; the log says what

---@alias uc.StoppingCode
---| "stopping" # the bot is ending

---@alias uc.TimeoutCode
---| "timeout" # the time was over

---@alias uc.JoinCode
---| "failed" # there was an error in it; a third result is its text
---| "cancelled" # it was ended by `cancel`
---| "timeout" # it goes on
---| "forgotten" # it ended long ago: the results of the last 256 tasks are kept

---@alias uc.TimerCode
---| "forgotten" # 256 others have ended since it has
---| "stopping" # the bot is ending

---@alias uc.StoreCode
---| "full" # 100000 keys or 32 MiB are there already, or the disk is full
---| "too_large" # a value of more than 256 KiB, or a key of more than 1024 bytes
---| "locked" # another process uses the file; the log names it
---| "io" # the file cannot be made, read or written; the log says why

---@alias uc.HTTPCode
---| "bad_url" # no URL, or none of `http:` or `https:`
---| "forbidden" # the host may not be reached: see `--allow-net`
---| "dns" # the host's name has no address
---| "connect" # nobody answers there, or the connection broke
---| "tls" # the server's certificate cannot be trusted
---| "timeout" # it took too long
---| "too_large" # the body is longer than `max`
---| "redirects" # too many redirects
---| "busy" # the script has 8 requests under way already
---| "stopping" # the bot is ending
---| "unavailable" # this uc-bot cannot fetch: `uc-bot doctor` says why
---| "failed" # anything else; the log says what

---@alias uc.SyntaxCode
---| "syntax" # the text is not well formed

---@alias uc.LogFileCode
---| "unavailable" # there is no place for files: it is given with `--store DIR`
---| "failed" # the file cannot be written; the log says why

--- options of handlers
---@class uc.MessageOptions
---@field match? string a Lua pattern that the text must match; what follows the match is `msg.args`
---@field from? uc.Peer|string a Peer, or the full id of one: only its events
---@field room? string only those of this room
---@field bots? boolean `true`: messages of bots too; without it they are left out
---@field serial? "peer"|"all"|"none" `"peer"`: events of one peer one after the other, each when the run before it has ended; `"all"`: all events so; `"none"`, the default: runs that wait do not hold up the next
---@field priority? number 0 by default; higher ones start earlier, equal ones in the order in which they were made
---@field once? boolean `true`: only for the first event that fits

--- options of handlers
---@class uc.DmOptions
---@field match? string a Lua pattern that the text must match; what follows the match is `msg.args`
---@field from? uc.Peer|string a Peer, or the full id of one: only its events
---@field bots? boolean `true`: messages of bots too; without it they are left out
---@field serial? "peer"|"all"|"none" `"peer"`: events of one peer one after the other, each when the run before it has ended; `"all"`: all events so; `"none"`, the default: runs that wait do not hold up the next
---@field priority? number 0 by default; higher ones start earlier, equal ones in the order in which they were made
---@field once? boolean `true`: only for the first event that fits

--- options of handlers
---@class uc.PeerEventOptions
---@field from? uc.Peer|string a Peer, or the full id of one: only its events
---@field serial? "peer"|"all"|"none" `"peer"`: events of one peer one after the other, each when the run before it has ended; `"all"`: all events so; `"none"`, the default: runs that wait do not hold up the next
---@field priority? number 0 by default; higher ones start earlier, equal ones in the order in which they were made
---@field once? boolean `true`: only for the first event that fits

--- options of handlers
---@class uc.PeerRoomEventOptions
---@field from? uc.Peer|string a Peer, or the full id of one: only its events
---@field room? string only those of this room
---@field serial? "peer"|"all"|"none" `"peer"`: events of one peer one after the other, each when the run before it has ended; `"all"`: all events so; `"none"`, the default: runs that wait do not hold up the next
---@field priority? number 0 by default; higher ones start earlier, equal ones in the order in which they were made
---@field once? boolean `true`: only for the first event that fits

--- options of handlers
---@class uc.RoomEventOptions
---@field room? string only those of this room
---@field serial? "peer"|"all"|"none" `"peer"`: events of one peer one after the other, each when the run before it has ended; `"all"`: all events so; `"none"`, the default: runs that wait do not hold up the next
---@field priority? number 0 by default; higher ones start earlier, equal ones in the order in which they were made
---@field once? boolean `true`: only for the first event that fits

--- options of handlers
---@class uc.EventOptions
---@field serial? "peer"|"all"|"none" `"peer"`: events of one peer one after the other, each when the run before it has ended; `"all"`: all events so; `"none"`, the default: runs that wait do not hold up the next
---@field priority? number 0 by default; higher ones start earlier, equal ones in the order in which they were made
---@field once? boolean `true`: only for the first event that fits

--- options of `uc.wait`
---@class uc.MessageWaitOptions
---@field timeout? number seconds; without it the call waits for ever
---@field match? string a Lua pattern that the text must match; what follows the match is `msg.args`
---@field from? uc.Peer|string a Peer, or the full id of one: only its events
---@field room? string only those of this room
---@field bots? boolean `true`: messages of bots too; without it they are left out

--- options of `uc.wait`
---@class uc.DmWaitOptions
---@field timeout? number seconds; without it the call waits for ever
---@field match? string a Lua pattern that the text must match; what follows the match is `msg.args`
---@field from? uc.Peer|string a Peer, or the full id of one: only its events
---@field bots? boolean `true`: messages of bots too; without it they are left out

--- options of `uc.wait`
---@class uc.PeerEventWaitOptions
---@field timeout? number seconds; without it the call waits for ever
---@field from? uc.Peer|string a Peer, or the full id of one: only its events

--- options of `uc.wait`
---@class uc.PeerRoomEventWaitOptions
---@field timeout? number seconds; without it the call waits for ever
---@field from? uc.Peer|string a Peer, or the full id of one: only its events
---@field room? string only those of this room

--- options of `uc.wait`
---@class uc.RoomEventWaitOptions
---@field timeout? number seconds; without it the call waits for ever
---@field room? string only those of this room

--- options of `uc.wait`
---@class uc.EventWaitOptions
---@field timeout? number seconds; without it the call waits for ever

--- what handlers of `peer_connect` get
---@class uc.PeerConnectEvent
---@field peer uc.Peer the peer
---@field address string where it is, as a multiaddr

--- what handlers of `peer_disconnect` get
---@class uc.PeerDisconnectEvent
---@field peer uc.Peer the peer
---@field reason? string why, where that is known

--- what handlers of `peer_identify` get
---@class uc.PeerIdentifyEvent
---@field peer uc.Peer the peer
---@field agent string the program that it says it is
---@field protocols string[] what it speaks
---@field addresses string[] where it says it listens

--- what handlers of `peer_subscribe` get
---@class uc.PeerSubscribeEvent
---@field peer uc.Peer the peer
---@field room string the room

--- what handlers of `peer_unsubscribe` get
---@class uc.PeerUnsubscribeEvent
---@field peer uc.Peer the peer
---@field room string the room

--- what handlers of `ping` get
---@class uc.PingEvent
---@field peer uc.Peer the peer
---@field rtt number the round trip, in seconds

--- what handlers of `mesh` get
---@class uc.MeshEvent
---@field peers integer how many
---@field room string the room

--- what handlers of `publish_failed` get
---@class uc.PublishFailedEvent
---@field text string the text
---@field room string where it should have gone
---@field code uc.SayCode why not

--- what handlers of `error` get
---@class uc.ErrorEvent
---@field message string the error, with file and line
---@field traceback string where it came from
---@field source string `file:line` of the call that made what failed
---@field handler string what failed, in words

--- what handlers of `config` get
---@class uc.ConfigEvent
---@field changed table<string, any> the new values by their names

--- what handlers of `signal` get
---@class uc.SignalEvent
---@field name "USR1"|"USR2" which

--- what handlers of `ready` get
---@class uc.ReadyEvent
---@field peers integer how many are there

--- what `uc.command` is told about a command
---@class uc.CommandSpec
---@field help? string one sentence for `!help`
---@field aliases? string[] other names
---@field args? (string|uc.CommandArgument)[] the arguments, below
---@field cooldown? number|uc.CommandCooldown seconds until the same peer may give it again; or a table of `peer`, `room` (seconds for everybody in the room) and `message`, what those who are too early are told once: `{left}` is the seconds, `{command}` and `{peer}` the names
---@field admin? boolean `true`: only for the bot's admins
---@field allow? (uc.Peer|string)[] peers or ids: only these (and admins)
---@field deny? (uc.Peer|string)[] peers or ids: all but these
---@field hidden? boolean `true`: not in the list of `!help`
---@field where? "any"|"room"|"dm" where it may be given; `"any"` by default
---@field serial? "peer"|"all"|"none" as for `uc.on`, but `"peer"` by default: the next command of a peer begins when its last one has ended
---@field bots? boolean `true`: bots may give it too

--- how soon a command may be given again
---@class uc.CommandCooldown
---@field peer? number seconds for the same peer
---@field room? number seconds for everybody in the room
---@field message? string what those who are too early are told once

--- one argument of a command; its name may also stand first, without a name before it
---@class uc.CommandArgument
---@field name? string the name, if it does not stand first
---@field type? "string"|"number"|"integer"|"bool"|"enum"|"peer"|"duration"|"rest" `string` (the default), `number`, `integer`, `bool` (yes/no, on/off, true/false), `enum`, `peer` (an id or its last eight characters, with or without `@`; gives a Peer), `duration` (`90`, `10m`, `1h30m`; gives seconds), `rest` (all that is left; only as the last)
---@field optional? boolean `true`: may be left out, and is nil then
---@field default? string|number|boolean what it is when it is left out
---@field choices? string[] for `enum`: the words that it may be
---@field min? number for `number`, `integer` and `duration`
---@field max? number the same

--- what `uc.use` and `uc.catch` are told about the event
---@class uc.Context
---@field event? string its name
---@field peer? uc.Peer the peer that it comes from
---@field message? uc.Message what was said
---@field command? string the name of the command that it gives

--- who got a text
---@class uc.Receipt
---@field id? string the message's id, in hexadecimal digits
---@field peers integer how many peers it was sent to
---@field queued? boolean `true`: nobody is there yet, and it is sent when somebody is

--- options of `msg:reply`
---@class uc.ReplyOptions
---@field vary? boolean what becomes of a repeat: `true` gives it an ending that differs, `false` refuses it with `duplicate`

--- options of `uc.say`
---@class uc.SayOptions: uc.ReplyOptions
---@field room? string another room that the bot is in

--- options of `peer:ping`
---@class uc.PingOptions
---@field timeout? number seconds: 10 by default, 3600 at most
---@field count? integer how many round trips, one after the other: 1 by default, 20 at most

--- options of `uc.peers`
---@class uc.PeersOptions
---@field connected? boolean `true`: only those connected now

--- options of calls that ask the network
---@class uc.NetworkOptions
---@field timeout? number seconds: 30 by default, 3600 at most

--- what a peer tells of itself
---@class uc.Identity
---@field agent string the program that it says it is
---@field protocols string[] what it speaks
---@field addresses string[] where it says it listens

--- how the bot is
---@class uc.Status
---@field ready boolean whether somebody is there to hear it
---@field network string `ready`, `joining` (nobody is there yet, or any more), `alone` (nobody is there, and nobody to look for) or `deaf` (nobody has been there for too long)
---@field network_for number seconds for which it has been so
---@field connected integer peers that are connected
---@field known integer peers that are remembered
---@field mesh integer peers of the room in the mesh
---@field uptime number seconds since this version of the script was loaded
---@field queued integer texts that wait for their turn
---@field sent integer texts sent
---@field events integer events taken
---@field dropped integer events lost because the script was slow
---@field errors integer runs that failed
---@field refused integer messages not listened to
---@field handlers integer handlers and commands
---@field timers integer timers that run
---@field waiting integer runs that wait
---@field memory integer bytes that the script holds

--- options of `uc.file.fetch` and `file:fetch`
---@class uc.FetchOptions
---@field name? string what it is to be called in the folder; without it a name is made of the id, in which everything but letters, digits, `-`, `_` and `.` becomes `_`
---@field max? integer bytes that are taken, 64 MiB by default, 2048 MiB at most
---@field timeout? number seconds for all of it: 300 by default, 3600 at most; a peer that stops sending is given up after 30

--- a file of `uc.file.list`
---@class uc.ListedFile
---@field name string what it is called in the folder
---@field size integer its bytes
---@field id? string what others ask for it by, when this script offers it

--- options of `uc.after`
---@class uc.AfterOptions
---@field jitter? number seconds: each run comes up to so much later, by chance

--- options of `uc.every`
---@class uc.EveryOptions: uc.AfterOptions
---@field overlap? "skip"|"queue" what becomes of a run that is due while the last one waits: with `"queue"` it comes when that has ended (16 at most), with `"skip"`, the default, it is left out

--- options of `uc.cron`
---@class uc.CronOptions: uc.EveryOptions
---@field tz? string the name of a time zone of the system's database, `"UTC"`, or `"local"`, which is the default

--- options of `uc.at`
---@class uc.AtOptions: uc.CronOptions
---@field days? string days of the week, as in `mon-fri` or `sat,sun`; every day without it

--- how a value is kept
---@class uc.SetOptions
---@field ttl? number seconds until it vanishes; without it, it stays

--- which keys are listed
---@class uc.KeysOptions
---@field limit? integer how many at most: 1 to 1000, which is the default
---@field after? string only keys behind this one, which is how the next part of a long list is read

--- options of `uc.http.get` and `uc.http.post`
---@class uc.HTTPOptions
---@field query? table<string, string|number|boolean> names and values that are put behind the `?` of the URL, escaped as is right
---@field headers? table<string, string|number|boolean> names and values; `Host`, `Content-Length` and what else governs the connection cannot be set
---@field body? string what to send, 1 MiB at most
---@field json any any value: it is sent as JSON (see `uc.json.encode`), with the `Content-Type` that belongs to it
---@field timeout? number seconds for everything together, 10 by default, 300 at most
---@field max? integer bytes of body that are taken, decompressed; 1 MiB by default, 8 MiB at most
---@field redirects? integer how many are followed, 5 by default and at most; 0 returns the redirect itself

--- options of `uc.http.request`
---@class uc.HTTPRequestOptions: uc.HTTPOptions
---@field method? "GET"|"HEAD"|"POST"|"PUT"|"PATCH"|"DELETE"|"OPTIONS" `GET` by default

--- options of `uc.webhook`
---@class uc.WebhookOptions
---@field token? string only requests with `Authorization: Bearer <token>` get in, others get 401

--- options of `uc.metric.histogram`
---@class uc.HistogramOptions
---@field buckets? number[] the upper ends of the ranges, growing, 32 at most; without it they suit seconds, from 0.001 to 10

--- what `uc.rate` takes
---@class uc.RateOptions
---@field per number seconds after which one more is allowed
---@field burst? integer how many are allowed at once after a pause: 1 by default, 1000000 at most

--- options of `uc.log.file`
---@class uc.LogFileOptions
---@field name string letters, digits, `_` and `-`, 40 at most
---@field max? integer bytes of one file, 10 MiB by default, from 1 KiB to 1 GiB
---@field keep? integer files that are kept, 30 by default, 1000 at most; the oldest go

--- what a script says of itself
---@class uc.Manifest
---@field name? string what it is called; the file's name without it
---@field version? string its version
---@field description? string what it does, in a sentence
---@field permissions? string[] what it wants to be allowed: `net:` and a host, `read:` and a path; 64 at most

--- what the script may use
---@class uc.Limits
---@field memory integer bytes that it may hold
---@field handler number seconds that one run of a handler may take, up to where it ends or waits
---@field stop number seconds for all `stop` handlers together
---@field inbox integer events that wait for it; the oldest are dropped
---@field handlers integer handlers and commands
---@field timers integer timers that run
---@field tasks integer runs that wait
---@field text integer bytes of a message's text that it gets
---@field publish integer bytes of a text that it may say
---@field say_rate number texts a second
---@field say_burst integer texts at once after a pause

---@class uc.Peer
---@field id string The full peer id.
---@field short string The last eight characters of the id: what chats show.
---@field connected boolean Whether there is a connection to it now.
---@field agent? string The program that it says it is. nil until it has told.
---@field rtt? number The last round trip that was measured, in seconds. nil until one has been.
---@field addrs string[] Where it says it listens, as multiaddrs. Empty until it has told; 32 at most.
---@field protocols string[] The protocols that it says it speaks. Empty until it has told; 32 at most.
---@field first_seen? number When it was heard of first, in seconds since 1970. nil for a peer that is not remembered.
---@field last_seen? number When it was heard of last, in seconds since 1970. nil for a peer that is not remembered.
local Peer = {}

--- Measures the round trip to the peer. *Waits.* With a `count` it returns the mean of so many round trips; the `timeout` is for all of them.
---
--- | option | type | meaning |
--- |---|---|---|
--- | `timeout` | `number` | seconds: 10 by default, 3600 at most |
--- | `count` | `integer` | how many round trips, one after the other: 1 by default, 20 at most |
---
--- | code | why |
--- |---|---|
--- | `not_connected` | there is no connection to it |
--- | `timeout` | no answer in time |
--- | `unsupported` | it speaks no ping |
--- | `stopping` | the bot is ending |
--- | `failed` | the network could not; the log says why |
---@async
---@param options? uc.PingOptions
---@return number?
---@return uc.PingCode?
function Peer:ping(options) end

--- Whether the peer is one of the bot's admins.
---@return boolean
function Peer:is_admin() end

--- Whether the program that it says it is is known as a bot. The room itself does not tell: this goes by `peer.agent`, which must have the part `/bot` (as the `uc-bot/0.1.0/bot` of a uc-bot that runs scripts), contain `(bot)`, or begin with a program's name that ends in "bot". Of a peer that has not identified itself it is false.
---@return boolean
function Peer:is_bot() end

--- Does not listen to the peer for so long. No handler, no command and no `uc.wait` of this script gets its messages. `0` listens to it again. 4096 peers at most are muted; it outlives a reload of the script, and not a restart of the bot.
---@param seconds number
function Peer:mute(seconds) end

--- Connects to the peer, at one of the addresses that it has told of. *Waits.* The codes are those of `uc.connect`.
---@async
---@param options? uc.NetworkOptions
---@return uc.Peer?
---@return uc.NetworkCode?
function Peer:connect(options) end

--- Closes the connections to the peer. *Waits.* The codes are those of `uc.connect`. It may come back, and one that `--connect` names is dialled again.
---@async
---@param options? uc.NetworkOptions
---@return true?
---@return uc.NetworkCode?
function Peer:disconnect(options) end

--- What a connected peer tells of itself. *Waits.* The codes are those of `uc.connect`. At most 100 of each list.
---@async
---@param options? uc.NetworkOptions
---@return uc.Identity?
---@return uc.NetworkCode?
function Peer:identify(options) end

--- Says a text to the peer alone. *Waits* until the peer has taken it, for 10 seconds. It must be connected, and speak the protocol of direct messages; others answer `unsupported`. The codes are those of `uc.connect`.
---@async
---@param text string|number
---@return true?
---@return uc.NetworkCode?
function Peer:send(text) end

---@class uc.Message
---@field text string The text: valid UTF-8, at most 4096 bytes. It is what a stranger wrote: it may hold line ends, control characters and terminal escapes. `print` and `uc.log` make those visible; other programs may not.
---@field id string The message's id, in hexadecimal digits.
---@field room string The room that it came from.
---@field time number When it arrived, in seconds since 1970.
---@field truncated boolean Whether the text was longer and has been cut.
---@field is_dm boolean Whether it came to the bot alone, and not through a room. Then it is an event `dm` and none of `message`, `msg.room` and `msg.id` are empty, and `msg:reply` answers alone, too.
---@field args? string What follows the match of the option `match`, without spaces around it. Empty when nothing follows; nil when the handler has no `match`.
---@field from uc.Peer The peer that wrote it; never the bot itself.
---@field mentions_me boolean Whether the text names the bot. It does with `@` and `uc.nick`, or `@` and the end of the bot's peer id (`uc.me.short`), in upper or lower case, and no letter or digit behind it.
---@field raw string The bytes as they came, UTF-8 or not, not cut.
---@field session uc.Store A store for what is to be remembered about who wrote the message. It belongs to the peer, in all rooms, and not to this one message.  ```lua uc.hear("^my name is (%w+)", function(msg, name) msg.session:set("name", name) end)  uc.command("me", function(msg) msg:reply("you are " .. msg.session:get("name", "nobody")) end) ```
local Message = {}

--- Says a text where the message came from. *Waits.* Otherwise as `uc.say`, with its codes; the only option is `vary`. What came to the bot alone (`is_dm`) is answered to its author alone, as by `message:reply_private`.
---@async
---@param text string|number
---@param options? uc.ReplyOptions
---@return uc.Receipt|true|nil
---@return uc.SayCode|uc.NetworkCode|nil
function Message:reply(text, options) end

--- Says a text to the author of the message alone. *Waits.* As `peer:send` of `message.from`, with its codes.
---@async
---@param text string|number
---@return true?
---@return uc.NetworkCode?
function Message:reply_private(text) end

---@class uc.Timer
local Timer = {}

--- Whether the timer will fire again.
---@return boolean
function Timer:active() end

--- Ends the timer; false when it had ended already. A run that has begun goes on. The last 256 timers that have ended, by `stop` or because they fire once, can be started again.
---@return boolean
function Timer:stop() end

--- Starts a timer that has ended, as if it were made now; false when it runs already.
---
--- | code | why |
--- |---|---|
--- | `forgotten` | 256 others have ended since it has |
--- | `stopping` | the bot is ending |
---@return boolean?
---@return uc.TimerCode?
function Timer:start() end

--- Lets the timer count from the beginning, whether it runs or has ended. With a number it counts that many seconds from now on. Timers of the calendar take none.
---
--- ```lua
--- local quiet = uc.after(600, function() uc.say("is anybody here?") end)
---
--- uc.on("message", function() quiet:reset() end)
--- ```
---
--- | code | why |
--- |---|---|
--- | `forgotten` | 256 others have ended since it has |
--- | `stopping` | the bot is ending |
---@param seconds? number
---@return true?
---@return uc.TimerCode?
function Timer:reset(seconds) end

---@class uc.Subscription
local Subscription = {}

--- Ends the subscription; false when it had ended already. Runs that have begun go on.
---@return boolean
function Subscription:off() end

---@class uc.STOP

---@class uc.Task
local Task = {}

--- Ends the task where it waits; false when it had ended already. Its `<close>` variables are closed. What it waits for with `uc.timeout` and `uc.all` ends with it; tasks that it has spawned go on.
---@return boolean
function Task:cancel() end

--- Waits for the end of the task, and returns what its function returned. *Waits*, no longer than so many seconds if they are given.
---
--- | code | why |
--- |---|---|
--- | `failed` | there was an error in it; a third result is its text |
--- | `cancelled` | it was ended by `cancel` |
--- | `timeout` | it goes on |
--- | `forgotten` | it ended long ago: the results of the last 256 tasks are kept |
---@async
---@param seconds? number
---@return any
---@return any
---@return string?
function Task:join(seconds) end

--- Whether the task has ended, in whatever way.
---@return boolean
function Task:done() end

---@class uc.Store
local Store = {}

--- The value of a key. Without a value it is `default`, or nil. When the store cannot be read it is nil and a code, and not the default: nobody's points begin again at 0 because a disk has failed.
---@param key string
---@param default? any
---@return any
---@return uc.StoreCode?
function Store:get(key, default) end

--- Gives a key a value. The value nil removes the key.
---
--- | option | meaning |
--- |---|---|
--- | `ttl` | seconds until it vanishes; without it, it stays |
---
--- Whatever is set without `ttl` stays, also where the value before had one. Time is that of `uc.now`.
---@param key string
---@param value any
---@param options? uc.SetOptions
---@return true?
---@return uc.StoreCode?
function Store:set(key, value, options) end

--- Adds `n`, or 1, to a number, and returns the sum. A key without a value counts as 0. The time that `ttl` has given it stays as it is. Integers stay integers, and a sum that does not fit one is an error, as is a value that is no number.
---@param key string
---@param n? number
---@return number?
---@return uc.StoreCode?
function Store:incr(key, n) end

--- Replaces a value by what the function makes of it, with nothing in between. The function gets the value, or nil, and returns the new one, which is also what the call returns; nil removes the key. The time that `ttl` has given it stays as it is. The function cannot wait: `uc.sleep` and its like are errors in it. When it fails nothing has changed.
---
--- ```lua
--- uc.command("add", { args = { { "what", type = "rest" } } }, function(msg, args)
---   local list = uc.store:update("list", function(list)
---     list = list or {}
---     table.insert(list, args.what)
---     return list
---   end)
---   msg:reply("there are " .. #list .. " now")
--- end)
--- ```
---@param key string
---@param fn fun(value: any): any
---@return any
---@return uc.StoreCode?
function Store:update(key, fn) end

--- Removes a key; false when it had no value. As `store:set(key, nil)`, which does not tell.
---@param key string
---@return boolean?
---@return uc.StoreCode?
function Store:delete(key) end

--- The keys that begin with `prefix`, or all, in the order of their bytes.
---
--- | option | meaning |
--- |---|---|
--- | `limit` | how many at most: 1 to 1000, which is the default |
--- | `after` | only keys behind this one, which is how the next part of a long list is read |
---
--- `more` is true when there are keys behind the last one of the list. Those in scopes are not among them.
---
--- ```lua
--- local last
--- repeat
---   local keys, more = uc.store:keys("karma:", { after = last })
---   for _, key in ipairs(keys) do print(key, uc.store:get(key)) end
---   last = keys[#keys]
--- until not more
--- ```
---@param prefix? string
---@param options? uc.KeysOptions
---@return string[]?
---@return boolean|uc.StoreCode
function Store:keys(prefix, options) end

--- A store in this one, with keys of its own. The same name gives the same store. It takes no room until something is set in it.
---@param name string
---@return uc.Store
function Store:scope(name) end

--- Puts all that was set on the disk, so that a power failure does not take it away. It takes as long as the disk does, some milliseconds or more, and the bot stands still meanwhile. When the bot ends in good order it is done by itself.
---@return true?
---@return uc.StoreCode?
function Store:flush() end

---@class uc.Config

---@class uc.Response
---@field status integer The status, such as 200.
---@field ok boolean Whether the status is one of success, 200 to 299.
---@field body string The body's bytes, decompressed.
---@field url string Where the response came from, redirects followed.
---@field headers table<string, string> The head's lines by their names in lower case. `response.headers["content-type"]`. Values of the same name are joined with a comma; at most 100 names are kept. Each reading makes a new table.
local Response = {}

--- Reads the body as JSON, as `uc.json.decode` does. The code is `syntax`; the message says what is wrong at which byte.
---@return any
---@return uc.SyntaxCode?
---@return string?
function Response:json() end

---@class uc.LogFile
---@field name string The name that it was made with.
local LogFile = {}

--- Writes a line. A table is written as JSON, as `uc.json.encode` does; in a text, control characters and line ends are made visible. A line may have 65536 bytes. It has been handed to the system when this returns.
---
--- ```lua
--- local file = uc.log.file { name = "chat" }
--- uc.on("message", function(msg) file:write { at = msg.time, from = msg.from.id, text = msg.text } end)
--- ```
---
--- The codes:
---
--- | code | why |
--- |---|---|
--- | `unavailable` | there is no place for files: it is given with `--store DIR` |
--- | `failed` | the file cannot be written; the log says why |
---@param line string|number|table
---@return true?
---@return uc.LogFileCode?
function LogFile:write(line) end

---@class uc.Rate
local Rate = {}

--- Whether it may happen once more now, and else in how many seconds. What is allowed counts as having happened. The key is a Peer, a string or a number; without one there is one bound for all. The seconds are 0 when it may happen.
---@param key? string|number|uc.Peer
---@return boolean
---@return number
function Rate:take(key) end

---@class uc.Request
---@field method string `GET`, `POST` and so on.
---@field path string The path, without the query.
---@field query table<string, string> What stands behind the `?`, by its names, unescaped.
---@field headers table<string, string> The lines of the head by their names in lower case.
---@field body string The bytes of the body.
local Request = {}

--- Reads the body as JSON, as `uc.json.decode` does. The code is `syntax`; the message says what is wrong at which byte.
---@return any
---@return uc.SyntaxCode?
---@return string?
function Request:json() end

---@class uc.Metric
local Metric = {}

--- Adds a number, 1 by default, to a counter or gauge. Labels tell numbers of one name apart: `metric:inc(1, { room = msg.room })`. There may be 8 of
--- them, and 100 different sets for a metric; what goes beyond is not counted, with a warning in
--- the log, since peers may be the cause. A counter does not shrink.
---@param number? number
---@param labels? table<string, string|number|boolean>
function Metric:inc(number, labels) end

--- Takes a number, 1 by default, from a gauge.
---@param number? number
---@param labels? table<string, string|number|boolean>
function Metric:dec(number, labels) end

--- Gives a gauge its number.
---@param number number
---@param labels? table<string, string|number|boolean>
function Metric:set(number, labels) end

--- Counts a number in a histogram.
---@param number number
---@param labels? table<string, string|number|boolean>
function Metric:observe(number, labels) end

---@class uc.File
---@field id? string What others ask for it by. nil for a file of the folder that was not on offer.
---@field peer uc.Peer Who has it: `uc.me` for the files of the folder.
---@field name? string What it is called in the folder. nil for files of others, who tell no names.
---@field size? integer Its size in bytes. nil for files of others, who tell it when they send them.
local File = {}

--- Gets a file that a peer has announced into the folder. *Waits.* As `uc.file.fetch`.
---@async
---@param options? uc.FetchOptions
---@return uc.File?
---@return uc.FileCode?
function File:fetch(options) end

--- Tells everybody in the room that the file can be fetched. *Waits.* It must be on offer, and the user must allow it with `--announce-files`: some peers of the room fetch whatever is announced, and a go-peer that cannot get it ends. The receipt is that of `uc.say`.
---@async
---@return uc.Receipt?
---@return uc.FileCode?
function File:announce() end

--- Takes the offer of a file back. *Waits.* What is being sent goes on.
---@async
---@return true?
---@return uc.FileCode?
function File:withdraw() end

---@class uc
---@field STOP uc.STOP What a handler returns to keep an event from the handlers behind it. It counts when the handler returns it without having waited, and without having been held back by `serial`: by then the others have run.
---@field prefix string What commands begin with.
---@field me uc.Peer The peer that the bot speaks as.
---@field store uc.Store What the bot remembers. It outlives reloads of the script and restarts of the program. The codes that its methods give behind `nil`:  | code | why | |---|---| | `full` | 100000 keys or 32 MiB are there already, or the disk is full | | `too_large` | a value of more than 256 KiB, or a key of more than 1024 bytes | | `locked` | another process uses the file; the log names it | | `io` | the file cannot be made, read or written; the log says why |
---@field version string The version of uc-bot.
---@field nick string The name given with --nick; else the short form of the bot's peer id.
---@field saved? table<any, any> What the version of the script that ran before this one has handed over. `--watch` and SIGHUP load a script anew, in a Lua state of its own. Handlers, timers, tasks and variables of the version before are gone then; what is to live on is returned by a handler of `unload`:  ```lua local seen = uc.saved and uc.saved.seen or {}  uc.on("message", function(msg) seen[msg.from.id] = uc.now() end) uc.on("unload", function() return { seen = seen } end) ```  It is a copy: booleans, numbers, strings and tables of these, 1024 KiB of them and 32 tables inside of each other at most. Functions, coroutines and objects are refused, with an error in the log that names the culprit, and so is what does not fit. The first table that a handler returns counts; a handler that waits is too late. It is nil when the process has just begun, and when nothing was handed over.  The order: the new version is compiled; the `unload` handlers of the old one run; the top level of the new one runs, with `uc.saved`; the tasks of the old one end where they wait; the new one gets `start`, and `ready` if the room is ready. When something is wrong with the new version the log says what and where, and **the old one goes on** as if nothing had been, so an `unload` handler should end nothing. Texts that the top level says go out after the change, texts of the old version that wait for their turn go out still, and events that come meanwhile go to the new one.
uc = {}

---@class uc.file
uc.file = {}

---@class uc.http
uc.http = {}

---@class uc.metric
uc.metric = {}

---@class uc.json
---@field null userdata What stands for JSON's null: equal only to itself, and true for `if`.
---@field empty_list userdata What `uc.json.encode` writes as `[]`, since an empty table is `{}`.
uc.json = {}

---@class uc.base64
uc.base64 = {}

---@class uc.log
uc.log = {}

---@class uc.script
---@field name string The script's file name without .lua.
---@field dir string The directory that the script's file is in. As it was given on the command line: `.` for a file beside.
uc.script = {}

--- Calls the function for each event of that name, in a coroutine of its own.
---
--- | event | the function gets | when |
--- |---|---|---|
--- | `"message"` | a Message | somebody else said something in a room |
--- | `"dm"` | a Message | somebody said something to the bot alone (`is_dm`); such messages are no `message` events |
--- | `"file"` | a File | a peer has a file for everybody; `file:fetch` gets it |
--- | `"peer_connect"` | `{ peer, address }` | a connection to a peer stands |
--- | `"peer_disconnect"` | `{ peer, reason? }` | a peer's last connection is gone |
--- | `"peer_identify"` | `{ peer, agent, protocols, addresses }` | a peer has told what it is; at most 100 of each list |
--- | `"peer_subscribe"` | `{ peer, room }` | a peer has joined the room |
--- | `"peer_unsubscribe"` | `{ peer, room }` | a peer has left the room, and is still connected |
--- | `"ping"` | `{ peer, rtt }` | a round trip has been measured |
--- | `"mesh"` | `{ peers, room }` | so many peers of the room are in the mesh now |
--- | `"publish_failed"` | `{ text, room, code }` | a text of this bot was not sent |
--- | `"error"` | `{ message, traceback, source, handler }` | a function of the script has failed |
--- | `"config"` | `{ changed }` | values of the configuration are different now |
--- | `"signal"` | `{ name }` | the process got that signal |
--- | `"ready"` | `{ peers }` | the first peer of the room is there: from now on texts reach somebody |
--- | `"start"` | nothing | the script is loaded; the first event |
--- | `"stop"` | nothing | the bot is ending; all `stop` handlers together have half a second, waiting included |
--- | `"unload"` | nothing | the script is being loaded anew; what the handler returns is `uc.saved` from then on |
---
--- Options, all of them optional:
---
--- | option | for | type | meaning |
--- |---|---|---|---|
--- | `match` | `message`, `dm` | `string` | a Lua pattern that the text must match; what follows the match is `msg.args` |
--- | `from` | events with a peer | `uc.Peer` or `string` | a Peer, or the full id of one: only its events |
--- | `room` | events with a room | `string` | only those of this room |
--- | `bots` | `message`, `dm` | `boolean` | `true`: messages of bots too; without it they are left out |
--- | `serial` | all | `"peer"` or `"all"` or `"none"` | `"peer"`: events of one peer one after the other, each when the run before it has ended; `"all"`: all events so; `"none"`, the default: runs that wait do not hold up the next |
--- | `priority` | all | `number` | 0 by default; higher ones start earlier, equal ones in the order in which they were made |
--- | `once` | all | `boolean` | `true`: only for the first event that fits |
---
--- A handler that returns `uc.STOP` keeps the event from those behind it.
---
--- A bot never hears its own messages. For a handler with `serial`, 64 events wait at most; more are dropped, with a warning in the log. A `match` that would take longer than a few milliseconds for some text leaves that message out for that handler, with a warning in the log. A script may have 256 handlers.
---@overload fun(event: "dm", options?: uc.DmOptions, fn: (async fun(message: uc.Message): any)): uc.Subscription
---@overload fun(event: "dm", fn: (async fun(message: uc.Message): any)): uc.Subscription
---@overload fun(event: "file", options?: uc.PeerEventOptions, fn: (async fun(file: uc.File): any)): uc.Subscription
---@overload fun(event: "file", fn: (async fun(file: uc.File): any)): uc.Subscription
---@overload fun(event: "peer_connect", options?: uc.PeerEventOptions, fn: (async fun(event: uc.PeerConnectEvent): any)): uc.Subscription
---@overload fun(event: "peer_connect", fn: (async fun(event: uc.PeerConnectEvent): any)): uc.Subscription
---@overload fun(event: "peer_disconnect", options?: uc.PeerEventOptions, fn: (async fun(event: uc.PeerDisconnectEvent): any)): uc.Subscription
---@overload fun(event: "peer_disconnect", fn: (async fun(event: uc.PeerDisconnectEvent): any)): uc.Subscription
---@overload fun(event: "peer_identify", options?: uc.PeerEventOptions, fn: (async fun(event: uc.PeerIdentifyEvent): any)): uc.Subscription
---@overload fun(event: "peer_identify", fn: (async fun(event: uc.PeerIdentifyEvent): any)): uc.Subscription
---@overload fun(event: "peer_subscribe", options?: uc.PeerRoomEventOptions, fn: (async fun(event: uc.PeerSubscribeEvent): any)): uc.Subscription
---@overload fun(event: "peer_subscribe", fn: (async fun(event: uc.PeerSubscribeEvent): any)): uc.Subscription
---@overload fun(event: "peer_unsubscribe", options?: uc.PeerRoomEventOptions, fn: (async fun(event: uc.PeerUnsubscribeEvent): any)): uc.Subscription
---@overload fun(event: "peer_unsubscribe", fn: (async fun(event: uc.PeerUnsubscribeEvent): any)): uc.Subscription
---@overload fun(event: "ping", options?: uc.PeerEventOptions, fn: (async fun(event: uc.PingEvent): any)): uc.Subscription
---@overload fun(event: "ping", fn: (async fun(event: uc.PingEvent): any)): uc.Subscription
---@overload fun(event: "mesh", options?: uc.RoomEventOptions, fn: (async fun(event: uc.MeshEvent): any)): uc.Subscription
---@overload fun(event: "mesh", fn: (async fun(event: uc.MeshEvent): any)): uc.Subscription
---@overload fun(event: "publish_failed", options?: uc.RoomEventOptions, fn: (async fun(event: uc.PublishFailedEvent): any)): uc.Subscription
---@overload fun(event: "publish_failed", fn: (async fun(event: uc.PublishFailedEvent): any)): uc.Subscription
---@overload fun(event: "error", options?: uc.EventOptions, fn: (async fun(event: uc.ErrorEvent): any)): uc.Subscription
---@overload fun(event: "error", fn: (async fun(event: uc.ErrorEvent): any)): uc.Subscription
---@overload fun(event: "config", options?: uc.EventOptions, fn: (async fun(event: uc.ConfigEvent): any)): uc.Subscription
---@overload fun(event: "config", fn: (async fun(event: uc.ConfigEvent): any)): uc.Subscription
---@overload fun(event: "signal", options?: uc.EventOptions, fn: (async fun(event: uc.SignalEvent): any)): uc.Subscription
---@overload fun(event: "signal", fn: (async fun(event: uc.SignalEvent): any)): uc.Subscription
---@overload fun(event: "ready", options?: uc.EventOptions, fn: (async fun(event: uc.ReadyEvent): any)): uc.Subscription
---@overload fun(event: "ready", fn: (async fun(event: uc.ReadyEvent): any)): uc.Subscription
---@overload fun(event: "start", options?: uc.EventOptions, fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "start", fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "stop", options?: uc.EventOptions, fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "stop", fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "unload", options?: uc.EventOptions, fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "unload", fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "message", fn: (async fun(message: uc.Message): any)): uc.Subscription
---@param event "message"
---@param options? uc.MessageOptions
---@param fn async fun(message: uc.Message): any
---@return uc.Subscription
function uc.on(event, options, fn) end

--- Calls the function for the next event that fits, and never again. As `uc.on` with the option `once`.
---@overload fun(event: "dm", options?: uc.DmOptions, fn: (async fun(message: uc.Message): any)): uc.Subscription
---@overload fun(event: "dm", fn: (async fun(message: uc.Message): any)): uc.Subscription
---@overload fun(event: "file", options?: uc.PeerEventOptions, fn: (async fun(file: uc.File): any)): uc.Subscription
---@overload fun(event: "file", fn: (async fun(file: uc.File): any)): uc.Subscription
---@overload fun(event: "peer_connect", options?: uc.PeerEventOptions, fn: (async fun(event: uc.PeerConnectEvent): any)): uc.Subscription
---@overload fun(event: "peer_connect", fn: (async fun(event: uc.PeerConnectEvent): any)): uc.Subscription
---@overload fun(event: "peer_disconnect", options?: uc.PeerEventOptions, fn: (async fun(event: uc.PeerDisconnectEvent): any)): uc.Subscription
---@overload fun(event: "peer_disconnect", fn: (async fun(event: uc.PeerDisconnectEvent): any)): uc.Subscription
---@overload fun(event: "peer_identify", options?: uc.PeerEventOptions, fn: (async fun(event: uc.PeerIdentifyEvent): any)): uc.Subscription
---@overload fun(event: "peer_identify", fn: (async fun(event: uc.PeerIdentifyEvent): any)): uc.Subscription
---@overload fun(event: "peer_subscribe", options?: uc.PeerRoomEventOptions, fn: (async fun(event: uc.PeerSubscribeEvent): any)): uc.Subscription
---@overload fun(event: "peer_subscribe", fn: (async fun(event: uc.PeerSubscribeEvent): any)): uc.Subscription
---@overload fun(event: "peer_unsubscribe", options?: uc.PeerRoomEventOptions, fn: (async fun(event: uc.PeerUnsubscribeEvent): any)): uc.Subscription
---@overload fun(event: "peer_unsubscribe", fn: (async fun(event: uc.PeerUnsubscribeEvent): any)): uc.Subscription
---@overload fun(event: "ping", options?: uc.PeerEventOptions, fn: (async fun(event: uc.PingEvent): any)): uc.Subscription
---@overload fun(event: "ping", fn: (async fun(event: uc.PingEvent): any)): uc.Subscription
---@overload fun(event: "mesh", options?: uc.RoomEventOptions, fn: (async fun(event: uc.MeshEvent): any)): uc.Subscription
---@overload fun(event: "mesh", fn: (async fun(event: uc.MeshEvent): any)): uc.Subscription
---@overload fun(event: "publish_failed", options?: uc.RoomEventOptions, fn: (async fun(event: uc.PublishFailedEvent): any)): uc.Subscription
---@overload fun(event: "publish_failed", fn: (async fun(event: uc.PublishFailedEvent): any)): uc.Subscription
---@overload fun(event: "error", options?: uc.EventOptions, fn: (async fun(event: uc.ErrorEvent): any)): uc.Subscription
---@overload fun(event: "error", fn: (async fun(event: uc.ErrorEvent): any)): uc.Subscription
---@overload fun(event: "config", options?: uc.EventOptions, fn: (async fun(event: uc.ConfigEvent): any)): uc.Subscription
---@overload fun(event: "config", fn: (async fun(event: uc.ConfigEvent): any)): uc.Subscription
---@overload fun(event: "signal", options?: uc.EventOptions, fn: (async fun(event: uc.SignalEvent): any)): uc.Subscription
---@overload fun(event: "signal", fn: (async fun(event: uc.SignalEvent): any)): uc.Subscription
---@overload fun(event: "ready", options?: uc.EventOptions, fn: (async fun(event: uc.ReadyEvent): any)): uc.Subscription
---@overload fun(event: "ready", fn: (async fun(event: uc.ReadyEvent): any)): uc.Subscription
---@overload fun(event: "start", options?: uc.EventOptions, fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "start", fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "stop", options?: uc.EventOptions, fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "stop", fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "unload", options?: uc.EventOptions, fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "unload", fn: (async fun(): any)): uc.Subscription
---@overload fun(event: "message", fn: (async fun(message: uc.Message): any)): uc.Subscription
---@param event "message"
---@param options? uc.MessageOptions
---@param fn async fun(message: uc.Message): any
---@return uc.Subscription
function uc.once(event, options, fn) end

--- Calls the function with each message that matches, and what the pattern captured. The options are those of `uc.on` for `message`, without `match`.
---
--- ```lua
--- uc.hear("^(%d+) %+ (%d+)$", function(msg, a, b)
---   msg:reply(a .. " + " .. b .. " = " .. math.tointeger(a) + math.tointeger(b))
--- end)
--- ```
---@overload fun(pattern: string, fn: (async fun(message: uc.Message, ...: string|integer): any)): uc.Subscription
---@param pattern string
---@param options? uc.MessageOptions
---@param fn async fun(message: uc.Message, ...: string|integer): any
---@return uc.Subscription
function uc.hear(pattern, options, fn) end

--- Waits for the next event that fits, and returns what a handler of it would get. *Waits.* The options are `timeout` (seconds; without it the call waits for ever) and, as for `uc.on`, `match`, `from`, `room` and `bots`. The code is `timeout`. Every event but `start`, `stop`, `unload` can be waited for.
---
--- This is how a bot has a conversation:
---
--- ```lua
--- uc.on("message", { match = "^!order" }, function(msg)
---   msg:reply("tea or coffee?")
---   local answer = uc.wait("message", { from = msg.from, room = msg.room, timeout = 60 })
---   if not answer then return end
---   msg:reply("one " .. uc.trim(answer.text) .. " for " .. msg.from.short)
--- end)
--- ```
---
--- An event goes to the calls that wait for it first, and then to the handlers as well. A conversation does not outlive the bot: after a restart nobody waits any more.
---@async
---@overload async fun(event: "dm", options?: uc.DmWaitOptions): uc.Message?, uc.WaitCode?
---@overload async fun(event: "file", options?: uc.PeerEventWaitOptions): uc.File?, uc.WaitCode?
---@overload async fun(event: "peer_connect", options?: uc.PeerEventWaitOptions): uc.PeerConnectEvent?, uc.WaitCode?
---@overload async fun(event: "peer_disconnect", options?: uc.PeerEventWaitOptions): uc.PeerDisconnectEvent?, uc.WaitCode?
---@overload async fun(event: "peer_identify", options?: uc.PeerEventWaitOptions): uc.PeerIdentifyEvent?, uc.WaitCode?
---@overload async fun(event: "peer_subscribe", options?: uc.PeerRoomEventWaitOptions): uc.PeerSubscribeEvent?, uc.WaitCode?
---@overload async fun(event: "peer_unsubscribe", options?: uc.PeerRoomEventWaitOptions): uc.PeerUnsubscribeEvent?, uc.WaitCode?
---@overload async fun(event: "ping", options?: uc.PeerEventWaitOptions): uc.PingEvent?, uc.WaitCode?
---@overload async fun(event: "mesh", options?: uc.RoomEventWaitOptions): uc.MeshEvent?, uc.WaitCode?
---@overload async fun(event: "publish_failed", options?: uc.RoomEventWaitOptions): uc.PublishFailedEvent?, uc.WaitCode?
---@overload async fun(event: "error", options?: uc.EventWaitOptions): uc.ErrorEvent?, uc.WaitCode?
---@overload async fun(event: "config", options?: uc.EventWaitOptions): uc.ConfigEvent?, uc.WaitCode?
---@overload async fun(event: "signal", options?: uc.EventWaitOptions): uc.SignalEvent?, uc.WaitCode?
---@overload async fun(event: "ready", options?: uc.EventWaitOptions): uc.ReadyEvent?, uc.WaitCode?
---@param event "message"
---@param options? uc.MessageWaitOptions
---@return uc.Message?
---@return uc.WaitCode?
function uc.wait(event, options) end

--- Calls the function for each message that gives the command, with its arguments read.
---
--- ```lua
--- uc.command("remind", {
---   help = "says it again later",
---   args = { { "when", type = "duration", min = 1, max = 86400 }, { "what", type = "rest" } },
---   cooldown = { peer = 5, message = "wait {left}s" },
--- }, function(msg, args)
---   uc.sleep(args.when)
---   msg:reply(msg.from.short .. ": " .. args.what)
--- end)
--- ```
---
--- The function gets the message (`msg.args` is everything behind the name) and a table with the arguments by their names. A name may be several words (`"note add"`); of all names that fit, the longest wins. Upper and lower case are the same. The line goes to the `message` handlers first: one that returns `uc.STOP` keeps it from the commands.
---
--- | in the spec | meaning |
--- |---|---|
--- | `help` | one sentence for `!help` |
--- | `aliases` | other names |
--- | `args` | the arguments, below |
--- | `cooldown` | seconds until the same peer may give it again; or a table of `peer`, `room` (seconds for everybody in the room) and `message`, what those who are too early are told once: `{left}` is the seconds, `{command}` and `{peer}` the names |
--- | `admin` | `true`: only for the bot's admins |
--- | `allow` | peers or ids: only these (and admins) |
--- | `deny` | peers or ids: all but these |
--- | `hidden` | `true`: not in the list of `!help` |
--- | `where` | where it may be given; `"any"` by default |
--- | `serial` | as for `uc.on`, but `"peer"` by default: the next command of a peer begins when its last one has ended |
--- | `bots` | `true`: bots may give it too |
---
--- An argument is a name, or a table: the name first, then any of these.
---
--- | field | meaning |
--- |---|---|
--- | `name` | the name, if it does not stand first |
--- | `type` | `string` (the default), `number`, `integer`, `bool` (yes/no, on/off, true/false), `enum`, `peer` (an id or its last eight characters, with or without `@`; gives a Peer), `duration` (`90`, `10m`, `1h30m`; gives seconds), `rest` (all that is left; only as the last) |
--- | `optional` | `true`: may be left out, and is nil then |
--- | `default` | what it is when it is left out |
--- | `choices` | for `enum`: the words that it may be |
--- | `min` | for `number`, `integer` and `duration` |
--- | `max` | the same |
---
--- Whoever writes the arguments wrongly is told what is wrong, and the usage. `!help` lists the commands, `!help remind` tells how one is used; a command named `help` of your own replaces it. A line that no command fits is not answered, since it may be for another bot.
---
--- A peer's commands beyond 10 at once and 1 a second are ignored, and so are questions for usage and help beyond 5 at once and one in 5 seconds. Admins are not held up by either limit, nor by cooldowns.
---@overload fun(name: string, fn: (async fun(message: uc.Message, args: table<string, any>): any)): uc.Subscription
---@param name string
---@param spec? uc.CommandSpec
---@param fn async fun(message: uc.Message, args: table<string, any>): any
---@return uc.Subscription
function uc.command(name, spec, fn) end

--- Calls the function with each message before its handlers get it, which they do when it calls `next`. The function gets a table, `ctx`, and a function, `next`. In `ctx` are `event` (`"message"` or `"dm"`), `message`, `peer`, and `command`: the name of the command that the message gives, nil when it gives none. A function that does not call `next` drops the message: no handler, no command and no `uc.wait` gets it. `next` *waits* until every handler that it has started has ended, so that what stands behind it is done afterwards.
---
--- ```lua
--- local banned = {}
---
--- uc.use(function(ctx, next)
---   if not banned[ctx.peer.id] then next() end
--- end)
---
--- uc.use(function(ctx, next)
---   local began = uc.monotonic()
---   next()
---   if ctx.command then uc.log.info("done", { command = ctx.command, seconds = uc.monotonic() - began }) end
--- end)
--- ```
---
--- The functions come in the order in which they were made; the message goes from one to the next. They may wait. Meanwhile later messages of the same peer wait too, 64 of all peers at most, so that none overtakes another; a function that calls `uc.wait` lets them pass. A function that fails has not called `next`: what it guards stays guarded. It is not left out for failing often.
---@param fn async fun(ctx: uc.Context, next: async fun()): any
---@return uc.Subscription
function uc.use(fn) end

--- Calls the function with each error of the script, and what it happened in. The same as `uc.on("error", function)`. Of the error there are `message`, which begins with file and line, `traceback`, `source` (`file:line` of the call that made the handler, timer or task) and `handler` (which it is, in words). The second argument is a table as in `uc.use`: `event`, `peer`, `message` and `command` of what the error happened in, so far as there are any.
---
--- ```lua
--- uc.catch(function(err, ctx)
---   if ctx.command then ctx.message:reply("sorry, that failed") end
--- end)
--- ```
---
--- Errors are in the log whether they are caught here or not. An error of this function itself, and of what it begins, is only there.
---@param fn async fun(err: uc.ErrorEvent, ctx: uc.Context): any
---@return uc.Subscription
function uc.catch(fn) end

--- Says a text in the room. *Waits* until it has been handed to the network. Numbers are taken as text; bytes that are not UTF-8 are replaced by `U+FFFD`.
---
--- | option | type | meaning |
--- |---|---|---|
--- | `room` | `string` | another room that the bot is in |
--- | `vary` | `boolean` | what becomes of a repeat: `true` gives it an ending that differs, `false` refuses it with `duplicate` |
---
--- The receipt is a table: `id`, the message's id in hexadecimal digits, and `peers`, how many peers it was sent to.
---
--- | code | why |
--- |---|---|
--- | `no_peers` | nobody is there; or, before `ready`, 64 texts wait already |
--- | `rate_limited` | 64 texts wait for their turn already |
--- | `duplicate` | the text was said a moment ago, and the policy is to refuse such texts |
--- | `not_joined` | the bot is not in that room |
--- | `too_long` | more than 16384 bytes |
--- | `loop` | the bot talks with that peer in a circle |
--- | `empty` | no text at all |
--- | `stopping` | the bot is ending |
--- | `failed` | the network could not send it; the log says why |
---
--- Four rules stand between a bot and its room:
---
--- - **Before `ready`** a text is held and sent when the first peer is there. The receipt then comes at once and is `{ peers = 0, queued = true }`.
--- - **10 texts a second**, 20 at once after a pause. A text beyond that waits for its turn, and so does the call.
--- - **No repeats.** Some peers drop a text that they have heard in the last minute or two, whoever said it. A text that was seen or sent in the last 120 seconds gets a visible ending: `pong`, `pong #2`, `pong #3`.
--- - **No circles.** The same answer to one peer within two minutes is given 5 times, then 3 times as `...`, then not at all. A peer that says what begins or ends with the bot's own words more than 5 times in two minutes, as another bot that echoes everything does, gets no answer either until it has stopped for that long. An answer is what is said by the run of a handler or command for something that the peer said or did, and by tasks that it has begun.
---@async
---@param text string|number
---@param options? uc.SayOptions
---@return uc.Receipt?
---@return uc.SayCode?
function uc.say(text, options) end

--- Publishes bytes as they are. *Waits.* Nothing is varied, repaired or held back, and with a `--codec` they are not put into its form, as texts are: before `ready` the code is `no_peers`, and when texts wait for their turn it is `rate_limited`. Otherwise as `uc.say`, with its codes. The topic must be one that the bot has joined.
---@async
---@param topic string
---@param bytes string
---@return uc.Receipt?
---@return uc.SayCode?
function uc.publish(topic, bytes) end

--- The peer with this id; also by the last eight characters of an id that has been seen. The code is `unknown_peer`: the text is no peer id, or the eight characters fit none or several. A peer that has never been seen is a Peer too.
---@param id string
---@return uc.Peer?
---@return uc.PeerCode?
function uc.peer(id) end

--- Goes through the peers that are known, in a `for`. They come in the order in which they became known. With `{ connected = true }` only those that are connected. The body of the loop may wait; who comes or goes meanwhile may be in it or not.
---
--- ```lua
--- uc.command("who", function(msg)
---   local names = {}
---   for peer in uc.peers { connected = true } do names[#names + 1] = peer.short end
---   msg:reply(#names .. " connected: " .. uc.clip(table.concat(names, " "), 1000))
--- end)
--- ```
---@param options? uc.PeersOptions
---@return fun(): uc.Peer?
function uc.peers(options) end

--- Connects to the peer at a multiaddr, and returns it. *Waits.* A peer that is connected already is returned at once. The connection is not opened again when it is lost; `--connect` is for that.
---
--- | code | why |
--- |---|---|
--- | `unsupported` | this bot's network, or the peer, does not do such things |
--- | `not_connected` | there is no connection to the peer |
--- | `timeout` | no answer in time |
--- | `bad_address` | the text is no address that can be dialled, or leads to the bot itself |
--- | `unreachable` | nobody is there, or somebody else |
--- | `refused` | the peer did not take it |
--- | `empty` | no text at all |
--- | `too_long` | more than 16384 bytes |
--- | `not_found` | nothing known of it |
--- | `busy` | too many calls are under way |
--- | `rate_limited` | too many texts to single peers; as many are allowed as in the room |
--- | `loop` | the bot talks with that peer in a circle |
--- | `stopping` | the bot is ending |
--- | `failed` | anything else; the log says why |
---@async
---@param address string
---@param options? uc.NetworkOptions
---@return uc.Peer?
---@return uc.NetworkCode?
function uc.connect(address, options) end

--- Asks other peers where a peer is. *Waits.* The list has 100 items at most. The codes are those of `uc.connect`.
---@async
---@param peer uc.Peer|string
---@param options? uc.NetworkOptions
---@return string[]?
---@return uc.NetworkCode?
function uc.find_peer(peer, options) end

--- Announces to other peers that something can be got from this one. *Waits.* The key is any bytes, 1 to 80 of them; Go programs announce multihashes only, such as `"\x12\x20" .. uc.sha256(name)`. Without `--bootstrap` or `--dht` the answer is `unsupported`.
---@async
---@param key string
---@param options? uc.NetworkOptions
---@return true?
---@return uc.NetworkCode?
function uc.provide(key, options) end

--- Asks other peers who has announced something. *Waits.* The key is any bytes, 1 to 80 of them; Go programs announce multihashes only, such as `"\x12\x20" .. uc.sha256(name)`. Without `--bootstrap` or `--dht` the answer is `unsupported`. The list has 100 items at most. The codes are those of `uc.connect`.
---@async
---@param key string
---@param options? uc.NetworkOptions
---@return uc.Peer[]?
---@return uc.NetworkCode?
function uc.find_providers(key, options) end

--- How the bot is: its connections, its queue, its counters.
---
--- | field | type | meaning |
--- |---|---|---|
--- | `ready` | `boolean` | whether somebody is there to hear it |
--- | `network` | `string` | `ready`, `joining` (nobody is there yet, or any more), `alone` (nobody is there, and nobody to look for) or `deaf` (nobody has been there for too long) |
--- | `network_for` | `number` | seconds for which it has been so |
--- | `connected` | `integer` | peers that are connected |
--- | `known` | `integer` | peers that are remembered |
--- | `mesh` | `integer` | peers of the room in the mesh |
--- | `uptime` | `number` | seconds since this version of the script was loaded |
--- | `queued` | `integer` | texts that wait for their turn |
--- | `sent` | `integer` | texts sent |
--- | `events` | `integer` | events taken |
--- | `dropped` | `integer` | events lost because the script was slow |
--- | `errors` | `integer` | runs that failed |
--- | `refused` | `integer` | messages not listened to |
--- | `handlers` | `integer` | handlers and commands |
--- | `timers` | `integer` | timers that run |
--- | `waiting` | `integer` | runs that wait |
--- | `memory` | `integer` | bytes that the script holds |
---@return uc.Status
function uc.status() end

--- The files of the folder. *Waits.* A list of tables in the order of their names, 1000 at most. Folders, and what begins with a dot, are not in it.
---
--- | field | type | meaning |
--- |---|---|---|
--- | `name` | `string` | what it is called in the folder |
--- | `size` | `integer` | its bytes |
--- | `id` | `string` | what others ask for it by, when this script offers it |
---@async
---@return uc.ListedFile[]?
---@return uc.FileCode?
function uc.file.list() end

--- Lets others fetch a file of the folder: those who are told its id. *Waits.* The id is a random UUID that nobody can guess. A file that is on offer already keeps its id. The offer ends with `file:withdraw` or the end of the bot; it outlives a reload of the script. What is sent is the file as it is when it is fetched.
---@async
---@param name string
---@return uc.File?
---@return uc.FileCode?
function uc.file.offer(name) end

--- Gets a file from a connected peer into the folder. *Waits* until all of it is there, and returns the new file. When something goes wrong, and when the task that waits is cancelled, nothing of it is left behind.
---
--- | option | meaning |
--- |---|---|
--- | `name` | what it is to be called in the folder; without it a name is made of the id, in which everything but letters, digits, `-`, `_` and `.` becomes `_` |
--- | `max` | bytes that are taken, 64 MiB by default, 2048 MiB at most |
--- | `timeout` | seconds for all of it: 300 by default, 3600 at most; a peer that stops sending is given up after 30 |
---@async
---@param peer uc.Peer|string
---@param id string
---@param options? uc.FetchOptions
---@return uc.File?
---@return uc.FileCode?
function uc.file.fetch(peer, id, options) end

--- Runs the function beside the caller, with the arguments behind it. It begins when the caller has ended or waits. An error in it is logged. The code is `stopping`: the bot is ending.
---@param fn async fun(...: any): any
---@param ... any
---@return uc.Task?
---@return uc.StoppingCode?
function uc.spawn(fn, ...) end

--- Runs the function when what is under way has ended or waits. As `uc.spawn` without a handle: it can be called where nothing can wait, and then the function can.
---@param fn async fun(...: any): any
---@param ... any
function uc.defer(fn, ...) end

--- Runs the function, for no longer than that, and returns what it returns. *Waits.* An error in the function is raised here. The code is `timeout`: the time was over, and the function has been ended where it waited.
---
--- ```lua
--- uc.command("rtt", function(msg)
---   local rtt, problem = uc.timeout(2, function() return msg.from:ping() end)
---   msg:reply(rtt and rtt .. " s" or "no answer: " .. problem)
--- end)
--- ```
---@async
---@param seconds number
---@param fn async fun(...: any): any
---@param ... any
---@return any
---@return any
function uc.timeout(seconds, fn, ...) end

--- Runs the functions of a list beside each other, and returns the first result of each. They come in the order of the list. *Waits* until the last has ended. An error in one ends the others where they wait and is raised here. 64 functions at most.
---
--- ```lua
--- uc.command("compare", { args = { { "a", type = "peer" }, { "b", type = "peer" } } }, function(msg, args)
---   local a, b = uc.all { function() return args.a:ping() end, function() return args.b:ping() end }
---   if a and b then msg:reply((a < b and args.a or args.b).short .. " is nearer") end
--- end)
--- ```
---@async
---@param functions (async fun(): any)[]
---@return ...any
function uc.all(functions) end

--- Waits; other handlers run meanwhile. From 0 (let the others run) to 1e9 seconds.
---@async
---@param seconds number
function uc.sleep(seconds) end

--- Calls the function again and again, for the first time after that many seconds. At least 0.001. Times that were missed are not made up for; an error is logged, and the timer goes on. The code is `stopping`: the bot is ending.
---
--- | option | type | meaning |
--- |---|---|---|
--- | `jitter` | `number` | seconds: each run comes up to so much later, by chance |
--- | `overlap` | `"skip"` or `"queue"` | what becomes of a run that is due while the last one waits: with `"queue"` it comes when that has ended (16 at most), with `"skip"`, the default, it is left out |
---@overload fun(seconds: number, fn: async fun()): uc.Timer?, uc.StoppingCode?
---@param seconds number
---@param options? uc.EveryOptions
---@param fn async fun()
---@return uc.Timer?
---@return uc.StoppingCode?
function uc.every(seconds, options, fn) end

--- Calls the function once, after that many seconds. The only option is `jitter`. The code is `stopping`: the bot is ending.
---@overload fun(seconds: number, fn: async fun()): uc.Timer?, uc.StoppingCode?
---@param seconds number
---@param options? uc.AfterOptions
---@param fn async fun()
---@return uc.Timer?
---@return uc.StoppingCode?
function uc.after(seconds, options, fn) end

--- Calls the function at times of the clock and the calendar, as cron does. The five fields are minute (0–59), hour (0–23), day of the month (1–31), month (1–12 or jan–dec) and day of the week (0–7 or sun–sat; Sunday is 0 and 7). Each is `*`, a number, a range `9-17`, a list `0,30`, with a step `*/5`. When both the day of the month and the day of the week are given, either is enough. The code is `stopping`: the bot is ending.
---
--- ```lua
--- uc.cron("0 9 * * mon-fri", { tz = "Europe/Berlin" }, function() uc.say("good morning") end)
--- ```
---
--- The options are those of `uc.every` and `tz`, the name of a time zone of the system's database, `"UTC"`, or `"local"`, which is the default. A time of day that is skipped when the clocks are put forward comes at that moment; one that comes twice when they are put back counts once. Where the hour is `*` it is the time that passes which counts, so that every half-hour stays every half-hour. Times that were missed are not made up for.
---@overload fun(fields: string, fn: async fun()): uc.Timer?, uc.StoppingCode?
---@param fields string
---@param options? uc.CronOptions
---@param fn async fun()
---@return uc.Timer?
---@return uc.StoppingCode?
function uc.cron(fields, options, fn) end

--- Calls the function at a time of the day, every day or on some. `uc.at("09:00", { days = "mon-fri" }, fn)` is `uc.cron("0 9 * * mon-fri", fn)`, with the same options, and `days`: days of the week, as in `mon-fri` or `sat,sun`; every day without it. The code is `stopping`: the bot is ending.
---@overload fun(time: string, fn: async fun()): uc.Timer?, uc.StoppingCode?
---@param time string
---@param options? uc.AtOptions
---@param fn async fun()
---@return uc.Timer?
---@return uc.StoppingCode?
function uc.at(time, options, fn) end

--- Seconds of a clock that never goes back, with fractions. From where it counts is not said: use differences.
---@return number
function uc.monotonic() end

--- The time in seconds since 1970, with fractions.
---@return number
function uc.now() end

--- The options of the script, as its user has set them. The defaults are booleans, numbers, strings, and lists of these; they give each option its type. An integer takes integers only: write `60.0` where fractions are welcome. The items of a list have one type, and those of an empty list are strings. A script calls it once, with at most 64 options of at most 200 items.
---
--- What it returns is no table: its fields cannot be set, reading one that is not among the defaults is an error, and each read gives **the value of now**. When the file is read anew (on SIGHUP, and under `--watch` whenever it changes) the fields have changed by the time that `uc.on("config", …)` is called, whose `ev.changed` has the new values by name. A file that has become wrong is told in the log, and changes nothing.
---@param defaults table<string, any>
---@return table<string, any>
function uc.config(defaults) end

--- Fetches from the web. *Waits* for the whole response; redirects are followed. Only `http:` and `https:` URLs can be fetched.
---
--- ```lua
--- uc.command("weather", { args = { { "town", type = "rest" } } }, function(msg, args)
---   local answer, code = uc.http.get("https://wttr.in/" .. args.town, { query = { format = "3" } })
---   if not answer then return msg:reply("no weather: " .. code) end
---   msg:reply(answer.ok and uc.trim(answer.body) or "the server says " .. answer.status)
--- end)
--- ```
---
--- | option | meaning |
--- |---|---|
--- | `query` | names and values that are put behind the `?` of the URL, escaped as is right |
--- | `headers` | names and values; `Host`, `Content-Length` and what else governs the connection cannot be set |
--- | `body` | what to send, 1 MiB at most |
--- | `json` | any value: it is sent as JSON (see `uc.json.encode`), with the `Content-Type` that belongs to it |
--- | `timeout` | seconds for everything together, 10 by default, 300 at most |
--- | `max` | bytes of body that are taken, decompressed; 1 MiB by default, 8 MiB at most |
--- | `redirects` | how many are followed, 5 by default and at most; 0 returns the redirect itself |
---
--- A response with a status such as 404 or 500 is a response, and no failure. The codes:
---
--- | code | why |
--- |---|---|
--- | `bad_url` | no URL, or none of `http:` or `https:` |
--- | `forbidden` | the host may not be reached: see `--allow-net` |
--- | `dns` | the host's name has no address |
--- | `connect` | nobody answers there, or the connection broke |
--- | `tls` | the server's certificate cannot be trusted |
--- | `timeout` | it took too long |
--- | `too_large` | the body is longer than `max` |
--- | `redirects` | too many redirects |
--- | `busy` | the script has 8 requests under way already |
--- | `stopping` | the bot is ending |
--- | `unavailable` | this uc-bot cannot fetch: `uc-bot doctor` says why |
--- | `failed` | anything else; the log says what |
---
--- Hosts on loopback and private networks (addresses such as 127.0.0.1, 10.0.0.1 or fd00::1, and names that lead to
--- them) are reached only when `--allow-net` names them. A request ends with the task that waits for it.
---@async
---@param url string
---@param options? uc.HTTPOptions
---@return uc.Response?
---@return uc.HTTPCode?
function uc.http.get(url, options) end

--- Sends something to the web. As `uc.http.get`, by the method POST. *Waits.*
---@async
---@param url string
---@param options? uc.HTTPOptions
---@return uc.Response?
---@return uc.HTTPCode?
function uc.http.post(url, options) end

--- Fetches or sends by any method. As `uc.http.get`, with one more option: `method`, one of `GET`, `HEAD`, `POST`, `PUT`, `PATCH`, `DELETE` and `OPTIONS`. *Waits.*
---@async
---@param url string
---@param options? uc.HTTPRequestOptions
---@return uc.Response?
---@return uc.HTTPCode?
function uc.http.request(url, options) end

--- Calls the function for each HTTP request of this method and path. The route is a method and a path, as in `POST /deploy`. The requests come to where `--http` listens; without that
--- option nothing comes, and the code is `unavailable`. `/healthz` and `/metrics` are uc-bot's own. A route belongs to
--- the script that named it first.
---
--- The function may wait, and has 10 seconds. It returns a status, a body, or both: a
--- string is sent as text, a table as JSON; nothing is 204, and an error 500. The body of a request has
--- 256 KiB at most; a script may have 32 webhooks.
---
--- | option | meaning |
--- |---|---|
--- | `token` | only requests with `Authorization: Bearer <token>` get in, others get 401 |
---
--- ```lua
--- uc.webhook("POST /deploy", { token = "change me" }, function(request)
---   local order, code, message = request:json()
---   if not order then return 400, message end
---   uc.say("deployed: " .. tostring(order.version))
---   return 200, { ok = true }
--- end)
--- ```
---@overload fun(route: string, fn: (async fun(request: uc.Request): any, any)): true?, string?
---@param route string
---@param options? uc.WebhookOptions
---@param fn async fun(request: uc.Request): any, any
---@return true?
---@return string?
function uc.webhook(route, options, fn) end

--- A number that only grows. A name consists of letters, digits and `_`; `ucbot_` at its beginning and `_bucket`, `_sum` and `_count` at its end
--- are taken. By custom it ends in its unit, and a counter in `_total`. Asked for again, the same metric is returned. A script may have 64 metrics.
---
--- ```lua
--- local greets = uc.metric.counter("greets_total", "peers greeted")
--- uc.on("peer_connect", function() greets:inc() end)
--- ```
---@param name string
---@param help? string
---@return uc.Metric
function uc.metric.counter(name, help) end

--- A number that goes up and down.
---@param name string
---@param help? string
---@return uc.Metric
function uc.metric.gauge(name, help) end

--- How often a number lay in which range.
---
--- | option | meaning |
--- |---|---|
--- | `buckets` | the upper ends of the ranges, growing, 32 at most; without it they suit seconds, from 0.001 to 10 |
---
--- ```lua
--- local lengths = uc.metric.histogram("text_bytes", "lengths of texts", { buckets = { 10, 100, 1000 } })
--- uc.on("message", function(msg) lengths:observe(#msg.text) end)
--- ```
---@param name string
---@param help? string
---@param options? uc.HistogramOptions
---@return uc.Metric
function uc.metric.histogram(name, help, options) end

--- Adds a check to what `/healthz` answers. The function is called when somebody asks, at most once in 1 seconds, and may wait; it has 2.0 seconds. It is well when the function returns something that is true; `false` or `nil`
--- and a reason, an error, or no answer in time make `/healthz` answer 503. A script may have 16
--- checks; one of the same name replaces the one before it.
---
--- ```lua
--- uc.health("weather service", function()
---   local answer, code = uc.http.get("https://wttr.in/", { timeout = 1 })
---   return answer and answer.ok, code or "it does not answer well"
--- end)
--- ```
---@param name string
---@param fn async fun(): any, string?
function uc.health(name, fn) end

--- Writes a value as JSON. A table whose keys are 1, 2 and so on without a hole is a list; one whose keys are all strings is an object, and
--- so is an empty one (`uc.json.empty_list` is `[]`). Members come in the order of their names, so that the same table
--- is always the same text. Integers stay integers, floats stay floats (`1.0`), and bytes that are not UTF-8 become
--- `U+FFFD`. No metatable is looked at.
---
--- What JSON has no form for is an error that says where it is: functions, coroutines and objects of ours, numbers
--- that are infinite or none, lists with holes, tables with both names and list items, other keys, more than 100
--- tables within each other (so also a table in itself), and more than 4 MiB of text.
---
--- ```lua
--- print(uc.json.encode { name = "tea", grams = { 2, 2.5 }, note = uc.json.null })
--- -- {"grams":[2,2.5],"name":"tea","note":null}
--- ```
---@param value any
---@return string
function uc.json.encode(value) end

--- Reads JSON. By the letter of RFC 8259, at most 100 lists and objects within each other. Numbers without a point and exponent
--- are integers when they fit in 64 bits, all others floats. JSON's null is `uc.json.null`, so that lists have no
--- holes and members do not vanish. Of two members with the same name the later counts. Half of a surrogate pair is
--- `U+FFFD`. The code is `syntax`, and the message says what is wrong at which byte.
---
--- ```lua
--- local order, code, message = uc.json.decode('{"item": "tea", "count": 2, "note": null}')
--- if order then
---   print(order.item, order.count, order.note == uc.json.null) -- tea 2 true
--- else
---   print(code, message)
--- end
--- ```
---@param text string
---@return any
---@return uc.SyntaxCode?
---@return string?
function uc.json.decode(text) end

--- The SHA-256 of some bytes, as 64 hexadecimal digits in lower case.
---@param bytes string
---@return string
function uc.sha256(bytes) end

--- Bytes as base64, with padding.
---@param bytes string
---@return string
function uc.base64.encode(bytes) end

--- The bytes that base64 stands for. The padding may be left out, and both alphabets are read: `+` and `/`, or `-` and `_`. The code is `syntax`: other
--- characters (white space too), or a length that base64 does not have.
---@param text string
---@return string?
---@return uc.SyntaxCode?
function uc.base64.decode(text) end

--- A bound on how often something happens, for each key apart.
---
--- | option | type | meaning |
--- |---|---|---|
--- | `per` | `number` | seconds after which one more is allowed |
--- | `burst` | `integer` | how many are allowed at once after a pause: 1 by default, 1000000 at most |
---
--- ```lua
--- local rate = uc.rate { per = 10, burst = 3 } -- three at once, then one every ten seconds
---
--- uc.hear("tea", function(msg)
---   local allowed, wait = rate:take(msg.from)
---   if not allowed then return uc.log.info("too often", { peer = msg.from.id, wait = wait }) end
---   msg:reply("tea for " .. msg.from.short)
--- end)
--- ```
---
--- A script may make 64 of them, so they are made at the top level. Each remembers 1024 keys; the oldest begin anew.
---@param options uc.RateOptions
---@return uc.Rate
function uc.rate(options) end

--- Logs a message that is of use only when looking for a mistake. `fields` is a table of names and values (strings, numbers, booleans, peers; 32 at most), which `--log json` keeps apart:
---
--- ```lua
--- uc.on("message", function(msg) uc.log.info("chat", { from = msg.from, text = msg.text }) end)
--- ```
---@param message string|number
---@param fields? table<string, any>
function uc.log.debug(message, fields) end

--- Logs a message. `fields` as above.
---@param message string|number
---@param fields? table<string, any>
function uc.log.info(message, fields) end

--- Logs a message that somebody should look at some time. `fields` as above.
---@param message string|number
---@param fields? table<string, any>
function uc.log.warn(message, fields) end

--- Logs a message that somebody should look at soon. The script goes on. `fields` as above.
---@param message string|number
---@param fields? table<string, any>
function uc.log.error(message, fields) end

--- A log file of the script's own, which is begun anew each day and when it is full. Scripts have no other access to files. They lie in `logs/SCRIPT` below the directory of `--store`, and are called `chat-2026-11-22.log`, `chat-2026-11-22-2.log` and so on, by the day in UTC.
---
--- | option | meaning |
--- |---|---|
--- | `name` | letters, digits, `_` and `-`, 40 at most |
--- | `max` | bytes of one file, 10 MiB by default, from 1 KiB to 1 GiB |
--- | `keep` | files that are kept, 30 by default, 1000 at most; the oldest go |
---
--- A script may have 8 of them.
---@param options uc.LogFileOptions
---@return uc.LogFile
function uc.log.file(options) end

--- The text without white space at its ends. In linear time, which the usual `text:match("^%s*(.-)%s*$")` is not.
---@param text string|number
---@return string
function uc.trim(text) end

--- The text, cut where it has more bytes than that. No character is cut in two. The ending, `…` by default, stands behind what is left of a text that was cut, and counts; when it does not fit itself it is left out. In linear time.
---@param text string|number
---@param bytes integer
---@param ending? string
---@return string
function uc.clip(text, bytes, ending) end

--- The parts of a text between separators. The separator is plain text and no pattern. Without one the text is parted by white space of any length, and no part is empty. With `pieces` there are so many at most, and the last one has the rest; more than 65536 there never are. In linear time.
---
--- ```lua
--- for _, name in ipairs(uc.split("tea, coffee, milk", ",")) do print(uc.trim(name)) end
--- ```
---@param text string|number
---@param separator? string
---@param pieces? integer
---@return string[]
function uc.split(text, separator, pieces) end

--- Says what the script is, and what it wants to be allowed. To be called once, at the top level. All fields are optional; others are errors. The log shows it when the script starts. What a script does not list it is not refused for that: permissions are given on the command line.
---
--- | field | type | meaning |
--- |---|---|---|
--- | `name` | `string` | what it is called; the file's name without it |
--- | `version` | `string` | its version |
--- | `description` | `string` | what it does, in a sentence |
--- | `permissions` | `string[]` | what it wants to be allowed: `net:` and a host, `read:` and a path; 64 at most |
---
--- ```lua
--- uc.manifest { name = "weather", version = "1.2", permissions = { "net:api.example.org" } }
--- ```
---@param manifest uc.Manifest
function uc.manifest(manifest) end

--- What the script may use.
---
--- | field | type | meaning |
--- |---|---|---|
--- | `memory` | `integer` | bytes that it may hold |
--- | `handler` | `number` | seconds that one run of a handler may take, up to where it ends or waits |
--- | `stop` | `number` | seconds for all `stop` handlers together |
--- | `inbox` | `integer` | events that wait for it; the oldest are dropped |
--- | `handlers` | `integer` | handlers and commands |
--- | `timers` | `integer` | timers that run |
--- | `tasks` | `integer` | runs that wait |
--- | `text` | `integer` | bytes of a message's text that it gets |
--- | `publish` | `integer` | bytes of a text that it may say |
--- | `say_rate` | `number` | texts a second |
--- | `say_burst` | `integer` | texts at once after a pause |
---@return uc.Limits
function uc.limits() end

return uc
