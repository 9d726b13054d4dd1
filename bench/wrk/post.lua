-- wrk … -s post.lua URL -- BODY: every request is a POST of BODY as JSON.
function init(args)
  wrk.method = 'POST'
  wrk.body = args[1]
  wrk.headers['Content-Type'] = 'application/json'
end
