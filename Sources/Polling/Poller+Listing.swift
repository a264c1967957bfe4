internal import CommsAPI
internal import Ledger
internal import Locking
internal import Operations

/// The end of a list that has been read and recorded.
struct Listed: Sendable {
    /// The hashes of the ids of all operations listed.
    var ids: [UInt64] = []
    /// The creation time of the oldest operation of the slice that was not known to look as it does.
    var oldestNews: Timestamp?
    var pages = 0
    /// True if the last page was as full as was asked for, so that the list may have been cut off.
    var isFull = false
    /// The refusal of the page token with which the list ended too early; nil where it did not.
    var refusal: CommsError?
    /// True for a list by status that ended so, and cannot be cut into parts.
    var isPartial = false

    /// Adds a list of another part of the time.
    mutating func add(_ other: Listed) {
        ids += other.ids
        pages += other.pages
        if let oldest = other.oldestNews { oldestNews = min(oldestNews ?? oldest, oldest) }
    }
}

extension Poller {
    /// A list that may be cut off is listed again in parts, with at most so many pages.
    private static let mostPagesOfParts = 20
    /// And with so many while they show nothing that the whole did not.
    private static let mostPagesInVain = 12
    /// The shortest span that is listed in halves.
    private static let shortestSpan = Duration.seconds(1)
    /// A list whose tokens are refused is listed again in halves, at most so often.
    private static let mostRelistings = 40
    /// At most so many complete lists are remembered.
    private static let mostRemembered = 1000

    /// Lists a slice and records it; in parts where the API takes no window so long, and in halves where it refuses a token on the
    /// way, which may have expired. Lists nothing where it is not to be asked by status. Throws `pagination` where the API cuts
    /// the list off, and lists of parts of its time do not show all of it either.
    func list(_ slice: Slice, in status: OperationStatus?) async throws(SweepError) -> Listed {
        var all = Listed()
        var waiting = [slice]
        var relistings = 0
        while let part = waiting.popLast() {
            if status != nil, omitsStatus { return all }
            if isPastReach(part) { continue }
            if status == nil, let parts = parts(of: part) {
                waiting += parts.reversed()
                continue
            }
            do throws(SweepError) {
                let listed = try await listWhole(part, in: status)
                guard let refusal = listed.refusal else {
                    all.add(listed)
                    continue
                }
                // Its parts would be the same list; sweeps without a status show the rest.
                if leavesOutDates(status) {
                    all.add(listed)
                    all.isPartial = true
                    continue
                }
                relistings += 1
                guard relistings <= Self.mostRelistings, part.length(now: apiTime) > Self.shortestSpan else {
                    throw .api(refusal)
                }
                waiting += part.halves(now: apiTime).reversed()
            } catch .api(.refused(let text)) {
                // It has just been learnt that this list is not to be asked for as a whole.
                guard isToBeListedOtherwise(part, status) else { throw .api(.refused(text)) }
                waiting.append(part)
            }
        }
        return all
    }

    /// True for a part so old that windows which start inside retention end before it.
    private func isPastReach(_ slice: Slice) -> Bool {
        guard let end = slice.window.end, secondWays.withLock({ $0.forms.startsInside }) else { return false }
        return end <= apiTime - Operation.retention + RequestForms.margin
    }

    /// True where lists by status are the same for every window.
    private func leavesOutDates(_ status: OperationStatus?) -> Bool {
        let query = ListQuery(resource: resource, window: CreationWindow(), status: status)
        return secondWays.withLock { $0.forms.leavesOutDates(of: query) }
    }

    private func isToBeListedOtherwise(_ part: Slice, _ status: OperationStatus?) -> Bool {
        status == nil ? parts(of: part) != nil : omitsStatus
    }

    private func parts(of slice: Slice) -> [Slice]? {
        let time = apiTime
        return secondWays.withLock { $0.parts(of: slice, at: .now, time: time) }
    }

    /// True where lists are not to be asked for by status.
    var omitsStatus: Bool { secondWays.withLock { $0.omitsStatus(at: .now) } }

    private func listWhole(_ slice: Slice, in status: OperationStatus?) async throws(SweepError) -> Listed {
        let listed = try await listOnce(slice, in: status)
        guard listed.isFull, !leavesOutDates(status), listed.refusal == nil,
            !completeLists.contains(Set(listed.ids).hashValue)
        else {
            return listed
        }
        return try await listParts(of: slice, status, showing: listed)
    }

