-- logger: writes what happens in the room to the log. With `--log json` each line is an object for other programs.

uc.on("message", { bots = true }, function(msg)
  uc.log.info("chat", { id = msg.id, from = msg.from.id, room = msg.room, text = msg.text })
end)

uc.on("peer_connect", function(event)
  uc.log.info("connected", { peer = event.peer.id, address = event.address })
end)

uc.on("peer_disconnect", function(event)
  uc.log.info("disconnected", { peer = event.peer.id, reason = event.reason })
end)

uc.on("peer_identify", function(event)
  uc.log.info("identified", { peer = event.peer.id, agent = event.agent })
end)

uc.on("ping", function(event)
  uc.log.debug("ping", { peer = event.peer.id, ms = event.rtt * 1000 })
end)
