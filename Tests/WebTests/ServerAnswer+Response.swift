@testable import HTTPServer

extension ServerAnswer {
    /// What a server would send by now; nil while it waits.
    var response: ServerResponse? {
        switch self {
        case .now(let response): response
        case .later(let pending): pending.answer?().response
        }
    }
}
