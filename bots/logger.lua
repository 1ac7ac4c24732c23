-- logger: keeps what happens in the room, as a line of JSON for each event, in files that begin anew each day.
--
--   uc-bot bots/logger.lua --store /var/lib/uc-bot
--
-- The files are logs/logger/room-2026-11-22.log and so on below that directory (without --store: where the stores
-- are); thirty are kept.

local file = uc.log.file { name = "room", max = 10 * 1024 * 1024, keep = 30 }

local function keep(event, fields)
  fields.event, fields.time = event, uc.now()
  local ok, code = file:write(fields)
  if not ok and code == "unavailable" then uc.log.info(event, fields) end -- without --store: to the log
end

uc.on("message", { bots = true }, function(msg)
  keep("message", { id = msg.id, from = msg.from.id, room = msg.room, text = msg.text })
end)

uc.on("peer_connect", function(event)
  keep("connect", { peer = event.peer.id, address = event.address })
end)

uc.on("peer_disconnect", function(event)
  keep("disconnect", { peer = event.peer.id, reason = event.reason })
end)

uc.on("peer_identify", function(event)
  keep("identify", { peer = event.peer.id, agent = event.agent })
end)

uc.on("ping", function(event)
  keep("ping", { peer = event.peer.id, rtt = event.rtt })
end)
