#if DynamoDB
import Headcount

// `visitor#DAY#ID`: this visitor came on that day. `by` names the batch that put the item.

extension Table {
    /// Adds visitors.
    ///
    /// - Returns: those that are new that day.
    /// - Throws: after removing those that were added, as far as possible.
    func add(_ visitors: [VisitorID], on day: Day, by batch: Batch) async throws(CallError) -> Set<VisitorID> {
        let results = await concurrently(visitors) { visitor throws(CallError) in
            try await add(visitor, on: day, by: batch.token)
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

    /// Removes visitors that a batch added but did not count, so that they are new when they come again. One that can't be
    /// removed by the deadline counts as a visit next time, and not as a unique visitor.
    func withdraw(_ visitors: [VisitorID], on day: Day, by batch: Batch) async {
        let table = until(batch.end)
        _ = await concurrently(visitors) { visitor throws(CallError) in
            try await table.perform(
                delete(.visitor(visitor, day)).when("#by = :batch", ["batch": .string(batch.token)])
            )
        }
    }

    private func add(_ visitor: VisitorID, on day: Day, by token: String) async throws(CallError) -> Bool {
        var put = put(.visitor(visitor, day), ["by": .string(token), "expires": .number(day.expiry)]).whenAbsent()
        put.returnValuesOnConditionCheckFailure = "ALL_OLD"
        do throws(CallError) {
            try await perform(put)
            return true
        } catch {
            guard case .conditionFailed(let item) = error else { throw error }
            // An earlier attempt of this batch may have succeeded although its answer was lost.
            return item?["by"]?.string == token
        }
    }
}
#endif
