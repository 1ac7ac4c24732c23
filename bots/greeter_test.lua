uc.test("welcomes each peer once, when it has settled", function(t)
  t:load "greeter.lua"
  local alice = t:peer "alice"
  alice:join()
  t:expect_none()
  t:advance(2)
  t:expect "welcome, 000alice!"
  alice:leave()
  alice:join()
  t:advance(2)
  t:expect_none()
end)

uc.test("remembers whom it has welcomed, for as long as it is told", function(t)
  t:load("greeter.lua", { config = { text = "hi %s", again_after = 100 } })
  local alice = t:peer "alice"
  alice:join()
  t:advance(2)
  t:expect "hi 000alice"
  t:restart()
  t:advance(90)
  t:expect_none()
  alice:leave()
  t:advance(10)
  alice:join()
  t:advance(2)
  t:expect_match "^hi 000alice"
end)

uc.test("who is gone before the welcome gets it the next time", function(t)
  t:load "greeter.lua"
  local alice = t:peer "alice"
  alice:join()
  alice:disconnect()
  t:advance(2)
  t:expect_none()
  alice:join()
  t:advance(2)
  t:expect "welcome, 000alice!"
end)

uc.test("bots are not welcomed", function(t)
  t:load "greeter.lua"
  t:peer("machine", { agent = "otherbot/1" }):join()
  t:advance(2)
  t:expect_none()
end)
