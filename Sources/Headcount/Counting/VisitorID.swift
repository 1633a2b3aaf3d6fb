import Crypto

/// Who visited what on one day, told by 128 bits that say nothing without the day's salt.
package struct VisitorID: Sendable, Hashable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Half of the id is random enough.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(high)
    }

    /// Sixteen bytes, the most significant first.
    package var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { [UInt8]($0) }
    }
}

/// The random key of a day's visitors. Whoever holds it can test a guess at a visitor; it dies with its day.
package struct Salt: Sendable, Equatable {
    package let bytes: [UInt8]

    /// In bytes.
    package static let length = 32

    /// - Returns: `nil` unless there are 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = [UInt8](bytes)
    }

    private init(random: Void) {
        var generator = SystemRandomNumberGenerator()
        bytes = (0..<Self.length).map { _ in .random(in: .min ... .max, using: &generator) }
    }

    /// Fresh from the system's generator (getrandom(2) on Linux).
    package static func random() -> Salt { Salt(random: ()) }
}

/// Makes the ids of one day: HMAC-SHA256 (RFC 2104) under the day's salt of page ‖ 0 ‖ address ‖ 0 ‖ User-Agent, cut to
/// 128 bits (RFC 2104 §5). The address is always sixteen bytes and a page holds no zero, so no two visitors share a
/// message.
package struct VisitorHasher: Sendable {
    /// The keyed state, copied for each id: half the cost of keying anew.
    private let keyed: HMAC<SHA256>

    package init(salt: Salt) {
        keyed = HMAC<SHA256>(key: SymmetricKey(data: salt.bytes))
    }

    /// - Parameter page: `nil` for the site as a whole.
    package func id(page: Page?, address: IPAddress?, userAgent: String) -> VisitorID {
        let household = address?.household
        let path = page?.path.utf8 ?? "".utf8
        // One message and one update: each update through the generic interface costs more than the hashing of it.
        var message: [UInt8] = []
        message.reserveCapacity(path.count + 18 + userAgent.utf8.count)
        message.append(contentsOf: path)
        message.append(0)
        for half in [household?.high ?? 0, household?.low ?? 0] {
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
