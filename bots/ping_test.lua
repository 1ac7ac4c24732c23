uc.test("tells the round trip, and why there is none", function(t)
  t:load "ping.lua"
  local alice, bob = t:peer "alice", t:peer "bob"
  t:on_ping(alice, 0.02)
  alice:say "!rtt"
  t:expect "000alice: 20 ms"
  alice:say "!rtt"
  t:expect "wait 5s"
  t:on_ping(bob, nil, "timeout")
  t:advance(5)
  bob:say "hello"
  alice:say("!rtt " .. bob.short)
  t:expect "no round trip to 00000bob: timeout"
end)

uc.test("tells of a slow peer once, and once when it is well again", function(t)
  t:load "ping.lua"
  local alice = t:peer "alice"
  alice:connect()
  for _, seconds in ipairs { 2, 2, 0.7, 2, 2 } do alice:pinged(seconds) end
  t:expect_none()
  alice:pinged(2)
  t:expect "000alice is slow: 2000 ms"
  for _, seconds in ipairs { 3, 0.7, 3, 0.1, 0.1, 0.7 } do alice:pinged(seconds) end
  t:expect_none()
  for _ = 1, 5 do alice:pinged(0.1) end
  t:expect "000alice is well again: 100 ms"
  t:expect_none()
end)

uc.test("who comes back begins anew", function(t)
  t:load "ping.lua"
  local alice = t:peer "alice"
  alice:connect()
  alice:pinged(2)
  alice:pinged(2)
  alice:disconnect()
  alice:connect()
  alice:pinged(2)
  t:expect_none()
end)

uc.test("is quiet when told so", function(t)
  t:load("ping.lua", { config = { quiet = true } })
  local alice = t:peer "alice"
  alice:connect()
  for _ = 1, 10 do alice:pinged(5) end
  t:expect_none()
end)
