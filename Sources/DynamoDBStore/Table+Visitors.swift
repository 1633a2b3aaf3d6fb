#if DynamoDB
import Headcount
import NIOCore

// `visitor#DAY#ID`: somebody came on that day. `by` names the batch that put it.

extension Table {
    /// Puts those visitors that are not there.
    ///
    /// An item that has the batch's token is our own, from an attempt whose answer was lost.
    ///
    /// - Returns: who is new. After an error nobody is, as far as that could be brought about.
    func add(
        _ visitors: [VisitorID],
        on day: Day,
        by batch: Batch,
        until deadline: NIODeadline
    ) async throws(CallError) -> Set<VisitorID> {
        let results = await concurrently(visitors) { visitor throws(CallError) in
            try await add(visitor, on: day, by: batch.token, until: deadline)
        }
        do throws(CallError) {
            var new: Set<VisitorID> = []
            for (visitor, result) in zip(visitors, results) where try result.get() { new.insert(visitor) }
            return new
        } catch {
            await withdraw(visitors, on: day, by: batch)
            throw error
        }
    }

    /// Takes back what a batch has put that was not counted, so that its visitors are new when they come again. Whoever
    /// is left at the batch's end counts as a visit and not as a visitor.
    func withdraw(_ visitors: [VisitorID], on day: Day, by batch: Batch) async {
        _ = await concurrently(visitors) { visitor throws(CallError) in
            let delete = Write(tableName: name, key: Key.visitor(visitor, day).item)
            let ours = delete.when("#by = :batch", ["by"], [":batch": .string(batch.token)])
            try await self.delete(ours, until: batch.end)
        }
    }

    private func add(
        _ visitor: VisitorID,
        on day: Day,
        by token: String,
        until deadline: NIODeadline
    ) async throws(CallError) -> Bool {
        let item = Key.visitor(visitor, day).item.merging(["by": .string(token), "expires": .number(day.expiry)]) { $1 }
        do throws(CallError) {
            let put = Write(tableName: name, item: item).whenAbsent().tellingWhatIsThere()
            try await self.put(put, isRepeatable: true, until: deadline)
            return true
        } catch {
            guard case .conditionFailed(let item) = error else { throw error }
            return item?["by"]?.string == token
        }
    }
}
#endif
