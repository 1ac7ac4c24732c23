uc.on("message", require "handler")
