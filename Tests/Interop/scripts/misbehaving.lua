-- A bot that does everything wrong when asked to. The others in the same process must not notice.
uc.on("message", function(msg)
  if msg.text == "!loop" then
    while true do end
  elseif msg.text == "!eat" then
    local eaten = {}
    while true do eaten[#eaten + 1] = string.rep("x", 65536) .. #eaten end
  elseif msg.text == "!throw" then
    error("thrown on purpose")
  elseif msg.text == "!recurse" then
    local function deeper(n) return 1 + deeper(n + 1) end
    deeper(1)
  elseif msg.text == "!match" then
    string.find(string.rep("a", 30), string.rep("a?", 30) .. string.rep("a", 30) .. "b")
  end
end)
