internal import Logging

extension Poller {
    /// How long the API may say nothing before the log does: as long as a request may take.
    private static let patience = Duration.seconds(60)

    /// Says once, while a poll goes on, that the API has not answered for a minute; without it the first word would come at
    /// the end of the poll, after the retries of several lists. Returns when the task is canceled, or it has been said.
    func reportSilence() async {
        var wait = Self.patience
        while !Task.isCancelled {
            do { try await Task.sleep(for: wait) } catch { return }
            guard let silent = journal.silentSince.map({ .now - $0 }), silent >= Self.patience else {
                wait = max(.seconds(1), Self.patience - (journal.silentSince.map { .now - $0 } ?? .zero))
                continue
            }
            return logOnce(
                "no answer from the API for a minute; the poll goes on, over new connections: check the network, and any "
                    + "proxy or firewall on the way")
        }
    }
}
