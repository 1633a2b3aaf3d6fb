import Headcount

/// A request to a responder as a web server sends it (FastCGI Specification 1.0, §3.3, §5, §6.2): BEGIN_REQUEST, then
/// PARAMS and STDIN, each ended by an empty record.
struct ReceivedRequest {
    var request: Request
    /// The id that the response must carry.
    var id: UInt16
    /// Whether the web server wants the connection kept open (`FCGI_KEEP_CONN`).
    var keepsConnection: Bool

    enum ParseResult {
        case complete(ReceivedRequest)
        /// Valid so far; more bytes must follow.
        case incomplete
        /// Not a request to a responder, more than one request, or a parameter longer than the data.
        case malformed
    }

    static func parse(_ bytes: UnsafeRawBufferPointer) -> ParseResult {
        var parser = Parser(bytes: bytes)
        return parser.parse()
    }
}

private struct Parser {
    let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var id: UInt16 = 0
    private var keepsConnection = false
    private var parameters: [UnsafeRawBufferPointer] = []

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// A record whose content may not have arrived yet.
    private struct Record {
        var type: UInt8
        var id: UInt16
        var contentLength: Int
        /// `nil` while it is incomplete.
        var content: UnsafeRawBufferPointer?
    }

    mutating func parse() -> ReceivedRequest.ParseResult {
        var expected = RecordHeader.beginRequest
        while let record = nextRecord() {
            guard record.type == expected, record.id == id || expected == RecordHeader.beginRequest else {
                return .malformed
            }
            if expected == RecordHeader.beginRequest, record.contentLength != 8 { return .malformed }
            guard let content = record.content else { return .incomplete }
            switch expected {
            case RecordHeader.beginRequest:
                let role = UInt16(content[0]) << 8 | UInt16(content[1])
                guard record.id != 0, role == Self.responderRole else { return .malformed }
                id = record.id
                keepsConnection = content[2] & Self.keepConnectionFlag != 0
                expected = RecordHeader.params
            case RecordHeader.params:
                if content.isEmpty { expected = RecordHeader.stdin } else { parameters.append(content) }
            default:
                // The body is not read.
                if content.isEmpty { return finish() }
            }
        }
        return .incomplete
    }

    /// - Returns: `nil` if the header is incomplete; a record of the invalid type 0 if its version is not 1.
    private mutating func nextRecord() -> Record? {
        guard position + RecordHeader.length <= bytes.count else { return nil }
        let contentLength = Int(bytes[position + 4]) << 8 | Int(bytes[position + 5])
        var record = Record(
            type: bytes[position] == RecordHeader.version ? bytes[position + 1] : 0,
            id: UInt16(bytes[position + 2]) << 8 | UInt16(bytes[position + 3]),
            contentLength: contentLength
        )
        let start = position + RecordHeader.length
        position = start + contentLength + Int(bytes[position + 6])
        if position <= bytes.count { record.content = .init(rebasing: bytes[start..<start + contentLength]) }
        return record
    }

    /// Reads the parameters of a complete request.
    private func finish() -> ReceivedRequest.ParseResult {
        guard position == bytes.count else { return .malformed }
        var variables = MetaVariables()
        let areValid: Bool
        if parameters.count == 1 {
            areValid = Self.read(parameters[0], into: &variables)
        } else {
            areValid = parameters.flatMap { [UInt8]($0) }.withUnsafeBytes { Self.read($0, into: &variables) }
        }
        guard areValid else { return .malformed }
        return .complete(.init(request: variables.request, id: id, keepsConnection: keepsConnection))
    }

    /// Reads name-value pairs (§3.4).
    ///
    /// - Returns: `false` if a pair is longer than the data.
    private static func read(_ bytes: UnsafeRawBufferPointer, into variables: inout MetaVariables) -> Bool {
        var position = 0
        while position < bytes.count {
            guard let nameLength = length(bytes, &position), let valueLength = length(bytes, &position),
                nameLength + valueLength <= bytes.count - position
            else { return false }
            let value = position + nameLength
            variables.read(
                .init(rebasing: bytes[position..<value]),
                .init(rebasing: bytes[value..<value + valueLength])
            )
            position = value + valueLength
        }
        return true
    }

    /// A length of one byte, or of four with the highest bit set.
    private static func length(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
        guard position < bytes.count else { return nil }
        let first = bytes[position]
        guard first & 0x80 != 0 else {
            position += 1
            return Int(first)
        }
        guard position + 4 <= bytes.count else { return nil }
        defer { position += 4 }
        return (1..<4).reduce(Int(first & 0x7F)) { $0 << 8 | Int(bytes[position + $1]) }
    }

    private static let responderRole: UInt16 = 1
    private static let keepConnectionFlag: UInt8 = 1
}

/// The header of a record (FastCGI Specification 1.0, §3.3).
enum RecordHeader {
    /// The length in bytes.
    static let length = 8
    static let version: UInt8 = 1

    // The types that a responder needs (§8).
    static let beginRequest: UInt8 = 1
    static let endRequest: UInt8 = 3
    static let params: UInt8 = 4
    static let stdin: UInt8 = 5
    static let stdout: UInt8 = 6
}

extension [UInt8] {
    /// Appends a response to the request `id` as records: STDOUT, an empty STDOUT, END_REQUEST.
    mutating func appendRecords(of response: Response, to id: UInt16) {
        let header = count
        appendHeader(RecordHeader.stdout, id, 0)
        let start = count
        response.appendCGI(to: &self)
        let length = count - start
        if length <= UInt16.max {
            self[header + 4] = UInt8(length >> 8)
            self[header + 5] = UInt8(length & 0xFF)
        } else {
            let content = self[start...]
            removeSubrange(header...)
            var rest = content
            while !rest.isEmpty {
                let part = rest.prefix(Int(UInt16.max))
                appendHeader(RecordHeader.stdout, id, part.count)
                append(contentsOf: part)
                rest = rest.dropFirst(part.count)
            }
        }
        appendHeader(RecordHeader.stdout, id, 0)
        appendHeader(RecordHeader.endRequest, id, 8)
        // Status 0, FCGI_REQUEST_COMPLETE.
        append(contentsOf: repeatElement(0, count: 8))
    }

    private mutating func appendHeader(_ type: UInt8, _ id: UInt16, _ length: Int) {
        append(RecordHeader.version)
        append(type)
        append(UInt8(id >> 8))
        append(UInt8(id & 0xFF))
        append(UInt8(length >> 8))
        append(UInt8(length & 0xFF))
        append(0)
        append(0)
    }
}
