#if DynamoDB
import Headcount

// `visitor#DAY#ID`: somebody came on that day. `by` names the batch that put it.

extension Table {
    /// Puts those visitors that are not there.
    ///
    /// - Returns: who is new. After an error nobody is, as far as that could be brought about.
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

    /// Takes back what a batch has put that was not counted, so that its visitors are new when they come again. Whoever
    /// is left at the batch's end counts as a visit and not as a visitor.
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
            // Our own, from an attempt whose answer was lost?
            return item?["by"]?.string == token
        }
    }
}
#endif
