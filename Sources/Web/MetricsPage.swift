internal import Exposition
internal import HTTPServer
internal import Locking

/// The answer to a scrape, made once for each form that is asked for and then given to all who ask for the same, until the
/// exposition changes. Safe from any thread.
final class MetricsPage: Sendable {
    /// How the exposition is written for a client.
    struct Form: Equatable, Sendable {
        let negotiation: Negotiation
        let coding: ContentCoding
    }

    /// A request, and what it asks for.
    private struct Known {
        let head: RequestHead
        let form: Form

        init(_ head: RequestHead) {
            self.head = head
            form = Form(
                negotiation: Negotiation(accept: head["Accept"]),
                coding: ContentCoding(acceptEncoding: head["Accept-Encoding"]))
        }

        /// Whether it is kept: not where it is much, or has a password.
        var isKept: Bool { head.isSmall && head["Authorization"] == nil }
    }

    /// An object, since a look at each in the list would retain all that it has.
    private final class Page: Sendable {
        let form: Form
        let edition: Published.Edition
        let response: ServerResponse

        init(_ response: ServerResponse, in form: Form, _ edition: Published.Edition) {
            self.form = form
            self.edition = edition
            self.response = response
        }
    }

    private struct State {
        /// How many are remembered: scrapers say the same each time.
        static let mostKnown = 16
        /// In how many forms a page is kept: each takes twice its size.
        static let mostPages = 4

        var known: [Known] = []
        var pages: [Page] = []

        func form(for head: RequestHead) -> Form? {
            known.first { $0.head == head }?.form
        }

        func response(in form: Form, _ isPresent: (Published.Edition) -> Bool) -> ServerResponse? {
            pages.first { $0.form == form }.flatMap { isPresent($0.edition) ? $0.response : nil }
        }

        mutating func keep(_ new: Known) {
            if known.count == Self.mostKnown { known.removeFirst() }
            known.append(new)
        }

        mutating func keep(_ page: Page) {
            // Pages of another edition are out of date.
            pages.removeAll { $0.edition != page.edition || $0.form == page.form }
            if pages.count == Self.mostPages { pages.removeFirst() }
            pages.append(page)
        }
    }

    private let published: Published
    private let state = Locked(State())

    init(_ published: Published) {
        self.published = published
    }

    func response(to request: ServerRequest) -> ServerResponse {
        let form = form(for: request.head)
        return state.withLock { $0.response(in: form, published.isPresent) } ?? newPage(in: form)
    }

    private func form(for head: RequestHead) -> Form {
        if let known = state.withLock({ $0.form(for: head) }) { return known }
        let new = Known(head)
        if new.isKept { state.withLock { $0.keep(new) } }
        return new.form
    }

    private func newPage(in form: Form) -> ServerResponse {
        let edition = published.edition
        let page = Page(response(in: form), in: form, edition)
        state.withLock { $0.keep(page) }
        return page.response
    }

    private func response(in form: Form) -> ServerResponse {
        var headers = [
            (name: "Content-Type", value: form.negotiation.contentType), ("Vary", "Accept, Accept-Encoding"),
        ]
        let syntax = form.negotiation.format.syntax
        if form.coding == .gzip, let body = published.compressedExposition(syntax) {
            headers.append(("Content-Encoding", "gzip"))
            return ServerResponse(status: 200, headers: headers, body: body)
        }
        return ServerResponse(status: 200, headers: headers, body: published.exposition(syntax))
    }
}
