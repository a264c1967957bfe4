internal import Operations

/// The forms in which list requests are made. A pure value; the full forms come first.
///
/// None of them is documented: https://docs.comms.twilio.com/comms-api-reference/messages/list-operations names the parameters,
/// and says nothing of those that go together, of their limits, and of the spelling of a status.
package struct RequestForms: Hashable, Sendable {
    /// Something of a request that has a plainer form.
    package enum Part: CaseIterable, Sendable {
        case start, token, pageSize, status, window

        /// The value of the label `form`.
        package var label: String {
            switch self {
            case .start, .window: "window"
            case .token: "token_alone"
            case .pageSize: "page_size"
            case .status: "status"
            }
        }
    }

    package enum PageSize: Sendable {
        case asConfigured, atMostHundred, unstated
    }

    package enum Status: Sendable {
        case withDates, withoutDates, lowercase
        /// Lists are not asked for by their status.
        case unstated
    }

    /// True where windows start inside retention, and not just before it.
    package var startsInside = false
    /// True where a page token goes without any other parameter.
    package var sendsTokenAlone = false
    package var pageSize = PageSize.asConfigured
    package var status = Status.withDates
    /// The longest span that is listed at once; nil for any. Where there is one, lists by status go without dates.
    package var longestSpan: Duration?

    package init() {}

    /// True where a part has its full form.
    package func isFull(_ part: Part) -> Bool {
        switch part {
        case .start: !startsInside
        case .token: !sendsTokenAlone
        case .pageSize: pageSize == .asConfigured
        case .status: status == .withDates
        case .window: longestSpan == nil
        }
    }

    /// These forms, with the full one of a part.
    package func full(_ part: Part) -> RequestForms { taking(part, of: RequestForms()) }

    /// These forms, with a part as it is in others.
    package func taking(_ part: Part, of others: RequestForms) -> RequestForms {
        var forms = self
        switch part {
        case .start: forms.startsInside = others.startsInside
        case .token: forms.sendsTokenAlone = others.sendsTokenAlone
        case .pageSize: forms.pageSize = others.pageSize
        case .status: forms.status = others.status
        case .window: forms.longestSpan = others.longestSpan
        }
        return forms
    }
}

extension RequestForms {
    /// Windows that start inside retention start so long after its edge.
    package static let margin = Duration.seconds(5)
    /// The page size that is taken to be small enough for any API.
    private static let smallPage = 100
    /// The number of operations in a page that was asked for without a size: the documentation's default.
    private static let defaultPage = 50

    /// The parameters of a request, in their order.
    func parameters(of request: ListRequest, pageSize: Int) -> [(name: String, value: String)] {
        let token = request.token.map { [("pageToken", $0.value)] } ?? []
        if sendsTokenAlone, !token.isEmpty { return token }
        let size = size(of: pageSize).map { [("pageSize", String($0))] } ?? []
        return dates(of: request.query, at: request.time) + filter(of: request.query) + size + token
    }

    /// True if so many operations are as many as were asked for, so that a list that ends with them may have been cut off.
    func isFull(_ count: Int, for request: ListRequest, pageSize: Int) -> Bool {
        if sendsTokenAlone, request.token != nil, count == Self.defaultPage { return true }
        return count >= self.pageSize(of: pageSize)
    }

    /// True where a request in these forms shows if the API takes a part as it is in them.
    package func carries(_ part: Part, of request: ListRequest) -> Bool {
        guard request.token == nil else { return part == .token }
        let query = request.query
        let hasDates = query.status == nil || hasDatesWithStatus
        return switch part {
        case .start: hasDates && query.window.start.map { $0 < inside(at: request.time) } ?? false
        case .token: false
        case .pageSize: true
        case .status: query.status != nil
        case .window: hasDates && query.window.start != nil
        }
    }

    /// True where a list by status has no dates, so that it is the same for every window.
    package func leavesOutDates(of query: ListQuery) -> Bool { query.status != nil && !hasDatesWithStatus }

