---@meta uc-test

-- The scripting API of uc-bot for editors: completion, types, and what is in docs/api.md as you type. Made by
-- `uc-bot types`; changes would be lost.

---@class uc.Test
local Test = {}

--- Starts a bot, and returns the peer that it speaks as. The file is looked for beside the test, then from where the program runs. Options: `config`, a table of what the user has set for `uc.config`; `nick`; `prefix`; `ready = false` for a room in which nobody is yet; and `files = false` for a bot without `--files`. A script that does not start raises an error that says why. Several bots may be loaded; they speak as the same peer, as they do in one program.
---@param path string
---@param options? { config?: table<string, any>, nick?: string, prefix?: string, ready?: boolean, files?: boolean }
---@return uc.TestPeer
function Test:load(path, options) end

--- Ends the bot as the end of the program does.
function Test:stop() end

--- Ends the bot as the end of the program does, and starts it anew.
function Test:restart() end

--- Loads the bot anew while it runs, as `--watch` does. With a text as argument that is the new version; else the file is read again.
---@param source? string
function Test:reload(source) end

--- Lets the first peer of the room be there, after `ready = false`.
function Test:ready() end

--- Somebody in the room, made at the first call. Options: `admin = true` makes it one of the bot's admins; with `agent = "go-peer"` it is connected and has introduced itself as that program. Without, it speaks through others, until it joins or connects.
---@param name string
---@param options? { agent?: string, admin?: boolean }
---@return uc.TestPeer
function Test:peer(name, options) end

--- Lets time pass: everything that is due happens, in its order.
---@param seconds number
function Test:advance(seconds) end

--- Lets time pass until a date of UTC: `t:at "2026-11-22 09:00"`. The clock begins at 2026-01-01 00:00, and goes forward only. The kit's local time is UTC.
---@param time string
function Test:at(time) end

--- The time of the test's clock, in seconds since 1970.
---@return number
function Test:now() end

--- Begins chance anew, that of `math.random` included. Without it, each test begins with the same seed: chance is the same in every run.
---@param seed integer
function Test:random(seed) end

--- Changes an option of `uc.config` while the bot runs.
---@param option string
---@param value boolean|number|string|table
function Test:set(option, value) end

--- Says how pings of a peer end. `t:on_ping(alice, 0.02)` answers in 20 ms, `t:on_ping(alice, nil, "timeout")` not at all. Without it, peers that are connected answer in 50 ms, and the others are `not_connected`.
---@param peer uc.TestPeer
---@param seconds? number
---@param code? string
function Test:on_ping(peer, seconds, code) end

--- The files of `uc.log.file`: what is in each, by its name.
---@return table<string, string>
function Test:files() end

--- Cuts all connections; they are back after 5 seconds.
---@param seconds? number
function Test:drop_connection(seconds) end

--- Says what a request of `uc.http` is answered with. `t:http("GET https://example.org/", { status = 200, body = "hello", headers = { etag = "x" }, delay = 2 })`; `error = "timeout"` and the other codes of `uc.http` for a request that fails. Several answers to the same request are given one after the other, the last one again and again. A request without an answer makes the test fail.
---@param request string
---@param answer { status?: integer, body?: string, headers?: table<string, string>, delay?: number, error?: string }
function Test:http(request, answer) end

--- The requests of `uc.http` since this was last asked.
---@return { method: string, url: string, headers: table<string, string>, body?: string }[]
function Test:requests() end

--- Asks the bot from outside, as `uc.webhook` is asked. `t:webhook("POST /deploy", "{}", { headers = { Authorization = "Bearer …" }, query = "a=1" })`. The answer has `status`, `body` and `type`; it is nil while the bot takes its time.
---@param request string
---@param body? string
---@param options? { headers?: table<string, string>, query?: string }
---@return { status: integer, body: string, type?: string }?
function Test:webhook(request, body, options) end

--- A number that the bot measures. With exactly these labels; nil when there is none. Of a histogram it is the count of its first range.
---@param name string
---@param labels? table<string, string>
---@return number?
function Test:metric(name, labels) end

--- Puts a file into the folder of `uc.file`. It has a name and a size, 1000 bytes unless told otherwise, and nothing in it: bots do not see what is in files. The folder is there without more; `t:load(path, { files = false })` is a bot without `--files`.
---@param name string
---@param size? integer
function Test:file(name, size) end

--- What is in the folder of `uc.file`: `{ size, id, announced }` of each file, by its name. Of a file that is on offer, `id` is what others ask for it by, and `announced` whether the room was told.
---@return table<string, { size: integer, id?: string, announced: boolean }>
function Test:folder() end

--- Wants the next text that the bot said to be exactly this. Several texts are wanted one after the other.
---@param text string
---@param ... string
function Test:expect(text, ...) end



--- Wants the bot to have said nothing more.
function Test:expect_none() end

--- What the bot has said and no expectation has taken; it is taken by this.
---@return string[]
function Test:said() end

--- Wants `!help` to know the command. Somebody asks for it, and the bot's next text must be the usage.
---@param command string
function Test:expect_help(command) end

--- Wants an error in the bot, with a text that matches a Lua pattern. Errors that no expectation takes make the test fail.
---@param pattern string
function Test:expect_error(pattern) end

--- Wants a line of the log that matches a Lua pattern. A line is `info chat from=… text=…`: the level, the message, and the fields by the alphabet.
---@param pattern string
function Test:expect_log(pattern) end

--- Wants the bot to live, and its connections to stand.
function Test:expect_connected() end

--- Wants two values to be equal; tables by what is in them.
---@param got any
---@param wanted any
function Test:expect_equal(got, wanted) end

---@class uc.TestPeer
---@field id string The peer's id.
---@field short string The last eight characters of its id: `000alice`.
---@field name string What the test calls it.
local TestPeer = {}

--- Has a file from now on that can be fetched, and announces it: `file`. Options: `size`, 1000 bytes unless told otherwise; `delay`, the seconds that fetching it takes; `error`, a code of `uc.file` that this ends with; and `announce = false` for a file that the room is not told of. The peer must be connected when it is fetched: `peer:join()`.
---@param id string
---@param options? { size?: integer, error?: string, delay?: number, announce?: boolean }
function TestPeer:file(id, options) end

--- Says something in the room.
---@param text string
---@param room? string
function TestPeer:say(text, room) end

--- Says something to the bot alone.
---@param text string
function TestPeer:dm(text) end

--- Connects, and subscribes to the room: `peer_subscribe`.
function TestPeer:join() end

--- Leaves the room and stays connected: `peer_unsubscribe`.
function TestPeer:leave() end

--- The peer's own ping has measured this round trip.
---@param seconds number
function TestPeer:pinged(seconds) end

--- Connects to the bot, and introduces itself if it has an agent.
function TestPeer:connect() end

--- Leaves the room, and is gone.
---@param reason? string
function TestPeer:disconnect(reason) end

--- Adds a test; its function gets the test `t`. Each test has a world of its own: a clock that stands still until `t:advance`, a room, and a store that begins empty. A test fails when an expectation is not met, when there is an error in it or in the bot, or when it expects nothing at all.
---@param name string
---@param test fun(t: uc.Test)
function uc.test(name, test) end
