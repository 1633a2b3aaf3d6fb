import Glibc
import Headcount

/// A request in an access log. The fields point into the line.
struct LogLine {
    typealias Bytes = UnsafeBufferPointer<UInt8>

    var time = Instant(milliseconds: 0)
    var method = Bytes.empty
    /// As it is in the log, with its query.
    var target = Bytes.empty
    /// 0 if the server sent no answer.
    var status = 0
    /// Of the answer, in bytes, as it is in the log.
    var size = Bytes.empty
    /// The client's: an address, a list of them, or a host name if the server looks them up.
    var address = Bytes.empty
    /// The list in `X-Forwarded-For`; `nil` if the format does not have it, `-` if the request did not.
    var forwarded: Bytes?
    /// `nil` if the format does not have it; empty if the request did not.
    var userAgent: Bytes?

    /// Sets the method and the target.
    mutating func setRequest(_ request: Bytes) {
        guard let space = request.firstIndex(of: UInt8(ascii: " "), from: 0) else { return }
        method = request[0, space]
        target = request[space + 1, request.firstIndex(of: UInt8(ascii: " "), from: space + 1) ?? request.count]
    }

    /// A digest of the parts that don't identify the visitor: FNV-1a (Fowler, Noll and Vo), since it need not withstand an
    /// attack.
    var event: UInt64 {
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
        }
        withUnsafeBytes(of: time.milliseconds.littleEndian) { add($0) }
        withUnsafeBytes(of: Int32(status).littleEndian) { add($0) }
        add(method)
        add(target)
        add(size)
        return digest
    }
}

extension UnsafeBufferPointer<UInt8> {
    static var empty: Self { Self(start: nil, count: 0) }

    /// The bytes from `start` up to, but not including, `end`.
    subscript(start: Int, end: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: self[start..<Swift.max(start, end)])
    }

    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard start < count, let base = baseAddress, let found = memchr(base + start, CInt(byte), count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && starts(with: text)
    }

    func starts(with text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount, let base = baseAddress else { return false }
        return memcmp(base, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    var text: String { String(decoding: self, as: UTF8.self) }

    var ipAddress: IPAddress? { IPAddress(UnsafeRawBufferPointer(self)) }
}
