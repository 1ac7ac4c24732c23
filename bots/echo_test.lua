uc.test("answers what stands behind the command", function(t)
  t:load "echo.lua"
  local alice = t:peer "alice"
  alice:say "!echo hello"
  alice:say "hello"
  alice:say "!echo  two words "
  t:expect("echo: hello", "echo: two words")
  t:expect_none()
end)

uc.test("the same again gets an ending, so that no peer drops it as a repeat", function(t)
  t:load "echo.lua"
  t:peer("alice"):say "!echo hello"
  t:peer("bob"):say "!echo hello"
  t:expect("echo: hello", "echo: hello #2")
end)

uc.test("bots are not echoed", function(t)
  t:load "echo.lua"
  t:peer("machine", { agent = "otherbot/1.0" }):say "!echo hello"
  t:expect_none()
end)
