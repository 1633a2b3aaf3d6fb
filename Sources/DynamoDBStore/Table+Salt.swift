#if DynamoDB
import Headcount

// `salt`: the open day and its salt. All days use this one item, so opening a day destroys the previous salt in the
// same write, and two days are never open at once.

extension Table {
    /// Opens a day; see ``CounterStore/open(_:)``.
    func open(_ day: Day) async throws(CallError) -> OpenDay {
        while true {
            let item = try await item(.salt)
            if let number = item?["day"]?.number, let salt = item?["salt"]?.binary.flatMap({ Salt($0) }),
                number == day.number || number == day.number + 1
            {
                return OpenDay(day: Day(number: number), salt: salt)
            }
            let salt = Salt.random()
            let put = put(
                .salt,
                ["day": .number(day.number), "salt": .binary(salt.bytes), "expires": .number(day.expiry)]
            )
            do throws(CallError) {
                try await perform(
                    item?["salt"].map { put.when("#salt = :before", ["before": $0]) }
                        ?? put.when("attribute_not_exists(#salt)")
                )
                return OpenDay(day: day, salt: salt)
            } catch {
                // Another process was first, or an earlier attempt succeeded and its answer was lost.
                guard case .conditionFailed = error else { throw error }
            }
        }
    }
}

extension Day {
    /// When DynamoDB may delete the items of this day: at the end of the next day, in seconds since 1970.
    var expiry: Int { advanced(by: 2).start.milliseconds / 1000 }
}
#endif
