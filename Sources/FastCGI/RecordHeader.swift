import Headcount

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
