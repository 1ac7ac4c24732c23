-- Counts what the steady ones say, and what of it is missing.
local last, heard, lost = {}, 0, 0

uc.on("message", { bots = true }, function(msg)
  local n = tonumber(msg.text:match("^steady (%d+) of "))
  if not n then return end
  local before = last[msg.from.id]
  heard = heard + 1
  if before and n ~= before + 1 then
    lost = lost + math.abs(n - before - 1)
    uc.log.warn("missing: " .. msg.from.id .. " said " .. before .. " and then " .. n)
  end
  last[msg.from.id] = n
end)

uc.on("stop", function() uc.log.warn("heard " .. heard .. ", lost " .. lost) end)
