import Crypto

/// Identifies a visitor of the site or of a page on one day by 128 bits, which reveal nothing without the day's salt.
package struct VisitorID: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Hashes half of the id, which is random enough.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(high)
    }

    /// The id as sixteen bytes, big-endian.
    package var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { [UInt8]($0) }
    }
}

/// The random key for the visitor ids of one day. It is destroyed after that day, since with it one could test whether a
/// certain visitor came.
package struct Salt: Sendable, Equatable {
    package let bytes: [UInt8]

    /// The length in bytes.
    package static let length = 32

    /// - Returns: `nil` unless there are 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = [UInt8](bytes)
    }

    private init(valid bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A new salt from the system's random number generator (getrandom(2) on Linux).
    package static func random() -> Salt {
        Salt(valid: (0..<length).map { _ in .random(in: .min ... .max) })
    }
}

/// Makes the ids of one day: HMAC-SHA256 (RFC 2104) of page ‖ 0 ‖ address ‖ 0 ‖ User-Agent with the day's salt as the
/// key, truncated to 128 bits (RFC 2104 §5). The address always has sixteen bytes and a page contains no zero, so no
/// two visitors have the same message.
struct VisitorHasher {
    /// The keyed state. Copying it for each id costs half as much as setting the key each time.
    private let keyed: HMAC<SHA256>

    init(salt: Salt) {
        keyed = HMAC<SHA256>(key: SymmetricKey(data: salt.bytes))
    }

    /// - Parameter page: `nil` for the site as a whole.
    func id(page: Page?, address: IPAddress?, userAgent: String) -> VisitorID {
        let prefix = address?.visitorPrefix
        let path = page?.path.utf8 ?? "".utf8
        // One update of the whole message, since each call of the generic `update` costs more than the hashing.
        var message: [UInt8] = []
        message.reserveCapacity(path.count + 18 + userAgent.utf8.count)
        message.append(contentsOf: path)
        message.append(0)
        for half in [prefix?.high ?? 0, prefix?.low ?? 0] {
            withUnsafeBytes(of: half.bigEndian) { message.append(contentsOf: $0) }
        }
        message.append(0)
        message.append(contentsOf: userAgent.utf8)

        var code = keyed
        code.update(data: message)
        return code.finalize().withUnsafeBytes {
            VisitorID(
                high: UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }
}