    /// The number of operations asked for in a page, where so many are configured.
    package func pageSize(of configured: Int) -> Int { size(of: configured) ?? Self.defaultPage }

    private func size(of configured: Int) -> Int? {
        switch pageSize {
        case .asConfigured: configured
        case .atMostHundred: min(configured, Self.smallPage)
        case .unstated: nil
        }
    }

    private func filter(of query: ListQuery) -> [(name: String, value: String)] {
        guard let value = query.status?.filterValue, status != .unstated else { return [] }
        return [("status", status == .lowercase ? value.lowercased() : value)]
    }

    private func dates(of query: ListQuery, at now: Timestamp) -> [(name: String, value: String)] {
        guard query.status == nil || hasDatesWithStatus else { return [] }
        let start = query.window.start.map { startsInside ? max($0, inside(at: now)) : $0 }
        return [("startDate", start?.description), ("endDate", query.window.end?.roundedUp.description)]
            .compactMap { parameter in parameter.1.map { (parameter.0, $0) } }
    }

    private func inside(at now: Timestamp) -> Timestamp { now - Operation.retention + Self.margin }

    private var hasDatesWithStatus: Bool {
        switch status {
        case .withDates, .lowercase: longestSpan == nil
        case .withoutDates, .unstated: false
        }
    }
}

extension RequestForms {
    /// The shortest span that lists are cut into because long ones are refused: an API that refuses at random must not make
    /// them shorter without end.
    private static let shortestSpan = Duration.seconds(3600)

    /// The forms to try, in their order, after the API has refused a request in these. Each has one part in a plainer form, and
    /// only a part that the request has.
    package func plainer(for request: ListRequest, pageSize: Int) -> [(Part, RequestForms)] {
        var plainer = plainerStarts(for: request)
        // The first page was taken in all the other forms.
        guard request.token == nil else {
            return plainer + (sendsTokenAlone ? [] : [(.token, changed { $0.sendsTokenAlone = true })])
        }
        plainer += plainerSizes(than: pageSize)
        return plainer
            + (request.query.status == nil ? plainerSpans(for: request) : plainerStatuses(for: request))
    }

    private func plainerStarts(for request: ListRequest) -> [(Part, RequestForms)] {
        guard !startsInside, let start = request.query.window.start, start < inside(at: request.time),
            request.query.status == nil || hasDatesWithStatus
        else { return [] }
        return [(.start, changed { $0.startsInside = true })]
    }

    private func plainerSizes(than configured: Int) -> [(Part, RequestForms)] {
        let small: [PageSize] = pageSize == .asConfigured && configured > Self.smallPage ? [.atMostHundred] : []
        let unstated: [PageSize] = pageSize == .unstated ? [] : [.unstated]
        return (small + unstated).map { size in (.pageSize, changed { $0.pageSize = size }) }
    }

    private func plainerStatuses(for request: ListRequest) -> [(Part, RequestForms)] {
        let others: [Status] =
            switch status {
            case .withDates where hasDatesWithStatus: [.withoutDates, .lowercase, .unstated]
            case .withDates, .withoutDates: [.lowercase, .unstated]
            case .lowercase: [.unstated]
            case .unstated: []
            }
        return others.map { status in (.status, changed { $0.status = status }) }
    }

    private func plainerSpans(for request: ListRequest) -> [(Part, RequestForms)] {
        guard let length = request.length else { return [] }
        return (1...6).map { length / (1 << $0) }.filter { $0 >= Self.shortestSpan }
            .map { span in (.window, changed { $0.longestSpan = span }) }
    }

    private func changed(_ change: (inout RequestForms) -> Void) -> RequestForms {
        var forms = self
        change(&forms)
        return forms
    }
}

extension Timestamp {
    /// The first whole second at or after this moment: a date is sent without a fraction, and must not cut one off.
    fileprivate var roundedUp: Timestamp { Timestamp(milliseconds: milliseconds + 999) }
}
