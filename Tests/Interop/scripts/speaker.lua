-- Speaks without being asked, so that a test hears a message that answers nobody.
local count = 0

uc.every(1, function()
  count = count + 1
  uc.say("speaker says " .. count)
end)
