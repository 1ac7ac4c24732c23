-- Runs that wait, as many as are asked for; tells what one costs in Lua's own memory.
uc.on("message", function(msg)
  local count = tonumber(msg.text)
  local before = collectgarbage("count")
  for _ = 1, count do uc.spawn(uc.sleep, 3600) end
  uc.sleep(0)
  uc.sleep(0)
  print(("%.0f"):format((collectgarbage("count") - before) * 1024 / count))
end)
