-- greeter: welcomes each peer once, a moment after it has connected.

local SETTLE = 2 -- seconds for the newcomer to join the room's mesh
local greeted = {} -- the peers welcomed so far, by id

uc.on("peer_connect", function(event)
  local peer = event.peer
  if greeted[peer.id] then return end
  greeted[peer.id] = true
  uc.sleep(SETTLE)
  if not peer.connected then
    greeted[peer.id] = nil -- gone before it could hear us
    return
  end
  local receipt, problem = uc.say("welcome, " .. peer.short .. "! I am " .. uc.nick)
  if not receipt then uc.log.warn("could not greet", { peer = peer.id, problem = problem }) end
end)
