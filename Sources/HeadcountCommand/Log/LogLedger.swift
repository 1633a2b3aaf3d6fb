import Headcount

/// What of a day's log was imported, without a line of it: pieces of so many lines, each with a digest of what they say
/// but for who came. Files may be renamed, compressed, joined and grow: their lines stay in order.
struct LogLedger: Equatable {
    /// The visits that were added for this day.
    var visits = 0
    var pieces: [Piece] = []

    struct Piece: Hashable {
        var lines: Int
        var digest: UInt64
    }

    init() {}

    /// The name of a day's receipt.
    static func name(_ day: Day) -> String { "log \(day)" }
}

extension LogLedger: LosslessStringConvertible {
    /// `VISITS LINES:DIGEST …`
    init?(_ text: String) {
        let fields = text.split(separator: " ")
        guard let first = fields.first, let visits = Int(first) else { return nil }
        self.visits = visits
        for field in fields.dropFirst() {
            let parts = field.split(separator: ":")
            guard parts.count == 2, let lines = Int(parts[0]), let digest = UInt64(parts[1], radix: 16) else {
                return nil
            }
            pieces.append(Piece(lines: lines, digest: digest))
        }
    }

    var description: String {
        (["\(visits)"] + pieces.map { "\($0.lines):\(String($0.digest, radix: 16))" }).joined(separator: " ")
    }
}

extension LogLedger.Piece {
    static let empty = LogLedger.Piece(lines: 0, digest: 0xCBF2_9CE4_8422_2325)

    /// FNV-1a (Fowler, Noll and Vo), eight bytes at a time and with the halves swapped in between; it need only tell
    /// logs apart, not withstand anybody.
    mutating func add(_ event: LogLine.Bytes) {
        lines += 1
        let raw = UnsafeRawBufferPointer(event)
        var digest = digest
        var position = 0
        while position + 8 <= raw.count {
            let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            digest = (digest ^ UInt64(littleEndian: word)) &* 0x100_0000_01B3
            digest ^= digest >> 32
            position += 8
        }
        while position < raw.count {
            digest = (digest ^ UInt64(raw[position])) &* 0x100_0000_01B3
            position += 1
        }
        self.digest = (digest ^ UInt64(raw.count)) &* 0x100_0000_01B3
    }
}
