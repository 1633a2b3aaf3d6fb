/// Reads comma-separated values (RFC 4180) byte by byte, so that a file of any size needs the memory of one record. Lines
/// may end with a line feed alone, and blank lines are skipped.
struct CSVReader {
    /// The fields of a record.
    struct Record {
        /// The line on which it begins, from 1.
        fileprivate(set) var line = 1
        /// All fields, one after the other, and where each ends.
        fileprivate var bytes: [UInt8] = []
        fileprivate var ends: [Int] = []

        var count: Int { ends.count }

        subscript(field: Int) -> ArraySlice<UInt8> { bytes[(field == 0 ? 0 : ends[field - 1])..<ends[field]] }
    }

    /// A quote or a carriage return that this format doesn't allow, in this line.
    struct Malformed: Error {
        let line: Int
    }

    /// The last record, once ``add(_:)`` has returned `true`.
    private(set) var record = Record()
    private var line = 1
    private var state = State.complete

    private enum State {
        /// The next byte begins a record.
        case complete
        case startOfField
        case unquoted
        case quoted
        /// After a quote in a quoted field: its end, or the first of two that mean one.
        case quote
        case carriageReturn
    }

    /// Whether the bytes so far end with a record that isn't complete.
    var isWithinRecord: Bool { state != .complete }

    /// - Returns: whether this byte completes the record.
    mutating func add(_ byte: UInt8) throws(Malformed) -> Bool {
        if state == .complete { begin() }
        if byte == UInt8(ascii: "\n") { line += 1 }
        switch (state, byte) {
        case (.quoted, UInt8(ascii: "\"")):
            state = .quote
        case (.quoted, _):
            record.bytes.append(byte)
        case (.startOfField, UInt8(ascii: "\"")):
            state = .quoted
        case (.quote, UInt8(ascii: "\"")):
            record.bytes.append(byte)
            state = .quoted
        case (_, UInt8(ascii: "\n")):
            let isBlank = record.bytes.isEmpty && record.ends.isEmpty
            record.ends.append(record.bytes.count)
            state = .complete
            return !isBlank
        case (.carriageReturn, _), (_, UInt8(ascii: "\"")):
            throw Malformed(line: line)
        case (_, UInt8(ascii: ",")):
            record.ends.append(record.bytes.count)
            state = .startOfField
        case (_, UInt8(ascii: "\r")):
            state = .carriageReturn
        case (.quote, _):
            throw Malformed(line: line)
        default:
            record.bytes.append(byte)
            state = .unquoted
        }
        return false
    }

    private mutating func begin() {
        record.line = line
        record.bytes.removeAll(keepingCapacity: true)
        record.ends.removeAll(keepingCapacity: true)
        state = .startOfField
    }
}
