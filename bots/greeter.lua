-- greeter: welcomes whoever comes into the room, once, and remembers whom it has welcomed.
--
-- options: text (%s stands for the newcomer), again_after (seconds until it forgets somebody), settle (seconds before
-- it speaks, in which the newcomer joins the room's mesh)

local o = uc.config { text = "welcome, %s!", again_after = 30 * 86400, settle = 2.0 }
local greeted = uc.store:scope "greeted"

uc.on("peer_subscribe", function(event)
  local peer = event.peer
  if peer:is_bot() or greeted:get(peer.id) then return end
  -- Before the pause, so that who comes twice meanwhile is welcomed once.
  local kept, code = greeted:set(peer.id, uc.now(), { ttl = o.again_after })
  if not kept then return uc.log.warn("cannot remember", { peer = peer, code = code }) end
  uc.sleep(o.settle)
  local said = peer.connected and uc.say((o.text:gsub("%%s", peer.short)))
  if not said then greeted:delete(peer.id) end -- gone before it could hear us: next time
end)
