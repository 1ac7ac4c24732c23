-- Answers those who ask for it, where nobody else hears it.
uc.on("dm", function(msg)
  if msg.text == "answer me" then print("it was taken: " .. tostring(msg:reply_private("you said: " .. msg.text))) end
end)
