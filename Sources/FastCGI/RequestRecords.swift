/// The records of one request (FastCGI Specification 1.0, §3.3, §5) as far as they have come, looked at without taking
/// them: their headers are walked, and the lengths that their parameters claim. libfcgi would allocate what is claimed.
enum RequestRecords: Equatable {
    /// All there, in so many bytes: BEGIN_REQUEST, PARAMS up to the empty one, STDIN up to the empty one.
    case whole(length: Int)
    /// Right so far.
    case partial
    /// Something else than one responder's request: another version or role, mixed ids, an abort, a management record,
    /// more records or parameters than a web server would send.
    case malformed

    init(_ bytes: UnsafeRawBufferPointer) {
        var awaited = RecordType.beginRequest
        var id: UInt16 = 0
        var parameters = ParameterLengths()
        var position = 0
        var records = 0
        while position + Self.headerLength <= bytes.count {
            records += 1
            guard records <= Self.maximumRecords, bytes[position] == Self.version,
                bytes[position + 1] == awaited.rawValue
            else {
                self = .malformed
                return
            }
            let recordID = bytes.bigEndian16(at: position + 2)
            let contentLength = Int(bytes.bigEndian16(at: position + 4))
            let content = position + Self.headerLength
            position = content + contentLength + Int(bytes[position + 6])

            switch awaited {
            case .beginRequest:
                guard recordID != 0, contentLength == 8 else {
                    self = .malformed
                    return
                }
                guard content + 2 <= bytes.count else { break }
                guard bytes.bigEndian16(at: content) == Self.responderRole else {
                    self = .malformed
                    return
                }
                id = recordID
                awaited = .params
            case .params:
                guard recordID == id, contentLength > 0 || parameters.areComplete else {
                    self = .malformed
                    return
                }
                if contentLength == 0 { awaited = .stdin }
                guard parameters.read(bytes[content..<min(content + contentLength, bytes.count)]) else {
                    self = .malformed
                    return
                }
            case .stdin:
                guard recordID == id else {
                    self = .malformed
                    return
                }
                guard contentLength == 0 else { continue }
                self = position <= bytes.count ? .whole(length: position) : .partial
                return
            }
        }
        self = .partial
    }

    /// The id of the request that a buffer starts with.
    static func requestID(_ bytes: UnsafeRawBufferPointer) -> UInt16 {
        bytes.bigEndian16(at: 2)
    }

    /// The records of an answer that libfcgi has no part in, since it never saw the request.
    static func answer(_ content: [UInt8], to id: UInt16) -> [UInt8] {
        precondition(content.count <= Int(UInt16.max))
        func header(_ type: UInt8, _ length: Int) -> [UInt8] {
            [version, type, UInt8(id >> 8), UInt8(id & 0xFF), UInt8(length >> 8), UInt8(length & 0xFF), 0, 0]
        }
        return header(stdoutType, content.count) + content + header(stdoutType, 0)
            + header(endRequestType, 8) + [UInt8](repeating: 0, count: 8)
    }

    private enum RecordType: UInt8 {
        case beginRequest = 1
        case params = 4
        case stdin = 5
    }

    /// Empty records and parameters cost us more than they cost who sends them.
    private static let maximumRecords = 1000
    private static let version: UInt8 = 1
    private static let headerLength = 8
    private static let responderRole: UInt16 = 1
    private static let endRequestType: UInt8 = 3
    private static let stdoutType: UInt8 = 6
}

/// The name-value pairs of a PARAMS stream (FastCGI Specification 1.0, §3.4), followed by their lengths alone, over as
/// many records as it takes.
private struct ParameterLengths {
    /// What is left of a pair, in bytes.
    private var rest = 0
    /// How many bytes of a length are still to come.
    private var pending = 0
    private var length = 0
    private var nameLength: Int?
    private var pairs = 0

    /// For each pair, libfcgi allocates; a web server sends some thirty.
    private static let maximumPairs = 1000

    /// Whether the stream may end here.
    var areComplete: Bool { rest == 0 && pending == 0 && nameLength == nil }

    /// - Returns: whether a web server might send them: names are not empty, and not without end.
    mutating func read(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
        var bytes = bytes
        while let byte = bytes.first {
            guard rest == 0 else {
                let skipped = min(rest, bytes.count)
                rest -= skipped
                bytes = bytes.dropFirst(skipped)
                continue
            }
            bytes = bytes.dropFirst()
            guard readLength(byte) else { return false }
        }
        return true
    }

    private mutating func readLength(_ byte: UInt8) -> Bool {
        if pending > 0 {
            length = length << 8 | Int(byte)
            pending -= 1
        } else if byte & 0x80 != 0 {
            length = Int(byte & 0x7F)
            pending = 3
        } else {
            length = Int(byte)
        }
        guard pending == 0 else { return true }
        if let nameLength {
            rest = nameLength + length
            self.nameLength = nil
            return true
        }
        nameLength = length
        pairs += 1
        return length > 0 && pairs <= Self.maximumPairs
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func bigEndian16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }
}
