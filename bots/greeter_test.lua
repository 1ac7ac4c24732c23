uc.test("welcomes each peer once, when it has settled", function(t)
  t:load("greeter.lua", { nick = "botty" })
  local alice, bob = t:peer "alice", t:peer "bob"
  alice:join()
  t:expect_none()
  t:advance(3)
  t:expect "welcome, 000alice! I am botty"
  alice:disconnect()
  alice:join()
  bob:join()
  bob:disconnect()
  t:advance(3)
  t:expect_none()
  bob:join()
  t:advance(3)
  t:expect "welcome, 00000bob! I am botty"
end)
