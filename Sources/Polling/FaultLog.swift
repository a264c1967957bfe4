/// Which faults are worth a line of the log: how trouble starts and what it changes to, each once, and that it is over.
struct FaultLog {
    /// More lines than this between two successes help nobody who looks for the cause.
    static let limit = 20

    /// What has been told since polls last succeeded.
    private var told: Set<String> = []

    /// The messages of a poll that have not been told since polls last succeeded, in their order.
    mutating func news(of messages: [String]) -> [String] {
        messages.filter { told.count < Self.limit && told.insert($0).inserted }
    }

    /// Whether trouble that was told is over with a poll that succeeded; said once.
    mutating func isOver(with success: Bool) -> Bool {
        guard success, !told.isEmpty else { return false }
        told = []
        return true
    }
}
