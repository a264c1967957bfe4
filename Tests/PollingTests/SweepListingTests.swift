import Ledger
import Operations
import Testing

@testable import Polling

/// The creation times that a sweep covers, in hours ago.
@Suite struct SweepListingTests {
    private let now = Timestamp(rfc3339: "2024-04-20T16:00:00Z")!

    private func hours(_ hours: Int) -> Timestamp { now - .seconds(hours * 3600) }

    private func span(_ start: Int, _ end: Int) -> Coverage.Span {
        Coverage.Span(start: hours(start), end: hours(end))
    }

    /// A sweep of three days, whose slices showed an oldest operation of so many hours ago, the newest first.
    private func listing(oldest: Int?..., gone: Int? = nil) -> SweepListing {
        var listing = SweepListing()
        for (day, oldest) in oldest.enumerated() {
            listing.add(span((day + 1) * 24, day * 24), oldest: oldest.map(hours))
        }
        if let gone { listing.addGone(createdAt: hours(gone)) }
        return listing
    }

    @Test("a complete sweep covers all that it has listed, also where there was nothing")
    func complete() {
        #expect(listing(oldest: 20, nil, nil).covered == [span(24, 0), span(48, 24), span(72, 48)])
        #expect(listing(oldest: nil, nil).covered == [span(24, 0), span(48, 24)])
        #expect(listing(oldest: 20, nil, nil).edge == nil)
    }

    @Test("before it is complete it covers nothing older than the oldest operation shown")
    func certain() {
        #expect(listing(oldest: 20).certain == [span(20, 0)])
        #expect(listing(oldest: nil).certain == [])
        #expect(listing(oldest: nil, 30).certain == [span(24, 0), span(30, 24)])
    }

    @Test("where everything older is gone, it covers nothing older than the oldest operation shown")
    func shortRetention() {
        let short = listing(oldest: 20, nil, nil, gone: 60)
        #expect(short.covered == [span(20, 0)])
        #expect(short.edge == hours(20))
    }

    @Test("where nothing is shown and something is gone, it covers nothing")
    func nothingShown() {
        let empty = listing(oldest: nil, nil, gone: 30)
        #expect(empty.covered == [])
        #expect(empty.edge == now)
    }

    @Test("an operation that is missing between others says nothing of retention")
    func between() {
        let holed = listing(oldest: 20, 40, gone: 30)
        #expect(holed.edge == nil)
        #expect(holed.covered == [span(24, 0), span(48, 24)])
    }

    @Test("a span that had left retention when it had been listed covers nothing, but shows what it shows")
    func aged() {
        var listing = SweepListing()
        listing.add(span(10, 20), oldest: hours(15))
        #expect(listing.covered == [])
        listing.add(span(12, 0), oldest: nil)
        #expect(listing.certain == [span(12, 0)])
    }
}
