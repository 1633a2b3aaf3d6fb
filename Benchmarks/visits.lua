-- What wrk sends, and what it reports: wrk -s visits.lua URL -- SCENARIO SEED
--
-- repeat   one visitor, again and again; wrk's own two request headers
-- browser  the same, with the headers that a browser sends from another origin
-- page     one visitor, ten pages in turn
-- new      every request another visitor; another SEED makes other visitors

local agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"

local scenarios = {
    ["repeat"] = function() end,

    browser = function()
        wrk.headers["User-Agent"] = agent
        wrk.headers["Accept"] = "*/*"
        wrk.headers["Accept-Encoding"] = "gzip, deflate, br, zstd"
        wrk.headers["Accept-Language"] = "en-GB,en;q=0.9,de;q=0.8"
        wrk.headers["Origin"] = "https://www.example.com"
        wrk.headers["Referer"] = "https://www.example.com/"
        wrk.headers["Sec-Fetch-Dest"] = "empty"
        wrk.headers["Sec-Fetch-Mode"] = "cors"
        wrk.headers["Sec-Fetch-Site"] = "cross-site"
    end,

    -- A global `request` makes wrk call Lua for each request, which costs it a good part of its speed.
    page = function()
        local pages, turn = {}, 0
        for number = 1, 10 do
            pages[number] = wrk.format("GET", wrk.path .. "?page=/posts/" .. number)
        end
        function request()
            turn = turn % #pages + 1
            return pages[turn]
        end
    end,

    new = function(seed)
        wrk.headers["User-Agent"] = agent .. " @"
        local before, after = wrk.format():match("^(.*)@(.*)$")
        before = before .. seed .. "."
        local visitor = 0
        function request()
            visitor = visitor + 1
            return before .. visitor .. after
        end
    end,
}

function init(arguments)
    scenarios[arguments[1]](arguments[2])
end

-- One line: answers, microseconds, answers that were no 2xx or 3xx, broken connections, p50 and p99 in microseconds.
function done(summary, latency)
    local errors = summary.errors
    print(string.format("visits %d %d %d %d %d %d", summary.requests, summary.duration, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
