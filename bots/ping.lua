-- ping: "!rtt" tells the round trip to you, "!rtt <peer>" to somebody else; and it tells the room of peers that are
-- slow, once, and once when they are well again.
--
-- options: warn (seconds from which a peer is slow), well (below which it is well again), times (how often in a row
-- before anything is said), quiet (true: only !rtt)

local o = uc.config { warn = 1.0, well = 0.5, times = 3, quiet = false }

uc.command("rtt", {
  help = "measures the round trip to you, or to somebody else",
  args = { { "peer", type = "peer", optional = true } },
  cooldown = { peer = 5, room = 1, message = "wait {left}s" },
}, function(msg, args)
  local peer = args.peer or msg.from
  local rtt, code = peer:ping { timeout = 5 }
  if not rtt then return msg:reply(("no round trip to %s: %s"):format(peer.short, code)) end
  msg:reply(("%s: %.0f ms"):format(peer.short, rtt * 1000))
end)

-- The peers that are connected, by id: whether each is slow, and how often in a row a ping said otherwise.
local states = {}

uc.on("ping", function(event)
  if o.quiet then return end
  local peer = event.peer
  local state = states[peer.id] or { slow = false, times = 0 }
  states[peer.id] = state
  -- Between the two marks nothing changes, so that a peer near one of them is not told of again and again.
  local turns = state.slow and event.rtt < o.well or not state.slow and event.rtt > o.warn
  state.times = turns and state.times + 1 or 0
  if state.times < o.times then return end
  state.slow, state.times = not state.slow, 0
  local text = state.slow and "%s is slow: %.0f ms" or "%s is well again: %.0f ms"
  uc.say(text:format(peer.short, event.rtt * 1000))
end)

uc.on("peer_disconnect", function(event) states[event.peer.id] = nil end)
