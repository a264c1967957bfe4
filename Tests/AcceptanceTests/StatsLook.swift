import Operations

/// One report of an operation, as a `StatsWorld` gives it.
struct StatsLook: Sendable {
    let status: OperationStatus
    /// The value of the member `stats`; nil where there is no such member.
    let stats: String?
    /// From the operation's creation to its `updatedAt`.
    var age = Duration.zero

    /// With all twelve members; those not named are 0.
    init(_ status: OperationStatus, _ stats: Stats, age: Duration = .zero) {
        self.init(status, text: Self.text(of: stats, Stat.allCases), age: age)
    }

    /// With the members that are named.
    init(_ status: OperationStatus, only stats: Stats) {
        self.init(status, text: Self.text(of: stats, Stat.allCases.filter { stats[$0] != nil }))
    }

    /// With this JSON.
    init(_ status: OperationStatus, text: String?, age: Duration = .zero) {
        self.status = status
        stats = text
        self.age = age
    }

    private static func text(of stats: Stats, _ members: [Stat]) -> String {
        let texts = members.map { #""\#(Resource.messages.name(of: $0) ?? "")":\#(stats[$0] ?? 0)"# }
        return "{\(texts.joined(separator: ","))}"
    }
}
