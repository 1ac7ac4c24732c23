-- echo: answers "!echo hello" with "echo: hello".
--
--   uc-bot bots/echo.lua --connect <address>
--
-- The text behind the match comes as msg.args. A second identical echo gets "#2" behind it from the host, because
-- some peers drop what they have heard a moment ago.

uc.on("message", { match = "^!echo%s" }, function(msg)
  msg:reply("echo: " .. msg.args)
end)
