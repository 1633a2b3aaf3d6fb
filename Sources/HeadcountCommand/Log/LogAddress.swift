import Headcount

/// The addresses of clients in logs, which may be lists of `X-Forwarded-For`, the client's first, then those of proxies.
enum LogAddress {
    /// Where the client's address comes from: the connection, or `X-Forwarded-For` if the request has it.
    enum Source: String, CaseIterable {
        case remote, forwarded
    }

    /// Whether a word looks like an IP address. This is enough to distinguish it from a name.
    static func isAddress(_ word: LogLine.Bytes) -> Bool {
        var (dots, colons, hasLetters) = (0, 0, false)
        for byte in word {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): hasLetters = true
            case UInt8(ascii: "."): dots += 1
            case UInt8(ascii: ":"): colons += 1
            // The zone of a link-local address.
            case UInt8(ascii: "%"): return colons >= 2
            default: return false
            }
        }
        return colons >= 2 || (colons == 0 && dots == 3 && !hasLetters)
    }

    /// What servers and proxies write for a client that they don't know.
    static func isUnknown(_ word: LogLine.Bytes) -> Bool {
        word.isEmpty || word.equals("-") || word.equals("unknown") || word.equals("localhost") || word.equals("unix:")
    }

    /// Whether a word is an address, a host name with a dot, or stands for a client that is not known.
    static func isClient(_ word: LogLine.Bytes) -> Bool {
        if isAddress(word) || isUnknown(word) { return true }
        var (hasDot, hasLetter) = (false, false)
        for byte in word {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): hasLetter = true
            case UInt8(ascii: "."): hasDot = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): break
            default: return false
            }
        }
        return hasDot && hasLetter
    }

    /// Whether a word can be the name of a user or a site: it is not JSON and contains no client's address. Apache calls a
    /// site without a name `127.0.1.1:80`.
    static func isName(_ word: LogLine.Bytes) -> Bool {
        guard let first = word.first, first != UInt8(ascii: "{") else { return false }
        // Most names have no digit, and every address has one.
        guard word.contains(where: { $0 &- UInt8(ascii: "0") < 10 }) else { return true }
        return word.split { ",\"=()[]".utf8.contains($0) }.map { LogLine.Bytes(rebasing: $0) }.allSatisfy { part in
            let host = withoutPort(part)
            guard isAddress(host) else { return true }
            return host.count < word.count && host.ipAddress?.isPrivate == true
        }
    }

    /// Whether any word is a public address, or has one in quotes, brackets or a list.
    static func hasPublicAddress(_ words: some Collection<UInt8>) -> Bool {
        words.split { " ,\"=()[]".utf8.contains($0) }.contains { word in
            Array(word).withUnsafeBufferPointer { address($0)?.ipAddress }?.isPrivate == false
        }
    }

    /// Whether each item of a list is a client (``isClient(_:)``).
    static func isList(_ list: LogLine.Bytes) -> Bool {
        var rest = list
        while let item = next(&rest) {
            guard isClient(item) else { return false }
        }
        return !list.isEmpty
    }

    /// The first public address of a list, or else its first address, or else its first item.
    static func client(_ list: LogLine.Bytes) -> LogLine.Bytes {
        var rest = list
        guard let first = next(&rest), !rest.isEmpty else { return withoutPort(list) }
        return address(list) ?? first
    }

    /// The first public address of a list, or else its first address; `nil` if it has none.
    static func address(_ list: LogLine.Bytes) -> LogLine.Bytes? {
        var rest = list
        var first: LogLine.Bytes?
        while let item = next(&rest) {
            guard let address = item.ipAddress else { continue }
            if !address.isPrivate { return item }
            first = first ?? item
        }
        return first
    }

    /// Removes the first item of a list that is separated by commas and spaces.
    private static func next(_ list: inout LogLine.Bytes) -> LogLine.Bytes? {
        guard !list.isEmpty else { return nil }
        let comma = list.firstIndex(of: UInt8(ascii: ","), from: 0) ?? list.count
        let item = list[0, comma]
        var start = min(comma + 1, list.count)
        while start < list.count, list[start] == UInt8(ascii: " ") { start += 1 }
        list = list[start, list.count]
        return withoutPort(item)
    }

    /// `192.0.2.1` of `192.0.2.1:5000`, `2001:db8::1` of `[2001:db8::1]:5000`; any other word unchanged.
    static func withoutPort(_ word: LogLine.Bytes) -> LogLine.Bytes {
        if word.first == UInt8(ascii: "["), let end = word.firstIndex(of: UInt8(ascii: "]"), from: 0) {
            return word[1, end]
        }
        guard let colon = word.firstIndex(of: UInt8(ascii: ":"), from: 0), isAddress(word[0, colon]) else {
            return word
        }
        return word[0, colon]
    }
}
