-- Says a number a second, each one more than the last, so that a listener knows what it has missed. Its own name stands
-- in it: a text that somebody else has said lately would be varied.
local n = 0

uc.every(1, function()
  if uc.say("steady " .. (n + 1) .. " of " .. uc.me.id) then n = n + 1 end
end)