    /// Lists the halves of a slice, and again the halves of those that are full.
    ///
    /// While the parts show nothing that the whole did not, it may just be as long as a page.
    private func listParts(
        of slice: Slice, _ status: OperationStatus?, showing whole: Listed
    ) async throws(SweepError) -> Listed {
        var parts = ListedParts(whole)
        var full = [slice]
        while let part = full.first, part.length(now: apiTime) > Self.shortestSpan,
            parts.pages < (parts.showMore ? Self.mostPagesOfParts : Self.mostPagesInVain)
        {
            full.removeFirst()
            for half in part.halves(now: apiTime) {
                guard parts.pages < Self.mostPagesOfParts else {
                    full.append(half)
                    continue
                }
                let listed = try await listOnce(half, in: status)
                if let refusal = listed.refusal { throw .api(refusal) }
                parts.add(listed)
                if listed.isFull { full.append(half) }
            }
        }
        guard parts.showMore else {
            remember(complete: whole.ids)
            return whole
        }
        guard full.isEmpty else {
            let path = resource.path
            throw .api(.failed(.pagination, "\(path): the list is cut off at \(whole.ids.count) operations; gave up"))
        }
        return parts.all
    }

    private func remember(complete ids: [UInt64]) {
        if completeLists.count >= Self.mostRemembered { completeLists = [] }
        completeLists.insert(Set(ids).hashValue)
    }

    private func listOnce(_ slice: Slice, in status: OperationStatus?) async throws(SweepError) -> Listed {
        let query = ListQuery(resource: resource, window: slice.window, status: status)
        if let listed = try await list(query, slice, known: ledger.known) { return listed }
        // The table was cleared since, so what was left out of pages as known has to be shown again. Nothing is left out this
        // time: an account that turns once more has the list read no third time.
        return try await list(query, slice, known: nil) ?? Listed()
    }

    /// Records each page as it comes, while the next one is on its way. Nil where what is `known` has been forgotten on the
    /// way.
    private func list(
        _ query: ListQuery, _ slice: Slice, known: Locked<FingerprintTable>?
    ) async throws(SweepError) -> Listed? {
        var listed = Listed()
        let generation = known?.withLock { $0.generation }
        let (client, begun) = (client, apiTime)
        let pages = Pages(of: resource, atMost: client.maximumPages) { (token) throws(CommsError) in
            try await self.page(ListRequest(query, at: begun, after: token), from: client, known: known)
        }
        var progress = await ListProgress(of: pages)
        do {
            while let page = try progress.page {
                async let following = progress.following
                guard page.generation == generation else { return nil }
                try record(page)
                guard generation == known?.withLock({ $0.generation }) else { return nil }
                listed.add(page, in: slice.start...max(slice.start, slice.end ?? apiTime))
                progress = await following
            }
        } catch .api(.refused(let text)) where listed.pages > 0 {
            listed.refusal = .refused(text)
        }
        return listed
    }
}

extension Listed {
    /// Adds a page of a list of operations created in a span; others in it have dates that cannot be believed.
    fileprivate mutating func add(_ page: Page, in span: ClosedRange<Timestamp>) {
        ids += page.ids
        pages += 1
        isFull = page.isFull
        for sighting in page.sightings where span.contains(sighting.operation.createdAt) {
            let created = sighting.operation.createdAt
            oldestNews = min(oldestNews ?? created, created)
        }
    }
}

/// Lists of the parts of a slice, beside the list of the whole.
private struct ListedParts {
    private(set) var all: Listed
    private(set) var pages = 0
    /// True once a part has shown an operation that the whole did not.
    private(set) var showMore = false
    private var shown: Set<UInt64>

    init(_ whole: Listed) {
        all = whole
        shown = Set(whole.ids)
    }

    mutating func add(_ part: Listed) {
        pages += part.pages
        let news = part.ids.filter { shown.insert($0).inserted }
        showMore = showMore || !news.isEmpty
        all.ids += news
        if let oldest = part.oldestNews { all.oldestNews = min(all.oldestNews ?? oldest, oldest) }
    }
}

/// The reading of a list under way: the page it has come to, and how it goes on.
private struct ListProgress: Sendable {
    private var pages: Pages.Iterator
    private let outcome: Result<Page?, CommsError>

    init(of pages: Pages) async { await self.init(pages.makeAsyncIterator()) }

    private init(_ pages: Pages.Iterator) async {
        var pages = pages
        do { outcome = .success(try await pages.next()) } catch { outcome = .failure(error) }
        self.pages = pages
    }

    /// Nil at the end of the list.
    var page: Page? {
        get throws(SweepError) {
            do { return try outcome.get() } catch { throw .api(error) }
        }
    }

    var following: ListProgress {
        get async { await ListProgress(pages) }
    }
}
