#!/usr/bin/env bash
# Measures what it costs to tell crawlers by User-Agent, compiled as in a release: nanoseconds a request.
set -euo pipefail
cd "$(dirname "$0")/.."

directory=$(mktemp --directory)
trap 'rm -rf "$directory"' EXIT

cat >"$directory/main.swift" <<'END'
let userAgents = [
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Chrome": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "in-app, 312 bytes": "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
        + "Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 Instagram 338.0.0.37.90 Android (34/14; 480dpi; 1080x2115; "
        + "samsung; SM-S918B; dm3q; qcom; de_DE; 614064333; en_US; de_AT; IABMV/1; x; yy; zzz; 12345)",
    "curl": "curl/8.5.0",
    "Googlebot": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
]
let crawlers = Crawlers()
let repetitions = 500_000
for (name, userAgent) in userAgents.sorted(by: { $0.key < $1.key }) {
    var found = 0
    let duration = ContinuousClock().measure {
        for _ in 0..<repetitions where crawlers.contains(userAgent) { found += 1 }
    }
    let nanoseconds = duration.components.attoseconds / 1_000_000_000 + duration.components.seconds * 1_000_000_000
    print("\(name): \(nanoseconds / Int64(repetitions)) ns, \(found > 0 ? "left out" : "counted")")
}
END
swiftc -O -swift-version 6 -package-name headcount -module-name benchmark -o "$directory/benchmark" \
    Sources/Headcount/Counting/Crawlers.swift Sources/Headcount/Counting/CrawlerRules.swift "$directory/main.swift"
"$directory/benchmark"
