#if DynamoDB
import Headcount

// `visitor#DAY#ID`: a visitor of a day. `by` is the token of the batch that put the item.

extension Table {
    /// Adds visitors.
    ///
    /// - Returns: the visitors that are new on that day.
    /// - Throws: after removing the visitors that were added, as far as possible.
    func add(_ visitors: [VisitorID], on day: Day, by batch: Batch) async throws(CallError) -> Set<VisitorID> {
        let results = await concurrently(visitors) { visitor throws(CallError) in
            try await add(visitor, on: day, by: batch.token)
        }
        do throws(CallError) {
            var new: Set<VisitorID> = []
            for (visitor, result) in zip(visitors, results) where try result.get() { new.insert(visitor) }
            return new
        } catch {
            await remove(visitors, on: day, by: batch)
            throw error
        }
    }

    /// Removes visitors that a batch added but did not count, so that they are new at their next visit. A visitor that
    /// can't be removed by the deadline will not be counted as unique.
    func remove(_ visitors: [VisitorID], on day: Day, by batch: Batch) async {
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
