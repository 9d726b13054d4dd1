-- wrk … -s pipelined.lua URL -- DEPTH: DEPTH requests at a time on each connection.
local burst

function init(args)
  burst = string.rep(wrk.format('GET', '/'), tonumber(args[1]))
end

function request()
  return burst
end
