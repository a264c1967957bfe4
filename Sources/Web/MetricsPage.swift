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

    /// What the headers of a request ask for, and the form that is.
    private struct Wish {
        private let accept: [UInt8]?
        private let acceptEncoding: [UInt8]?
        let form: Form

        init(_ head: RequestHead) {
            let (accept, acceptEncoding) = (head["Accept"], head["Accept-Encoding"])
            self.accept = accept.map { Array($0.utf8) }
            self.acceptEncoding = acceptEncoding.map { Array($0.utf8) }
            form = Form(negotiation: Negotiation(accept: accept), coding: ContentCoding(acceptEncoding: acceptEncoding))
        }

        /// Whether the same is asked for; makes no text of what scrapers say again and again.
        func isMade(by head: RequestHead) -> Bool {
            head.has(accept, for: "Accept") && head.has(acceptEncoding, for: "Accept-Encoding")
        }

        /// Whether no more than 1 KiB has to be kept of it.
        var isSmall: Bool { (accept?.count ?? 0) + (acceptEncoding?.count ?? 0) <= 1024 }
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
        /// How many wishes are remembered: scrapers have the same each time.
        static let mostKnown = 16
        /// In how many forms a page is kept: each takes twice its size.
        static let mostPages = 4

        var known: [Wish] = []
        var pages: [Page] = []

        func form(for head: RequestHead) -> Form? {
            known.firstIndex { $0.isMade(by: head) }.map { known[$0].form }
        }

        func response(in form: Form, _ isPresent: (Published.Edition) -> Bool) -> ServerResponse? {
            pages.first { $0.form == form }.flatMap { isPresent($0.edition) ? $0.response : nil }
        }

        mutating func keep(_ wish: Wish) {
            if known.count == Self.mostKnown { known.removeFirst() }
            known.append(wish)
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
        let wish = Wish(head)
        // A header that came twice, or is not UTF-8, would never be found again.
        if wish.isSmall, wish.isMade(by: head) { state.withLock { $0.keep(wish) } }
        return wish.form
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
