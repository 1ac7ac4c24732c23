local function lines(t, name)
  local text, found = t:files()[name] or "", {}
  for line in text:gmatch "[^\n]+" do found[#found + 1] = line end
  return found
end

uc.test("keeps every event with its fields", function(t)
  t:load "logger.lua"
  local alice = t:peer "alice"
  alice:connect()
  alice:pinged(0.5)
  alice:say 'say "hi"\n'
  alice:disconnect "gone"
  local kept = lines(t, "room-2026-01-01.log")
  t:expect_equal(#kept, 4)
  t:expect_equal(kept[2], ('{"event":"ping","peer":"%s","rtt":0.5,"time":1767225600.0}'):format(alice.id))
  t:expect_equal(kept[3]:match '"text":.*$', [["text":"say \"hi\"\n","time":1767225600.0}]])
  t:expect_equal(kept[4]:match '"reason":"gone"', '"reason":"gone"')
end)

uc.test("a new file each day, and thirty of them", function(t)
  t:load "logger.lua"
  local alice = t:peer "alice"
  for _ = 1, 40 do
    alice:say "hello"
    t:advance(86400)
  end
  local count = 0
  for _ in pairs(t:files()) do count = count + 1 end
  t:expect_equal(count, 30)
  t:expect_equal(#lines(t, "room-2026-02-09.log"), 1)
end)
