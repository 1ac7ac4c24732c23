-- Says again what it hears, and what is asked for as bytes, as bytes.
uc.on("message", function(msg)
  if msg.text == "bytes, please" then
    uc.publish(msg.room, "\xff as they are")
  else
    msg:reply("heard: " .. msg.text)
  end
end)
