-- Timers, as many as are asked for, due one after the other over ten seconds; tells how late they were, in milliseconds.
uc.on("message", function(msg)
  local count, late, left = tonumber(msg.text), {}, 0
  left = count
  for i = 1, count do
    local seconds = 5 + 10 * i / count
    local due = uc.monotonic() + seconds
    uc.after(seconds, function()
      late[#late + 1] = (uc.monotonic() - due) * 1000
      left = left - 1
      if left > 0 then return end
      table.sort(late)
      print(("%.3f %.3f %.3f"):format(late[count // 2], late[count * 99 // 100], late[count]))
    end)
  end
  print("pending")
end)
