import Headcount

/// The addresses of clients in logs, which may be lists of `X-Forwarded-For`, the client's first, then those of proxies.
enum LogAddress {
    /// What is taken for the client's: the connection's address, or `X-Forwarded-For`, if the request has it.
    enum Source: String, CaseIterable {
        case remote, forwarded
    }

    /// Whether a word looks like an IP address. Enough to tell it from a name.
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

    /// Whether a word is an address, a host name with a dot, or what servers and proxies write for one that they don't know.
    static func isClient(_ word: LogLine.Bytes) -> Bool {
        if isAddress(word) { return true }
        if word.equals("-") || word.equals("unknown") || word.equals("localhost") || word.equals("unix:") {
            return true
        }
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

    /// Whether each item of a list is such a word.
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
        var first: LogLine.Bytes?
        var firstAddress: LogLine.Bytes?
        while let item = next(&rest) {
            if item.count == list.count { return item }
            first = first ?? item
            guard let address = IPAddress(UnsafeRawBufferPointer(item)) else { continue }
            if !address.isPrivate { return item }
            firstAddress = firstAddress ?? item
        }
        return firstAddress ?? first ?? list
    }

    /// Removes the first item of a list that is separated by commas and spaces.
    private static func next(_ list: inout LogLine.Bytes) -> LogLine.Bytes? {
        guard !list.isEmpty else { return nil }
        let comma = list.firstIndex(of: UInt8(ascii: ","), from: 0) ?? list.count
        let item = list[0, comma]
        var start = min(comma + 1, list.count)
        while start < list.count, list[start] == UInt8(ascii: " ") { start += 1 }
        list = list[start, list.count]
        return item
    }
}
