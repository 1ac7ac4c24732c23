-- Asks a bot thirty times, and pings its peer as often; tells what each took, in milliseconds.
local other

uc.on("peer_identify", function(ev) other = ev.peer end)

uc.on("ready", function()
  local trips, pings = {}, {}
  for i = 1, 30 do
    local start = uc.monotonic()
    local ask = uc.spawn(function()
      assert(uc.wait("message", { bots = true, match = "^answer " .. i .. "$", timeout = 20 }), "no answer " .. i)
      return uc.monotonic() - start
    end)
    uc.sleep(0)
    assert(uc.say("ask " .. i))
    trips[i] = ("%.2f"):format(ask:join() * 1000)
    pings[i] = ("%.2f"):format(assert(other:ping { timeout = 10 }) * 1000)
    uc.sleep(0.11)
  end
  print("answers: " .. table.concat(trips, " "))
  print("pings: " .. table.concat(pings, " "))
end)
