-- dice: "!roll" throws a die, "!roll 3d20" three with twenty sides, "!flip" a coin.

uc.command("roll", { help = "throws dice: 6 sides, or 3d20", args = { { "dice", default = "1d6" } } }, function(msg, args)
  local count, sides = args.dice:lower():match("^(%d*)d(%d+)$")
  count, sides = math.tointeger(count == "" and 1 or count), math.tointeger(sides)
  if not (count and sides) or count < 1 or count > 20 or sides < 2 or sides > 1000 then
    return msg:reply("I throw 1d2 to 20d1000, not " .. args.dice:sub(1, 20))
  end
  local thrown, sum = {}, 0
  for i = 1, count do
    thrown[i] = math.random(sides)
    sum = sum + thrown[i]
  end
  local each = count > 1 and " = " .. table.concat(thrown, " + ") or ""
  msg:reply(("%s: %d%s"):format(msg.from.short, sum, each))
end)

uc.command("flip", { help = "flips a coin" }, function(msg)
  msg:reply(msg.from.short .. ": " .. (math.random(2) == 1 and "heads" or "tails"))
end)
