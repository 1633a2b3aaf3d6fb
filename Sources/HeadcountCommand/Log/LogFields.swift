/// The fields of a line that are decoded, one after the other.
struct LogFields {
    private var bytes: [UInt8] = []

    /// - Returns: where the field is.
    mutating func append(_ field: some Sequence<UInt8>) -> Range<Int> {
        let start = bytes.count
        bytes += field
        return start..<bytes.count
    }

    mutating func append(_ field: String) -> Range<Int> { append(field.utf8) }

    /// - Parameter body: called with a function that returns a field's bytes, which are valid within the call.
    func read(_ body: ((Range<Int>) -> LogLine.Bytes) -> Void) {
        bytes.withUnsafeBufferPointer { bytes in body { bytes[$0.lowerBound, $0.upperBound] } }
    }
}
