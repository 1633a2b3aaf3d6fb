/// A web server's side of FastCGI (FastCGI Specification 1.0), to speak to the responder with.
enum Records {
    static func record(_ type: UInt8, id: UInt16 = 1, _ content: [UInt8], padding: UInt8 = 0, version: UInt8 = 1)
        -> [UInt8]
    {
        let length = UInt16(content.count)
        return [version, type, UInt8(id >> 8), UInt8(id & 0xFF), UInt8(length >> 8), UInt8(length & 0xFF), padding, 0]
            + content + [UInt8](repeating: 0, count: Int(padding))
    }

    static func begin(id: UInt16 = 1, role: UInt8 = 1, keep: Bool = true) -> [UInt8] {
        record(1, id: id, [0, role, keep ? 1 : 0, 0, 0, 0, 0, 0])
    }

    static func parameters(_ pairs: [(String, String)]) -> [UInt8] {
        pairs.flatMap { name, value in
            length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
        }
    }

    private static func length(_ count: Int) -> [UInt8] {
        count < 128
            ? [UInt8(count)]
            : [UInt8(count >> 24) | 0x80, UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
    }

    static func request(
        _ pairs: [(String, String)] = [("REQUEST_METHOD", "GET"), ("REQUEST_URI", "/headcount")],
        body: [UInt8] = [],
        id: UInt16 = 1,
        keep: Bool = true
    ) -> [UInt8] {
        begin(id: id, keep: keep) + record(4, id: id, parameters(pairs), padding: 3) + record(4, id: id, [])
            + (body.isEmpty ? [] : record(5, id: id, body)) + record(5, id: id, [])
    }
}
