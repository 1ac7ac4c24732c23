uc.test("tells when somebody has spoken last, and what", function(t)
  local bot = t:load "seen.lua"
  local alice, bob = t:peer "alice", t:peer "bob"
  bob:say("!seen " .. alice.short)
  t:expect "I have not heard 000alice"
  alice:say "  hello there "
  t:advance(30)
  bob:say("!seen @" .. alice.short)
  t:expect "000alice spoke 30 s ago: hello there"
  t:advance(7200)
  bob:say("!seen " .. alice.id)
  t:expect "000alice spoke 2 h ago: hello there"
  bob:say("!seen " .. bob.short)
  t:expect "you are here, 00000bob"
  bob:say("!seen " .. bot.short)
  t:expect "I am here"
end)

uc.test("remembers over restarts and reloads", function(t)
  t:load "seen.lua"
  t:peer("alice"):say "hello"
  t:restart()
  t:advance(86400)
  t:peer("bob"):say "!seen 000alice"
  t:expect "000alice spoke 1 d ago: hello"
  t:peer("carol"):say "hi"
  t:reload()
  t:peer("bob"):say "!seen 000carol"
  t:expect_match "^000carol spoke 0 s ago: hi"
end)

uc.test("forgets the oldest when there are too many", function(t)
  t:load("seen.lua", { config = { peers = 3, words = false } })
  for i = 1, 4 do
    t:peer("peer" .. i):say "x"
    t:advance(1)
  end
  t:peer("peer4"):say "!seen 000peer1"
  t:expect "I have not heard 000peer1"
  t:peer("peer4"):say "!seen 000peer2"
  t:expect "000peer2 spoke 3 s ago"
end)
