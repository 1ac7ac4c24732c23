-- Counts the messages of `uc-bench flood` and says so every thousand, and at once for the last ones.
local count, highest = 0, 0

local function report() uc.say(("got %d %d"):format(count, highest)) end

uc.on("message", { match = "^flood%s+(%d+)" }, function(msg)
  count = count + 1
  local number = math.tointeger(tonumber(msg.text:match("^flood (%d+)")))
  if number > highest then highest = number end
  if count % 1000 == 0 then report() end
end)

-- The tail of a run, shorter than a thousand.
local reported = 0
uc.every(0.25, function()
  if count ~= reported then
    reported = count
    report()
  end
end)
