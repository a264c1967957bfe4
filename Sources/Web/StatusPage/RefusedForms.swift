internal import CommsAPI

/// The forms of request that the API refuses, and those that take their place, for whoever reads the status page.
struct RefusedForms {
    let forms: RequestForms

    var html: HTML {
        let parts = [start, token, pageSize, status, window].compactMap(\.self)
        return parts.isEmpty
            ? "in full" : "plainer, for the API refuses the full ones: \(parts.joined(separator: "; "))"
    }

    private var start: String? { forms.startsInside ? "windows start inside 7 days" : nil }

    private var token: String? { forms.sendsTokenAlone ? "page tokens go alone" : nil }

    private var pageSize: String? {
        switch forms.pageSize {
        case .asConfigured: nil
        case .atMostHundred: "pages of 100"
        case .unstated: "pages without a size"
        }
    }

    private var status: String? {
        switch forms.status {
        case .withDates: nil
        case .withoutDates: "lists by status go without dates"
        case .lowercase: "a status is in lower case"
        case .unstated: "no lists by status, whose work the other sweeps do"
        }
    }

    private var window: String? {
        forms.longestSpan.map { "windows of \(Wording.span($0)) at most, lists by status without dates" }
    }
}
