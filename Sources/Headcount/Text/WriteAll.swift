import Glibc

/// Writes all bytes to a file descriptor, with as many calls of write(2) as necessary.
///
/// - Returns: `false`, with `errno` set, after an error.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        guard written > 0 || errno == EINTR else { return false }
        rest = rest.dropFirst(max(0, written))
    }
    return true
}

package func writeAll(_ text: String, to descriptor: CInt) -> Bool {
    var text = text
    return text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
}
