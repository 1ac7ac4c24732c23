-- poll: "!poll start 2m tea, coffee" asks the room, "!poll vote tea" answers, and the result comes when time is up.

local MOST = 1000 -- votes that are counted: a room has that many peers, or somebody makes them up

local poll -- the one that runs: { choices, votes = peer id -> choice, count }

local function result()
  local count, lines = {}, {}
  for _, choice in pairs(poll.votes) do count[choice] = (count[choice] or 0) + 1 end
  for i, choice in ipairs(poll.choices) do lines[i] = choice .. " " .. (count[choice] or 0) end
  return table.concat(lines, ", ")
end

uc.command("poll start", {
  help = "asks the room for so long",
  args = { { "time", type = "duration", min = 10, max = 86400 }, { "choices", type = "rest" } },
}, function(msg, args)
  if poll then return msg:reply("one poll at a time; this one has " .. result()) end
  local choices = {}
  for choice in args.choices:gmatch("[^,]+") do
    choice = uc.trim(choice):lower()
    if choice ~= "" and #choices < 10 then choices[#choices + 1] = choice end
  end
  if #choices < 2 then return msg:reply("a poll needs two choices, with a comma between") end
  poll = { choices = choices, votes = {}, count = 0 }
  uc.after(args.time, function()
    local text = "the poll is over: " .. result()
    poll = nil
    uc.say(text)
  end)
  msg:reply("poll: " .. table.concat(choices, " or ") .. "? " .. uc.prefix .. "poll vote <choice>")
end)

uc.command("poll vote", { help = "answers the poll", args = { { "choice", type = "rest" } } }, function(msg, args)
  if not poll then return msg:reply("there is no poll") end
  local isNew = not poll.votes[msg.from.id]
  for _, choice in ipairs(poll.choices) do
    if choice == args.choice:lower() then
      if isNew and poll.count >= MOST then return end
      poll.votes[msg.from.id] = choice
      poll.count = poll.count + (isNew and 1 or 0)
      return
    end
  end
  msg:reply("choose one of " .. table.concat(poll.choices, ", "))
end)
