internal import CommsAPI
internal import Ledger
internal import Logging
internal import Operations

// A ledger that belongs to another account SID than the one that is configured.
extension Poller {
    /// Says that the ledger is another's: until the API has answered, the account is down, and its counters stand still.
    func noteDispute() {
        guard let dispute = ledger.dispute else { return }
        health.faults = ["\(dispute)"]
        health.noteFailing(at: .wallClock())
        log.warning("\(dispute)", metadata: metadata)
    }

    /// A failure of the first request, and with it why nothing is recorded.
    func withDispute(_ error: CommsError) -> CommsError {
        guard let dispute = ledger.dispute, let reason = error.reason else { return error }
        return .failed(reason, "\(error); \(dispute)")
    }

    /// Gives the ledger to the account whose credentials the API has answered with a page. A page without content changes
    /// nothing; in a dispute, where nothing can be recorded, it is an error.
    func confirmOwner(by page: Page) throws(SweepError) {
        guard page.hasContent else {
            guard ledger.dispute == nil else {
                throw .api(withDispute(.failed(.malformed, "\(resource.path): status 204, which shows no list")))
            }
            return
        }
        guard !hasConfirmedOwner else { return }
        defer { reportOwner() }
        do { try ledger.confirmOwner() } catch { throw .ledger(error) }
        hasConfirmedOwner = true
    }

    /// Logs at once that the ledger has given way to another, and shows the scrapes what that one begins with.
    private func reportOwner() {
        guard let change = ledger.ownerChange, change != lastOwnerChange else { return }
        lastOwnerChange = change
        let paths: Logger.Metadata = [
            "kept_as": "\(change.setAside ?? "nowhere")", "taken_back": "\(change.takenBack ?? "none")",
        ]
        log.error("\(change)", metadata: metadata.merging(paths) { $1 })
        for ledger in change.passedOver {
            log.warning("\(ledger)", metadata: metadata.merging(["kept_as": "\(ledger.path)"]) { $1 })
        }
        lastTotals = ledger.state.totals
        readingLog.begin(with: ledger.readingInForce)
        publishSnapshot()
    }
}
