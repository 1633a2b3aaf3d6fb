#!/usr/bin/env bash
# Measures what it costs to detect crawlers by their User-Agent, compiled as in a release: nanoseconds a request, the best
# of many short runs, since the machine may have other work. Fails when one costs a microsecond or more.
set -euo pipefail
cd "$(dirname "$0")/.."

directory=$(mktemp --directory)
trap 'rm -rf "$directory"' EXIT

cat >"$directory/main.swift" <<'END'
import Glibc

let userAgents = [
    "Firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Chrome": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "in-app, 312 bytes": "Mozilla/5.0 (Linux; Android 14; SM-S918B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
        + "Version/4.0 Chrome/126.0.6478.122 Mobile Safari/537.36 Instagram 338.0.0.37.90 Android (34/14; 480dpi; 1080x2115; "
        + "samsung; SM-S918B; dm3q; qcom; de_DE; 614064333; en_US; de_AT; IABMV/1; x; yy; zzz; 12345)",
    "curl": "curl/8.5.0",
    "8 kB": "Mozilla/5.0 (X11; Linux x86_64) Chrome/1 " + String(repeating: "xyz ", count: 2000),
    "Googlebot": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
]
let crawlers = Crawlers()
let repetitions = 500
var isSlow = false
for (name, userAgent) in userAgents.sorted(by: { $0.key < $1.key }) {
    var found = 0
    let best = (0..<1000).map { _ in
        ContinuousClock().measure {
            for _ in 0..<repetitions where crawlers.contains(userAgent) { found += 1 }
        }
    }.min() ?? .zero
    let nanoseconds = best.components.attoseconds / 1_000_000_000 / Int64(repetitions)
    print("\(name): \(nanoseconds) ns, \(found > 0 ? "left out" : "counted")")
    if nanoseconds >= 1000 { isSlow = true }
}
exit(isSlow ? 1 : 0)
END
swiftc -O -swift-version 6 -package-name headcount -module-name benchmark -o "$directory/benchmark" \
    Sources/Headcount/Counting/Crawlers.swift Sources/Headcount/Counting/CrawlerRules.swift "$directory/main.swift"
"$directory/benchmark"
