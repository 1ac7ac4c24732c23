-- Says hello to whoever joins the room.
uc.on("peer_subscribe", function(event)
  uc.say("hello " .. event.peer.short)
end)
