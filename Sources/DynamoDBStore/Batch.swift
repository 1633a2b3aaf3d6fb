#if DynamoDB
import Headcount
import NIOCore

/// The writes of one call, by page.
struct Batch: Sendable {
    let visits: [Visit]
    let leftOut: LeftOut
    /// Identifies this batch in the items that it writes.
    let token = Table.token()
    /// The deadline for removing visitors that were added but not counted.
    let end: NIODeadline

    var visitors: [VisitorID] {
        Array(Set(visits.flatMap { [$0.siteVisitor, $0.pageVisitor].compactMap { $0 } }))
    }

    /// The site, `nil`, then each page.
    var subjects: [Page?] { [nil] + Set(visits.compactMap(\.page)).map { $0 } }

    /// The visitors of the site, or of a page.
    func visitors(of subject: Page?) -> [VisitorID] {
        visits.compactMap { visit in
            guard let subject else { return visit.siteVisitor }
            return visit.page == subject ? visit.pageVisitor : nil
        }
    }

    /// The numbers to add to the site or a page.
    func addition(to subject: Page?, new: Set<VisitorID>) -> Tally.Count {
        let count = subject.map { page in visits.count { $0.page == page } } ?? visits.count
        let unique = Set(visitors(of: subject)).intersection(new).count
        return Tally.Count(count: count, unique: unique)
    }

    /// The tally after each visit, as if they had been counted one by one: subtracts the batch from the totals after
    /// it, then adds each visit.
    func tallies(totals: [Page?: Tally.Count], new: Set<VisitorID>) -> [Tally] {
        var counts = totals
        var unseen: [Page?: Set<VisitorID>] = [:]
        for subject in totals.keys {
            counts[subject]? -= addition(to: subject, new: new)
            unseen[subject] = new.intersection(visitors(of: subject))
        }

        func count(_ subject: Page?, _ visitor: VisitorID?) -> Tally.Count? {
            guard var total = counts[subject] else { return nil }
            total.count += 1
            if let visitor, unseen[subject]?.remove(visitor) != nil { total.unique += 1 }
            counts[subject] = total
            return total
        }
        return visits.map { visit in
            Tally(
                site: count(nil, visit.siteVisitor) ?? .zero,
                page: visit.page.flatMap { count($0, visit.pageVisitor) }
            )
        }
    }
}

extension Table {
    /// Counts a batch: adds its visitors, then updates the site and the pages concurrently.
    func record(_ batch: Batch, on day: Day) async throws(CallError) -> [Tally] {
        let new = try await add(batch.visitors, on: day, by: batch)
        let subjects = batch.subjects
        let results = await concurrently(subjects) { subject throws(CallError) in
            let count = batch.addition(to: subject, new: new)
            let leftOut = subject == nil ? batch.leftOut : .zero
            return try await add(.init(day: day, count: count, leftOut: leftOut), to: subject)
        }
        var totals: [Page?: Tally.Count] = [:]
        var failure: CallError?
        var uncounted: Set<VisitorID> = []
        for (subject, result) in zip(subjects, results) {
            switch result {
            case .success(let total): totals[subject] = total
            case .failure(let error):
                failure = failure ?? error
                if error.hadNoEffect { uncounted.formUnion(batch.visitors(of: subject)) }
            }
        }
        await remove(Array(uncounted.intersection(new)), on: day, by: batch)
        if let failure { throw failure }
        return batch.tallies(totals: totals, new: new)
    }
}
#endif
