package import CommsAPI

/// Why a poll failed: one value of the label `reason`.
package enum PollFailure: Hashable, Sendable, CaseIterable {
    case api(FailureReason)
    case ledger

    package static let allCases: [PollFailure] = FailureReason.allCases.map(api) + [.ledger]

    package var label: String {
        switch self {
        case .api(let reason): reason.rawValue
        case .ledger: "ledger"
        }
    }
}
