-- reminder: "!remind 10m tea" says "tea" to you in ten minutes, "!reminders" lists yours, "!forget 2" drops one.
-- They survive a restart; those whose time came while the bot was away are said as soon as it is back.
--
-- options: most (reminders of one peer), all (of everybody together)

local o = uc.config { most = 5, all = 500 }
local store = uc.store:scope "reminders"

-- Reminders of one peer, or of everybody, soonest first.
local function list(id)
  local found = {}
  for _, key in ipairs(store:keys("") or {}) do
    local reminder = store:get(key)
    if reminder and (not id or reminder.id == id) then
      reminder.key = key
      found[#found + 1] = reminder
    end
  end
  table.sort(found, function(a, b) return a.at < b.at end)
  return found
end

local function remind(key, reminder)
  uc.sleep(math.max(0, reminder.at - uc.now()))
  while store:get(key) do
    local late = uc.now() - reminder.at > 60 and " (late: I was away)" or ""
    -- Kept until it has been said: when nobody is there, later.
    if uc.say(reminder.short .. ": " .. reminder.what .. late) then return store:delete(key) end
    uc.sleep(60)
  end
end

uc.on("start", function()
  for _, reminder in ipairs(list()) do uc.spawn(remind, reminder.key, reminder) end
end)

uc.command("remind", {
  help = "says something to you later",
  args = { { "when", type = "duration", min = 1, max = 30 * 86400 }, { "what", type = "rest" } },
}, function(msg, args)
  if #list(msg.from.id) >= o.most then return msg:reply("you have " .. o.most .. " already: !reminders") end
  if #list() >= o.all then return msg:reply("I have enough to remember already") end
  local key = ("%012d"):format(uc.store:incr "last" or 0)
  local reminder = { id = msg.from.id, short = msg.from.short, at = uc.now() + args.when, what = args.what:sub(1, 300) }
  local kept, code = store:set(key, reminder)
  if not kept then return msg:reply("I cannot remember anything now: " .. code) end
  uc.spawn(remind, key, reminder)
  msg:reply(msg.from.short .. ": I will")
end)

uc.command("reminders", { help = "lists your reminders" }, function(msg)
  local lines = {}
  for i, reminder in ipairs(list(msg.from.id)) do
    lines[i] = ("%d. %s in %d min"):format(i, reminder.what, math.ceil((reminder.at - uc.now()) / 60))
  end
  msg:reply(#lines > 0 and table.concat(lines, "; ") or "you have none")
end)

uc.command("forget", {
  help = "drops one of your reminders", args = { { "number", type = "integer", min = 1 } },
}, function(msg, args)
  local reminder = list(msg.from.id)[args.number]
  if not reminder then return msg:reply("you have none of that number") end
  store:delete(reminder.key)
  msg:reply("dropped: " .. reminder.what)
end)
