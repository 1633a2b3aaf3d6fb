#if DynamoDB
import Headcount
import NIOCore

/// The visits of one call, by page.
struct Batch: Sendable {
    let visits: [Visit]
    /// Names this batch in what it writes.
    let token = Table.token()
    /// By when whoever was not counted has to be taken back.
    let end: NIODeadline

    /// Whom DynamoDB has to be asked about.
    var visitors: [VisitorID] {
        Array(Set(visits.flatMap { [$0.siteVisitor, $0.pageVisitor].compactMap { $0 } }))
    }

    /// The site first, then each page.
    var subjects: [Page?] { [nil] + Set(visits.compactMap(\.page)).map { $0 } }

    /// The visitors of the site, or of a page.
    func visitors(of subject: Page?) -> [VisitorID] {
        visits.compactMap { visit in
            guard let subject else { return visit.siteVisitor }
            return visit.page == subject ? visit.pageVisitor : nil
        }
    }

    /// What the visits come to for the site or a page.
    func addition(to subject: Page?, new: Set<VisitorID>) -> Tally.Count {
        let count = subject.map { page in visits.count { $0.page == page } } ?? visits.count
        let unique = Set(visitors(of: subject)).intersection(new).count
        return Tally.Count(count: count, unique: unique)
    }

    /// The tally of each visit, reckoned back from the totals after all of them, as if they had come one by one.
    func tallies(totals: [Page?: Tally.Count], new: Set<VisitorID>) -> [Tally] {
        var lines = totals
        var unseen: [Page?: Set<VisitorID>] = [:]
        for subject in totals.keys {
            lines[subject]? -= addition(to: subject, new: new)
            unseen[subject] = new.intersection(visitors(of: subject))
        }

        func count(_ subject: Page?, _ visitor: VisitorID?) -> Tally.Count? {
            guard var line = lines[subject] else { return nil }
            line.count += 1
            if let visitor, unseen[subject]?.remove(visitor) != nil { line.unique += 1 }
            lines[subject] = line
            return line
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
    /// Counts a batch: its visitors first, then the site and the pages, side by side.
    func record(_ batch: Batch, on day: Day) async throws(CallError) -> [Tally] {
        let new = try await add(batch.visitors, on: day, by: batch)
        let subjects = batch.subjects
        let results = await concurrently(subjects) { subject throws(CallError) in
            try await add(batch.addition(to: subject, new: new), to: subject, on: day)
        }
        var totals: [Page?: Tally.Count] = [:]
        var failure: CallError?
        var uncounted: Set<VisitorID> = []
        for (subject, result) in zip(subjects, results) {
            switch result {
            case .success(let total): totals[subject] = total
            case .failure(let error):
                failure = failure ?? error
                if error.isCertain { uncounted.formUnion(batch.visitors(of: subject)) }
            }
        }
        await withdraw(Array(uncounted.intersection(new)), on: day, by: batch)
        if let failure { throw failure }
        return batch.tallies(totals: totals, new: new)
    }
}
#endif
