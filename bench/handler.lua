-- What both hosts call for each message: a look at the text and at who wrote it, and a table that is kept.
local bytes, authors = 0, {}

return function(msg)
  local text = msg.text
  if text:sub(1, 1) == "!" then return end
  bytes = bytes + #text
  local author = msg.from.short
  authors[author] = (authors[author] or 0) + 1
end
