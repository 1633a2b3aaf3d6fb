#if DynamoDB
import Headcount
import NIOCore

// `salt`: the open day and its salt. One item for all days, so that opening one destroys the salt before it in the same
// write, and no two days are ever open.

extension Table {
    /// Opens a day; see ``CounterStore/open(_:)``.
    func open(_ day: Day, until deadline: NIODeadline) async throws(CallError) -> OpenDay {
        while true {
            let item = try await item(.salt, until: deadline)
            let open = item.flatMap(OpenDay.init)
            if let open, open.day == day || open.day == day.advanced(by: 1) { return open }
            let fresh = OpenDay(day: day, salt: .random())
            let put = Write(tableName: name, item: fresh.item)
            do throws(CallError) {
                try await self.put(
                    open.map { put.when("#salt = :before", ["salt"], [":before": .binary($0.salt.bytes)]) }
                        ?? put.when("attribute_not_exists(#salt)", ["salt"]),
                    isRepeatable: false,
                    until: deadline
                )
                return fresh
            } catch {
                // Somebody else was first, or perhaps we were: what is there now tells.
                switch error {
                case .conditionFailed, .unknown: guard NIODeadline.now() < deadline else { throw error }
                default: throw error
                }
            }
        }
    }
}

extension OpenDay {
    fileprivate init?(_ item: Item) {
        guard let number = item["day"]?.number, let salt = item["salt"]?.binary.flatMap({ Salt($0) }) else {
            return nil
        }
        self.init(day: Day(number: number), salt: salt)
    }

    fileprivate var item: Item {
        Key.salt.item.merging([
            "day": .number(day.number), "salt": .binary(salt.bytes), "expires": .number(day.expiry),
        ]) { $1 }
    }
}

extension Day {
    /// When DynamoDB may delete what belongs to this day: at the end of the next, in seconds since 1970.
    var expiry: Int { advanced(by: 2).start.milliseconds / 1000 }
}
#endif
