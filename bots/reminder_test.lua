uc.test("says it when the time has come, once", function(t)
  t:load "reminder.lua"
  t:peer("alice"):say "!remind 10m the tea"
  t:expect "000alice: I will"
  t:advance(599)
  t:expect_none()
  t:advance(1)
  t:expect "000alice: the tea"
  t:restart()
  t:advance(3600)
  t:expect_none()
end)

uc.test("survives a restart, and says the late ones when it is back", function(t)
  t:load "reminder.lua"
  local alice = t:peer "alice"
  alice:say "!remind 1h soon"
  alice:say "!remind 2h later"
  t:said()
  t:stop()
  t:advance(5400)
  t:restart()
  t:advance(1)
  t:expect "000alice: soon (late: I was away)"
  t:expect_none()
  t:advance(1800)
  t:expect "000alice: later"
end)

uc.test("keeps what it has to say until somebody is there", function(t)
  t:load "reminder.lua"
  t:peer("alice"):say "!remind 10s tea"
  t:said()
  t:drop_connection(30)
  t:advance(30)
  t:expect_none()
  t:advance(60)
  t:expect_match "^000alice: tea"
end)

uc.test("lists and drops one's own", function(t)
  t:load "reminder.lua"
  local alice, bob = t:peer "alice", t:peer "bob"
  alice:say "!remind 2h coffee"
  alice:say "!remind 1h tea"
  t:said()
  bob:say "!reminders"
  t:expect "you have none"
  alice:say "!reminders"
  t:expect "1. tea in 60 min; 2. coffee in 120 min"
  bob:say "!forget 1"
  t:expect "you have none of that number"
  alice:say "!forget 1"
  t:expect "dropped: tea"
  t:advance(3600)
  t:expect_none()
end)

uc.test("takes no more than so many", function(t)
  t:load("reminder.lua", { config = { most = 2, all = 3 } })
  local alice, bob = t:peer "alice", t:peer "bob"
  for i = 1, 3 do alice:say("!remind 1h thing " .. i) end
  t:expect("000alice: I will", "000alice: I will #2", "you have 2 already: !reminders")
  for i = 1, 2 do bob:say("!remind 1h thing " .. i) end
  t:expect("00000bob: I will", "I have enough to remember already")
end)
