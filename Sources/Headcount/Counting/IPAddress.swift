import Glibc

/// An IPv4 or IPv6 address. An IPv4 address is stored in its IPv4-mapped form (RFC 4291 §2.5.5.2), so
/// `::ffff:192.0.2.1` and `192.0.2.1` are the same visitor and one CIDR rule serves both families.
package struct IPAddress: Sendable, Hashable {
    /// The upper 64 bits, in host order.
    package let high: UInt64
    /// The lower 64 bits, in host order.
    package let low: UInt64

    /// - Returns: `nil` unless the text is an address. The zone of an IPv6 address (`%eth0`) is dropped.
    package init?(_ text: String) {
        var text = text
        guard let address = text.withUTF8({ IPAddress(UnsafeRawBufferPointer($0)) }) else { return nil }
        self = address
    }

    /// Parses an address, like the initializer for a `String`.
    package init?(_ text: UnsafeRawBufferPointer) {
        let zone = text.firstIndex(of: UInt8(ascii: "%")) ?? text.count
        guard zone < Int(INET6_ADDRSTRLEN) else { return nil }
        let isIPv6 = text.contains(UInt8(ascii: ":"))
        guard isIPv6 || zone == text.count else { return nil }
        var bytes = (UInt64(0), UInt64(0))
        let isAddress = withUnsafeTemporaryAllocation(of: CChar.self, capacity: zone + 1) { copy in
            UnsafeMutableRawBufferPointer(copy).copyMemory(from: UnsafeRawBufferPointer(rebasing: text[..<zone]))
            copy[zone] = 0
            return inet_pton(isIPv6 ? AF_INET6 : AF_INET, copy.baseAddress, &bytes) == 1
        }
        guard isAddress else { return nil }
        if isIPv6 {
            self.init(high: UInt64(bigEndian: bytes.0), low: UInt64(bigEndian: bytes.1))
        } else {
            self.init(high: 0, low: Self.mappedPrefix | UInt64(bigEndian: bytes.0) >> 32)
        }
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package var isIPv4: Bool { high == 0 && low & ~UInt64(UInt32.max) == Self.mappedPrefix }

    /// The part of the address that identifies a visitor: all of an IPv4 address, the /64 prefix of an IPv6 address,
    /// since hosts change the rest at will (RFC 8981).
    package var visitorPrefix: IPAddress { isIPv4 ? self : IPAddress(high: high, low: 0) }

    /// Whether the address is of a private network or of the host itself, and so not of a client on the Internet (RFC
    /// 1918, RFC 4193, RFC 6598, RFC 6890).
    package var isPrivate: Bool { Self.privateBlocks.contains { $0.contains(self) } }

    private static let privateBlocks = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/8",
        "::1", "fc00::/7", "fe80::/10",
    ].compactMap(AddressBlock.init)

    private static let mappedPrefix: UInt64 = 0xFFFF << 32

    /// The address with all bits after a prefix of 0 to 128 bits set to zero.
    fileprivate func masked(_ length: Int) -> IPAddress {
        IPAddress(
            high: high & (length >= 64 ? .max : ~(UInt64.max >> length)),
            low: low & (length <= 64 ? 0 : length >= 128 ? .max : ~(UInt64.max >> (length - 64)))
        )
    }
}

extension IPAddress: CustomStringConvertible {
    /// The address in the notation of RFC 5952, or as the four numbers of IPv4.
    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if isIPv4 {
            var address = in_addr(s_addr: UInt32(truncatingIfNeeded: low).bigEndian)
            inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        } else {
            var address = (high.bigEndian, low.bigEndian)
            inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// An address or a CIDR block (RFC 4632 §3.1, RFC 4291 §2.3): an entry of `HEADCOUNT_IGNORE`.
package struct AddressBlock: Sendable, Hashable {
    private let network: IPAddress
    /// The prefix length, 0 to 128 bits, of the IPv4-mapped form for IPv4.
    private let length: Int

    /// - Returns: `nil` unless the text is an address, or an address, `/` and a prefix length of its family. Bits
    ///   after the prefix are ignored.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(String(first)) else { return nil }
        let isDotted = !first.contains(":")
        var length = isDotted ? 32 : 128
        if parts.count == 2 {
            guard parts[1].isDecimal, let bits = Int(parts[1]), bits <= length
            else { return nil }
            length = bits
        }
        self.length = isDotted ? 96 + length : length
        self.network = address.masked(self.length)
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.masked(length) == network
    }
}

extension AddressBlock: CustomStringConvertible {
    /// The block as written in the setting, with the bits after the prefix set to zero.
    package var description: String {
        // A prefix of less than 96 bits is IPv6, even if it contains the IPv4-mapped addresses.
        guard network.isIPv4, length >= 96 else { return length == 128 ? "\(network)" : "\(network)/\(length)" }
        return length == 128 ? "\(network)" : "\(network)/\(length - 96)"
    }
}
